//! Which deleted file came back under another name. It says nothing about what may be applied; it spares a person from
//! reading the same contents twice.

use crate::folder::Folder;
use crate::{Change, ChangeKind, Digest, TreePath, name};
use std::collections::BTreeMap;

/// Larger files are not compared for this.
const LARGEST: u64 = 64 << 20;

/// How many bytes are read for this in all.
const BUDGET: u64 = 1 << 30;

/// Notes at each added file from which deleted one it came, where the contents are the same.
pub(crate) fn find_renames(changes: &mut [Change], upper: &Folder, lower: &Folder) {
    let mut sources = by_size(changes, ChangeKind::Deleted);
    let targets = by_size(changes, ChangeKind::Added);
    sources.retain(|size, _| targets.contains_key(size));
    let mut budget = BUDGET;
    for (size, sources) in sources {
        let targets = targets.get(&size).map(Vec::as_slice).unwrap_or_default();
        let cost = size.saturating_mul((sources.len() + targets.len()) as u64);
        let Some(left) = budget.checked_sub(cost) else { continue };
        budget = left;
        let mut from: Vec<(Digest, usize)> = digests(changes, &sources, lower);
        for (digest, target) in digests(changes, targets, upper) {
            let Some(place) = closest(changes, &from, digest, target) else { continue };
            let (_, source) = from.swap_remove(place);
            let path = changes.get(source).map(|change| change.path.clone());
            if let Some(change) = changes.get_mut(target) {
                change.renamed_from = path;
            }
        }
    }
}

/// The files of a kind, empty ones left out, by their size.
fn by_size(changes: &[Change], kind: ChangeKind) -> BTreeMap<u64, Vec<usize>> {
    let mut sizes: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (index, change) in changes.iter().enumerate() {
        let node = change.node().filter(|node| node.is_file() && (1..=LARGEST).contains(&node.size));
        if let Some(node) = node.filter(|_| change.kind == kind && change.obstacle.is_none()) {
            sizes.entry(node.size).or_default().push(index);
        }
    }
    sizes
}

fn digests(changes: &[Change], indices: &[usize], root: &Folder) -> Vec<(Digest, usize)> {
    let digest = |path: &TreePath| {
        let folder = root.below(&path.parent()?).ok()?;
        Digest::reading(folder.file(path.name()).ok()?, LARGEST).ok()
    };
    indices.iter().filter_map(|&index| Some((digest(&changes.get(index)?.path)?, index))).collect()
}

/// Of the deleted files with these contents the one whose path is most like the new one: the same but for upper and
/// lower case, or else of the same name, or else any.
fn closest(changes: &[Change], from: &[(Digest, usize)], digest: Digest, target: usize) -> Option<usize> {
    let target = &changes.get(target)?.path;
    let likeness = |source: &TreePath| {
        if name::fold_path(source) == name::fold_path(target) { 2 } else { u8::from(source.name() == target.name()) }
    };
    let same = from.iter().enumerate().filter(|(_, (it, _))| *it == digest);
    let rated = same.filter_map(|(place, (_, index))| Some((likeness(&changes.get(*index)?.path), place)));
    // Of several that are alike, the first: `max_by_key` would take the last.
    rated.rev().max_by_key(|(likeness, _)| *likeness).map(|(_, place)| place)
}
