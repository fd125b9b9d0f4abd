//! Where a repository lies, and how it is made.

use super::config::Config;
use super::objects::Objects;
use super::{HashKind, ObjectId};
use crate::report::Why;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Files of a repository that say something about it are small. Larger ones are not read.
const LARGEST: u64 = 64 << 20;

/// A repository.
#[derive(Debug)]
pub(crate) struct Repository {
    /// The folder of this working tree: `HEAD` and the staging area.
    pub(crate) git_dir: PathBuf,
    /// The folder that all working trees share: objects and references.
    pub(crate) common_dir: PathBuf,
    /// The files, if there are any.
    pub(crate) work_tree: Option<PathBuf>,
    pub(crate) config: Config,
    pub(crate) hash: HashKind,
    pub(crate) objects: Objects,
}

impl Repository {
    /// Finds the repository that `path` belongs to: at it, or in a folder above it.
    pub(crate) fn discover(path: &Path) -> Result<Self, Why> {
        let start = std::fs::canonicalize(path).map_err(|error| Why::Unreadable(error.to_string()))?;
        let found = start.ancestors().find_map(git_dir_at);
        let (git_dir, work_tree) = found.ok_or_else(|| Why::Missing("a git repository".to_owned()))?;
        Self::open(git_dir, work_tree)
    }

    /// The repository that a folder of git belongs to, which may be that of a linked working tree.
    pub(crate) fn open(git_dir: PathBuf, work_tree: Option<PathBuf>) -> Result<Self, Why> {
        let common_dir = match read(&git_dir.join("commondir"))? {
            Some(text) => git_dir.join(path_in(&text)),
            None => git_dir.clone(),
        };
        let config = Config::parse(&read(&common_dir.join("config"))?.unwrap_or_default());
        let hash = match config.get("extensions.objectformat").map(str::to_ascii_lowercase).as_deref() {
            None | Some("sha1") => HashKind::Sha1,
            Some("sha256") => HashKind::Sha256,
            Some(other) => {
                return Err(Why::Unsupported(format!("objects that are named by {}", crate::printable(other))));
            }
        };
        let objects = Objects::open(common_dir.join("objects"), hash);
        Ok(Self { git_dir, common_dir, work_tree, config, hash, objects })
    }

    /// A file of what all working trees share, if it is there.
    pub(crate) fn read_common(&self, name: &str) -> Result<Option<Vec<u8>>, Why> {
        read(&self.common_dir.join(name))
    }

    /// The commits whose parents were not fetched.
    pub(crate) fn shallow(&self) -> Result<Vec<ObjectId>, Why> {
        let text = self.read_common("shallow")?.unwrap_or_default();
        Ok(text.split(|byte| *byte == b'\n').filter_map(ObjectId::from_hex).collect())
    }

    /// Whether objects may be missing because they are fetched only when they are needed.
    pub(crate) fn is_partial(&self) -> bool {
        let promised = |name: &str| name.ends_with(".promisor") || name.ends_with(".partialclonefilter");
        self.config.get("extensions.partialclone").is_some()
            || self.config.names().any(promised)
            || self.objects.packs.iter().any(|pack| pack.path.with_extension("promisor").exists())
    }

    /// What names the repository to a person: its working tree, or else its folder.
    pub(crate) fn name(&self) -> &Path {
        self.work_tree.as_deref().unwrap_or(&self.git_dir)
    }
}

/// The repository's folder at `path`, and the working tree if `path` is one.
fn git_dir_at(path: &Path) -> Option<(PathBuf, Option<PathBuf>)> {
    let dot = path.join(".git");
    if is_git_dir(&dot) {
        return Some((dot, Some(path.to_owned())));
    }
    if let Ok(Some(text)) = read(&dot)
        && let Some(target) = text.strip_prefix(b"gitdir: ")
    {
        let target = path.join(path_in(target));
        return is_git_dir(&target).then(|| (target, Some(path.to_owned())));
    }
    is_git_dir(path).then(|| (path.to_owned(), None))
}

fn is_git_dir(path: &Path) -> bool {
    path.join("HEAD").symlink_metadata().is_ok()
        && (path.join("commondir").is_file() || (path.join("objects").is_dir() && path.join("refs").is_dir()))
}

/// The path that a file of one line holds.
fn path_in(text: &[u8]) -> &Path {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Path::new(OsStr::from_bytes(line.strip_suffix(b"\r").unwrap_or(line)))
}

/// A small file, if it is there and is one.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, Why> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() && found.len() > LARGEST => {
            Err(Why::TooLarge { bytes: found.len(), most: LARGEST })
        }
        Ok(found) if found.is_file() => {
            std::fs::read(path).map(Some).map_err(|error| Why::Unreadable(error.to_string()))
        }
        Ok(_) => Ok(None),
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(Why::Unreadable(error.to_string())),
    }
}
