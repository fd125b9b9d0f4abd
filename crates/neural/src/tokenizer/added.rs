//! Tokens that stand in a text by their names, such as the one that separates two texts.

use super::normalize::{Normalizer, normalize};
use super::written;
use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;
use std::sync::LazyLock;

/// A stretch of a text.
#[derive(Debug)]
pub(super) enum Part {
    Token(u32),
    Text { text: String, at_start: bool },
}

/// The tokens, apart from each other: those that are looked for in the text as it is, and those in the normalized one.
#[derive(Debug)]
pub(super) struct Added {
    raw: Names,
    normalized: Names,
}

#[derive(Debug)]
struct Names {
    search: AhoCorasick,
    tokens: Vec<Token>,
}

#[derive(Debug)]
struct Token {
    id: u32,
    single_word: bool,
    takes_blanks_before: bool,
    takes_blanks_behind: bool,
}

impl Added {
    pub(super) fn new(all: &[written::Added], normalizer: &[Normalizer]) -> Result<Self, String> {
        let names = |normalized: bool| {
            let these = || all.iter().filter(|token| token.normalized == normalized && !token.content.is_empty());
            let name = |token: &written::Added| {
                if normalized { normalize(normalizer, &token.content) } else { token.content.clone() }
            };
            let search = AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .build(these().map(name))
                .map_err(|error| format!("its added tokens can't be searched for: {error}"))?;
            let token = |it: &written::Added| Token {
                id: it.id,
                single_word: it.single_word,
                takes_blanks_before: it.lstrip,
                takes_blanks_behind: it.rstrip,
            };
            Ok::<_, String>(Names { search, tokens: these().map(token).collect() })
        };
        Ok(Self { raw: names(false)?, normalized: names(true)? })
    }

    /// The parts of a text in order; what is no token of these is normalized.
    pub(super) fn split(&self, text: &str, normalizer: &[Normalizer], each: &mut dyn FnMut(Part)) {
        self.raw.split(text, true, &mut |part| match part {
            Part::Token(_) => each(part),
            Part::Text { text, at_start } => {
                let normal = normalize(normalizer, &text);
                self.normalized.split(&normal, at_start, each);
            }
        });
    }
}

impl Names {
    fn split(&self, text: &str, begins: bool, each: &mut dyn FnMut(Part)) {
        let mut done = 0;
        let part = |from: usize, to: usize| text.get(from..to).filter(|part| !part.is_empty());
        let plain = |from: usize, to: usize| {
            part(from, to).map(|part| Part::Text { text: part.to_owned(), at_start: begins && from == 0 })
        };
        for found in self.search.find_iter(text) {
            let Some(token) = self.tokens.get(found.pattern().as_usize()) else { continue };
            let (mut start, mut end) = (found.start(), found.end());
            let before = text.get(..start).unwrap_or_default();
            let behind = text.get(end..).unwrap_or_default();
            let joins = |letter: Option<char>| letter.is_some_and(is_word);
            if token.single_word && (joins(before.chars().next_back()) || joins(behind.chars().next())) {
                continue;
            }
            if token.takes_blanks_before {
                start = before.trim_end().len().max(done);
            }
            if token.takes_blanks_behind {
                end += behind.len() - behind.trim_start().len();
            }
            plain(done, start).into_iter().for_each(&mut *each);
            each(Part::Token(token.id));
            done = end;
        }
        plain(done, text.len()).into_iter().for_each(each);
    }
}

/// Whether a letter belongs to a word. Marks and joiners do as well, which only a regular expression knows.
fn is_word(letter: char) -> bool {
    static WORD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\w").ok());
    WORD.as_ref().is_some_and(|word| word.is_match(letter.encode_utf8(&mut [0; 4])))
}
