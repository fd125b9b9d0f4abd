//! Finds out which commit brought an object in which something was found.
//!
//! Commits are gone through from the oldest on, and a folder that was seen before is not looked at again, so that the
//! effort is that of one walk over all trees, and only until everything is found.

use crate::Place;
use crate::gather::Spans;
use crate::git::graph::Graph;
use crate::git::object::{EntryKind, tree_entries, written};
use crate::git::objects::ObjectReader;
use crate::git::{Kind, ObjectId, Repository, refs};
use crate::origin::{Introduced, Origin, Whence};
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

/// Says of everything that was found, and of what could not be looked into, which commit brought it.
pub(crate) fn attribute(repository: &Repository, name: &Arc<Path>, worker: &mut Worker<'_>) {
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
    let mut known = HashMap::new();
    if !wanted.is_empty() {
        match Attribution::new(repository, worker.shared.settings.limits.object) {
            Ok(attribution) => known = attribution.of(&wanted),
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
}

impl<'r> Attribution<'r> {
    fn new(repository: &'r Repository, most: u64) -> Result<Self, Why> {
        let mut reader = repository.objects.reader(most);
        let head = refs::resolve(repository, "HEAD")?;
        let tips = refs::all(repository)?.into_values().chain(head);
        let graph = Graph::walk(repository, &mut reader, tips)?;
        let head = head.and_then(|head| graph.number(&head));
        Ok(Self { repository, reader, graph, head })
    }

    fn of(mut self, wanted: &HashMap<ObjectId, Kind>) -> HashMap<ObjectId, Whence> {
        let mut known: HashMap<ObjectId, Whence> = wanted.keys().map(|id| (*id, Whence::Nowhere)).collect();
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
            for (blob, path) in here {
                found.entry(blob).or_insert((commit, path));
            }
        }
        for (blob, (commit, path)) in found {
            let whence = self.introduced(commit, commit, Some(path), in_head.contains_key(&blob));
            known.insert(blob, whence);
        }
        let before_head = self.graph.ancestors(self.head);
        for (id, _) in wanted.iter().filter(|(_, kind)| matches!(kind, Kind::Commit | Kind::Tag)) {
            let in_head = self.graph.number(id).and_then(|number| before_head.get(number as usize).copied());
            let whence = self.introduced(*id, *id, None, in_head.unwrap_or(false));
            known.insert(*id, whence);
        }
        known
    }

    /// Which of `blobs` lie below a tree, and where. Folders that were seen are left out.
    fn files(
        &mut self,
        tree: Option<ObjectId>,
        blobs: &HashSet<ObjectId>,
        seen: &mut HashSet<ObjectId>,
        found: &mut HashMap<ObjectId, PathBuf>,
    ) {
        let mut waiting: Vec<(ObjectId, PathBuf)> = tree.map(|tree| (tree, PathBuf::new())).into_iter().collect();
        while let Some((tree, folder)) = waiting.pop() {
            if !seen.insert(tree) {
                continue;
            }
            // What is damaged was reported when it was looked into.
            let Ok(object) = self.reader.read(&tree) else { continue };
            for entry in tree_entries(&object.bytes, self.repository.hash).flatten() {
                match entry.kind {
                    EntryKind::Folder if !seen.contains(&entry.id) => {
                        waiting.push((entry.id, folder.join(OsStr::from_bytes(entry.name))));
                    }
                    EntryKind::File if blobs.contains(&entry.id) => {
                        let path = folder.join(OsStr::from_bytes(entry.name));
                        let first = found.entry(entry.id).or_insert_with(|| path.clone());
                        if path < *first {
                            *first = path;
                        }
                    }
                    EntryKind::Folder | EntryKind::File | EntryKind::Submodule => {}
                }
            }
        }
    }

    /// What a commit says of itself.
    fn introduced(&mut self, of: ObjectId, commit: ObjectId, path: Option<PathBuf>, in_head: bool) -> Whence {
        let object = self.reader.read(&of).ok();
        let (author, time) = object.as_ref().and_then(|object| written(&object.bytes)).unwrap_or_default();
        let author = String::from_utf8_lossy(author).into_owned();
        Whence::Commit(Arc::new(Introduced { time, commit, path, author, in_head }))
    }
}
