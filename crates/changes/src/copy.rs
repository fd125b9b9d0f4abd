//! A copy of a whole workspace, for machines on which no layer can be mounted over it: what differs from the original
//! afterwards is what the session changed.
//!
//! Files share their contents with the original where the file system can do that. What must not be seen is not copied, and
//! neither is what a copy can't be: pipes, sockets and devices, other file systems, and what can't be read.

use crate::attributes;
use crate::folder::Folder;
use crate::{ChangesError, FileType, Layer, Node, TreePath};
use rustix::fs::{self, AtFlags, Gid, Mode, Timespec, Timestamps, Uid};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;

/// How much is copied at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyLimits {
    /// Bytes of all files together.
    pub bytes: u64,
    /// Files, folders and links.
    pub entries: u64,
    /// How deep folders are entered.
    pub depth: usize,
}

impl Default for CopyLimits {
    fn default() -> Self {
        Self { bytes: 8 << 30, entries: 500_000, depth: 128 }
    }
}

/// What was copied.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Bytes of all files together.
    pub bytes: u64,
    /// Files, folders and links.
    pub entries: u64,
    /// What can't be read, or lies on another file system, and was left out.
    pub left_out: Vec<TreePath>,
}

/// Copies what is below `layer.lower` to `upper`, an empty folder, but for what is protected. Everything then belongs to
/// `owner`, or else to whoever calls this.
pub fn copy(
    layer: &Layer,
    upper: &Path,
    limits: CopyLimits,
    owner: Option<(u32, u32)>,
) -> Result<Copied, ChangesError> {
    let open = |path: &Path| Folder::root(path).map_err(|errno| ChangesError::io("open", path)(errno.into()));
    let (from, to) = (open(&layer.lower)?, open(upper)?);
    let device =
        Node::of(&from.own_stat().map_err(|errno| failed(&layer.lower, &TreePath::root(), errno.into()))?).device;
    let mut copying = Copying { layer, limits, owner, device, copied: Copied::default() };
    copying.folder(&TreePath::root(), 0, &from, &to)?;
    Ok(copying.copied)
}

struct Copying<'a> {
    layer: &'a Layer,
    limits: CopyLimits,
    owner: Option<(u32, u32)>,
    device: u64,
    copied: Copied,
}

fn failed(lower: &Path, path: &TreePath, error: io::Error) -> ChangesError {
    ChangesError::io("copy", &lower.join(path.as_path()))(error)
}

impl Copying<'_> {
    fn folder(&mut self, path: &TreePath, depth: usize, from: &Folder, to: &Folder) -> Result<(), ChangesError> {
        let most = usize::try_from(self.limits.entries).unwrap_or(usize::MAX);
        let (names, more) = from.names(most).map_err(|errno| failed(&self.layer.lower, path, errno.into()))?;
        if more || depth > self.limits.depth {
            return Err(self.too_much());
        }
        for name in names {
            let Some(path) = path.join(&name) else { continue };
            if !self.layer.protected.contains(&path) {
                self.entry(&path, depth, (from, to), &name)?;
            }
        }
        Ok(())
    }

    fn too_much(&self) -> ChangesError {
        ChangesError::TooMuchToCopy {
            lower: self.layer.lower.clone(),
            bytes: self.limits.bytes,
            entries: self.limits.entries,
        }
    }

    fn entry(
        &mut self,
        path: &TreePath,
        depth: usize,
        (from, to): (&Folder, &Folder),
        name: &[u8],
    ) -> Result<(), ChangesError> {
        let lower = &self.layer.lower;
        let system = |errno: Errno| failed(lower, path, errno.into());
        let Some(node) = Node::at(from, name).map_err(system)? else { return Ok(()) };
        self.copied.entries += 1;
        let bytes = if node.is_file() { node.size } else { 0 };
        self.copied.bytes = self.copied.bytes.saturating_add(bytes);
        if self.copied.entries > self.limits.entries || self.copied.bytes > self.limits.bytes {
            return Err(self.too_much());
        }
        match node.file_type {
            FileType::Folder => self.subfolder(path, depth, (from, to), name, &node),
            FileType::File => self.file(path, (from, to), name, &node),
            FileType::Link => {
                let target = node.target.as_deref().unwrap_or_default();
                fs::symlinkat(target, to, name).map_err(system)?;
                self.hand_over(to, name).map_err(system)
            }
            FileType::Pipe | FileType::Socket | FileType::Device => Ok(()),
        }
    }

    fn subfolder(
        &mut self,
        path: &TreePath,
        depth: usize,
        (from, to): (&Folder, &Folder),
        name: &[u8],
        node: &Node,
    ) -> Result<(), ChangesError> {
        let lower = &self.layer.lower;
        let system = |errno: Errno| failed(lower, path, errno.into());
        let opened = if node.device == self.device { from.folder(name) } else { Err(Errno::XDEV) };
        let source = match opened {
            Ok(source) if source.names(0).is_ok() => source,
            Ok(_) | Err(_) => {
                self.copied.left_out.push(path.clone());
                return Ok(());
            }
        };
        fs::mkdirat(to, name, Mode::RWXU).map_err(system)?;
        let target = to.folder(name).map_err(system)?;
        self.folder(path, depth + 1, &source, &target)?;
        self.hand_over(to, name).map_err(system)?;
        like(&source, &target, node).map_err(system)
    }

    fn file(
        &mut self,
        path: &TreePath,
        (from, to): (&Folder, &Folder),
        name: &[u8],
        node: &Node,
    ) -> Result<(), ChangesError> {
        let Ok(mut source) = from.file(name) else {
            self.copied.left_out.push(path.clone());
            return Ok(());
        };
        let lower = &self.layer.lower;
        let system = |errno: Errno| failed(lower, path, errno.into());
        let mut target = to.create(name).map_err(system)?;
        contents(&mut source, &mut target, self.limits.bytes).map_err(|error| failed(lower, path, error))?;
        self.hand_over(to, name).map_err(system)?;
        like(&source, &target, node).map_err(system)
    }

    /// Before permissions are set: a change of owner takes some of them away.
    fn hand_over(&self, folder: &Folder, name: &[u8]) -> Result<(), Errno> {
        let Some((user, group)) = self.owner else { return Ok(()) };
        let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
        fs::chownat(folder, name, Some(user), Some(group), AtFlags::SYMLINK_NOFOLLOW)
    }
}

pub(crate) fn contents(source: &mut File, target: &mut File, most: u64) -> io::Result<()> {
    if fs::ioctl_ficlone(&*target, &*source).is_ok() {
        return Ok(());
    }
    // Somebody may be writing to it without end.
    io::copy(&mut io::Read::take(source, most), target).map(drop)
}

/// Makes the copy look like the original: attributes, permissions, times.
pub(crate) fn like(source: impl AsFd, target: impl AsFd, node: &Node) -> Result<(), Errno> {
    attributes::write(&target, &attributes::read(&source)?.own)?;
    fs::fchmod(&target, Mode::from_raw_mode(node.mode))?;
    let modified = Timespec { tv_sec: node.modified.seconds, tv_nsec: node.modified.nanoseconds.into() };
    fs::futimens(&target, &Timestamps { last_access: modified, last_modification: modified })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LayerName;
    use std::fs as files;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn layer(lower: &Path, protected: &[&str]) -> Layer {
        let path = |text: &str| TreePath::parse(text).unwrap();
        Layer {
            name: LayerName::Workspace,
            lower: lower.to_owned(),
            upper: path("upper"),
            work: path("work"),
            protected: protected.iter().copied().map(path).collect(),
            whole: true,
            rest: portcullis_event::Rest::new(),
        }
    }

    #[test]
    fn a_copy_is_like_its_original_but_for_what_is_protected() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let lower = from.path();
        files::create_dir_all(lower.join("a/b")).unwrap();
        files::write(lower.join("a/b/run"), "#!/bin/sh\n").unwrap();
        files::set_permissions(lower.join("a/b/run"), files::Permissions::from_mode(0o755)).unwrap();
        files::write(lower.join("a/.env"), "TOKEN=x").unwrap();
        symlink("/etc/shadow", lower.join("link")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(lower.join("socket")).unwrap();
        let layer = layer(lower, &["a/.env"]);
        let copied = copy(&layer, to.path(), CopyLimits::default(), None).unwrap();
        assert_eq!((copied.entries, copied.bytes, copied.left_out.len()), (5, 10, 0));
        assert!(!to.path().join("a/.env").exists() && !to.path().join("socket").exists());
        assert_eq!(files::read_link(to.path().join("link")).unwrap(), Path::new("/etc/shadow"));
        let (one, other) = (lower.join("a/b/run").metadata().unwrap(), to.path().join("a/b/run").metadata().unwrap());
        assert_eq!((one.permissions(), one.modified().unwrap()), (other.permissions(), other.modified().unwrap()));
        let set = crate::ChangeSet::read(&layer, to.path(), crate::Limits::default()).unwrap();
        assert_eq!(set.changes, []);
    }

    #[test]
    fn too_much_is_not_copied() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        files::write(from.path().join("large"), [0; 100]).unwrap();
        let limits = CopyLimits { bytes: 99, ..CopyLimits::default() };
        let error = copy(&layer(from.path(), &[]), to.path(), limits, None).unwrap_err();
        assert!(matches!(error, ChangesError::TooMuchToCopy { bytes: 99, .. }), "{error}");
    }
}
