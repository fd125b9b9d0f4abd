//! Names of objects.

use portcullis_event::hex;
use std::fmt;
use std::str::FromStr;

/// The hash that a repository names its objects by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashKind {
    /// SHA-1, 20 bytes.
    Sha1,
    /// SHA-256, 32 bytes.
    Sha256,
}

impl HashKind {
    /// How many bytes a name has.
    pub fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// Names an object of a git repository.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    bytes: [u8; 32],
    kind: HashKind,
}

impl ObjectId {
    /// A name from its bytes, if there are as many as the hash has.
    pub fn from_bytes(bytes: &[u8], kind: HashKind) -> Option<Self> {
        let mut whole = [0; 32];
        if bytes.len() != kind.length() {
            return None;
        }
        whole.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        Some(Self { bytes: whole, kind })
    }

    /// Reads a name in hex.
    pub(crate) fn from_hex(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        match text.len() {
            40 => hex::decode_exactly::<20>(text).and_then(|bytes| Self::from_bytes(&bytes, HashKind::Sha1)),
            64 => hex::decode_exactly::<32>(text).and_then(|bytes| Self::from_bytes(&bytes, HashKind::Sha256)),
            _ => None,
        }
    }

    /// The bytes of the name.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.kind.length()).unwrap_or(&self.bytes)
    }

    /// The hash that it is made with.
    pub fn kind(&self) -> HashKind {
        self.kind
    }

    /// Whether it is the name that stands for "no object".
    pub fn is_null(&self) -> bool {
        self.bytes == [0; 32]
    }
}

impl FromStr for ObjectId {
    type Err = NoObjectId;

    fn from_str(text: &str) -> Result<Self, NoObjectId> {
        Self::from_hex(text.as_bytes()).ok_or(NoObjectId)
    }
}

/// A text is no name of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name of an object is 40 or 64 digits of lower-case hex")]
pub struct NoObjectId;

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex::Hex(self.as_bytes()).fmt(f)
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectId({self})")
    }
}
