//! Walks the upper folder, and with it the lower one.

use super::compare;
use crate::attributes::{self, Marked};
use crate::change_set::Limits;
use crate::folder::Folder;
use crate::{Change, ChangeKind, FileType, Layer, Node, Obstacle, TreePath};
use rustix::io::Errno;
use std::collections::BTreeMap;

/// Why the walk ended early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// There is more than anybody could look through.
    TooMany,
    /// The system refused something that it can't refuse for a good reason.
    System(TreePath, Errno),
}

/// A walk and what it found so far.
#[derive(Debug)]
pub(crate) struct Walk<'a> {
    pub(super) limits: Limits,
    pub(super) changes: Vec<Change>,
    protected: &'a [TreePath],
    /// Whether the upper folder is a copy of the whole lower one.
    pub(super) is_copy: bool,
    /// For each inode of the upper folder with several names: how many it has, and where they are.
    linked: BTreeMap<u64, (u64, Vec<usize>)>,
}

/// A folder of the upper tree, and the one below it.
#[derive(Debug, Clone, Copy)]
struct Pair<'a> {
    path: &'a TreePath,
    depth: usize,
    upper: &'a Folder,
    /// `None` where the lower tree has no folder.
    lower: Option<&'a Folder>,
    /// Whether what only the lower folder has is hidden.
    opaque: bool,
    /// Whether empty files of the upper folder may stand for what was deleted.
    whiteouts: bool,
}

impl<'a> Walk<'a> {
    /// A walk that found nothing yet.
    pub(crate) fn new(limits: Limits, layer: &'a Layer) -> Self {
        let Layer { protected, whole, .. } = layer;
        Self { limits, changes: Vec::new(), protected, is_copy: *whole, linked: BTreeMap::new() }
    }

    /// Walks the whole tree.
    pub(crate) fn whole(mut self, upper: &Folder, lower: &Folder) -> Result<Vec<Change>, Stop> {
        let path = TreePath::root();
        let failed = |errno| Stop::System(TreePath::root(), errno);
        let marked = attributes::read(upper).map_err(failed)?;
        let (ours, theirs) = (upper.own_stat().map_err(failed)?, lower.own_stat().map_err(failed)?);
        let (after, before) = (Node::of(&ours), Node::of(&theirs));
        // Attributes of the root are those of the upper folder itself, which the session did not make.
        if after.mode & 0o777 != before.mode & 0o777 {
            self.found(Change::new(path.clone(), ChangeKind::Mode, Some(before), Some(after)))?;
        }
        let opaque = marked.opaque || self.is_copy;
        self.folder(Pair {
            path: &path,
            depth: 0,
            upper,
            lower: Some(lower),
            opaque,
            whiteouts: marked.whiteouts_within,
        })?;
        self.mark_links_to_elsewhere();
        self.changes.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(self.changes)
    }

    /// Adds a change, unless there are too many.
    pub(super) fn found(&mut self, mut change: Change) -> Result<(), Stop> {
        if self.changes.len() >= self.limits.changes {
            return Err(Stop::TooMany);
        }
        if self.is_protected(&change.path) {
            change.obstacle = Some(Obstacle::Protected);
        }
        self.changes.push(change);
        Ok(())
    }

    fn is_protected(&self, path: &TreePath) -> bool {
        self.protected.iter().any(|protected| path.is_within(protected))
    }

    /// Whether something was never there for the session, so it did not delete it: a copy holds no pipes, sockets and
    /// devices either.
    pub(super) fn was_left_out(&self, path: &TreePath, before: &Node) -> bool {
        let copied = matches!(before.file_type, FileType::File | FileType::Folder | FileType::Link);
        self.is_copy && (!copied || self.is_protected(path))
    }

    /// Adds a change that can't be applied.
    pub(super) fn refused(&mut self, mut change: Change, why: Obstacle) -> Result<(), Stop> {
        change.obstacle = Some(why);
        self.found(change)
    }

    fn folder(&mut self, pair: Pair<'_>) -> Result<(), Stop> {
        let failed = |errno| Stop::System(pair.path.clone(), errno);
        let (names, more) = pair.upper.names(self.limits.changes).map_err(failed)?;
        if more {
            return Err(Stop::TooMany);
        }
        for name in &names {
            self.entry(pair, name)?;
        }
        match pair.lower {
            Some(lower) if pair.opaque => self.hidden(pair, lower, &names),
            Some(_) | None => Ok(()),
        }
    }

    /// What only the lower folder has, where that is hidden.
    fn hidden(&mut self, pair: Pair<'_>, lower: &Folder, upper_names: &[Vec<u8>]) -> Result<(), Stop> {
        let (names, more) = lower.names(self.limits.changes).map_err(|errno| Stop::System(pair.path.clone(), errno))?;
        if more {
            return Err(Stop::TooMany);
        }
        for name in names.iter().filter(|name| upper_names.binary_search(name).is_err()) {
            self.deleted(pair.path, pair.depth, lower, name)?;
        }
        Ok(())
    }

    fn entry(&mut self, pair: Pair<'_>, name: &[u8]) -> Result<(), Stop> {
        let Some(path) = pair.path.join(name) else { return Ok(()) };
        let failed = |errno| Stop::System(path.clone(), errno);
        let Some(after) = Node::at(pair.upper, name).map_err(failed)? else { return Ok(()) };
        if is_whiteout(pair.upper, pair.whiteouts, name, &after) {
            return pair.lower.map_or(Ok(()), |lower| self.deleted(pair.path, pair.depth, lower, name));
        }
        let before = match pair.lower {
            Some(lower) => Node::at(lower, name).map_err(failed)?,
            None => None,
        };
        // A folder that gave way to something else: all that was in it is gone.
        if let Some(lower) = pair.lower.filter(|_| before.as_ref().is_some_and(Node::is_folder) && !after.is_folder()) {
            self.deleted_within(pair.path, pair.depth, lower, name)?;
        }
        match after.file_type {
            FileType::Folder => self.subfolder(pair, name, &path, before, after),
            FileType::File => self.file(pair, name, path, before, after),
            FileType::Link => compare::link(path, before, after).map_or(Ok(()), |change| self.found(change)),
            FileType::Pipe | FileType::Socket | FileType::Device => {
                compare::special(path, before, after).map_or(Ok(()), |it| self.refused(it, Obstacle::SpecialFile))
            }
        }
    }

    fn file(
        &mut self,
        pair: Pair<'_>,
        name: &[u8],
        path: TreePath,
        before: Option<Node>,
        after: Node,
    ) -> Result<(), Stop> {
        let links = (after.links, after.inode);
        // In a copy every file is there, so one that can't be looked into need not be a change.
        let unchanged = |before: &Node| before.size == after.size && before.modified == after.modified;
        if self.is_copy && after.size > self.limits.file && before.as_ref().is_some_and(unchanged) {
            return Ok(());
        }
        let found = match compare::file(pair.upper, pair.lower, name, before.as_ref(), &after, self.limits.file) {
            Ok(found) => found,
            Err(obstacle) => {
                let kind = if before.is_some() { ChangeKind::Modified } else { ChangeKind::Added };
                return self.refused(Change::new(path, kind, before, Some(after)), obstacle);
            }
        };
        if links.0 > 1 {
            let (_, places) = self.linked.entry(links.1).or_insert((links.0, Vec::new()));
            // A name whose contents did not change counts as one that was seen.
            places.push(found.map_or(usize::MAX, |_| self.changes.len()));
        }
        let Some((kind, contents)) = found else { return Ok(()) };
        let mut change = Change::new(path, kind, before, Some(after));
        change.contents = Some(contents);
        self.found(change)
    }

    fn subfolder(
        &mut self,
        pair: Pair<'_>,
        name: &[u8],
        path: &TreePath,
        before: Option<Node>,
        after: Node,
    ) -> Result<(), Stop> {
        let is_merged = before.as_ref().is_some_and(Node::is_folder);
        let kind = match before {
            None => ChangeKind::Added,
            Some(_) if is_merged => ChangeKind::Mode,
            Some(_) => ChangeKind::Replaced,
        };
        let mut change = Change::new(path.clone(), kind, before, Some(after));
        if pair.depth >= self.limits.depth {
            return self.refused(change, Obstacle::TooDeep);
        }
        let (upper, marked) = match open_upper(pair.upper, name) {
            Ok(opened) => opened,
            Err(why) => return self.refused(change, why),
        };
        let lower = match pair.lower.filter(|_| is_merged).map(|lower| lower.folder(name)).transpose() {
            Ok(lower) => lower,
            Err(Errno::XDEV) => return self.refused(change, Obstacle::OtherMount),
            Err(_) => return self.refused(change, Obstacle::Unreadable),
        };
        match &lower {
            None => self.found(change)?,
            Some(lower) => match compare::folder(&marked, &change, lower) {
                Ok(Some(kind)) => {
                    change.kind = kind;
                    self.found(change)?;
                }
                Ok(None) => {}
                Err(_) => return self.refused(change, Obstacle::Unreadable),
            },
        }
        self.folder(Pair {
            path,
            depth: pair.depth + 1,
            upper: &upper,
            lower: lower.as_ref(),
            opaque: pair.opaque || marked.opaque,
            whiteouts: marked.whiteouts_within,
        })
    }

    /// Contents that have more names than were seen are also reachable from outside the layer.
    fn mark_links_to_elsewhere(&mut self) {
        for (names, places) in self.linked.values() {
            if *names > places.len() as u64 {
                for place in places {
                    if let Some(change) = self.changes.get_mut(*place) {
                        change.obstacle.get_or_insert(Obstacle::LinkedElsewhere);
                    }
                }
            }
        }
    }
}

fn open_upper(parent: &Folder, name: &[u8]) -> Result<(Folder, Marked), Obstacle> {
    let folder = parent.folder(name).map_err(|_| Obstacle::Unreadable)?;
    let marked = attributes::read(&folder).map_err(|_| Obstacle::Unreadable)?;
    if marked.foreign { Err(Obstacle::OverlayMark) } else { Ok((folder, marked)) }
}

/// Whether what is in the upper folder only says that something was deleted.
pub(crate) fn is_whiteout(upper: &Folder, whiteouts: bool, name: &[u8], after: &Node) -> bool {
    let character = after.file_type == FileType::Device && after.special == 0;
    let empty = || whiteouts && after.is_file() && after.size == 0;
    character || empty() && marks(upper, name).is_some_and(|marked| marked.whiteout)
}

fn marks(folder: &Folder, name: &[u8]) -> Option<Marked> {
    folder.file(name).ok().and_then(|file| attributes::read(file).ok())
}
