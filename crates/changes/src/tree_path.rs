//! Where something lies in a layer: names below its root, in one spelling only.

use crate::text;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// A path below the root of a layer. Never absolute, without `.`, `..`, empty names and NUL; the root itself is empty.
/// Names are bytes: they need not be UTF-8.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(Vec<u8>);

impl TreePath {
    /// The root of the layer.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// Reads a path. `None` for one that is not below the root, or is not in its shortest spelling.
    pub fn parse(bytes: impl Into<Vec<u8>>) -> Option<Self> {
        let bytes = bytes.into();
        let sound = bytes.is_empty() || bytes.split(|&byte| byte == b'/').all(is_name);
        sound.then_some(Self(bytes))
    }

    /// The path of `name` in this folder. `None` if that is not a name.
    pub fn join(&self, name: &[u8]) -> Option<Self> {
        is_name(name).then(|| {
            let mut bytes = Vec::with_capacity(self.0.len() + 1 + name.len());
            if !self.0.is_empty() {
                bytes.extend_from_slice(&self.0);
                bytes.push(b'/');
            }
            bytes.extend_from_slice(name);
            Self(bytes)
        })
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes of the path.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The path for the system.
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }

    /// The names, from the root down.
    pub fn names(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.0.split(|&byte| byte == b'/').filter(|name| !name.is_empty())
    }

    /// The last name; empty for the root.
    pub fn name(&self) -> &[u8] {
        self.names().next_back().unwrap_or_default()
    }

    /// The folder that holds it; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        let end = self.0.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
        Some(Self(self.0.get(..end).unwrap_or_default().to_vec()))
    }

    /// Whether this is `folder` or lies below it.
    pub fn is_within(&self, folder: &Self) -> bool {
        folder.is_root()
            || self.0.strip_prefix(folder.as_bytes()).is_some_and(|rest| rest.is_empty() || rest.first() == Some(&b'/'))
    }

    /// How many names it has.
    pub fn depth(&self) -> usize {
        self.names().count()
    }
}

fn is_name(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..") && !name.iter().any(|&byte| byte == b'/' || byte == 0)
}

impl fmt::Display for TreePath {
    /// For people: bytes that are not text show as U+FFFD. What steers a terminal is left to whoever prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_root() { "." } else { "" })?;
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_path(), f)
    }
}

impl Serialize for TreePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        text::serialize(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for TreePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(text::deserialize(deserializer)?)
            .ok_or_else(|| serde::de::Error::custom("a path leaves its layer, or is not in its shortest spelling"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_could_leave_the_layer_is_no_path() {
        for bad in ["/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a/.", "a\0b"] {
            assert_eq!(TreePath::parse(bad), None, "{bad:?}");
        }
        assert!(TreePath::parse("").is_some_and(|root| root.is_root()));
        assert_eq!(TreePath::root().join(b".."), None);
    }

    #[test]
    fn folders_are_compared_by_names() {
        let path = |text: &str| TreePath::parse(text).unwrap();
        assert!(path("a/b").is_within(&path("a")));
        assert!(path("a").is_within(&path("a")));
        assert!(path("a").is_within(&TreePath::root()));
        assert!(!path("ab").is_within(&path("a")));
        assert_eq!(path("a/b").parent(), Some(path("a")));
        assert_eq!(path("a").parent(), Some(TreePath::root()));
        assert_eq!(TreePath::root().parent(), None);
    }

    proptest! {
        #[test]
        fn every_name_survives_being_written(names in prop::collection::vec(prop::collection::vec(1u8.., 1..6), 0..4)) {
            let path = names.iter().try_fold(TreePath::root(), |path, name| path.join(name));
            if let Some(path) = path {
                let written = serde_json::to_string(&path).unwrap();
                prop_assert_eq!(serde_json::from_str::<TreePath>(&written).unwrap(), path);
            }
        }
    }
}
