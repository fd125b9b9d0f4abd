//! Walks a workspace and writes down what lies where. Nothing is read but what the system says about each name.

use crate::folder::Folder;
use crate::{ChangesError, FileType, Layer, Node, TreePath, discard};
use rustix::fs::{AtFlags, StatxFlags, statx};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveLimits {
    /// Files, folders and links.
    pub entries: usize,
    /// How deep folders are entered.
    pub depth: usize,
}

impl Default for LiveLimits {
    fn default() -> Self {
        Self { entries: 1_000_000, depth: 128 }
    }
}

/// How a name is guarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guard {
    /// It may be changed, and then it is.
    Open,
    /// It may be changed; what was there is kept, and the change waits.
    Kept,
    /// It lies behind a mount, with everything below it.
    Closed,
}

/// Which names are guarded.
#[derive(Clone, Copy)]
pub struct Guarded<'a> {
    /// How something is.
    pub how: &'a dyn Fn(&TreePath, &Node) -> Guard,
    /// What has a layer of its own, and is not looked at.
    pub layered: &'a [TreePath],
}

impl fmt::Debug for Guarded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded").field("layered", &self.layered).finish_non_exhaustive()
    }
}

/// Something that lies in a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) node: Node,
    /// The parts of a node that are not written down with it.
    touched: crate::Moment,
    links: u64,
    /// When it was made, of what is closed: a number is given to something else once its bearer is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    born: Option<(i64, u32)>,
    /// How its name is guarded.
    pub(crate) guard: Guard,
    /// Whether it was not looked into, as it lies too deep.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) too_deep: bool,
}

impl Entry {
    /// Which contents these are.
    pub(crate) fn identity(&self) -> (u64, u64, Option<(i64, u32)>) {
        (self.node.device, self.node.inode, self.born)
    }

    /// When anything about it changed: nobody can set that.
    pub(crate) fn touched(&self) -> crate::Moment {
        self.touched
    }

    /// Whether it lies behind a mount.
    pub(crate) fn is_closed(&self) -> bool {
        self.guard == Guard::Closed
    }

    /// Whether it has other names.
    pub(crate) fn has_other_names(&self) -> bool {
        self.links > 1
    }
}

/// What lies in a workspace.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Survey {
    pub(crate) entries: BTreeMap<TreePath, Entry>,
    /// How many names were found that are not among them.
    pub(crate) uncounted: usize,
}

impl Survey {
    /// Looks at everything below the root of a layer. What is below a closed folder is looked at only if that is not the one that
    /// was there before.
    pub fn of(
        layer: &Layer,
        guarded: Guarded<'_>,
        before: Option<&Self>,
        limits: LiveLimits,
    ) -> Result<Self, ChangesError> {
        let lower = layer.lower.as_path();
        let root = Folder::root(lower).map_err(|errno| ChangesError::io("open", lower)(errno.into()))?;
        let mut walk = Walk { lower, guarded, before, limits, survey: Self::default() };
        walk.folder(&TreePath::root(), &root, Guard::Open)?;
        Ok(walk.survey)
    }

    /// What is closed, the outermost names of it.
    pub fn closed(&self) -> impl Iterator<Item = &TreePath> {
        self.entries.iter().filter(|(_, entry)| entry.is_closed()).map(|(path, _)| path)
    }

    /// How many names were found that are not told one by one.
    pub fn uncounted(&self) -> usize {
        self.uncounted
    }

    /// How something was guarded that was there.
    pub fn guard(&self, path: &TreePath) -> Option<Guard> {
        self.entries.get(path).map(|entry| entry.guard)
    }

    /// Whether something is a link.
    pub fn is_link(&self, path: &TreePath) -> bool {
        self.entries.get(path).is_some_and(|entry| entry.node.file_type == FileType::Link)
    }
}

struct Walk<'a> {
    lower: &'a Path,
    guarded: Guarded<'a>,
    before: Option<&'a Survey>,
    limits: LiveLimits,
    survey: Survey,
}

impl Walk<'_> {
    fn folder(&mut self, path: &TreePath, folder: &Folder, around: Guard) -> Result<(), ChangesError> {
        let system = |errno: Errno| ChangesError::io("look at", &self.lower.join(path.as_path()))(errno.into());
        let most = if self.before.is_some() { usize::MAX } else { self.limits.entries };
        let (names, more) = folder.names(most).map_err(system)?;
        if more {
            return Err(self.too_much());
        }
        for name in names {
            let Some(path) = path.join(&name).filter(|path| !self.guarded.layered.contains(path)) else { continue };
            self.entry(&path, (folder, &name), around)?;
        }
        Ok(())
    }

    fn entry(&mut self, path: &TreePath, (folder, name): (&Folder, &[u8]), around: Guard) -> Result<(), ChangesError> {
        let system = |errno: Errno| ChangesError::io("look at", &self.lower.join(path.as_path()))(errno.into());
        let Some(node) = Node::at(folder, name).map_err(system)? else { return Ok(()) };
        let is_full = self.survey.entries.len() >= self.limits.entries;
        if is_full && self.before.is_none() {
            return Err(self.too_much());
        }
        let is_folder = node.is_folder();
        let guard = if around == Guard::Closed { around } else { (self.guarded.how)(path, &node) };
        let too_deep = is_folder && path.depth() >= self.limits.depth;
        let (touched, links) = (node.touched, if is_folder { 1 } else { node.links });
        let born = if guard == Guard::Closed { born(folder, name) } else { None };
        let entry = Entry { node, touched, links, born, guard, too_deep };
        // A closed folder that is the one that was there before is behind a mount: nothing can have changed in it.
        let is_known = guard == Guard::Closed && self.before.is_none_or(|before| before.holds(path, &entry));
        // However many names somebody made, what is guarded is found among them.
        if is_full && self.is_of_no_interest(path, &entry) {
            self.survey.uncounted += 1;
        } else {
            self.survey.entries.insert(path.clone(), entry);
        }
        if !is_folder || too_deep || is_known {
            return Ok(());
        }
        match self.open(path, folder, name) {
            Ok(within) => self.folder(path, &within, guard),
            // What we can't look into, the command could not either; and another file system is not part of the workspace.
            Err(_) => Ok(()),
        }
    }

    /// Whether something is new, and nothing that would be held.
    fn is_of_no_interest(&self, path: &TreePath, entry: &Entry) -> bool {
        let is_new = self.before.is_none_or(|before| !before.entries.contains_key(path));
        let is_plain = entry.node.file_type != FileType::Link && entry.node.mode & 0o7000 == 0 && !entry.too_deep;
        is_new && is_plain && entry.guard == Guard::Open
    }

    /// A folder that the command has closed to us is opened: it is ours.
    fn open(&self, path: &TreePath, folder: &Folder, name: &[u8]) -> Result<Folder, Errno> {
        let mode = |survey: &Survey| survey.entries.get(path).map(|entry| entry.node.mode);
        let is_as_before = self.before.is_none_or(|before| mode(before) == mode(&self.survey));
        if is_as_before { folder.folder(name) } else { discard::open(folder, name) }
    }

    fn too_much(&self) -> ChangesError {
        ChangesError::TooMuchToSurvey { lower: self.lower.to_owned(), entries: self.limits.entries }
    }
}

impl Survey {
    fn holds(&self, path: &TreePath, entry: &Entry) -> bool {
        self.entries.get(path).is_some_and(|it| it.is_closed() && it.identity() == entry.identity())
    }
}

/// When something was made, as far as its file system keeps that.
fn born(folder: &Folder, name: &[u8]) -> Option<(i64, u32)> {
    let found = statx(folder, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::BTIME).ok()?;
    let is_known = found.stx_mask & StatxFlags::BTIME.bits() != 0;
    is_known.then_some((found.stx_btime.tv_sec, found.stx_btime.tv_nsec))
}
