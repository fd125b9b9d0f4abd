//! Where bytes came from.

use std::ffi::OsStr;
use std::fmt::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Where bytes came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A file.
    File {
        /// Its path, as it was reached.
        path: PathBuf,
    },
    /// What was handed in.
    Stdin {
        /// The name that the caller gave it.
        name: Option<String>,
    },
}

impl Origin {
    /// The path of the file that the bytes are part of, if they are part of one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::File { path } => Some(path),
            Self::Stdin { .. } => None,
        }
    }

    /// The name by which rules may judge the content.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Stdin { name } => name.clone(),
            Self::File { path } => Some(path.to_string_lossy().into_owned()),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path } => f.write_str(&printable(path)),
            Self::Stdin { name: Some(name) } => f.write_str(&printable(name)),
            Self::Stdin { name: None } => f.write_str("standard input"),
        }
    }
}

/// A name in characters that can't break a line, move the cursor or pass for another name.
pub fn printable(name: impl AsRef<OsStr>) -> String {
    let mut text = String::new();
    for chunk in name.as_ref().as_bytes().utf8_chunks() {
        for character in chunk.valid().chars() {
            if character == '\\' {
                text.push_str("\\\\");
            } else if hides(character) {
                text.extend(character.escape_unicode());
            } else {
                text.push(character);
            }
        }
        for byte in chunk.invalid() {
            // INVARIANT: writing to a String can't fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// Whether a character is one that a reader would not see as itself.
fn hides(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(character, '\u{feff}' | '\u{ad}' | '\u{61c}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_not_break_a_line_or_pass_for_another() {
        let hostile = OsStr::from_bytes(b"a\nb\x1b[2J\xff\\n");
        assert_eq!(printable(hostile), "a\\u{a}b\\u{1b}[2J\\xff\\\\n");
        assert_eq!(printable("gpj\u{202e}.exe"), "gpj\\u{202e}.exe");
        assert_eq!(printable("Grüße/日本.txt"), "Grüße/日本.txt");
    }
}
