//! Words from the longest pieces that a vocabulary has, from left to right.

use super::written::Words;
use std::collections::HashMap;

/// A vocabulary of words, and of pieces that only stand behind others.
#[derive(Debug)]
pub(super) struct WordPiece {
    /// Those that a word begins with.
    first: HashMap<String, u32>,
    /// Those that stand behind others, without the sign that says so.
    further: HashMap<String, u32>,
    unknown: u32,
    /// A longer word, in letters, is unknown.
    longest: usize,
    /// The longest piece, in bytes.
    widest: usize,
}

impl WordPiece {
    pub(super) fn new(words: Words) -> Result<Self, String> {
        let Words { vocabulary, unknown, prefix, longest } = words;
        let unknown = *vocabulary.get(&unknown).ok_or_else(|| format!("its vocabulary has no token `{unknown}`"))?;
        let widest = vocabulary.keys().map(String::len).max().unwrap_or(0);
        let further = vocabulary.iter().filter_map(|(word, id)| Some((word.strip_prefix(&prefix)?.to_owned(), *id)));
        let further = further.collect();
        Ok(Self { first: vocabulary, further, unknown, longest, widest })
    }

    /// Adds the tokens of a word.
    pub(super) fn tokens(&self, word: &str, tokens: &mut Vec<u32>) {
        let before = tokens.len();
        if word.chars().count() > self.longest {
            return tokens.push(self.unknown);
        }
        let mut rest = word;
        while !rest.is_empty() {
            let pieces = if rest.len() == word.len() { &self.first } else { &self.further };
            let mut end = rest.floor_char_boundary(self.widest);
            let found = loop {
                match rest.split_at_checked(end) {
                    None | Some(("", _)) => break None,
                    Some((piece, behind)) => match pieces.get(piece) {
                        Some(token) => break Some((*token, behind)),
                        None => end = rest.floor_char_boundary(end - 1),
                    },
                }
            };
            let Some((token, behind)) = found else {
                // Of a word of which one piece is unknown, all of it is.
                tokens.truncate(before);
                return tokens.push(self.unknown);
            };
            tokens.push(token);
            rest = behind;
        }
    }
}
