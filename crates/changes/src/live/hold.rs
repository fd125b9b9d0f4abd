//! Moves what was made under closed names out of a workspace into the layer of the session, and puts back what belongs there.
//!
//! What was closed by a mount can't have been changed or removed, but the folder around it can have got another name, and it went along:
//! then it still is somewhere, and goes back from there. Nothing is removed that is not kept.

use super::moving::{descend, errno_of, give, move_whole, readable, rename, with_rights};
use super::record::Record;
use super::walk::{Entry, Guard, Survey};
use crate::copy::{contents, like};
use crate::folder::Folder;
use crate::{Change, ChangeKind, ChangesError, FileType, Limits, LockedSession, Node, TreePath, baseline, discard};
use rustix::fs::{self, AtFlags, Mode};
use rustix::io::Errno;
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

/// What became of what was made under closed names.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Held {
    /// It waits in the layer of the session.
    pub moved: Vec<TreePath>,
    /// What had been there is there again.
    pub put_back: Vec<TreePath>,
    /// It could not be moved or put back, and why.
    pub left: Vec<(TreePath, String)>,
}

impl LockedSession {
    /// Holds these changes, which are some of those of the record.
    pub fn hold(&mut self, record: &Record, now: &Survey, held: &[&Change]) -> Result<Held, ChangesError> {
        let Some(layer) = self.session().layers.first().cloned() else { return Ok(Held::default()) };
        // What lies below other layers is noted before anything here looks as if it had just been touched.
        let sets = self.changes(Limits::default())?;
        let upper = self.folder().upper(&layer);
        let open =
            |path: &std::path::Path| Folder::root(path).map_err(|errno| ChangesError::io("open", path)(errno.into()));
        let (from, to) = (open(&layer.lower)?, open(&upper)?);
        let mut holding = Holding { session: self, record, from, to, held: Held::default() };
        let settled = holding.take_back(now, held);
        let left: Vec<&Change> = held.iter().filter(|it| !settled.is_settled(&it.path)).copied().collect();
        holding.move_out(&left);
        holding.put_back(&left);
        let held = holding.held;
        let unchanged = vec![Vec::new(); sets.len()];
        baseline::renew(self.folder().path(), SystemTime::now().into(), &sets, &unchanged)?;
        Ok(held)
    }
}

/// What needs nothing more: these paths, and what is below those that went back with all they hold.
#[derive(Debug, Default)]
struct Settled {
    paths: BTreeSet<TreePath>,
    whole: Vec<TreePath>,
}

impl Settled {
    fn is_settled(&self, path: &TreePath) -> bool {
        self.paths.contains(path) || self.whole.iter().any(|whole| path.is_within(whole))
    }
}

struct Holding<'a> {
    session: &'a LockedSession,
    record: &'a Record,
    from: Folder,
    to: Folder,
    held: Held,
}

impl Holding<'_> {
    /// What was behind a mount and went somewhere else with the folder around it goes back.
    fn take_back(&mut self, now: &Survey, held: &[&Change]) -> Settled {
        let closed = now.entries.iter().filter(|(_, entry)| entry.is_closed() && !entry.has_other_names());
        let places: BTreeMap<_, _> = closed.map(|(path, entry)| (entry.identity(), path)).collect();
        let mut settled = Settled::default();
        for change in held {
            let Some(original) = self.original(&change.path).filter(|it| it.is_closed()) else { continue };
            let Some(place) = places.get(&original.identity()).filter(|place| ***place != change.path) else {
                continue;
            };
            let was_there = self.record.survey.entries.get(*place).map(Entry::identity);
            if was_there == Some(original.identity()) || settled.is_settled(place) {
                continue;
            }
            let (path, is_folder) = (&change.path, original.node.is_folder());
            let done = self.make_room(change).and_then(|()| {
                let (folder, target) = (descend(&self.from, &parent(place))?, self.lead_to_original(&parent(path))?);
                with_rights(&folder, || rename((&folder, place.name()), (&target, path.name())))
            });
            match done {
                Ok(()) => self.held.put_back.push(path.clone()),
                Err(errno) => self.leave(path, "could not be put back", errno),
            }
            if is_folder {
                settled.whole.extend([path.clone(), (*place).clone()]);
            }
            settled.paths.extend([path.clone(), (*place).clone()]);
        }
        settled
    }

    /// What was guarded at this path before.
    fn original(&self, path: &TreePath) -> Option<&Entry> {
        self.record.survey.entries.get(path).filter(|entry| entry.guard != Guard::Open)
    }

    /// Moves away what took the place of something.
    fn make_room(&mut self, change: &Change) -> Result<(), Errno> {
        if change.after.is_none() {
            return Ok(());
        }
        let path = &change.path;
        let (source, target) = (descend(&self.from, &parent(path))?, self.lead_to_layer(&parent(path))?);
        with_rights(&source, || move_whole((&source, path.name()), &target))?;
        self.held.moved.push(path.clone());
        Ok(())
    }

    /// Moves what was made into the layer: files by themselves, and folders if nothing else is in them.
    fn move_out(&mut self, held: &[&Change]) {
        let mut folders = Vec::new();
        for change in held.iter().filter(|change| change.after.is_some()) {
            let path = &change.path;
            let is_plain_folder = change.after.as_ref().is_some_and(Node::is_folder) && change.obstacle.is_none();
            if self.has_no_copy(change) {
                let why = "has changed, and stays: no copy was kept of what was there".to_owned();
                self.held.left.push((path.clone(), why));
                continue;
            }
            let done = match change.kind {
                ChangeKind::Added | ChangeKind::Replaced if is_plain_folder => {
                    folders.push(*change);
                    self.open_up(path).and_then(|()| self.lead_to_layer(path)).map(drop)
                }
                ChangeKind::Mode | ChangeKind::Modified | ChangeKind::Attributes
                    if self.original(path).is_none() || is_plain_folder =>
                {
                    self.take_mode_back(change)
                }
                ChangeKind::Added
                | ChangeKind::Replaced
                | ChangeKind::Mode
                | ChangeKind::Modified
                | ChangeKind::Attributes
                | ChangeKind::Deleted => self.make_room(change),
            };
            if let Err(errno) = done {
                self.leave(path, "could not be moved away", errno);
            }
        }
        for change in folders.into_iter().rev() {
            let path = &change.path;
            let Ok(folder) = descend(&self.from, &parent(path)) else { continue };
            match with_rights(&folder, || fs::unlinkat(&folder, path.name(), AtFlags::REMOVEDIR)) {
                Ok(()) => self.held.moved.push(path.clone()),
                // What else is in it may stay, and then it does.
                Err(Errno::NOTEMPTY | Errno::EXIST) => {}
                Err(errno) => self.leave(path, "could not be moved away", errno),
            }
        }
        self.held.moved.sort();
    }

    /// Whether it could only be moved away, and nothing be put in its place.
    fn has_no_copy(&self, change: &Change) -> bool {
        let kept = self.original(&change.path).filter(|it| it.guard == Guard::Kept);
        let is_file = |entry: &Entry| entry.node.file_type == FileType::File;
        kept.is_some_and(is_file) && !self.record.originals.contains_key(&change.path)
    }

    /// The folder of this path in the layer, made with the permissions that it has in the workspace: those did not change.
    fn lead_to_layer(&self, path: &TreePath) -> Result<Folder, Errno> {
        let (mut folder, mut so_far) = (self.to.below(&TreePath::root())?, TreePath::root());
        for name in path.names() {
            so_far = so_far.join(name).unwrap_or_default();
            let is_new = match fs::mkdirat(&folder, name, Mode::RWXU) {
                Ok(()) => true,
                Err(Errno::EXIST) => false,
                Err(errno) => return Err(errno),
            };
            if is_new {
                let like = Node::of(&descend(&self.from, &so_far)?.own_stat()?);
                give(&folder, name, &like)?;
                fs::fchmod(folder.folder(name)?, Mode::from_raw_mode(like.mode & 0o7777))?;
            }
            folder = discard::open(&folder, name)?;
        }
        Ok(folder)
    }

    /// What is in a folder has to be moved out of it, and into the one of the layer.
    fn open_up(&self, path: &TreePath) -> Result<(), Errno> {
        let folder = descend(&self.from, path)?;
        let mode = Node::of(&folder.own_stat()?).mode;
        if mode & 0o700 == 0o700 { Ok(()) } else { fs::fchmod(&folder, Mode::from_raw_mode(mode & 0o777 | 0o700)) }
    }

    /// A file whose contents may change, but not whose rights it runs with.
    fn take_mode_back(&mut self, change: &Change) -> Result<(), Errno> {
        let path = &change.path;
        let folder = descend(&self.from, &parent(path))?;
        let now_there = change.after.as_ref().ok_or(Errno::NOENT)?;
        let file = readable(&folder, path.name(), now_there)?;
        let now = Node::of(&fs::fstat(&file)?).mode;
        let before = change.before.as_ref().map_or(0, |node| node.mode);
        fs::fchmod(&file, Mode::from_raw_mode(now & 0o777 | now & before & 0o7000))?;
        self.held.put_back.push(path.clone());
        Ok(())
    }

    /// Puts back what is not there any more, from what was kept of it.
    fn put_back(&mut self, held: &[&Change]) {
        for change in held {
            let path = &change.path;
            let Some(original) = self.original(path).cloned() else { continue };
            let done = descend(&self.from, &parent(path)).and_then(|folder| Node::at(&folder, path.name()));
            match done {
                Ok(Some(_)) => continue,
                Ok(None) | Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {}
                Err(errno) => {
                    self.leave(path, "could not be put back", errno);
                    continue;
                }
            }
            match self.again(path, &original) {
                Ok(true) => self.held.put_back.push(path.clone()),
                Ok(false) => self.held.left.push((path.clone(), "is gone, and no copy of it was kept".to_owned())),
                Err(errno) => self.leave(path, "could not be put back", errno),
            }
        }
        self.held.put_back.sort();
    }

    /// Makes something as it was; `false` if nothing was kept of it.
    fn again(&self, path: &TreePath, original: &Entry) -> Result<bool, Errno> {
        let node = &original.node;
        match node.file_type {
            FileType::Link => {
                let folder = self.lead_to_original(&parent(path))?;
                fs::symlinkat(node.target.as_deref().unwrap_or_default(), &folder, path.name())?;
                give(&folder, path.name(), node)?;
            }
            FileType::File => {
                let Some(number) = self.record.originals.get(path) else { return Ok(false) };
                let kept = self.session.folder().original(*number);
                let mut source = std::fs::File::open(kept).map_err(|error| errno_of(&error))?;
                let folder = self.lead_to_original(&parent(path))?;
                let mut target = folder.create(path.name())?;
                contents(&mut source, &mut target, u64::MAX).map_err(|error| errno_of(&error))?;
                give(&folder, path.name(), node)?;
                like(&source, &target, node)?;
            }
            FileType::Folder | FileType::Pipe | FileType::Socket | FileType::Device => return Ok(false),
        }
        Ok(true)
    }

    /// The folder of this path in the workspace, made again where it is gone.
    fn lead_to_original(&self, path: &TreePath) -> Result<Folder, Errno> {
        let (mut folder, mut so_far) = (self.from.below(&TreePath::root())?, TreePath::root());
        for name in path.names() {
            so_far = so_far.join(name).unwrap_or_default();
            if Node::at(&folder, name)?.is_none() {
                let before = self.record.survey.entries.get(&so_far).map(|entry| &entry.node);
                fs::mkdirat(&folder, name, Mode::from_raw_mode(before.map_or(0o755, |node| node.mode & 0o777)))?;
                if let Some(node) = before {
                    give(&folder, name, node)?;
                }
            }
            folder = folder.folder(name)?;
        }
        Ok(folder)
    }

    fn leave(&mut self, path: &TreePath, what: &str, errno: Errno) {
        let why = format!("{what}: {}", std::io::Error::from(errno));
        self.held.left.push((path.clone(), why));
    }
}

fn parent(path: &TreePath) -> TreePath {
    path.parent().unwrap_or_default()
}
