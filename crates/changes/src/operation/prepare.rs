//! Makes an operation ready: everything that can fail is done before anything changes.

use super::commit::{self, Conflict, Outcome};
use super::draft::{Draft, Source, Want};
use super::journal::{Intent, Journal, Kind, Plan, Step};
use super::keep;
use super::stage::{self, failed};
use super::state::State;
use super::written::{open_to_us, written};
use crate::folder::Folder;
use crate::{ChangesError, Digest, Node, SessionFolder, TreePath};
use rustix::fs::{self, AtFlags};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What to do about a step that can't be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Nothing is done.
    AllOrNothing,
    /// The others are.
    WhatCanBe,
}

/// An operation that is ready. Nothing has changed yet: dropped, it is forgotten by the next command.
#[derive(Debug)]
#[must_use = "nothing changes before it is carried out"]
pub struct Prepared {
    pub(super) journal: Journal,
    pub(super) intent: Intent,
    pub(super) plan: Plan,
    pub(super) layers: Layers,
    conflicts: Vec<Conflict>,
    /// The last step so far at each path.
    latest: BTreeMap<(usize, TreePath), usize>,
}

/// The layers of a session that an operation changes, by their number: the real folder and its path.
#[derive(Debug)]
pub(super) struct Layers(BTreeMap<usize, (Folder, PathBuf)>);

impl Layers {
    pub(super) fn open(session: &SessionFolder, numbers: &[usize]) -> Result<Self, ChangesError> {
        let mut layers = BTreeMap::new();
        for &number in numbers {
            if let Some(layer) = session.session().layers.get(number) {
                let path = layer.lower.clone();
                let root = Folder::root(&path).map_err(failed("open", &path, &TreePath::root()))?;
                layers.insert(number, (root, path));
            }
        }
        Ok(Self(layers))
    }

    pub(super) fn get(&self, number: usize) -> Result<(&Folder, &Path), ChangesError> {
        let layer = self.0.get(&number).map(|(root, path)| (root, path.as_path()));
        layer.ok_or_else(|| ChangesError::Damaged {
            path: PathBuf::from("plan.json"),
            what: format!("it names layer {number}, which the session does not have"),
        })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Folder, &Path)> {
        self.0.values().map(|(root, path)| (root, path.as_path()))
    }

    /// Waits until everything is on the disk.
    pub(super) fn sync(&self) -> Result<(), ChangesError> {
        self.iter().try_for_each(|(root, path)| fs::syncfs(root).map_err(failed("sync", path, &TreePath::root())))
    }
}

/// Makes ready what is drafted, in this order. `progress` is asked before each step and can break off, which is as if
/// the process had been killed.
pub(crate) fn prepare(
    session: &SessionFolder,
    kind: Kind,
    drafts: Vec<Draft>,
    order: Order,
    progress: &mut dyn FnMut() -> bool,
) -> Result<Prepared, ChangesError> {
    let mut numbers: Vec<usize> = drafts.iter().map(|draft| draft.layer).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let layers = Layers::open(session, &numbers)?;
    let id = session.session().id.as_str();
    let (journal, intent) = Journal::begin(session.path(), kind, id, numbers)?;
    for (root, path) in layers.iter() {
        stage::create(root, &intent.stage).map_err(failed("make a folder in", path, &TreePath::root()))?;
    }
    let all_or_nothing = order == Order::AllOrNothing;
    let plan = Plan { steps: Vec::with_capacity(drafts.len()), all_or_nothing, left_out: Vec::new() };
    let mut prepared = Prepared { journal, intent, plan, layers, conflicts: Vec::new(), latest: BTreeMap::new() };
    for draft in drafts {
        if !progress() {
            return Err(ChangesError::Interrupted);
        }
        if let Err(error) = prepared.add(session, draft) {
            prepared.abandon()?;
            return Err(error);
        }
    }
    prepared.sync()?;
    Ok(prepared)
}

impl Prepared {
    /// How many names change.
    pub fn steps(&self) -> usize {
        self.plan.steps.len()
    }

    /// What stands in the way: it was changed by somebody else.
    pub fn conflicts(&self) -> &[Conflict] {
        &self.conflicts
    }

    /// A digest of all that is going to be done: every path, and the digest of its contents before and after.
    pub fn digest(&self) -> Result<Digest, ChangesError> {
        let text = serde_json::to_vec(&self.plan.steps)
            .map_err(|error| ChangesError::Damaged { path: PathBuf::from("plan.json"), what: error.to_string() })?;
        Ok(Digest::of(&text))
    }

    /// What becomes of each path, and the SHA-256 of its contents before and after.
    pub fn effects(&self) -> impl Iterator<Item = Effect<'_>> {
        self.plan.steps.iter().map(|step| Effect {
            path: &step.path,
            before: digest_of(&step.before),
            after: digest_of(&step.after),
            removes: step.after.is_absent(),
        })
    }

    /// Forgets it. Nothing has changed.
    pub fn abandon(self) -> Result<(), ChangesError> {
        for (root, path) in self.layers.iter() {
            stage::clear(root, &self.intent.stage, |_, _| true).map_err(failed("clear", path, &TreePath::root()))?;
        }
        self.journal.forget()
    }

    /// Does it.
    pub(crate) fn commit(self, progress: &mut dyn FnMut() -> bool) -> Result<Outcome, ChangesError> {
        if self.plan.all_or_nothing && !self.conflicts.is_empty() {
            let conflicts = self.conflicts.clone();
            self.abandon()?;
            return Ok(Outcome { done: 0, conflicts, taken_back: false, left_behind: Vec::new() });
        }
        if !progress() {
            return Err(ChangesError::Interrupted);
        }
        self.journal.write_plan(&self.plan)?;
        let mut outcome = commit::commit_all(&self.journal, &self.intent, &self.plan, &self.layers, progress)?;
        outcome.conflicts.splice(0..0, self.conflicts);
        Ok(outcome)
    }

    /// Notes what was left out before it came to this.
    pub(crate) fn without(mut self, left_out: &[Conflict]) -> Self {
        self.plan.left_out.extend(left_out.iter().map(|conflict| conflict.path.clone()));
        self
    }

    fn sync(&self) -> Result<(), ChangesError> {
        self.layers.sync()?;
        let kept = self.journal.kept();
        let folder = Folder::root(&kept).map_err(failed("open", &kept, &TreePath::root()))?;
        fs::syncfs(&folder).map_err(failed("sync", &kept, &TreePath::root()))
    }

    fn add(&mut self, session: &SessionFolder, draft: Draft) -> Result<(), ChangesError> {
        let (root, lower) = self.layers.get(draft.layer)?;
        let path = draft.path.clone();
        let step = match self.ready(session, root, lower, draft) {
            Ok(step) => step,
            Err(Stuck::Conflict(error)) => {
                self.drop_item(root);
                self.plan.left_out.push(path.clone());
                self.conflicts.push(Conflict { path, layer_root: lower.to_owned(), error });
                return Ok(());
            }
            Err(Stuck::Failed(error)) => return Err(error),
        };
        self.latest.insert((step.layer, step.path.clone()), self.plan.steps.len());
        self.plan.steps.push(step);
        Ok(())
    }

    /// Removes what was begun for a step that does not come: the next one takes its number.
    fn drop_item(&self, root: &Folder) {
        let item = self.plan.steps.len().to_string();
        let kept = Folder::root(&self.journal.kept());
        let stage = root.folder(self.intent.stage.as_bytes());
        for folder in [kept, stage].into_iter().flatten() {
            // What is not there need not go, and what does not go makes the next step fail, which is told.
            let _gone = fs::unlinkat(&folder, item.as_str(), AtFlags::empty());
            let _gone = fs::unlinkat(&folder, item.as_str(), AtFlags::REMOVEDIR);
        }
    }

    fn left_by_earlier(&self, layer: usize, path: &TreePath) -> State {
        let index = self.latest.get(&(layer, path.clone()));
        index.and_then(|&index| self.plan.steps.get(index)).map_or(State::Absent, |step| step.after.clone())
    }

    fn ready(&self, session: &SessionFolder, root: &Folder, lower: &Path, draft: Draft) -> Result<Step, Stuck> {
        let item = self.plan.steps.len().to_string();
        let Draft { layer, path, seen, want } = draft;
        let fail = |action| {
            let path = path.clone();
            move |errno| Stuck::Failed(failed(action, lower, &path)(errno))
        };
        let before = match &seen {
            // What an earlier step leaves there is not to be seen yet.
            _ if self.latest.contains_key(&(layer, path.clone())) => self.left_by_earlier(layer, &path),
            None => State::Absent,
            Some(_) if path.is_root() => folder_state(root).map_err(fail("read"))?,
            Some(seen) => {
                let folder = parent(root, &path)?;
                let kept = self.journal.kept();
                let kept = Folder::root(&kept).map_err(fail("open"))?;
                let state = keep::keep(&folder, path.name(), seen, &kept, item.as_bytes());
                state.map_err(Stuck::on_reading(fail("keep")))?.ok_or(Stuck::Conflict(None))?
            }
        };
        let (mut after, contents) = match want {
            Want::Exactly { state, contents } => (state, contents),
            Want::Written => written(session, layer, root, &path, &before, seen.as_ref()).map_err(fail("read"))?,
            Want::WrittenOpen => {
                let (state, contents) =
                    written(session, layer, root, &path, &before, seen.as_ref()).map_err(fail("read"))?;
                (open_to_us(state), contents)
            }
        };
        // The digest of what the session wrote is not known yet; it is read only if it differs.
        let in_place = contents != Some(Source::Upper) && before.differs_in_metadata_only(&after);
        let file = match &contents {
            Some(source) => Some(open_source(session, layer, &path, source)?),
            None => None,
        };
        let expected = expected_digest(&after, contents.as_ref());
        let ready = if in_place {
            None
        } else {
            let stage = root.folder(self.intent.stage.as_bytes()).map_err(fail("open"))?;
            stage::make(&stage, item.as_bytes(), &mut after, file.as_ref()).map_err(fail("make ready"))?
        };
        if expected.is_some_and(|expected| digest_of(&after) != Some(expected)) {
            return Err(Stuck::Conflict(Some("what was kept of it is not what it was".to_owned())));
        }
        Ok(Step { layer, path, before, after, seen, ready })
    }
}

/// What becomes of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect<'a> {
    /// Where.
    pub path: &'a TreePath,
    /// The contents before, if it was a file.
    pub before: Option<Digest>,
    /// The contents after, if it is a file then.
    pub after: Option<Digest>,
    /// Whether nothing is there afterwards.
    pub removes: bool,
}

/// Why a step could not be made ready.
enum Stuck {
    /// Somebody changed it, or, if something is said, it can't be done.
    Conflict(Option<String>),
    Failed(ChangesError),
}

impl Stuck {
    /// What is gone, or is of another type now, was changed by somebody.
    fn on_reading(fail: impl FnOnce(Errno) -> Self) -> impl FnOnce(Errno) -> Self {
        |errno| match errno {
            Errno::NOENT | Errno::LOOP | Errno::NOTDIR | Errno::XDEV | Errno::ISDIR => Self::Conflict(None),
            other => fail(other),
        }
    }
}

fn parent(root: &Folder, path: &TreePath) -> Result<Folder, Stuck> {
    root.below(&path.parent().unwrap_or_default()).map_err(|_| Stuck::Conflict(None))
}

fn digest_of(state: &State) -> Option<Digest> {
    match state {
        State::File { digest, .. } => Some(*digest),
        State::Absent | State::Folder { .. } | State::Link { .. } | State::Special => None,
    }
}

fn expected_digest(after: &State, contents: Option<&Source>) -> Option<Digest> {
    match contents {
        Some(Source::Kept { .. }) => digest_of(after),
        Some(Source::Upper) | None => None,
    }
}

fn folder_state(folder: &Folder) -> Result<State, Errno> {
    let node = Node::of(&folder.own_stat()?);
    let attributes = crate::attributes::read(folder)?.own;
    Ok(State::Folder { mode: node.mode, attributes, owner: Some(node.owner) })
}

fn open_source(
    session: &SessionFolder,
    layer: usize,
    path: &TreePath,
    source: &Source,
) -> Result<std::fs::File, Stuck> {
    let (base, within) = match source {
        Source::Upper => (upper(session, layer), path.clone()),
        Source::Kept { operation, step } => {
            let kept = Journal::numbered(session.path(), *operation).kept();
            (kept, TreePath::parse(step.to_string()).unwrap_or_default())
        }
    };
    let opened = Folder::root(&base).and_then(|root| root.below(&within.parent().unwrap_or_default()));
    let opened = opened.and_then(|folder| folder.file(within.name()));
    opened.map_err(|errno| Stuck::Failed(failed("read", &base, &within)(errno)))
}

pub(super) fn upper(session: &SessionFolder, layer: usize) -> PathBuf {
    session.session().layers.get(layer).map(|layer| session.upper(layer)).unwrap_or_default()
}
