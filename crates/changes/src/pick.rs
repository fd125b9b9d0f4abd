//! Which changes are applied together. A file can't be put into a folder that does not come, and a folder can't go while
//! something in it stays.

use crate::{Change, ChangeKind, FileType, Node, TreePath};
use std::collections::BTreeMap;

/// The changes of a layer that are applied, and those that were chosen and can't be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picked {
    /// By their place in the change set.
    pub applied: Vec<usize>,
    /// Those that were chosen and can't be applied, each with the one that is missing.
    pub stuck: Vec<(usize, usize)>,
}

/// Completes what was chosen with the folders that it needs, and takes out what can't be done without what was not
/// chosen. `changes` are in the order of their paths.
pub fn pick(changes: &[Change], chosen: impl Fn(&Change) -> bool) -> Picked {
    let at: BTreeMap<&TreePath, usize> = changes.iter().enumerate().map(|(index, it)| (&it.path, index)).collect();
    let mut takes: Vec<bool> = changes.iter().map(|change| change.obstacle.is_none() && chosen(change)).collect();
    let wanted = takes.clone();
    leave_hollow_folders(changes, &mut takes);
    add_new_folders(changes, &at, &mut takes);
    let mut stuck = BTreeMap::new();
    // What is taken out may hold something else back, so it is looked at until nothing more is.
    while drop_stuck(changes, &at, &mut takes, &mut stuck) {}
    let applied = takes.iter().enumerate().filter(|(_, takes)| **takes).map(|(index, _)| index).collect();
    let wanted = |index: &usize| wanted.get(*index) == Some(&true);
    Picked { applied, stuck: stuck.into_iter().filter(|(index, _)| wanted(index)).collect() }
}

fn is_folder(node: Option<&Node>) -> bool {
    node.is_some_and(|node| node.file_type == FileType::Folder)
}

/// A new folder comes for the sake of what is in it. If all of that stays, so does the folder: an empty `.git` is none.
fn leave_hollow_folders(changes: &[Change], takes: &mut [bool]) {
    for index in (0..changes.len()).rev() {
        let Some(change) = changes.get(index) else { continue };
        if change.kind != ChangeKind::Added || !is_folder(change.after.as_ref()) {
            continue;
        }
        let below = changes.iter().enumerate().skip(index + 1);
        let below = below.take_while(|(_, it)| it.path.as_bytes().starts_with(change.path.as_bytes()));
        let mut below = below.filter(|(_, it)| it.path.is_within(&change.path)).peekable();
        let is_hollow = below.peek().is_some() && !below.any(|(at, _)| takes.get(at) == Some(&true));
        if let Some(takes) = takes.get_mut(index).filter(|_| is_hollow) {
            *takes = false;
        }
    }
}

fn add_new_folders(changes: &[Change], at: &BTreeMap<&TreePath, usize>, takes: &mut [bool]) {
    for index in 0..changes.len() {
        if takes.get(index) != Some(&true) {
            continue;
        }
        let mut folder = changes.get(index).and_then(|change| change.path.parent());
        while let Some(path) = folder {
            let above = at.get(&path).and_then(|&above| Some((above, changes.get(above)?)));
            if let Some((above, change)) = above {
                let is_new = change.kind == ChangeKind::Added && change.obstacle.is_none();
                if let Some(takes) = takes.get_mut(above).filter(|_| is_new && needs_parent(changes.get(index))) {
                    *takes = true;
                }
            }
            folder = path.parent();
        }
    }
}

/// Whether there is something at the path afterwards.
fn needs_parent(change: Option<&Change>) -> bool {
    change.is_some_and(|change| change.after.is_some())
}

fn drop_stuck(
    changes: &[Change],
    at: &BTreeMap<&TreePath, usize>,
    takes: &mut [bool],
    stuck: &mut BTreeMap<usize, usize>,
) -> bool {
    let before = stuck.len();
    for index in 0..changes.len() {
        let (Some(true), Some(change)) = (takes.get(index), changes.get(index)) else { continue };
        if let Some(missing) =
            missing_above(changes, at, takes, change).or_else(|| missing_below(changes, takes, index))
        {
            if let Some(takes) = takes.get_mut(index) {
                *takes = false;
            }
            stuck.insert(index, missing);
        }
    }
    stuck.len() > before
}

/// The folder above that has to come first and does not.
fn missing_above(
    changes: &[Change],
    at: &BTreeMap<&TreePath, usize>,
    takes: &[bool],
    change: &Change,
) -> Option<usize> {
    change.after.as_ref()?;
    let mut folder = change.path.parent();
    while let Some(path) = folder {
        if let Some(&above) = at.get(&path) {
            let comes =
                changes.get(above).is_some_and(|it| is_folder(it.after.as_ref()) && !is_folder(it.before.as_ref()));
            if comes && takes.get(above) != Some(&true) {
                return Some(above);
            }
        }
        folder = path.parent();
    }
    None
}

/// What is still in a folder that has to go.
fn missing_below(changes: &[Change], takes: &[bool], index: usize) -> Option<usize> {
    let change = changes.get(index)?;
    let goes = is_folder(change.before.as_ref()) && !is_folder(change.after.as_ref());
    if !goes {
        return None;
    }
    // Paths below follow in the order of paths, but so may `a.b` before `a/b`.
    let below = changes.iter().enumerate().skip(index + 1);
    let mut below = below.take_while(|(_, it)| it.path.as_bytes().starts_with(change.path.as_bytes()));
    below
        .find(|(at, it)| it.path.is_within(&change.path) && it.before.is_some() && takes.get(*at) != Some(&true))
        .map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Moment;

    fn node(file_type: FileType) -> Node {
        Node {
            file_type,
            mode: 0o755,
            size: 0,
            modified: Moment::never(),
            target: None,
            owner: (0, 0),
            inode: 0,
            device: 0,
            touched: Moment::never(),
            links: 1,
            special: 0,
        }
    }

    fn change(path: &str, kind: ChangeKind, before: Option<FileType>, after: Option<FileType>) -> Change {
        Change::new(TreePath::parse(path).unwrap(), kind, before.map(node), after.map(node))
    }

    fn picked(changes: &[Change], chosen: &[&str]) -> (Vec<String>, Vec<String>) {
        let picked = pick(changes, |change| chosen.contains(&change.path.to_string().as_str()));
        let name = |index: usize| changes[index].path.to_string();
        (picked.applied.into_iter().map(name).collect(), picked.stuck.into_iter().map(|(it, _)| name(it)).collect())
    }

    #[test]
    fn a_new_file_brings_the_new_folders_that_it_is_in() {
        use ChangeKind::Added;
        use FileType::{File, Folder};
        let changes = [
            change("a", Added, None, Some(Folder)),
            change("a/b", Added, None, Some(Folder)),
            change("a/b/c", Added, None, Some(File)),
            change("a/x", Added, None, Some(File)),
        ];
        assert_eq!(picked(&changes, &["a/b/c"]).0, ["a", "a/b", "a/b/c"]);
    }

    #[test]
    fn a_new_folder_comes_only_with_something_in_it_unless_it_is_empty() {
        use ChangeKind::Added;
        use FileType::{File, Folder};
        let changes = [
            change(".git", Added, None, Some(Folder)),
            change(".git/hooks", Added, None, Some(Folder)),
            change(".git/hooks/x", Added, None, Some(File)),
            change("empty", Added, None, Some(Folder)),
        ];
        assert_eq!(picked(&changes, &[".git", ".git/hooks", "empty"]), (vec!["empty".to_owned()], vec![]));
    }

    #[test]
    fn a_folder_stays_while_something_in_it_does() {
        use ChangeKind::Deleted;
        use FileType::{File, Folder};
        let changes = [
            change("a", Deleted, Some(Folder), None),
            change("a.b", Deleted, Some(File), None),
            change("a/b", Deleted, Some(Folder), None),
            change("a/b/c", Deleted, Some(File), None),
        ];
        assert_eq!(picked(&changes, &["a", "a/b"]), (vec![], vec!["a".to_owned(), "a/b".to_owned()]));
        assert_eq!(picked(&changes, &["a", "a/b", "a/b/c"]).0, ["a", "a/b", "a/b/c"]);
    }

    #[test]
    fn nothing_is_put_where_a_file_stays() {
        use ChangeKind::{Added, Replaced};
        use FileType::{File, Folder};
        let changes = [change("a", Replaced, Some(File), Some(Folder)), change("a/b", Added, None, Some(File))];
        assert_eq!(picked(&changes, &["a/b"]), (vec![], vec!["a/b".to_owned()]));
        assert_eq!(picked(&changes, &["a", "a/b"]).0, ["a", "a/b"]);
    }
}
