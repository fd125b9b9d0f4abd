//! Walks folders.

use super::Paths;
use super::ignore::{LARGEST, Rules};
use super::open;
use super::read::Reader;
use super::scope::Scope;
use crate::origin::Origin;
use crate::pool::Tasks;
use crate::report::{Statistics, Why};
use crate::settings::Surroundings;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;
use std::ffi::{CStr, CString, OsStr};
use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files that one thread takes at a time.
const BATCH: usize = 64;

/// Where a walk starts.
#[derive(Debug)]
pub(crate) struct Root {
    path: PathBuf,
    folder: OwnedFd,
    device: u64,
    heed_ignore_files: bool,
    inside_git: bool,
    surroundings: Surroundings,
    above: Above,
}

/// What a folder has from those above it.
#[derive(Debug, Clone)]
pub(crate) struct Above {
    scope: Arc<Scope>,
    rules: Option<Arc<Rules>>,
    /// An ignore rule leaves the folder out, but git tracks some of what lies in it.
    only_tracked: bool,
}

impl Root {
    /// Opens a folder to start from; none if `path` is no folder.
    pub(crate) fn open(path: &Path, paths: &Paths, surroundings: &Surroundings) -> Result<Option<Self>, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = match rustix::fs::open(path, flags, Mode::empty()) {
            Err(Errno::NOTDIR) => return Ok(None),
            opened => opened?,
        };
        let device = rustix::fs::fstat(&folder)?.st_dev;
        let found = if paths.heed_ignore_files { Scope::of(path, b"", surroundings) } else { None };
        let (scope, rules) = found.unwrap_or_else(|| (Scope::none(), None));
        Ok(Some(Self {
            path: path.to_owned(),
            folder,
            device,
            heed_ignore_files: paths.heed_ignore_files,
            inside_git: paths.inside_git,
            surroundings: surroundings.clone(),
            above: Above { scope: Arc::new(scope), rules, only_tracked: false },
        }))
    }
}

/// Something to do.
pub(crate) enum Task {
    /// A folder to list.
    Folder { root: Arc<Root>, path: PathBuf, above: Above },
    /// Files to look into.
    Files { folder: Arc<Folder>, names: Vec<CString> },
}

impl Task {
    pub(crate) fn root(root: Root) -> Self {
        let above = root.above.clone();
        Self::Folder { root: Arc::new(root), path: PathBuf::new(), above }
    }
}

/// A folder that is open.
pub(crate) struct Folder {
    root: Arc<Root>,
    /// Relative to the root.
    path: PathBuf,
    opened: OwnedFd,
    here: Above,
}

/// What the ignore rules say of an entry.
enum Heed {
    Look,
    OnlyTracked,
    LeaveOut,
}

/// Does one task.
pub(crate) fn step(reader: &mut Reader<'_>, task: Task, tasks: &Tasks<Task>) {
    match task {
        Task::Files { folder, names } => folder.files(&names, reader),
        Task::Folder { root, path, above } => {
            let whole = root.path.join(&path);
            match Folder::open(root, path, above) {
                Ok(Some(folder)) => Arc::new(folder).list(reader, tasks),
                Ok(None) => reader.worker.gathered.statistics.special += 1,
                Err(Errno::LOOP) => reader.worker.gathered.statistics.links += 1,
                Err(error) => unreadable(reader, whole, error),
            }
        }
    }
}

fn unreadable(reader: &mut Reader<'_>, path: PathBuf, error: Errno) {
    reader.worker.not_looked_into(Origin::File { path }, Why::Unreadable(error.to_string()));
}

impl Folder {
    /// Opens the folder; none if the kernel makes up what is in it, and the walk did not start there.
    fn open(root: Arc<Root>, path: PathBuf, above: Above) -> Result<Option<Self>, Errno> {
        let opened = open::folder(&root.folder, &path)?;
        if rustix::fs::fstat(&opened)?.st_dev != root.device && open::is_made_up(&opened) {
            return Ok(None);
        }
        let mut folder = Self { root, path, opened, here: above };
        if folder.root.heed_ignore_files {
            folder.read_rules();
        }
        Ok(Some(folder))
    }

    /// Adds the rules of the ignore files that lie here. One that can't be read leaves nothing out.
    fn read_rules(&mut self) {
        let path = self.path.clone();
        let walked = path.as_os_str().as_bytes();
        if !walked.is_empty() && rustix::fs::statat(&self.opened, c".git", AtFlags::SYMLINK_NOFOLLOW).is_ok() {
            self.enter_repository();
        }
        let mut start = self.here.scope.path(walked);
        if !walked.is_empty() && !start.is_empty() {
            start.push(b'/');
        }
        // Outside a working tree `.gitignore` says nothing.
        let names = [self.here.scope.is_work_tree().then_some(c".gitignore"), Some(c".ignore")];
        for name in names.into_iter().flatten() {
            let mut text = Vec::new();
            let Ok(file) = open::file(&self.opened, name) else { continue };
            let whole =
                File::from(file).take(LARGEST as u64 + 1).read_to_end(&mut text).is_ok_and(|size| size <= LARGEST);
            if whole {
                self.here.rules = Some(Arc::new(Rules::new(start.clone(), &text, self.here.rules.take())));
            }
        }
    }

    /// Another repository starts here: the rules of the one around it do not apply inside.
    fn enter_repository(&mut self) {
        let whole = self.root.path.join(&self.path);
        if let Some((scope, rules)) = Scope::of(&whole, self.path.as_os_str().as_bytes(), &self.root.surroundings) {
            self.here = Above { scope: Arc::new(scope), rules, only_tracked: false };
        }
    }

    /// Lists the folder: files are looked into, or handed to other threads if there are many; folders wait.
    fn list(self: Arc<Self>, reader: &mut Reader<'_>, tasks: &Tasks<Task>) {
        let entries = match Dir::read_from(&self.opened) {
            Ok(entries) => entries,
            Err(error) => return unreadable(reader, self.root.path.join(&self.path), error),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    unreadable(reader, self.root.path.join(&self.path), error);
                    break;
                }
            };
            let name = entry.file_name();
            match self.sort(name, entry.file_type(), &mut reader.worker.gathered.statistics) {
                Some((FileType::Directory, only_tracked)) => {
                    let path = self.path.join(OsStr::from_bytes(name.to_bytes()));
                    let above = Above { only_tracked, ..self.here.clone() };
                    tasks.push(Task::Folder { root: Arc::clone(&self.root), path, above });
                }
                Some(_) => names.push(name.to_owned()),
                None => {}
            }
            if names.len() == BATCH {
                self.batch(std::mem::take(&mut names), reader, tasks);
            }
        }
        self.files(&names, reader);
    }

    fn batch(self: &Arc<Self>, names: Vec<CString>, reader: &mut Reader<'_>, tasks: &Tasks<Task>) {
        if tasks.is_short() {
            tasks.push(Task::Files { folder: Arc::clone(self), names });
        } else {
            self.files(&names, reader);
        }
    }

    /// What an entry is, if it is a file or folder that is to be looked into, and whether only what git tracks in it is.
    fn sort(&self, name: &CStr, kind: FileType, statistics: &mut Statistics) -> Option<(FileType, bool)> {
        let bytes = name.to_bytes();
        if matches!(bytes, b"." | b"..") || (bytes == b".git" && !self.root.inside_git) {
            return None;
        }
        let kind = if kind == FileType::Unknown { self.stat(name) } else { kind };
        match kind {
            FileType::Symlink => statistics.links += 1,
            FileType::Fifo | FileType::Socket | FileType::CharacterDevice | FileType::BlockDevice => {
                statistics.special += 1;
            }
            FileType::Directory | FileType::RegularFile | FileType::Unknown => {
                match self.heed(bytes, kind == FileType::Directory) {
                    Heed::Look => return Some((kind, false)),
                    Heed::OnlyTracked => return Some((kind, true)),
                    Heed::LeaveOut => statistics.ignored += 1,
                }
            }
        }
        None
    }

    /// What an entry is, where the file system did not say so in the list.
    fn stat(&self, name: &CStr) -> FileType {
        rustix::fs::statat(&self.opened, name, AtFlags::SYMLINK_NOFOLLOW)
            .map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode))
    }

    /// What the ignore rules say of an entry. What git tracks is looked into whatever they say.
    fn heed(&self, name: &[u8], is_folder: bool) -> Heed {
        let Above { scope, rules, only_tracked } = &self.here;
        if rules.is_none() && !only_tracked {
            return Heed::Look;
        }
        let path = scope.path(self.path.join(OsStr::from_bytes(name)).as_os_str().as_bytes());
        if !only_tracked && !rules.as_ref().is_some_and(|rules| rules.ignores(&path, is_folder)) {
            return Heed::Look;
        }
        if scope.tracks(&path) { Heed::OnlyTracked } else { Heed::LeaveOut }
    }

    fn files(&self, names: &[CString], reader: &mut Reader<'_>) {
        for name in names {
            self.file(name, reader);
        }
    }

    fn file(&self, name: &CStr, reader: &mut Reader<'_>) {
        let path = self.root.path.join(&self.path).join(OsStr::from_bytes(name.to_bytes()));
        match open::file(&self.opened, name) {
            Ok(file) => reader.file(&file, &path),
            // It was a file a moment ago.
            Err(Errno::LOOP) => reader.worker.gathered.statistics.links += 1,
            Err(error) => unreadable(reader, path, error),
        }
    }
}
