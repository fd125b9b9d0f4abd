//! Names as the most forgiving file system would compare them. What is `.GIT/hooks` here may be `.git/hooks` on the
//! machine that checks it out, and a tool may look past a character that nobody sees.

pub(crate) use portcullis_event::hidden::is_ignored;
use unicode_normalization::UnicodeNormalization as _;

/// The name to compare by: no upper case, one spelling of accents, nothing invisible, and without what Windows drops:
/// dots and blanks at the end, and what follows a colon.
pub(crate) fn fold(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name);
    if text.is_ascii() {
        return windows(&text.to_ascii_lowercase()).to_owned();
    }
    let visible = text.chars().filter(|c| !is_ignored(*c));
    // By way of upper case, because that is where `ſ` and `s` meet.
    let cased = visible.nfd().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    windows(&cased.nfd().collect::<String>()).to_owned()
}

fn windows(name: &str) -> &str {
    // The colon of a name like `:x` begins it; there is nothing before it to be meant.
    let stream = name.split_once(':').map_or(name, |(before, _)| if before.is_empty() { name } else { before });
    let end = stream.trim_end_matches(['.', ' ']);
    let kept = if end.is_empty() { stream } else { end };
    // The short name that Windows makes up for `.git`.
    if kept == "git~1" { ".git" } else { kept }
}

/// A path to compare by.
pub(crate) fn fold_path(path: &crate::TreePath) -> Vec<String> {
    path.names().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_some_file_system_takes_for_the_same_are_the_same() {
        for same in
            [".git", ".GIT", ".g\u{200c}it", ".git\u{feff}", ".git.", ".git ", ".git::$INDEX_ALLOCATION", "GIT~1"]
        {
            assert_eq!(fold(same.as_bytes()), ".git", "{same:?}");
        }
        assert_eq!(fold("\u{e9}".as_bytes()), fold("E\u{301}".as_bytes()));
        assert_eq!(fold("hook\u{17f}".as_bytes()), "hooks");
        assert_eq!(fold("\u{212a}".as_bytes()), "k");
    }

    #[test]
    fn other_names_stay_apart() {
        assert_ne!(fold(b"git"), fold(b".git"));
        assert_ne!(fold(b"a"), fold(b"b"));
        assert_eq!(fold(b"..."), "...");
        assert_ne!(fold(b".git\xff"), ".git");
    }
}
