//! Finds out which commit brought an object in which something was found.
//!
//! Commits are gone through from the oldest on, and a folder that was seen before is not looked at again, so that the
//! effort is that of one walk over all trees, and only until everything is found.

use super::ways::{Tips, Way, Ways};
use crate::Place;
use crate::gather::Spans;
use crate::git::graph::Graph;
use crate::git::object::{EntryKind, tree_entries};
use crate::git::objects::ObjectReader;
use crate::git::{Kind, ObjectId, Repository};
use crate::origin::{Origin, Whence};
use crate::position::{Before, Cursor};
use crate::report::Why;
use crate::suppress::{Asked, Line};
use crate::worker::Worker;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Says of everything that was found, and of what could not be looked into, which commit brought it. `kept` are the ways
/// that were found before; the answer is what is to be kept now, if that is something else.
pub(crate) fn attribute(
    repository: &Repository,
    name: &Arc<Path>,
    worker: &mut Worker<'_>,
    kept: &Ways,
) -> Option<Ways> {
    let object = |origin: &Origin| match origin {
        Origin::Object { kind, id, .. } => Some((*id, *kind)),
        Origin::File { .. }
        | Origin::Staged { .. }
        | Origin::Turn { .. }
        | Origin::Variable { .. }
        | Origin::Stdin { .. } => None,
    };
    let missed = worker.gathered.not_looked_into.iter().map(|missed| &missed.origin);
    let wanted: HashMap<ObjectId, Kind> = worker.gathered.origins().chain(missed).filter_map(object).collect();
    let (mut known, mut found) = (HashMap::new(), None);
    if !wanted.is_empty() {
        match find(repository, &wanted, kept, worker.shared.settings.limits.object) {
            Ok(answer) => (known, found) = answer,
            Err(why) => worker.not_looked_into(Origin::File { path: repository.git_dir.join("refs") }, why),
        }
    }
    let settings = worker.shared.settings;
    let label = |origin: &Origin| match origin {
        Origin::Object { kind, id, .. } => {
            let whence = known.get(id).cloned().unwrap_or(Whence::Unknown);
            Origin::Object { repository: Arc::clone(name), whence, kind: *kind, id: *id }
        }
        Origin::File { .. }
        | Origin::Staged { .. }
        | Origin::Turn { .. }
        | Origin::Variable { .. }
        | Origin::Stdin { .. } => origin.clone(),
    };
    let spans = worker.gathered.spans();
    let reader = RefCell::new(repository.objects.reader(settings.limits.object));
    worker.gathered.relabel(settings.limits.places, label, |hit, fingerprint, place| {
        let (rule, value, origin) = (&hit.rule, hit.value.expose().as_str(), &place.origin);
        let line = || line(&reader, place, value.len(), &spans);
        settings.suppressions.judge(&Asked { rule, fingerprint, value, origin, line: &line })
    });
    found
}

/// How these objects came into the history, and the ways that are to be kept if they were not known.
fn find(
    repository: &Repository,
    wanted: &HashMap<ObjectId, Kind>,
    kept: &Ways,
    most: u64,
) -> Result<(HashMap<ObjectId, Whence>, Option<Ways>), Why> {
    let tips = Tips::read(repository, most)?;
    let mut reader = repository.objects.reader(most);
    if let Some(known) = kept.of(&tips, wanted, &mut reader) {
        return Ok((known, None));
    }
    let mut attribution = Attribution::new(repository, reader, &tips)?;
    let ways = attribution.ways(wanted);
    let known = attribution.whences(wanted, &ways);
    // Where something is missing or damaged, another answer may be found as soon as it is there.
    Ok((known, attribution.is_whole.then(|| Ways::new(&tips, ways))))
}

/// The line of an object in which something was found. Only suppressions that look at lines ask for it.
fn line(reader: &RefCell<ObjectReader<'_>>, place: &Place, length: usize, spans: &Spans) -> Line {
    let Origin::Object { id, .. } = &place.origin else { return Line::default() };
    let Ok(object) = reader.borrow_mut().read(id) else { return Line::default() };
    let at = usize::try_from(place.offset).unwrap_or(usize::MAX);
    let span = at..at.saturating_add(length);
    let mut cursor = Cursor::new(&object.bytes, Before::default());
    cursor.span(&(at..at));
    cursor.line(&span, spans.get(id).map(Vec::as_slice).unwrap_or_default())
}

struct Attribution<'r> {
    repository: &'r Repository,
    reader: ObjectReader<'r>,
    graph: Graph,
    head: Option<u32>,
    /// Whether all could be read that was asked for.
    is_whole: bool,
}

/// A file below a folder: its path, and by which entry of each folder it is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Below {
    path: PathBuf,
    entries: Vec<u32>,
}

impl Below {
    fn then(&self, name: &[u8], entry: u32) -> Self {
        let entries = self.entries.iter().copied().chain([entry]).collect();
        Self { path: self.path.join(OsStr::from_bytes(name)), entries }
    }
}

impl<'r> Attribution<'r> {
    fn new(repository: &'r Repository, mut reader: ObjectReader<'r>, tips: &Tips) -> Result<Self, Why> {
        let graph = Graph::walk(repository, &mut reader, tips.all.iter().copied())?;
        let head = tips.head.and_then(|head| graph.number(&head));
        let is_whole = graph.faults.is_empty();
        Ok(Self { repository, reader, graph, head, is_whole })
    }

    /// How each of these came into the history.
    fn ways(&mut self, wanted: &HashMap<ObjectId, Kind>) -> HashMap<ObjectId, Way> {
        let mut ways: HashMap<ObjectId, Way> = wanted.keys().map(|id| (*id, Way::Nowhere)).collect();
        let blobs: HashSet<ObjectId> =
            wanted.iter().filter(|(_, kind)| **kind == Kind::Blob).map(|(id, _)| *id).collect();
        let head_tree = self.head.and_then(|head| self.graph.nodes.get(head as usize)).map(|node| node.tree);
        let mut in_head = HashMap::new();
        self.files(head_tree, &blobs, &mut HashSet::new(), &mut in_head);
        let order: Vec<(ObjectId, ObjectId)> =
            self.graph.oldest_first().into_iter().map(|node| (node.id, node.tree)).collect();
        let (mut found, mut seen) = (HashMap::new(), HashSet::new());
        for (commit, tree) in order {
            if found.len() == blobs.len() {
                break;
            }
            let mut here = HashMap::new();
            self.files(Some(tree), &blobs, &mut seen, &mut here);
            for (blob, below) in here {
                found.entry(blob).or_insert((commit, below.entries));
            }
        }
        for (blob, (commit, entries)) in found {
            ways.insert(blob, Way::By { commit, entries, in_head: in_head.contains_key(&blob) });
        }
        let before_head = self.graph.ancestors(self.head);
        for (id, _) in wanted.iter().filter(|(_, kind)| matches!(kind, Kind::Commit | Kind::Tag)) {
            let in_head = self.graph.number(id).and_then(|number| before_head.get(number as usize).copied());
            ways.insert(*id, Way::By { commit: *id, entries: Vec::new(), in_head: in_head.unwrap_or(false) });
        }
        ways
    }

    /// What these ways say, in words.
    fn whences(
        &mut self,
        wanted: &HashMap<ObjectId, Kind>,
        ways: &HashMap<ObjectId, Way>,
    ) -> HashMap<ObjectId, Whence> {
        let mut known = HashMap::new();
        for (id, kind) in wanted {
            let whence = ways.get(id).and_then(|way| way.whence(*id, *kind, &mut self.reader));
            self.is_whole &= whence.is_some();
            known.extend(whence.map(|whence| (*id, whence)));
        }
        known
    }

    /// Which of `blobs` lie below a tree, and where. Folders that were seen are left out.
    fn files(
        &mut self,
        tree: Option<ObjectId>,
        blobs: &HashSet<ObjectId>,
        seen: &mut HashSet<ObjectId>,
        found: &mut HashMap<ObjectId, Below>,
    ) {
        let mut waiting: Vec<(ObjectId, Below)> = tree.map(|tree| (tree, Below::default())).into_iter().collect();
        while let Some((tree, folder)) = waiting.pop() {
            if !seen.insert(tree) {
                continue;
            }
            // What is damaged was reported when it was looked into.
            let Ok(object) = self.reader.read(&tree) else {
                self.is_whole = false;
                continue;
            };
            for (entry, number) in tree_entries(&object.bytes, self.repository.hash).zip(0..) {
                let Some(entry) = entry else {
                    self.is_whole = false;
                    break;
                };
                match entry.kind {
                    EntryKind::Folder if !seen.contains(&entry.id) => {
                        waiting.push((entry.id, folder.then(entry.name, number)));
                    }
                    EntryKind::File if blobs.contains(&entry.id) => {
                        let below = folder.then(entry.name, number);
                        let first = found.entry(entry.id).or_insert_with(|| below.clone());
                        if below < *first {
                            *first = below;
                        }
                    }
                    EntryKind::Folder | EntryKind::File | EntryKind::Submodule => {}
                }
            }
        }
    }
}
