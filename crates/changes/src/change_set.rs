//! Everything that a session changed in one layer.

use crate::folder::Folder;
use crate::read::Walk;
use crate::{Change, ChangeKind, ChangesError, Layer, LayerName, Node, TreePath, classify, git_index, read};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// How much is looked at. What an attacker made can be larger than anything that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many changes there may be. With more of them nothing is read at all.
    pub changes: usize,
    /// How deep folders are entered.
    pub depth: usize,
    /// How large a file may be that is applied, in bytes.
    pub file: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { changes: 500_000, depth: 128, file: 4 << 30 }
    }
}

/// Everything that a session changed in one layer, in the order of the paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSet {
    /// Which part of the session's world it is.
    pub layer: LayerName,
    /// The real folder.
    pub lower: PathBuf,
    /// What was written.
    pub upper: PathBuf,
    /// The changes.
    pub changes: Vec<Change>,
    /// What the session did not really see.
    pub protected: Vec<TreePath>,
}

impl ChangeSet {
    /// Reads the upper folder of a layer against the lower one, and says of each change what it touches. The overlay
    /// must not be in use.
    pub fn read(layer: &Layer, upper: &Path, limits: Limits) -> Result<Self, ChangesError> {
        let open = |path: &Path| Folder::root(path).map_err(|errno| ChangesError::io("open", path)(errno.into()));
        let (above, below) = (open(upper)?, open(&layer.lower)?);
        let mut changes = Walk::new(limits, layer).whole(&above, &below).map_err(|stop| match stop {
            read::Stop::TooMany => ChangesError::TooManyChanges { upper: upper.to_owned(), limit: limits.changes },
            read::Stop::System(path, errno) => ChangesError::io("look at", &upper.join(path.as_path()))(errno.into()),
        })?;
        changes.retain(|change| !is_only_refreshed(layer, upper, change));
        read::find_renames(&mut changes, &above, &below);
        for change in &mut changes {
            change.classes = classify(change, layer.name);
        }
        let (lower, upper) = (layer.lower.clone(), upper.to_owned());
        Ok(Self { layer: layer.name, lower, upper, changes, protected: layer.protected.clone() })
    }

    /// The contents of the real file, at most `most` bytes; `None` where there is no file, or a larger one.
    pub fn contents_before(&self, change: &Change, most: u64) -> Result<Option<Vec<u8>>, ChangesError> {
        contents(&self.lower, &change.path, change.before.as_ref(), most)
    }

    /// The same of what the session wrote.
    pub fn contents_after(&self, change: &Change, most: u64) -> Result<Option<Vec<u8>>, ChangesError> {
        contents(&self.upper, &change.path, change.after.as_ref(), most)
    }
}

/// Whether git wrote an index anew, and the new one says what the old one does: looking is enough for that.
fn is_only_refreshed(layer: &Layer, upper: &Path, change: &Change) -> bool {
    if change.kind != ChangeKind::Modified || !git_index::is_one(&change.path, layer.name) {
        return false;
    }
    let read = |root: &Path, node: &Option<Node>| contents(root, &change.path, node.as_ref(), git_index::LARGEST);
    let both = (read(&layer.lower, &change.before), read(upper, &change.after));
    matches!(both, (Ok(Some(before)), Ok(Some(after))) if git_index::say_the_same(&before, &after))
}

fn contents(root: &Path, path: &TreePath, node: Option<&Node>, most: u64) -> Result<Option<Vec<u8>>, ChangesError> {
    if !node.is_some_and(|node| node.is_file() && node.size <= most) {
        return Ok(None);
    }
    let full = root.join(path.as_path());
    let opened = Folder::root(root).and_then(|root| root.below(&path.parent().unwrap_or_default()));
    let file = opened.and_then(|folder| folder.file(path.name()));
    let file = file.map_err(|errno| ChangesError::io("read", &full)(errno.into()))?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes).map_err(ChangesError::io("read", &full))?;
    Ok(Some(bytes))
}
