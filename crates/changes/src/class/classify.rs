//! Says of a change what it touches, by its path and by what it is. All paths are looked at, those that git ignores as
//! well as those of repositories within the repository.

use super::table::TABLE;
use super::{Class, pattern};
use crate::{Change, ChangeKind, Contents, FileType, LayerName, Node, TreePath, name};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The classes of a change in a layer. Never empty.
pub fn classify(change: &Change, layer: LayerName) -> BTreeSet<Class> {
    let mut path = name::fold_path(&change.path);
    match layer {
        // A git folder has the same names in it wherever it lies and whatever it is called.
        LayerName::Git => path.insert(0, ".git".to_owned()),
        LayerName::Workspace | LayerName::Home => {}
    }
    let mut classes = INDEX.classes(&path);
    by_nature(change, &mut classes);
    if has_misleading_name(&change.path) {
        classes.insert(Class::MisleadingName);
    }
    if layer == LayerName::Home {
        classes.insert(Class::Home);
    }
    if is_git_pointer(change, &path) {
        classes.insert(Class::GitConfiguration);
    }
    // What git keeps for itself is compressed, and looks like nothing else.
    let is_git = classes.contains(&Class::GitState);
    if change.contents == Some(Contents::Binary) && !is_git {
        classes.insert(Class::Binary);
    }
    if is_git || path.iter().any(|name| name == ".git") {
        // A branch may be called `fix.rs`, and a hook `x.py`: in there, a name says nothing about the contents.
        classes.retain(|class| !matches!(class, Class::Code | Class::Documentation));
    }
    if classes.is_empty() {
        classes.insert(Class::Unknown);
    }
    classes
}

/// The classes of which a path of the workspace is by its names alone. Empty if it is of none that is known.
pub fn path_classes(path: &TreePath) -> BTreeSet<Class> {
    INDEX.classes(&name::fold_path(path))
}

fn by_nature(change: &Change, classes: &mut BTreeSet<Class>) {
    let is = |file_type| change.node().is_some_and(|node| node.file_type == file_type);
    if is(FileType::Folder) {
        classes.insert(Class::Folder);
    }
    if is(FileType::Link) {
        let target = change.after.as_ref().and_then(|node| node.target.as_deref());
        let outside = target.is_some_and(|target| leads_out(&change.path, target));
        classes.insert(if outside { Class::LinkOutside } else { Class::LinkInside });
    }
    if is(FileType::Pipe) || is(FileType::Socket) || is(FileType::Device) {
        classes.insert(Class::SpecialFile);
    }
    if change.kind == ChangeKind::Attributes {
        classes.insert(Class::Attributes);
    }
    if change.gains_execution() {
        classes.insert(Class::ExecutableBit);
    }
    let mode = |node: &Option<Node>| node.as_ref().filter(|it| it.file_type != FileType::Link).map_or(0, |it| it.mode);
    let (before, after) = (mode(&change.before), mode(&change.after));
    if after & !before & 0o002 != 0 {
        classes.insert(Class::OpenToOthers);
    }
    // A new folder has the setgid bit of the one it was made in.
    let counts = is(FileType::File) || is(FileType::Folder) && change.kind != ChangeKind::Added && before != 0;
    let differs = is(FileType::File) || after & 0o7000 != before & 0o7000;
    if counts && differs && after & 0o7000 != 0 {
        classes.insert(Class::SpecialMode);
    }
}

/// Whether a link leads out of the layer, or can be made to. `..` behind a name is taken to: that name may be a link.
fn leads_out(path: &TreePath, target: &[u8]) -> bool {
    let mut depth = path.depth().saturating_sub(1);
    let mut descended = false;
    if target.first() == Some(&b'/') {
        return true;
    }
    for name in target.split(|&byte| byte == b'/') {
        match name {
            b"" | b"." => {}
            b".." if descended || depth == 0 => return true,
            b".." => depth -= 1,
            _ => descended = true,
        }
    }
    false
}

/// A file or link called `.git` says where the repository is, and with that what git runs.
fn is_git_pointer(change: &Change, path: &[String]) -> bool {
    let is_folder = |node: &Option<Node>| node.as_ref().is_none_or(Node::is_folder);
    path.last().is_some_and(|name| name == ".git") && !(is_folder(&change.before) && is_folder(&change.after))
}

/// Names that can't be shown as they are.
fn has_misleading_name(path: &TreePath) -> bool {
    let Ok(text) = std::str::from_utf8(path.as_bytes()) else { return true };
    !text.is_ascii() && text.chars().any(name::is_ignored) || text.chars().any(char::is_control)
}

/// The table, arranged so that a path is compared with few patterns.
struct Index {
    /// By a last name without `*`.
    last: BTreeMap<&'static str, Vec<(Class, &'static str)>>,
    /// Everything below a folder: by the first name without `*`.
    below: BTreeMap<&'static str, Vec<(Class, &'static str)>>,
    /// By an ending like `.rs`.
    extension: BTreeMap<&'static str, Vec<Class>>,
    /// The rest.
    other: Vec<(Class, &'static str)>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index =
        Index { last: BTreeMap::new(), below: BTreeMap::new(), extension: BTreeMap::new(), other: Vec::new() };
    for (class, patterns) in TABLE {
        patterns.iter().for_each(|pattern| index.insert(*class, pattern));
    }
    index
});

impl Index {
    fn insert(&mut self, class: Class, pattern: &'static str) {
        let (first, last) =
            (pattern.split('/').next().unwrap_or(pattern), pattern.rsplit('/').next().unwrap_or(pattern));
        let ending = pattern.strip_prefix("*.").filter(|rest| !rest.contains(['*', '/', '.']));
        if let Some(ending) = ending {
            self.extension.entry(ending).or_default().push(class);
        } else if !last.contains('*') {
            self.last.entry(last).or_default().push((class, pattern));
        } else if !first.contains('*') {
            self.below.entry(first).or_default().push((class, pattern));
        } else {
            self.other.push((class, pattern));
        }
    }

    fn classes(&self, path: &[String]) -> BTreeSet<Class> {
        let Some(last) = path.last() else { return BTreeSet::new() };
        let by_last = self.last.get(last.as_str());
        let by_first = path.iter().filter_map(|name| self.below.get(name.as_str()));
        let patterns = by_last.into_iter().chain(by_first).flatten().chain(&self.other);
        let matching = patterns.filter(|(_, pattern)| pattern::matches(pattern, path)).map(|(class, _)| *class);
        let ending = last.rsplit_once('.').and_then(|(_, ending)| self.extension.get(ending));
        let mut classes: BTreeSet<Class> = matching.chain(ending.into_iter().flatten().copied()).collect();
        // A branch may be called `fix-credentials` or `build`, and that says nothing about what it leads to.
        let below_git = path.iter().position(|name| name == ".git").and_then(|at| path.get(at + 1..));
        let is_reference = below_git.and_then(<[String]>::first).is_some_and(|name| name == "refs" || name == "logs");
        if is_reference && classes.contains(&Class::GitState) {
            classes.retain(|class| matches!(class, Class::GitState | Class::GitConfiguration));
        }
        // What a tool looks for by a name that begins with a dot steers that tool, also if it is written as code.
        let is_settings = path.iter().any(|name| name.starts_with('.') && name != ".git" && name != ".gitignore");
        if is_settings && classes.iter().all(|class| matches!(class, Class::Code | Class::Documentation)) {
            classes.insert(Class::Unknown);
        }
        // Code about secrets is code: a name like `secrets.rs` says what it deals with, not what it holds.
        if classes.contains(&Class::Code) {
            classes.remove(&Class::SecretFile);
        }
        classes
    }
}
