//! How a text is split into words.

use super::written::{self, Prepend};
use regex::Regex;
use std::sync::LazyLock;
use unicode_categories::UnicodeCategories as _;

/// A word, or a text that is not split yet.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) text: String,
    /// Whether the whole text begins with it.
    pub(super) at_start: bool,
}

/// One step.
#[derive(Debug)]
pub(super) enum Splitter {
    /// At blanks, which are left out, and around each sign.
    Bert,
    /// At blanks, and between words and signs.
    Whitespace,
    WhitespaceSplit,
    Metaspace {
        blank: char,
        prepend: Prepend,
        split: bool,
    },
}

impl Splitter {
    /// The steps that are written, in order.
    pub(super) fn list(written: written::PreTokenizer) -> Result<Vec<Self>, String> {
        let one = match written {
            written::PreTokenizer::Sequence { pretokenizers } => {
                let lists: Result<Vec<Vec<Self>>, String> = pretokenizers.into_iter().map(Self::list).collect();
                return Ok(lists?.into_iter().flatten().collect());
            }
            written::PreTokenizer::Bert => Self::Bert,
            written::PreTokenizer::Whitespace => Self::Whitespace,
            written::PreTokenizer::WhitespaceSplit => Self::WhitespaceSplit,
            written::PreTokenizer::Metaspace { replacement, prepend_scheme, add_prefix_space, split } => {
                let before = if add_prefix_space == Some(false) { Prepend::Never } else { Prepend::Always };
                if add_prefix_space == Some(false) && prepend_scheme.is_some_and(|scheme| scheme != Prepend::Never) {
                    return Err("it says both to put blanks before words and not to".to_owned());
                }
                let prepend = prepend_scheme.unwrap_or(before);
                Self::Metaspace { blank: replacement, prepend, split: split.unwrap_or(true) }
            }
        };
        Ok(vec![one])
    }

    pub(super) fn split(&self, pieces: Vec<Piece>) -> Vec<Piece> {
        let mut out = Vec::new();
        for piece in pieces {
            let parts = match self {
                Self::Bert => bert(&piece.text),
                Self::Whitespace => words_and_signs(&piece.text),
                Self::WhitespaceSplit => cut(&piece.text, char::is_whitespace, |_| true),
                Self::Metaspace { blank, prepend, split } => {
                    out.extend(metaspace(&piece, *blank, *prepend, *split));
                    continue;
                }
            };
            let piece_at =
                |(at, text): (usize, &str)| Piece { text: text.to_owned(), at_start: piece.at_start && at == 0 };
            out.extend(parts.into_iter().map(piece_at));
        }
        out
    }
}

/// Cuts a text at some letters, and keeps those that `drop` does not name as pieces of their own.
fn cut(text: &str, is_border: impl Fn(char) -> bool, drop: impl Fn(char) -> bool) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, letter) in text.char_indices().filter(|(_, letter)| is_border(*letter)) {
        parts.push((start, at));
        start = at + letter.len_utf8();
        if !drop(letter) {
            parts.push((at, start));
        }
    }
    parts.push((start, text.len()));
    let part = |(from, to): (usize, usize)| text.get(from..to).filter(|part| !part.is_empty()).map(|part| (from, part));
    parts.into_iter().filter_map(part).collect()
}

fn bert(text: &str) -> Vec<(usize, &str)> {
    let is_sign = |letter: char| letter.is_ascii_punctuation() || letter.is_punctuation();
    cut(text, |letter| letter.is_whitespace() || is_sign(letter), char::is_whitespace)
}

/// Runs of letters of words, and runs of signs.
fn words_and_signs(text: &str) -> Vec<(usize, &str)> {
    // Marks and joiners belong to words as well, which only the patterns of a regular expression know.
    static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\w+|[^\w\s]+").ok());
    let Some(pattern) = &*PATTERN else { return Vec::new() };
    pattern.find_iter(text).map(|found| (found.start(), found.as_str())).collect()
}

/// Blanks become a sign that stays with the word behind it.
fn metaspace(piece: &Piece, blank: char, prepend: Prepend, split: bool) -> Vec<Piece> {
    let mut text = piece.text.replace(' ', blank.encode_utf8(&mut [0; 4]));
    let missing = !text.starts_with(blank);
    match prepend {
        Prepend::Always if missing => text.insert(0, blank),
        Prepend::First if missing && piece.at_start => text.insert(0, blank),
        Prepend::Always | Prepend::First | Prepend::Never => {}
    }
    if !split {
        return vec![Piece { text, at_start: piece.at_start }];
    }
    let mut borders: Vec<usize> = text.match_indices(blank).map(|(at, _)| at).filter(|at| *at > 0).collect();
    borders.push(text.len());
    let mut start = 0;
    let mut out = Vec::new();
    for end in borders {
        out.extend(
            text.get(start..end).map(|part| Piece { text: part.to_owned(), at_start: piece.at_start && start == 0 }),
        );
        start = end;
    }
    out
}
