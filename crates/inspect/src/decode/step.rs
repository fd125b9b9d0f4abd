//! One thing that was undone to get at a text.

use std::fmt;

/// One thing that was undone to get at a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Base64 with either alphabet.
    Base64,
    /// Pairs of hexadecimal digits.
    Hex,
    /// An array of bytes as source code writes it: `0x41, 0x42`.
    ByteArray,
    /// `%41`.
    Percent,
    /// `\n`, `\"`, `\x41`, `\u0041`: what strings in source code and JSON are written with.
    Escapes,
    /// `&amp;`, `&#65;`.
    Entities,
    /// `=41`, and lines that end with `=`.
    QuotedPrintable,
    /// UTF-16, the low byte first.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
    /// String literals that source code puts together: `"ab" + "cd"`.
    Joined,
    /// Letters moved by thirteen.
    Rot13,
    /// A gzip file.
    Gzip,
    /// A zlib stream.
    Zlib,
    /// A Zstandard file.
    Zstd,
    /// An xz file.
    Xz,
    /// A bzip2 file.
    Bzip2,
    /// A file in a zip archive.
    ZipEntry(String),
    /// A file in a tar archive.
    TarEntry(String),
    /// A cell of a notebook, or what it printed, counted from 1.
    NotebookCell(usize),
    /// The text of an office document without its markup.
    DocumentText,
}

impl Step {
    /// The path of the entry, if the step opened an archive.
    pub fn entry(&self) -> Option<&str> {
        match self {
            Self::ZipEntry(path) | Self::TarEntry(path) => Some(path),
            Self::Base64
            | Self::Hex
            | Self::ByteArray
            | Self::Percent
            | Self::Escapes
            | Self::Entities
            | Self::QuotedPrintable
            | Self::Utf16Le
            | Self::Utf16Be
            | Self::Joined
            | Self::Rot13
            | Self::Gzip
            | Self::Zlib
            | Self::Zstd
            | Self::Xz
            | Self::Bzip2
            | Self::NotebookCell(_)
            | Self::DocumentText => None,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base64 => f.write_str("base64"),
            Self::Hex => f.write_str("hex"),
            Self::ByteArray => f.write_str("array of bytes"),
            Self::Percent => f.write_str("percent-encoding"),
            Self::Escapes => f.write_str("string escapes"),
            Self::Entities => f.write_str("HTML entities"),
            Self::QuotedPrintable => f.write_str("quoted-printable"),
            Self::Utf16Le => f.write_str("UTF-16LE"),
            Self::Utf16Be => f.write_str("UTF-16BE"),
            Self::Joined => f.write_str("joined strings"),
            Self::Rot13 => f.write_str("ROT13"),
            Self::Gzip => f.write_str("gzip"),
            Self::Zlib => f.write_str("zlib"),
            Self::Zstd => f.write_str("zstd"),
            Self::Xz => f.write_str("xz"),
            Self::Bzip2 => f.write_str("bzip2"),
            Self::ZipEntry(path) => write!(f, "zip entry {path}"),
            Self::TarEntry(path) => write!(f, "tar entry {path}"),
            Self::NotebookCell(number) => write!(f, "notebook cell {number}"),
            Self::DocumentText => f.write_str("document text"),
        }
    }
}

/// A path as an archive spells it, made fit to be shown: one line, no control characters, and not endless.
pub(super) fn shown_path(bytes: &[u8]) -> String {
    const LONGEST: usize = 1024;
    let text = String::from_utf8_lossy(bytes.get(..LONGEST).unwrap_or(bytes));
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cant_break_a_line() {
        assert_eq!(shown_path(b"a\n\x1b[2Jb\xff"), "a\u{fffd}\u{fffd}[2Jb\u{fffd}");
        assert_eq!(Step::ZipEntry("config/app.yml".to_owned()).to_string(), "zip entry config/app.yml");
    }
}
