//! What is mounted on this machine, as far as this process sees it.

use crate::failure::Failure;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

/// Where the system says so.
const MOUNTED: &str = "/proc/self/mountinfo";

/// Everywhere that something is mounted.
pub(crate) fn everywhere() -> Result<Vec<PathBuf>, Failure> {
    let text =
        fs::read(MOUNTED).map_err(|error| Failure::io("see what is mounted", Some(Path::new(MOUNTED)), &error))?;
    let places = text.split(|&byte| byte == b'\n').filter_map(|line| line.split(|&byte| byte == b' ').nth(4));
    Ok(places.map(|place| PathBuf::from(OsString::from_vec(unescaped(place)))).collect())
}

/// Something of what is mounted that lies below a folder.
pub(crate) fn within<'a>(folder: &Path, mounted: &'a [PathBuf]) -> Option<&'a Path> {
    mounted.iter().find(|path| *path != folder && path.starts_with(folder)).map(PathBuf::as_path)
}

/// The system writes blanks and the like as a backslash and three octal digits.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        let meant = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()).filter(|_| byte == b'\\');
        plain.push(meant.unwrap_or(byte));
        rest = if meant.is_some() { after.get(3..).unwrap_or_default() } else { after };
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_the_system_writes_them() {
        assert_eq!(unescaped(br"/a\040b\134c"), b"/a b\\c");
        assert_eq!(unescaped(br"/a\"), br"/a\");
        assert_eq!(unescaped(b"/plain"), b"/plain");
    }

    #[test]
    fn a_folder_does_not_lie_within_itself() {
        let mounted = ["/a", "/ab", "/a/b/c"].map(PathBuf::from);
        assert_eq!(within(Path::new("/a"), &mounted), Some(Path::new("/a/b/c")));
        assert_eq!(within(Path::new("/ab"), &mounted), None);
    }
}
