//! Which files git tracks.

use crate::git::Repository;
use crate::git::staging::Staging;
use crate::report::Why;
use std::path::Path;

/// The files that git tracks in a working tree: its contents are kept in `.git`, whoever may read the file itself.
#[derive(Debug)]
pub struct Tracked(Staging);

impl Tracked {
    /// Reads the staging area of the working tree whose root is `path`.
    pub fn of(path: &Path) -> Result<Self, Why> {
        let repository = Repository::discover(path)?;
        let root = repository.work_tree.as_deref().and_then(|root| std::fs::canonicalize(root).ok());
        if root.is_none() || root != std::fs::canonicalize(path).ok() {
            return Err(Why::Missing("a working tree at this path".to_owned()));
        }
        Staging::read(&repository).map(Self)
    }

    /// Whether the file at `path`, from the root of the working tree with slashes between names, is tracked.
    pub fn holds(&self, path: &[u8]) -> bool {
        self.0.entries().binary_search_by(|entry| self.0.path(entry).cmp(path)).is_ok()
    }
}
