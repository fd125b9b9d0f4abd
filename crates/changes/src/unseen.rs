//! Tracked files that a session is shown something else in the place of: git inside leaves them alone, so that no commit
//! takes that for what the file holds. In what the session wrote it is taken back before anybody looks.

use crate::folder::Folder;
use crate::{ChangesError, Node, SessionFolder, TreePath, atomic, git_index, skipping};
use rustix::fs::{self, AtFlags, Gid, Mode, Timespec, Timestamps, Uid};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;

/// The file that says what was said to git.
const NAME: &str = "unseen.json";

/// What an index is called while it is written.
const ASIDE: &[u8] = b"index.of-portcullis";

/// What was said to git.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Unseen {
    /// In which layer its index lies, and where.
    layer: usize,
    index: TreePath,
    /// What the session does not really see.
    paths: BTreeSet<TreePath>,
}

impl SessionFolder {
    /// The real index with the files at or below `paths` left alone, to be shown in its place; `None` if it tracks none of them.
    /// One that the session has written before says the same from here on.
    pub fn leave_alone(
        &self,
        (layer, index): (usize, &TreePath),
        paths: BTreeSet<TreePath>,
    ) -> Result<Option<Vec<u8>>, ChangesError> {
        let unseen = Unseen { layer, index: index.clone(), paths };
        let Some(of) = self.session().layers.get(layer) else { return Ok(None) };
        let (lower, upper) = (of.lower.clone(), self.upper(of));
        let real = unseen.read(&lower)?;
        let shown = real.as_deref().and_then(|real| skipping::leave_alone(real, |path| unseen.has(path)));
        let own = unseen.read(&upper)?;
        let own = own.as_deref().and_then(|own| skipping::leave_alone(own, |path| unseen.has(path)));
        if shown.is_none() && own.is_none() {
            return Ok(None);
        }
        let note = self.unseen();
        let text = serde_json::to_vec(&unseen)
            .map_err(|error| ChangesError::Damaged { path: note.clone(), what: error.to_string() })?;
        atomic::write(&note, &text).map_err(ChangesError::io("write", &note))?;
        if let Some(own) = own {
            unseen.write(&upper, &own)?;
        }
        Ok(shown)
    }

    /// Takes back what was said to git.
    pub(crate) fn see_again(&self) -> Result<(), ChangesError> {
        let note = self.unseen();
        let text = match std::fs::read(&note) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(ChangesError::io("read", &note)(error)),
        };
        let unseen: Unseen = serde_json::from_slice(&text)
            .map_err(|error| ChangesError::Damaged { path: note.clone(), what: error.to_string() })?;
        if let Some(of) = self.session().layers.get(unseen.layer) {
            let upper = self.upper(of);
            let (real, own) = (unseen.read(&of.lower)?, unseen.read(&upper)?);
            let seen =
                own.as_deref().and_then(|own| skipping::see_again(own, real.as_deref(), |path| unseen.has(path)));
            if let Some(seen) = seen.filter(|seen| Some(seen) != own.as_ref()) {
                unseen.write(&upper, &seen)?;
            }
        }
        std::fs::remove_file(&note).map_err(ChangesError::io("remove", &note))
    }

    fn unseen(&self) -> PathBuf {
        self.path().join(NAME)
    }
}

impl Unseen {
    fn has(&self, path: &[u8]) -> bool {
        let mut folder = TreePath::parse(path);
        while let Some(path) = folder.filter(|path| !path.is_root()) {
            if self.paths.contains(&path) {
                return true;
            }
            folder = path.parent();
        }
        false
    }

    /// The index below a folder, if a file is there.
    fn read(&self, root: &std::path::Path) -> Result<Option<Vec<u8>>, ChangesError> {
        let read = || {
            let folder = Folder::root(root)?.below(&self.index.parent().unwrap_or_default())?;
            let is_one =
                Node::at(&folder, self.index.name())?.is_some_and(|it| it.is_file() && it.size <= git_index::LARGEST);
            if is_one { folder.file(self.index.name()).map(Some) } else { Ok(None) }
        };
        let Some(file) = there(read()).map_err(self.failed("read", root))? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.take(git_index::LARGEST)
            .read_to_end(&mut bytes)
            .map_err(ChangesError::io("read", &root.join(self.index.as_path())))?;
        Ok(Some(bytes))
    }

    /// Puts another index in the place of one, as the same file to git: when it was written says which files are to be compared.
    fn write(&self, root: &std::path::Path, index: &[u8]) -> Result<(), ChangesError> {
        let write = || -> std::io::Result<()> {
            let folder = Folder::root(root)?.below(&self.index.parent().unwrap_or_default())?;
            let Some(node) = Node::at(&folder, self.index.name())? else { return Ok(()) };
            match fs::unlinkat(&folder, ASIDE, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(errno) => return Err(errno.into()),
            }
            let mut file = folder.create(ASIDE)?;
            file.write_all(index)?;
            let (user, group) = node.owner;
            if rustix::process::geteuid().is_root() {
                fs::fchown(&file, Some(Uid::from_raw(user)), Some(Gid::from_raw(group)))?;
            }
            fs::fchmod(&file, Mode::from_raw_mode(node.mode & 0o777))?;
            let times = folder.stat(self.index.name())?;
            if let Some(times) = times {
                let moment = |seconds: i64, nanoseconds| Timespec { tv_sec: seconds, tv_nsec: nanoseconds };
                let at = moment(times.st_mtime, i64::try_from(times.st_mtime_nsec).unwrap_or_default());
                fs::futimens(&file, &Timestamps { last_access: at, last_modification: at })?;
            }
            fs::renameat(&folder, ASIDE, &folder, self.index.name())?;
            Ok(())
        };
        write().map_err(ChangesError::io("write", &root.join(self.index.as_path())))
    }

    fn failed(&self, doing: &'static str, root: &std::path::Path) -> impl Fn(Errno) -> ChangesError {
        let path = root.join(self.index.as_path());
        move |errno| ChangesError::io(doing, &path)(errno.into())
    }
}

/// Where something else is in the place of a folder there is no index.
fn there<T>(found: Result<Option<T>, Errno>) -> Result<Option<T>, Errno> {
    match found {
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV | Errno::ACCESS) => Ok(None),
        other => other,
    }
}
