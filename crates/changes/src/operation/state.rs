//! What lies at a place, exactly: enough to make it again, and to tell whether it is still the same.

use crate::attributes::{self, Attributes};
use crate::folder::Folder;
use crate::{Digest, FileType, Moment, Node, text};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

/// What lies at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum State {
    /// Nothing.
    Absent,
    /// A file.
    File { mode: u32, size: u64, modified: Moment, digest: Digest, attributes: Attributes, owner: Option<(u32, u32)> },
    /// A folder. What is in it is told by its own paths.
    Folder { mode: u32, attributes: Attributes, owner: Option<(u32, u32)> },
    /// A symbolic link.
    Link {
        #[serde(with = "text")]
        target: Vec<u8>,
        owner: Option<(u32, u32)>,
    },
    /// A pipe, a socket or a device: never made, and never removed.
    Special,
}

impl State {
    /// Whether both are the same to anybody who looks: the owner and the time do not count.
    pub(crate) fn looks_like(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::File { mode, size, digest, attributes, .. },
                Self::File { mode: their_mode, size: their_size, digest: their_digest, attributes: theirs, .. },
            ) => (mode, size, digest, attributes) == (their_mode, their_size, their_digest, theirs),
            (Self::Folder { mode, attributes, .. }, Self::Folder { mode: their_mode, attributes: theirs, .. }) => {
                (mode, attributes) == (their_mode, theirs)
            }
            (Self::Link { target, .. }, Self::Link { target: their_target, .. }) => target == their_target,
            (Self::Absent, Self::Absent) => true,
            (Self::Absent | Self::File { .. } | Self::Folder { .. } | Self::Link { .. } | Self::Special, _) => false,
        }
    }

    /// Whether only permissions, attributes or the time differ, so that it can be changed where it is.
    pub(crate) fn differs_in_metadata_only(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File { digest, .. }, Self::File { digest: theirs, .. }) => digest == theirs,
            (Self::Folder { .. }, Self::Folder { .. }) => true,
            (Self::Absent | Self::File { .. } | Self::Folder { .. } | Self::Link { .. } | Self::Special, _) => false,
        }
    }

    /// The same, whoever owns it.
    pub(crate) fn without_owner(&self) -> Self {
        let mut state = self.clone();
        match &mut state {
            Self::File { owner, .. } | Self::Folder { owner, .. } | Self::Link { owner, .. } => *owner = None,
            Self::Absent | Self::Special => {}
        }
        state
    }

    pub(crate) const fn is_folder(&self) -> bool {
        matches!(self, Self::Folder { .. })
    }

    pub(crate) const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

/// What lies at `name` in a folder, read to the end, and what the system says about it.
pub(crate) fn observe(folder: &Folder, name: &[u8]) -> Result<(State, Option<Node>), Errno> {
    let Some(node) = Node::at(folder, name)? else { return Ok((State::Absent, None)) };
    let owner = Some(node.owner);
    let state = match node.file_type {
        FileType::File => {
            let file = folder.file(name)?;
            let attributes = attributes::read(&file)?.own;
            let digest = Digest::reading(&file, u64::MAX).map_err(|error| errno(&error))?;
            State::File { mode: node.mode, size: node.size, modified: node.modified, digest, attributes, owner }
        }
        FileType::Folder => {
            let attributes = attributes::read(folder.folder(name)?)?.own;
            State::Folder { mode: node.mode, attributes, owner }
        }
        FileType::Link => State::Link { target: node.target.clone().unwrap_or_default(), owner },
        FileType::Pipe | FileType::Socket | FileType::Device => State::Special,
    };
    Ok((state, Some(node)))
}

/// What the system meant by an error of the standard library.
pub(crate) fn errno(error: &std::io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}
