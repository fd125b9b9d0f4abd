//! Which files git tracks.

use crate::git::object::Object;
use crate::git::staging::Staging;
use crate::git::{Kind, Repository};
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

    /// Whether the file at `path`, from the root of the working tree with slashes between names, is tracked with these
    /// contents. That a name is there says little: whoever may write to the repository can put it there.
    pub fn holds(&self, path: &[u8], contents: &[u8]) -> bool {
        let found = self.0.entries().binary_search_by(|entry| self.0.path(entry).cmp(path)).ok();
        let entry = found.and_then(|at| self.0.entries().get(at)).filter(|entry| entry.stage == 0 && !entry.intended);
        let blob = Object { kind: Kind::Blob, bytes: contents.to_vec() };
        entry.is_some_and(|entry| blob.check(&entry.id).is_ok())
    }
}
