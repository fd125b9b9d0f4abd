//! Adds one entry to a `.gitignore`, and leaves everything else in it as it is, to the byte.

/// The entry.
pub(crate) const ENTRY: &str = ".portcullis/";

/// `text` with the entry; `None` if it is ignored already.
pub(crate) fn with_entry(text: &[u8]) -> Option<Vec<u8>> {
    if is_ignored(text) {
        return None;
    }
    let end: &[u8] = if uses_crlf(text) { b"\r\n" } else { b"\n" };
    let mut longer = text.to_vec();
    if !text.is_empty() && !text.ends_with(b"\n") {
        longer.extend_from_slice(end);
    }
    longer.extend_from_slice(ENTRY.as_bytes());
    longer.extend_from_slice(end);
    Some(longer)
}

/// The last line about the folder decides, as it does for git; a `!` in front takes it back.
fn is_ignored(text: &[u8]) -> bool {
    let about = |line: &[u8]| {
        let line = line.trim_ascii_end();
        let (taken_back, name) = line.strip_prefix(b"!").map_or((false, line), |name| (true, name));
        let name = name.strip_prefix(b"/").unwrap_or(name);
        let name = name.strip_suffix(b"/").unwrap_or(name);
        (name == b".portcullis").then_some(!taken_back)
    };
    text.split(|byte| *byte == b'\n').filter_map(about).next_back().unwrap_or(false)
}

fn uses_crlf(text: &[u8]) -> bool {
    text.split_inclusive(|byte| *byte == b'\n').next().is_some_and(|line| line.ends_with(b"\r\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_entry_is_added_in_the_style_of_the_file() {
        let cases: [(&[u8], Option<&[u8]>); 9] = [
            (b"", Some(b".portcullis/\n")),
            (b"/target\n", Some(b"/target\n.portcullis/\n")),
            (b"/target", Some(b"/target\n.portcullis/\n")),
            (b"a\r\nb", Some(b"a\r\nb\r\n.portcullis/\r\n")),
            (b"\xff\n", Some(b"\xff\n.portcullis/\n")),
            (b"/.portcullis\r\n", None),
            (b"!.portcullis/\n.portcullis\n", None),
            (b".portcullis/\n!.portcullis/\n", Some(b".portcullis/\n!.portcullis/\n.portcullis/\n")),
            (b"# .portcullis/\n", Some(b"# .portcullis/\n.portcullis/\n")),
        ];
        for (before, after) in cases {
            assert_eq!(with_entry(before).as_deref(), after, "{}", before.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_twice_is_once(text in any::<Vec<u8>>()) {
            if let Some(longer) = with_entry(&text) {
                prop_assert!(longer.starts_with(&text));
                prop_assert_eq!(with_entry(&longer), None);
            }
        }
    }
}
