//! What a word is. Records and queries are cut by the same rule, so what is searched is what was stored.
//!
//! A word is a run of letters and digits of any script, in lower case, cut at 40 bytes. Everything else separates, so
//! no character of a query has a special meaning, apart from a final `*`.

/// Longest word that is told apart, in bytes. A SHA-1 in hex just fits.
const LONGEST: usize = 40;

/// Calls `each` with every word of `text`.
pub(super) fn for_each_word(text: &str, mut each: impl FnMut(&str)) {
    let mut lower = String::new();
    for run in text.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()) {
        lower.clear();
        for c in run.chars().flat_map(char::to_lowercase) {
            if lower.len() + c.len_utf8() > LONGEST {
                break;
            }
            lower.push(c);
        }
        each(&lower);
    }
}

/// What a text query asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Words that must be there.
    pub(super) words: Vec<String>,
    /// Beginnings of words that must be there.
    pub(super) prefixes: Vec<String>,
    /// The text is not blank and yet holds no word: nothing can match it.
    pub(super) nothing: bool,
}

impl Wanted {
    /// Reads a query: words that must all be there; `port*` is any word that begins with `port`.
    pub(super) fn parse(text: &str) -> Self {
        let mut wanted = Self::default();
        for item in text.split_whitespace() {
            let mut words = Vec::new();
            for_each_word(item, |word| words.push(word.to_owned()));
            if item.ends_with('*') {
                wanted.prefixes.extend(words.pop());
            }
            wanted.words.extend(words);
        }
        wanted.nothing = wanted.words.is_empty() && wanted.prefixes.is_empty() && !text.trim().is_empty();
        wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        for_each_word(text, |word| words.push(word.to_owned()));
        words
    }

    #[test]
    fn cuts_at_everything_that_is_no_letter_or_digit() {
        assert_eq!(words("git push --force origin/Main_2"), ["git", "push", "force", "origin", "main", "2"]);
        assert_eq!(words("Größe \u{0}日本語🦀x"), ["größe", "日本語", "x"]);
        assert_eq!(words(&"é".repeat(50)), ["é".repeat(20)]);
    }

    #[test]
    fn a_star_at_the_end_asks_for_a_beginning() {
        let wanted = Wanted::parse("Cargo por* src/ma*  \"x\"");
        assert_eq!(wanted.words, ["cargo", "src", "x"]);
        assert_eq!(wanted.prefixes, ["por", "ma"]);
    }

    #[test]
    fn signs_alone_ask_for_nothing_and_a_blank_text_asks_for_everything() {
        assert!(Wanted::parse("\" OR * NEAR(").words.contains(&"or".to_owned()));
        assert!(Wanted::parse("*** 🦀 \"").nothing);
        assert_eq!(Wanted::parse("  "), Wanted::default());
    }
}
