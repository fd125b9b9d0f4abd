//! Extended attributes of files and folders: those of the user, and those by which an overlay marks what is in its
//! upper folder.

use portcullis_event::hex;
use rustix::fs::{self, XattrFlags};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::os::fd::AsFd;

/// The kernel allows 64 KiB of names and 64 KiB for a value.
const LARGEST: usize = 64 << 10;

/// An overlay that is mounted by a user marks files by attributes of this name.
const OVERLAY: &[u8] = b"user.overlay.";

/// Who else may do what with a file, and with what is made in a folder.
const ACCESS_LISTS: [&[u8]; 2] = [b"system.posix_acl_access", b"system.posix_acl_default"];

/// The attributes in the name space of the user, without those of an overlay, and the lists of who may do what.
pub(crate) type Attributes = BTreeMap<Name, Name>;

/// A name or a value: bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name(pub(crate) Vec<u8>);

/// What is said about a file by its attributes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Marked {
    /// The user's own.
    pub(crate) own: Attributes,
    /// Whether what the lower folder holds is hidden.
    pub(crate) opaque: bool,
    /// Whether empty files may stand for what was deleted.
    pub(crate) whiteouts_within: bool,
    /// Whether this empty file stands for what was deleted.
    pub(crate) whiteout: bool,
    /// What the overlay keeps here that we did not ask it for, or what was put here to steer another overlay.
    pub(crate) foreign: bool,
}

/// The attributes of what is open.
pub(crate) fn read(file: impl AsFd) -> Result<Marked, Errno> {
    let mut marked = Marked::default();
    for name in names(&file)? {
        let Some(overlay) = name.strip_prefix(OVERLAY) else {
            if name.starts_with(b"user.") || ACCESS_LISTS.contains(&name.as_slice()) {
                let value = value(&file, &name)?;
                marked.own.insert(Name(name), Name(value));
            }
            continue;
        };
        match overlay {
            b"opaque" => match value(&file, &name)?.as_slice() {
                b"y" => marked.opaque = true,
                b"x" => marked.whiteouts_within = true,
                _ => marked.foreign = true,
            },
            b"whiteout" => marked.whiteout = true,
            // Where it came from, whether others of its kind are within, and its identity: bookkeeping.
            b"origin" | b"impure" | b"uuid" | b"upper" | b"nlink" | b"protattr" => {}
            // `redirect` and `metacopy` are switched off; `overlay.…` would become a mark in the workspace itself.
            _ => marked.foreign = true,
        }
    }
    Ok(marked)
}

/// Makes the user's attributes of what is open `wanted`. Those of an overlay are left alone.
pub(crate) fn write(file: impl AsFd, wanted: &Attributes) -> Result<(), Errno> {
    let present = read(&file)?.own;
    for (name, value) in wanted {
        if present.get(name) != Some(value) && !name.0.starts_with(OVERLAY) {
            fs::fsetxattr(&file, name.0.as_slice(), &value.0, XattrFlags::empty())?;
        }
    }
    for name in present.keys().filter(|name| !wanted.contains_key(*name)) {
        fs::fremovexattr(&file, name.0.as_slice())?;
    }
    Ok(())
}

fn names(file: impl AsFd) -> Result<Vec<Vec<u8>>, Errno> {
    let mut buffer = [0; 1024];
    let list = match fs::flistxattr(&file, &mut buffer) {
        Ok(length) => buffer.get(..length).unwrap_or_default().to_vec(),
        Err(Errno::RANGE) => {
            let mut large = vec![0; LARGEST];
            let length = fs::flistxattr(&file, &mut large)?;
            large.truncate(length);
            large
        }
        Err(Errno::OPNOTSUPP) => Vec::new(),
        Err(error) => return Err(error),
    };
    Ok(list.split(|&byte| byte == 0).filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect())
}

fn value(file: impl AsFd, name: &[u8]) -> Result<Vec<u8>, Errno> {
    let mut value = vec![0; LARGEST];
    let length = fs::fgetxattr(file, name, &mut value)?;
    value.truncate(length);
    Ok(value)
}

impl Serialize for Name {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        hex::decode(&text).map(Self).ok_or_else(|| serde::de::Error::custom("an attribute is not hex"))
    }
}
