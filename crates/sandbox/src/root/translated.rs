//! Trees on which owners are translated: what belongs to one user outside belongs to another one inside, and what is
//! made inside belongs to the first. Only root can make these, and needs them: its files are shown to a run that must
//! not be root.

use super::clone_tree;
use crate::error::{Doing as _, Error, Stage};
use crate::spec::{Identity, Mount, Source};
use crate::sys::{MountAttributes, mount_setattr};
use rustix::fd::{AsFd as _, OwnedFd};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// `MOUNT_ATTR_IDMAP`.
const IDMAP: u64 = 0x0010_0000;

/// Trees by the path that they are copies of.
#[derive(Debug, Default)]
pub(crate) struct Translated {
    trees: BTreeMap<PathBuf, OwnedFd>,
}

impl Translated {
    /// Makes a tree for each path that the mounts want translated. This is done outside, by root.
    pub(crate) fn prepare(identity: &Identity, mounts: &[Mount]) -> Result<Self, Error> {
        let paths = wanted(mounts);
        let Some((uid, gid)) = identity.instead_of else {
            return if paths.is_empty() { Ok(Self::default()) } else { Err(nobody(&paths)) };
        };
        let users =
            crate::launch::users_of(&format!("{uid} {} 1", identity.uid), &format!("{gid} {} 1", identity.gid))?;
        let mut trees = BTreeMap::new();
        for path in paths {
            let tree = clone_tree(super::outside(&path)?.as_fd()).doing_at(Stage::Tree, &path)?;
            let users = u64::try_from(crate::sys::raw(&users)).unwrap_or(u64::MAX);
            let attributes = MountAttributes { set: IDMAP, users, ..MountAttributes::default() };
            mount_setattr(tree.as_fd(), true, &attributes).map_err(|errno| {
                Error { message: explained(errno), ..Error::system(Stage::Owners, errno) }.at(&path)
            })?;
            trees.insert(path, tree);
        }
        Ok(Self { trees })
    }

    /// The tree of a path, once more.
    pub(super) fn tree(&self, path: &Path) -> Result<OwnedFd, Error> {
        let tree = self.trees.get(path).ok_or_else(|| Error::new(Stage::Tree, "nobody translated it").at(path))?;
        tree.try_clone().map_err(|error| Error::new(Stage::Tree, error.to_string()).at(path))
    }
}

fn wanted(mounts: &[Mount]) -> std::collections::BTreeSet<PathBuf> {
    let mut paths = std::collections::BTreeSet::new();
    let sources = mounts.iter().flat_map(|mount| -> Vec<&Source> {
        match mount {
            Mount::Show { from, .. } => vec![from],
            Mount::Layered { lower, changes, .. } => lower.iter().chain([changes]).collect(),
            Mount::Merged { folders, .. } => folders.iter().collect(),
            Mount::Closed { by, .. } => by.iter().collect(),
            Mount::Folder { .. }
            | Mount::Link { .. }
            | Mount::Text { .. }
            | Mount::Memory { .. }
            | Mount::Hidden { .. }
            | Mount::Socket { .. }
            | Mount::Processes { .. }
            | Mount::Devices { .. } => Vec::new(),
        }
    });
    paths.extend(sources.filter(|source| source.translated).map(|source| source.path.clone()));
    paths
}

fn nobody(paths: &std::collections::BTreeSet<PathBuf>) -> Error {
    let error = Error::new(Stage::Spec, "owners are to be translated, but it is not said whose");
    match paths.first() {
        Some(path) => error.at(path),
        None => error,
    }
}

fn explained(errno: rustix::io::Errno) -> String {
    format!("{}: this file system can't show files as another user's", std::io::Error::from(errno))
}
