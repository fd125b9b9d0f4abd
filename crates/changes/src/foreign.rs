//! Files of a group that a session does not have.
//!
//! The kernel copies a file into a layer only if it can write down there whose it is, and a group of which there is none inside
//! can't be. So what belongs to one is copied before the session sees it: then it lies in the layer already, with the session's
//! own group. What the session left as it was is taken out again before anybody looks, so it is never a change, also if somebody
//! changed the real file meanwhile.
//!
//! Files that nobody may write to are left where they are; git keeps most of what it has in such.

use crate::copy::{contents, like};
use crate::folder::Folder;
use crate::{ChangesError, CopyLimits, Layer, Moment, Node, SessionFolder, TreePath, atomic, attributes};
use rustix::fs::{self, AtFlags, Gid, Mode, Uid};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The file that says what was put there.
const NAME: &str = "placed.json";

/// What was put into the layers, each by the number of its layer.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Placed {
    /// With when anything about it changed last, which a node does not keep.
    files: Vec<(usize, TreePath, Node, Moment)>,
    folders: Vec<(usize, TreePath)>,
}

/// Whose the session's files are, and what is left alone.
#[derive(Debug, Clone, Copy)]
pub struct Own<'a> {
    /// Whose files are copied: those of others can't be changed by the session either.
    pub user: u32,
    /// The group that the session has.
    pub group: u32,
    /// Whether what is put there is given to them, because somebody else does it.
    pub hand_over: bool,
    /// What the session must not see.
    pub hidden: &'a [TreePath],
}

impl SessionFolder {
    /// Puts what belongs to another group into the layers. Nothing is left there if it is too much.
    pub fn place_foreign(&self, own: Own<'_>, limits: CopyLimits) -> Result<usize, ChangesError> {
        let mut placing = Placing { own, limits, placed: Placed::default(), bytes: 0 };
        for (index, layer) in self.session().layers.iter().enumerate() {
            let upper = self.upper(layer);
            if let Err((path, why)) = placing.layer(index, layer, &upper) {
                self.write_placed(&placing.placed)?;
                self.take_back_untouched()?;
                return Err(match why {
                    Stop::TooMuch => ChangesError::TooMuchToCopy {
                        lower: layer.lower.clone(),
                        bytes: limits.bytes,
                        entries: limits.entries,
                    },
                    Stop::System(error) => ChangesError::io("copy", &layer.lower.join(path.as_path()))(error),
                });
            }
        }
        let count = placing.placed.files.len() + placing.placed.folders.len();
        if count > 0 {
            self.write_placed(&placing.placed)?;
        }
        Ok(count)
    }

    /// Takes out what the session left as it was put there, and what was said to git for its sake.
    pub fn take_back_untouched(&self) -> Result<(), ChangesError> {
        self.see_again()?;
        let path = self.placed();
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(ChangesError::io("read", &path)(error)),
        };
        let placed: Placed = serde_json::from_slice(&text)
            .map_err(|error| ChangesError::Damaged { path: path.clone(), what: error.to_string() })?;
        for (layer, file, node, touched) in &placed.files {
            let node = Node { touched: *touched, ..node.clone() };
            self.take_back(*layer, file, |upper, _| take_file(upper, file, &node))?;
        }
        for (layer, folder) in placed.folders.iter().rev() {
            self.take_back(*layer, folder, |upper, lower| take_folder(upper, lower, folder))?;
        }
        std::fs::remove_file(&path).map_err(ChangesError::io("remove", &path))
    }

    fn take_back(
        &self,
        layer: usize,
        path: &TreePath,
        take: impl FnOnce(&Folder, &Folder) -> Result<(), Errno>,
    ) -> Result<(), ChangesError> {
        let Some(layer) = self.session().layers.get(layer) else { return Ok(()) };
        let upper = self.upper(layer);
        let taken = Folder::root(&upper).and_then(|root| Ok((root, Folder::root(&layer.lower)?)));
        match taken.and_then(|(upper, lower)| take(&upper, &lower)) {
            // It is gone, or something else is there: the session's.
            Ok(()) | Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV | Errno::ACCESS) => Ok(()),
            Err(errno) => Err(ChangesError::io("take out of the layer", &upper.join(path.as_path()))(errno.into())),
        }
    }

    fn placed(&self) -> PathBuf {
        self.path().join(NAME)
    }

    fn write_placed(&self, placed: &Placed) -> Result<(), ChangesError> {
        let path = self.placed();
        let text = serde_json::to_vec(placed)
            .map_err(|error| ChangesError::Damaged { path: path.clone(), what: error.to_string() })?;
        atomic::write(&path, &text).map_err(ChangesError::io("write", &path))
    }
}

fn take_file(upper: &Folder, path: &TreePath, placed: &Node) -> Result<(), Errno> {
    let folder = upper.below(&path.parent().unwrap_or_default())?;
    match Node::at(&folder, path.name())? {
        Some(now) if (Node { links: now.links, special: now.special, ..placed.clone() }) == now => {
            fs::unlinkat(&folder, path.name(), AtFlags::empty())
        }
        Some(_) | None => Ok(()),
    }
}

/// One that holds something, or differs from the real one, says something of what the session did.
fn take_folder(upper: &Folder, lower: &Folder, path: &TreePath) -> Result<(), Errno> {
    let parent = upper.below(&path.parent().unwrap_or_default())?;
    let (here, there) = (parent.folder(path.name())?, lower.below(path)?);
    let (marked, real) = (attributes::read(&here)?, attributes::read(&there)?);
    let same_mode = Node::of(&here.own_stat()?).mode == Node::of(&there.own_stat()?).mode;
    if marked.opaque || marked.foreign || marked.own != real.own || !same_mode {
        return Ok(());
    }
    match fs::unlinkat(&parent, path.name(), AtFlags::REMOVEDIR) {
        Err(Errno::NOTEMPTY | Errno::EXIST) => Ok(()),
        other => other,
    }
}

#[derive(Debug)]
enum Stop {
    TooMuch,
    System(std::io::Error),
}

impl From<Errno> for Stop {
    fn from(errno: Errno) -> Self {
        Self::System(errno.into())
    }
}

struct Placing<'a> {
    own: Own<'a>,
    limits: CopyLimits,
    placed: Placed,
    bytes: u64,
}

impl Placing<'_> {
    fn layer(&mut self, index: usize, layer: &Layer, upper: &std::path::Path) -> Result<(), (TreePath, Stop)> {
        let at_root = |errno: Errno| (TreePath::root(), errno.into());
        let (from, to) = (Folder::root(&layer.lower).map_err(at_root)?, Folder::root(upper).map_err(at_root)?);
        let mut wanted = Vec::new();
        let hidden: BTreeSet<&TreePath> = self.own.hidden.iter().chain(&layer.protected).collect();
        self.look(&TreePath::root(), 0, &from, &hidden, &mut wanted).map_err(|stop| (TreePath::root(), stop))?;
        let mut made = Vec::new();
        for (path, node) in wanted {
            self.one(index, (&from, &to), &path, &node, &mut made).map_err(|stop| (path, stop))?;
        }
        // The deepest first: one that must not be written to is closed when everything is in it.
        for path in made.into_iter().rev() {
            dress(&from, &to, &path).map_err(|errno| (path.clone(), errno.into()))?;
        }
        Ok(())
    }

    /// Everything below a folder that has another group.
    fn look(
        &mut self,
        path: &TreePath,
        depth: usize,
        from: &Folder,
        hidden: &BTreeSet<&TreePath>,
        wanted: &mut Vec<(TreePath, Node)>,
    ) -> Result<(), Stop> {
        let most = usize::try_from(self.limits.entries).unwrap_or(usize::MAX);
        // What can't be looked into can't be changed inside either.
        let Ok((names, more)) = from.names(most) else { return Ok(()) };
        for name in names {
            let Some(path) = path.join(&name).filter(|path| !hidden.contains(path)) else { continue };
            let Some(node) = Node::at(from, &name)? else { continue };
            let (user, group) = node.owner;
            let may_change = node.is_folder() || node.is_file() && node.mode & 0o222 != 0;
            if group != self.own.group && user == self.own.user && may_change {
                self.bytes = self.bytes.saturating_add(if node.is_file() { node.size } else { 0 });
                wanted.push((path.clone(), node.clone()));
            }
            if more || wanted.len() > most || self.bytes > self.limits.bytes {
                return Err(Stop::TooMuch);
            }
            if node.is_folder() && depth < self.limits.depth {
                // Another file system is not part of the layer.
                let Ok(folder) = from.folder(&name) else { continue };
                self.look(&path, depth + 1, &folder, hidden, wanted)?;
            }
        }
        Ok(())
    }

    fn one(
        &mut self,
        index: usize,
        (from, to): (&Folder, &Folder),
        path: &TreePath,
        node: &Node,
        made: &mut Vec<TreePath>,
    ) -> Result<(), Stop> {
        let parent = path.parent().unwrap_or_default();
        let folder_of = if node.is_folder() { path } else { &parent };
        let Some(folder) = self.lead_to(index, to, folder_of, made)? else { return Ok(()) };
        if node.is_folder() || Node::at(&folder, path.name())?.is_some() {
            return Ok(());
        }
        let Ok(mut source) = from.below(&parent)?.file(path.name()) else { return Ok(()) };
        let mut target = folder.create(path.name())?;
        contents(&mut source, &mut target, self.limits.bytes).map_err(Stop::System)?;
        self.hand_over(&folder, path.name())?;
        like(&source, &target, node)?;
        drop(target);
        let placed = Node::at(&folder, path.name())?;
        self.placed.files.extend(placed.map(|node| (index, path.clone(), node.clone(), node.touched)));
        Ok(())
    }

    /// The folder of this path in the layer, made if nothing is there; `None` if the session put something else in its place.
    fn lead_to(
        &mut self,
        index: usize,
        to: &Folder,
        path: &TreePath,
        made: &mut Vec<TreePath>,
    ) -> Result<Option<Folder>, Stop> {
        let (mut folder, mut so_far) = (to.below(&TreePath::root())?, TreePath::root());
        for name in path.names() {
            let Some(next) = so_far.join(name) else { return Ok(None) };
            so_far = next;
            if Node::at(&folder, name)?.is_none() {
                fs::mkdirat(&folder, name, Mode::RWXU)?;
                self.hand_over(&folder, name)?;
                self.placed.folders.push((index, so_far.clone()));
                made.push(so_far.clone());
            }
            folder = match folder.folder(name) {
                Ok(folder) => folder,
                Err(Errno::NOTDIR | Errno::LOOP | Errno::ACCESS) => return Ok(None),
                Err(errno) => return Err(errno.into()),
            };
            if attributes::read(&folder)?.opaque {
                return Ok(None);
            }
        }
        Ok(Some(folder))
    }

    fn hand_over(&self, folder: &Folder, name: &[u8]) -> Result<(), Errno> {
        if !self.own.hand_over {
            return Ok(());
        }
        let (user, group) = (Uid::from_raw(self.own.user), Gid::from_raw(self.own.group));
        fs::chownat(folder, name, Some(user), Some(group), AtFlags::SYMLINK_NOFOLLOW)
    }
}

fn dress(from: &Folder, to: &Folder, path: &TreePath) -> Result<(), Errno> {
    let (real, made) = (from.below(path)?, to.below(path)?);
    let node = Node::of(&real.own_stat()?);
    like(&real, &made, &node)
}
