//! What lies at a place of a tree: its type and what the system says about it.

use crate::folder::Folder;
use crate::text;
use rustix::fs::Stat;
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

/// The type of what lies there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileType {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A named pipe.
    Pipe,
    /// A socket.
    Socket,
    /// A device.
    Device,
}

impl FileType {
    /// The name as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Folder => "folder",
            Self::Link => "link",
            Self::Pipe => "pipe",
            Self::Socket => "socket",
            Self::Device => "device",
        }
    }

    pub(crate) fn of(stat: &Stat) -> Self {
        use rustix::fs::FileType as System;
        match System::from_raw_mode(stat.st_mode) {
            System::RegularFile => Self::File,
            System::Directory => Self::Folder,
            System::Symlink => Self::Link,
            System::Fifo => Self::Pipe,
            System::Socket => Self::Socket,
            System::CharacterDevice | System::BlockDevice | System::Unknown => Self::Device,
        }
    }
}

/// A moment as file systems keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Moment {
    /// Seconds since 1970.
    pub seconds: i64,
    /// And nanoseconds.
    pub nanoseconds: u32,
}

/// What lies at a place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Node {
    /// Its type.
    pub file_type: FileType,
    /// Its permissions, with setuid, setgid and sticky: the lowest 12 bits of the mode.
    pub mode: u32,
    /// Its size in bytes.
    pub size: u64,
    /// When its contents changed.
    pub modified: Moment,
    /// Where it leads, if it is a link.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional")]
    pub target: Option<Vec<u8>>,
    /// Whose it is: user and group.
    pub owner: (u32, u32),
    pub(crate) inode: u64,
    pub(crate) device: u64,
    /// When anything about it changed.
    #[serde(skip, default = "Moment::never")]
    pub(crate) touched: Moment,
    #[serde(skip)]
    pub(crate) links: u64,
    #[serde(skip)]
    pub(crate) special: u64,
}

impl Moment {
    pub(crate) const fn never() -> Self {
        Self { seconds: 0, nanoseconds: 0 }
    }
}

impl Node {
    /// What lies at `name` in the folder; `None` if nothing does.
    pub(crate) fn at(folder: &Folder, name: &[u8]) -> Result<Option<Self>, Errno> {
        let Some(stat) = folder.stat(name)? else { return Ok(None) };
        let mut node = Self::of(&stat);
        if node.file_type == FileType::Link {
            node.target = Some(folder.link(name)?);
        }
        Ok(Some(node))
    }

    /// What `stat` says.
    #[expect(clippy::unnecessary_cast, reason = "the types differ between architectures")]
    pub(crate) fn of(stat: &Stat) -> Self {
        let moment = |seconds: i64, nanoseconds: u64| Moment {
            seconds,
            nanoseconds: u32::try_from(nanoseconds).unwrap_or(u32::MAX),
        };
        Self {
            file_type: FileType::of(stat),
            mode: stat.st_mode & 0o7777,
            size: u64::try_from(stat.st_size).unwrap_or(0),
            modified: moment(stat.st_mtime as i64, stat.st_mtime_nsec as u64),
            target: None,
            owner: (stat.st_uid, stat.st_gid),
            inode: stat.st_ino as u64,
            device: stat.st_dev as u64,
            touched: moment(stat.st_ctime as i64, stat.st_ctime_nsec as u64),
            links: stat.st_nlink as u64,
            special: stat.st_rdev as u64,
        }
    }
    /// Whether this is the same thing in the same state, as far as can be told without reading it.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        (self.file_type, self.mode, self.inode, &self.target) == (other.file_type, other.mode, other.inode, &other.target)
            // The size and time of a folder change with what is in it, and that is looked at by itself.
            && (self.file_type == FileType::Folder || (self.size, self.modified) == (other.size, other.modified))
    }
}

mod optional {
    use super::text;
    use serde::{Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
        text::serialize(bytes.as_deref().unwrap_or_default(), serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
        text::deserialize(deserializer).map(Some)
    }
}
