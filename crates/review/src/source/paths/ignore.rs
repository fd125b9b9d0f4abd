//! Ignore files: which names below a folder its owner does not want to be bothered with.
//!
//! The meaning is git's, and a test compares the two. Ignore rules only ever apply to files that git does not track.

use crate::glob::Glob;
use std::sync::Arc;

/// The rules of one ignore file, and of those above it.
#[derive(Debug)]
pub(crate) struct Rules {
    /// The folder that they start from, relative to the root of the walk: empty, or ending in a slash.
    folder: Vec<u8>,
    /// In the order of the file; the last one that fits decides.
    list: Vec<Rule>,
    /// What decides if none of these fits.
    above: Option<Arc<Rules>>,
}

#[derive(Debug, PartialEq, Eq)]
struct Rule {
    glob: Glob,
    /// `!`: it takes back what another rule says.
    keeps: bool,
    only_folders: bool,
    /// It is compared with the whole path, not with the name.
    whole_path: bool,
}

/// Largest ignore file that is read. git has no limit; a file above this one is not a list that a person keeps.
pub(crate) const LARGEST: usize = 4 << 20;

impl Rules {
    /// The rules of an ignore file in `folder`.
    pub(crate) fn new(folder: Vec<u8>, text: &[u8], above: Option<Arc<Self>>) -> Self {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        Self { folder, list: text.split(|byte| *byte == b'\n').filter_map(rule).collect(), above }
    }

    /// Whether the rules leave out what lies at `path`, which is relative to the root of the walk.
    pub(crate) fn ignores(&self, path: &[u8], is_folder: bool) -> bool {
        let mut rules = Some(self);
        while let Some(these) = rules {
            if let Some(rule) = these.deciding(path, is_folder) {
                return !rule.keeps;
            }
            rules = these.above.as_deref();
        }
        false
    }

    fn deciding(&self, path: &[u8], is_folder: bool) -> Option<&Rule> {
        let path = path.strip_prefix(self.folder.as_slice())?;
        let name = path.get(memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1)..)?;
        self.list.iter().rev().find(|rule| {
            (is_folder || !rule.only_folders) && rule.glob.matches(if rule.whole_path { path } else { name })
        })
    }
}

fn rule(line: &[u8]) -> Option<Rule> {
    let line = without_trailing_spaces(line.strip_suffix(b"\r").unwrap_or(line));
    let (keeps, line) = match line.split_first()? {
        (b'#', _) => return None,
        (b'!', rest) => (true, rest),
        _ => (false, line),
    };
    let (only_folders, line) = line.strip_suffix(b"/").map_or((false, line), |line| (true, line));
    let whole_path = memchr::memchr(b'/', line).is_some();
    let line = line.strip_prefix(b"/").unwrap_or(line);
    if line.is_empty() {
        return None;
    }
    Some(Rule { glob: Glob::parse(line)?, keeps, only_folders, whole_path })
}

/// Trailing spaces count only after a backslash.
fn without_trailing_spaces(mut line: &[u8]) -> &[u8] {
    while let Some(shorter) = line.strip_suffix(b" ") {
        let backslashes = shorter.iter().rev().take_while(|byte| **byte == b'\\').count();
        if backslashes % 2 == 1 {
            break;
        }
        line = shorter;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_rule_that_fits_decides_and_the_nearer_file_first() {
        let top = Arc::new(Rules::new(Vec::new(), b"*.log\n!keep.log\nbuild/\n/only-here\n# no\n\\#yes\n", None));
        let sub = Rules::new(b"sub/".to_vec(), b"!a.log\r\nx y \nend\\ \n/deep/*.txt\n", Some(Arc::clone(&top)));
        for (path, folder, ignored) in [
            ("a.log", false, true),
            ("keep.log", false, false),
            ("build", true, true),
            ("build", false, false),
            ("only-here", false, true),
            ("x/only-here", false, false),
            ("#yes", false, true),
            ("x/b.log", false, true),
        ] {
            assert_eq!(top.ignores(path.as_bytes(), folder), ignored, "{path}");
        }
        for (path, ignored) in [
            ("sub/a.log", false),
            ("sub/b.log", true),
            ("sub/x y", true),
            ("sub/end ", true),
            ("sub/end", false),
            ("sub/deep/a.txt", true),
            ("sub/deeper/deep/a.txt", false),
            ("other/x y", false),
        ] {
            assert_eq!(sub.ignores(path.as_bytes(), false), ignored, "{path}");
        }
    }
}
