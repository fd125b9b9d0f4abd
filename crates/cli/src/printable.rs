//! Makes text safe to look at. What an agent, a repository or a model wrote can hold characters that steer a terminal,
//! turn the reading direction around or are not seen at all. A person who decides must see what is really there.

pub(crate) use portcullis_event::hidden::is_hidden;
use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` with every hidden character spelled out, such as `\u{202e}`. Line breaks are spelled out too: untrusted text
/// can't start a line of its own.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) { safe.extend(c.escape_default()) } else { safe.push(c) }
    }
    Cow::Owned(safe)
}

/// A JSON document with every hidden character inside its strings as `\uXXXX`. It means the same to every JSON reader.
pub(crate) fn printable_json(document: &str) -> String {
    let mut safe = String::with_capacity(document.len());
    for c in document.chars() {
        // Line breaks and blanks between tokens are ours; a string of JSON never holds them unescaped.
        if c != '\n' && is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // INVARIANT: writing to a String can't fail.
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_text_of_any_language_is_left_alone() {
        for text in ["plain", "größer → 大きい", "مرحبا", "naïve 🙂"] {
            assert_eq!(printable(text), text);
        }
    }

    #[test]
    fn spells_out_what_steers_a_terminal_or_hides() {
        assert_eq!(printable("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(printable("one\ntwo\r\tthree"), "one\\ntwo\\r\\tthree");
        assert_eq!(printable("\u{9b}31m"), "\\u{9b}31m");
        assert_eq!(printable("safe\u{202e}exe.txt"), "safe\\u{202e}exe.txt");
        assert_eq!(printable("a\u{200b}b\u{e0041}c\u{feff}"), "a\\u{200b}b\\u{e0041}c\\u{feff}");
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left(text in any::<String>()) {
            prop_assert!(!printable(&text).chars().any(is_hidden));
        }

        #[test]
        fn json_keeps_its_meaning_and_hides_nothing(text in any::<String>()) {
            let document = serde_json::to_string_pretty(&serde_json::json!({ "k": text, text.clone(): 1 })).unwrap();
            let safe = printable_json(&document);
            prop_assert!(!safe.chars().any(|c| c != '\n' && is_hidden(c)));
            let (before, after): (serde_json::Value, serde_json::Value) =
                (serde_json::from_str(&document).unwrap(), serde_json::from_str(&safe).unwrap());
            prop_assert_eq!(before, after);
        }
    }
}
