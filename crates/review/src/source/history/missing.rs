//! Which blobs of a partial clone are not there: they were not fetched, so they can't be looked into.

use crate::git::graph::Graph;
use crate::git::object::{EntryKind, tree_entries};
use crate::git::{ObjectId, Repository, refs};
use crate::report::Why;
use std::collections::HashSet;

/// How many objects that the references lead to are not there.
pub(crate) fn count(repository: &Repository, most: u64) -> Result<u64, Why> {
    let mut reader = repository.objects.reader(most);
    let tips = refs::all(repository)?.into_values().chain(refs::resolve(repository, "HEAD")?);
    let graph = Graph::walk(repository, &mut reader, tips)?;
    let mut waiting: Vec<ObjectId> = graph.nodes.iter().map(|node| node.tree).collect();
    let mut seen: HashSet<ObjectId> = HashSet::new();
    let mut missing = graph.faults.len() as u64;
    while let Some(tree) = waiting.pop() {
        if !seen.insert(tree) {
            continue;
        }
        let Ok(object) = reader.read(&tree) else {
            missing += 1;
            continue;
        };
        for entry in tree_entries(&object.bytes, repository.hash).flatten() {
            match entry.kind {
                EntryKind::Folder => waiting.push(entry.id),
                EntryKind::File if seen.insert(entry.id) => {
                    missing += u64::from(!repository.objects.holds(&entry.id));
                }
                EntryKind::File | EntryKind::Submodule => {}
            }
        }
    }
    Ok(missing)
}
