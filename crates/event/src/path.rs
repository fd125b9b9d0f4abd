//! Absolute paths, in one spelling only.

use crate::ParseError;
use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::str::FromStr;

/// First of the 128 private code points that stand for the bytes 0x80 to 0xFF of a name that is not UTF-8.
const RAW_BYTES: u32 = 0xF780;

/// An absolute path without `.`, `..` or doubled slashes.
///
/// `..` is resolved by name here. Where a path is *enforced* it is canonicalised by the kernel, which also sees
/// symbolic links; this type is what policy and the ledger compare and show.
///
/// Names on Linux need not be UTF-8. Bytes that are not are mapped one by one into private code points (and real
/// occurrences of those code points likewise), so that no two different names ever look the same in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AbsPath(String);

impl AbsPath {
    /// Reads a path as text.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if !text.starts_with('/') {
            return Err(ParseError::Path("it does not start with '/'"));
        }
        if text.contains('\0') {
            return Err(ParseError::Path("it holds a NUL byte"));
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                name => parts.push(name),
            }
        }
        Ok(Self(format!("/{}", parts.join("/"))))
    }

    /// Reads a path as the operating system gives it.
    pub fn from_os(path: &Path) -> Result<Self, ParseError> {
        Self::parse(&escape_raw_bytes(path.as_os_str()))
    }

    /// The path `name` relative to this one; an absolute `name` stands for itself.
    pub fn join(&self, name: &str) -> Result<Self, ParseError> {
        if name.starts_with('/') { Self::parse(name) } else { Self::parse(&format!("{}/{name}", self.0)) }
    }

    /// The path of an entry of this folder, by its name as the operating system gives it.
    pub fn child(&self, name: &OsStr) -> Result<Self, ParseError> {
        let name = escape_raw_bytes(name);
        let folder = if self.0 == "/" { "" } else { &*self.0 };
        match &*name {
            "" | "." | ".." => Self::parse(&format!("{folder}/{name}")),
            plain if plain.contains(['/', '\0']) => Self::parse(&format!("{folder}/{name}")),
            // It has but this one spelling, and thousands are made when a folder is walked.
            plain => Ok(Self([folder, "/", plain].concat())),
        }
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names that the path is made of; none for `/`.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/').filter(|name| !name.is_empty())
    }

    /// The last name; empty for `/`.
    pub fn file_name(&self) -> &str {
        self.components().next_back().unwrap_or_default()
    }

    /// Whether this path is `folder` or lies below it. Compared by names, so `/srv/apple` is not in `/srv/app`.
    pub fn is_within(&self, folder: &AbsPath) -> bool {
        let mut mine = self.components();
        folder.components().all(|name| mine.next() == Some(name))
    }

    /// This path and every folder above it, from the longest to `/`.
    pub fn ancestors(&self) -> impl Iterator<Item = &str> {
        Path::new(&self.0).ancestors().filter_map(Path::to_str)
    }
}

fn escape_raw_bytes(name: &OsStr) -> String {
    let mut text = String::with_capacity(name.len());
    let push_raw = |text: &mut String, bytes: &[u8]| {
        for &byte in bytes {
            // INVARIANT: only bytes of 0x80 and above reach this place, and all 128 code points are valid characters.
            text.extend(char::from_u32(RAW_BYTES + u32::from(byte & 0x7F)));
        }
    };
    for chunk in name.as_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            if (RAW_BYTES..RAW_BYTES + 0x80).contains(&u32::from(c)) {
                push_raw(&mut text, c.encode_utf8(&mut [0; 4]).as_bytes());
            } else {
                text.push(c);
            }
        }
        push_raw(&mut text, chunk.invalid());
    }
    text
}

impl FromStr for AbsPath {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for AbsPath {
    type Error = ParseError;
    fn try_from(text: String) -> Result<Self, ParseError> {
        Self::parse(&text)
    }
}

impl From<AbsPath> for String {
    fn from(path: AbsPath) -> Self {
        path.0
    }
}

impl fmt::Display for AbsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path(text: &str) -> AbsPath {
        AbsPath::parse(text).unwrap()
    }

    #[test]
    fn one_path_has_one_spelling() {
        for (given, canonical) in
            [("/", "/"), ("//a//b/", "/a/b"), ("/a/./b/../c", "/a/c"), ("/../../etc", "/etc"), ("/a/..", "/")]
        {
            assert_eq!(path(given).as_str(), canonical);
        }
        assert!(AbsPath::parse("a/b").is_err());
        assert!(AbsPath::parse("").is_err());
        assert!(AbsPath::parse("/a\0b").is_err());
    }

    #[test]
    fn an_entry_of_a_folder_is_spelled_as_its_whole_path_is() {
        use std::os::unix::ffi::OsStrExt as _;
        for folder in ["/", "/srv", "/srv/a b"] {
            for name in [&b"app"[..], b".env", b"..", b".", b"", b"a/../b", b"/etc", b"\xff\xfe", "\u{f7ff}".as_bytes()]
            {
                let name = OsStr::from_bytes(name);
                let whole = [OsStr::new(folder), name].join(OsStr::new("/"));
                assert_eq!(path(folder).child(name), AbsPath::from_os(Path::new(&whole)), "{folder} {name:?}");
            }
            assert!(path(folder).child(OsStr::from_bytes(b"a\0b")).is_err());
        }
    }

    #[test]
    fn folders_are_compared_by_names() {
        assert!(path("/srv/app/x").is_within(&path("/srv/app")));
        assert!(path("/srv/app").is_within(&path("/")));
        assert!(!path("/srv/apple").is_within(&path("/srv/app")));
        assert!(!path("/srv").is_within(&path("/srv/app")));
    }

    #[test]
    fn joining_can_climb_but_not_leave_the_root() {
        assert_eq!(path("/a/b").join("../../../etc/passwd"), AbsPath::parse("/etc/passwd"));
        assert_eq!(path("/a").join("/b"), AbsPath::parse("/b"));
    }

    proptest! {
        #[test]
        fn different_names_never_look_the_same(a in prop::collection::vec(1u8.., 1..12), b in prop::collection::vec(1u8.., 1..12)) {
            let (left, right) = (escape_raw_bytes(OsStr::from_bytes(&a)), escape_raw_bytes(OsStr::from_bytes(&b)));
            prop_assert_eq!(a == b, left == right);
        }

        #[test]
        fn parsing_is_idempotent(text in "/[a-c./]{0,24}") {
            let once = path(&text);
            prop_assert_eq!(AbsPath::parse(once.as_str()), Ok(once.clone()));
            prop_assert!(once.components().all(|name| name != ".." && name != "."));
        }
    }

    #[test]
    fn raw_bytes_and_their_stand_ins_differ() {
        let raw = escape_raw_bytes(OsStr::from_bytes(b"/\x80"));
        let stand_in = escape_raw_bytes(OsStr::from_bytes("/\u{F780}".as_bytes()));
        assert_ne!(raw, stand_in);
    }
}
