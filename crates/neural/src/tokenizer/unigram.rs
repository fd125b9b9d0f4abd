//! Words from those pieces of a vocabulary that are the most likely together.

use super::written::Pieces;
use std::collections::HashMap;

/// What it costs to know a letter not, beside the rarest piece.
const UNKNOWN_PENALTY: f64 = 10.0;

/// A vocabulary of pieces and their scores.
#[derive(Debug)]
pub(super) struct Unigram {
    pieces: HashMap<String, (u32, f64)>,
    unknown: Option<u32>,
    /// The tokens of single bytes, if letters that are not known are written with them.
    bytes: Option<Vec<u32>>,
    lowest: f64,
    /// The longest piece, in bytes.
    widest: usize,
}

/// The best way to a place of a word.
#[derive(Debug, Clone, Copy, Default)]
struct Way {
    score: f64,
    /// Where its last piece begins; nothing if there is no way yet.
    from: Option<usize>,
    /// The last piece; nothing if it is not known.
    token: Option<u32>,
}

impl Unigram {
    pub(super) fn new(pieces: Pieces) -> Result<Self, String> {
        let Pieces { vocabulary, unknown, by_bytes } = pieces;
        let count = u32::try_from(vocabulary.len()).map_err(|_| "its vocabulary is too large")?;
        if count == 0 || unknown.is_some_and(|unknown| unknown >= vocabulary.len()) {
            return Err("its vocabulary lacks the token for what is unknown".to_owned());
        }
        let unknown = unknown.map(u32::try_from).transpose().map_err(|_| "its vocabulary is too large")?;
        let lowest = vocabulary.iter().map(|(_, score)| *score).fold(f64::INFINITY, f64::min);
        if vocabulary.iter().any(|(_, score)| !score.is_finite()) {
            return Err("a piece of its vocabulary has no score".to_owned());
        }
        let widest = vocabulary.iter().map(|(piece, _)| piece.len()).max().unwrap_or(0);
        let pieces: HashMap<String, (u32, f64)> =
            vocabulary.into_iter().zip(0..count).map(|((piece, score), id)| (piece, (id, score))).collect();
        let byte = |byte: u8| pieces.get(&format!("<0x{byte:02X}>")).map(|(id, _)| *id);
        let bytes = by_bytes.then(|| (0..=u8::MAX).map(byte).collect::<Option<Vec<u32>>>()).flatten();
        if by_bytes && bytes.is_none() {
            return Err("its vocabulary lacks tokens of single bytes".to_owned());
        }
        Ok(Self { pieces, unknown, bytes, lowest, widest })
    }

    /// Adds the tokens of a word.
    pub(super) fn tokens(&self, word: &str, tokens: &mut Vec<u32>) {
        for (piece, token) in self.best(word) {
            match (token, &self.bytes) {
                (Some(token), _) => tokens.push(token),
                (None, Some(bytes)) => {
                    tokens.extend(piece.bytes().filter_map(|byte| bytes.get(usize::from(byte)).copied()));
                }
                (None, None) => tokens.extend(self.unknown),
            }
        }
    }

    /// The pieces of a word, in order. Unknown ones beside each other are one.
    fn best<'w>(&self, word: &'w str) -> Vec<(&'w str, Option<u32>)> {
        let ways = self.ways(word);
        let mut pieces: Vec<(usize, usize, Option<u32>)> = Vec::new();
        let mut end = word.len();
        while let Some(Way { from: Some(from), token, .. }) = ways.get(end).copied() {
            match pieces.last_mut() {
                Some((start, _, None)) if token.is_none() => *start = from,
                _ => pieces.push((from, end, token)),
            }
            end = from;
        }
        let known = |text: &'w str, token: Option<u32>| {
            // Unknown letters beside each other may make up a piece that is known.
            (text, token.or_else(|| self.pieces.get(text).map(|(id, _)| *id)))
        };
        pieces.iter().rev().filter_map(|(from, to, token)| Some(known(word.get(*from..*to)?, *token))).collect()
    }

    /// The best way to every place.
    fn ways(&self, word: &str) -> Vec<Way> {
        let mut ways = vec![Way::default(); word.len() + 1];
        for (start, letter) in word.char_indices() {
            let until_here = ways.get(start).map_or(0.0, |way| way.score);
            let mut better = |end: usize, score: f64, token: Option<u32>| {
                let score = score + until_here;
                if let Some(way) = ways.get_mut(end)
                    && (way.from.is_none() || score > way.score)
                {
                    *way = Way { score, from: Some(start), token };
                }
            };
            let mut letter_is_known = false;
            let ends = word.get(start..).unwrap_or_default().char_indices().map(|(at, next)| at + next.len_utf8());
            for length in ends.take_while(|length| *length <= self.widest) {
                let piece = word.get(start..start + length).and_then(|piece| self.pieces.get(piece));
                if let Some((id, score)) = piece {
                    let token = Some(*id).filter(|id| Some(*id) != self.unknown);
                    better(start + length, *score, token);
                    letter_is_known |= length == letter.len_utf8();
                }
            }
            if !letter_is_known {
                better(start + letter.len_utf8(), self.lowest - UNKNOWN_PENALTY, None);
            }
        }
        ways
    }
}
