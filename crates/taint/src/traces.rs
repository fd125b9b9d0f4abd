//! What private text was read, kept so that it is known again and can't be read from here.
//!
//! A text is folded to its letters and digits, and every eight in a row become a number under a key. If what is sent gives twenty
//! letters in a row that stand in a row there, it holds a piece of the text; pieces that were sent before count along, so that it makes
//! no difference how small they were cut. Values, such as a password or a number, count by themselves. Memory has a limit, and where it is
//! reached that is said: then nothing that is sent is known to be clean.

use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, HashSet};
use std::fmt;

/// Letters of one number.
const GRAM: usize = 8;

/// So many letters in a row are a piece of a text, and not words that stand in any.
const RUN: u32 = 20;

/// So many letters are kept of all texts together.
const MOST: usize = 1 << 19;

/// So many letters of words that are no secret are kept.
const MOST_OWN: usize = 1 << 17;

/// So many stretches that were sent are kept.
const MOST_SENT: usize = 1 << 12;

/// Traces of private text.
pub struct Traces {
    key: [u8; 32],
    /// Where each number stands first.
    grams: HashMap<u64, u32>,
    /// The source of each value.
    values: HashMap<u64, usize>,
    /// Words that are no secret.
    own: HashSet<u64>,
    /// Where the texts of a source begin.
    begins: Vec<(u32, usize)>,
    next: u32,
    sent: Vec<(u32, u32)>,
    is_full: bool,
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traces")
            .field("letters", &self.grams.len())
            .field("is_full", &self.is_full)
            .finish_non_exhaustive()
    }
}

/// What was found again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// The sources of which pieces are in it, in order.
    pub(crate) sources: Vec<usize>,
    /// The stretches that it covers, whether or not they are long enough alone.
    covers: Vec<(u32, u32)>,
}

impl Traces {
    /// No traces, under a key that nobody else knows.
    pub fn new(key: [u8; 32]) -> Self {
        Self {
            key,
            grams: HashMap::new(),
            values: HashMap::new(),
            own: HashSet::new(),
            begins: Vec::new(),
            next: 0,
            sent: Vec::new(),
            is_full: false,
        }
    }

    /// Whether nothing was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.begins.is_empty()
    }

    /// Whether more was read than is known.
    pub(crate) fn is_full(&self) -> bool {
        self.is_full
    }

    /// Takes in a private text of a source.
    pub(crate) fn read(&mut self, text: &str, source: usize) {
        let letters = folded(text);
        self.begins.push((self.next, source));
        for gram in letters.windows(GRAM) {
            if self.grams.len() >= MOST {
                self.is_full = true;
                break;
            }
            let number = self.number(b"gram", gram);
            self.grams.entry(number).or_insert(self.next);
            self.next += 1;
        }
        // A gap, so that no two texts make one.
        self.next = self.next.saturating_add(2 * RUN);
        for value in values(text) {
            if self.values.len() >= MOST {
                self.is_full = true;
                break;
            }
            let number = self.number(b"value", &value);
            self.values.entry(number).or_insert(source);
        }
    }

    /// Takes in words that are no secret, such as the names of the folders that are worked in.
    pub(crate) fn open(&mut self, text: &str) {
        for gram in folded(text).windows(GRAM) {
            self.note_own(b"gram", gram);
        }
        for value in values(text) {
            self.note_own(b"value", &value);
        }
    }

    fn note_own(&mut self, kind: &[u8], letters: &[char]) {
        // What there is no room for is found again, and a person is asked once more than needed.
        if self.own.len() < MOST_OWN {
            let number = self.number(kind, letters);
            self.own.insert(number);
        }
    }

    /// What of it is in a text, or in one together with what was sent before.
    pub(crate) fn find<'t>(&self, texts: impl Iterator<Item = &'t str>) -> Found {
        let mut found = Found::default();
        for text in texts {
            let letters = folded(text);
            for gram in letters.windows(GRAM) {
                let number = self.number(b"gram", gram);
                if let Some(at) = self.grams.get(&number).filter(|_| !self.own.contains(&number)) {
                    found.covers.push((*at, *at + u32::try_from(GRAM).unwrap_or(RUN)));
                }
            }
            for value in values(text) {
                let number = self.number(b"value", &value);
                if let Some(source) = self.values.get(&number).filter(|_| !self.own.contains(&number)) {
                    found.sources.push(*source);
                }
            }
        }
        found.covers = merged(found.covers);
        let all = merged([self.sent.as_slice(), found.covers.as_slice()].concat());
        let long = all.iter().filter(|(begin, end)| end - begin >= RUN);
        let touched = long.filter(|(begin, end)| found.covers.iter().any(|(from, to)| from < end && begin < to));
        found.sources.extend(touched.filter_map(|(begin, _)| self.source_at(*begin)));
        found.sources.sort_unstable();
        found.sources.dedup();
        found
    }

    /// Notes that what was found has gone out.
    pub(crate) fn sent(&mut self, found: &Found) {
        let all = merged([self.sent.as_slice(), found.covers.as_slice()].concat());
        if all.len() > MOST_SENT {
            self.is_full = true;
            return;
        }
        self.sent = all;
    }

    fn source_at(&self, place: u32) -> Option<usize> {
        let next = self.begins.partition_point(|(begin, _)| *begin <= place);
        self.begins.get(next.checked_sub(1)?).map(|(_, source)| *source)
    }

    /// A number under the key. Without the key nobody can try out which letters it stands for.
    fn number(&self, kind: &[u8], letters: &[char]) -> u64 {
        let mut hash = Sha256::new_with_prefix(self.key);
        hash.update(kind);
        let mut bytes = [0; 4];
        for letter in letters {
            hash.update(letter.encode_utf8(&mut bytes).as_bytes());
        }
        let hash: [u8; 32] = hash.finalize().into();
        hash.first_chunk::<8>().map_or(0, |first| u64::from_be_bytes(*first))
    }
}

/// The letters and digits of a text, small.
fn folded(text: &str) -> Vec<char> {
    text.chars().filter(|c| c.is_alphanumeric()).filter_map(|c| c.to_lowercase().next()).collect()
}

/// Values in a text: words of letters and digits that stand for something, and long numbers.
fn values(text: &str) -> impl Iterator<Item = Vec<char>> {
    let ends = |c: char| {
        c.is_whitespace()
            || matches!(c, '"' | '\'' | '`' | '=' | ':' | ',' | ';' | '(' | ')' | '<' | '>' | '/' | '?' | '&' | '|')
    };
    text.split(ends).map(folded).filter(|letters| {
        let digits = letters.iter().filter(|c| c.is_numeric()).count();
        let others = letters.len() - digits;
        (10..=128).contains(&letters.len()) && (digits >= 3 && others >= 3 || others == 0)
    })
}

/// Stretches in order, those that touch made one.
fn merged(mut all: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    all.sort_unstable();
    let mut out: Vec<(u32, u32)> = Vec::with_capacity(all.len());
    for (begin, end) in all {
        match out.last_mut() {
            Some(last) if begin <= last.1 => last.1 = last.1.max(end),
            Some(_) | None => out.push((begin, end)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LETTER: &str =
        "Dear Ada, the merger with Northwind will be announced on the ninth of May. Until then nobody may know of it.";

    fn traces() -> Traces {
        let mut traces = Traces::new([7; 32]);
        traces.read("Something else that was read before, at great length and of no use.", 0);
        traces.read(LETTER, 1);
        traces
    }

    fn finds(traces: &Traces, text: &str) -> Vec<usize> {
        traces.find(std::iter::once(text)).sources
    }

    #[test]
    fn a_piece_is_known_again_however_it_is_written() {
        let traces = traces();
        for text in [
            "x=merger with Northwind will",
            "MERGER-WITH-NORTHWIND-WILL-BE",
            "m.e.r.g.e.r w.i.t.h n.o.r.t.h.w.i.n.d w.i.l.l",
        ] {
            assert_eq!(finds(&traces, text), [1], "{text}");
        }
        for text in ["the merger", "Northwind", "a merger with another company", "until then somebody may know"] {
            assert_eq!(finds(&traces, text), Vec::<usize>::new(), "{text}");
        }
    }

    #[test]
    fn small_pieces_add_up() {
        let mut traces = traces();
        let mut held = 0;
        for piece in ["merger with N", "Northwind wi", "orthwind", "will be anno", "nounced on the"] {
            let found = traces.find(std::iter::once(piece));
            held += usize::from(!found.sources.is_empty());
            traces.sent(&found);
        }
        assert!(held > 0);
    }

    #[test]
    fn values_count_by_themselves() {
        let mut traces = Traces::new([7; 32]);
        traces.read("user ada\npass Blue-Tiger-4471\ncard 4929 1234, iban DE89370400440532013000, since 2026-11-22", 3);
        for text in ["https://a.example/?k=bluetiger4471", "k:BLUE-TIGER-4471.", "DE89370400440532013000"] {
            assert_eq!(finds(&traces, text), [3], "{text}");
        }
        for text in ["2026-11-22", "python3.11", "user ada", "blue tiger"] {
            assert_eq!(finds(&traces, text), Vec::<usize>::new(), "{text}");
        }
    }

    #[test]
    fn words_that_everybody_knows_are_no_secret() {
        let mut traces = traces();
        traces.open("Please post that the merger with Northwind will be announced");
        assert_eq!(finds(&traces, "merger with Northwind will be announced"), Vec::<usize>::new());
        assert_eq!(finds(&traces, "Until then nobody may know of it"), [1]);
    }

    #[test]
    fn another_key_knows_nothing_and_nothing_is_told() {
        let (mut one, mut other) = (Traces::new([1; 32]), Traces::new([2; 32]));
        one.read(LETTER, 0);
        other.read(LETTER, 0);
        assert!(one.grams.keys().all(|number| !other.grams.contains_key(number)));
        assert!(!format!("{one:?}").to_lowercase().contains("northwind"));
    }

    #[test]
    fn memory_has_a_limit_and_says_so() {
        let mut traces = Traces::new([7; 32]);
        let words: Vec<String> = (0..90_000).map(|number| format!("{number:x} {}", number * 7)).collect();
        let text = words.join(" ");
        traces.read(&text, 0);
        traces.read(&text.chars().rev().collect::<String>(), 1);
        assert!(traces.is_full() && traces.grams.len() <= MOST);
    }

    proptest! {
        #[test]
        fn every_piece_that_is_long_enough_is_found(text in "[a-z]{60,200}", from in 0_usize..30, length in 24_usize..30) {
            let mut traces = Traces::new([9; 32]);
            traces.read(&text, 4);
            let piece = text.get(from..from + length).unwrap();
            // A text that repeats itself can have its pieces elsewhere.
            let grams: HashSet<&[u8]> = text.as_bytes().windows(GRAM).collect();
            if grams.len() == text.len() - GRAM + 1 {
                prop_assert_eq!(finds(&traces, piece), vec![4]);
            }
        }

        #[test]
        fn stretches_are_merged_and_none_is_lost(all in proptest::collection::vec((0_u32..200, 1_u32..20), 0..40)) {
            let all: Vec<(u32, u32)> = all.into_iter().map(|(begin, length)| (begin, begin + length)).collect();
            let out = merged(all.clone());
            prop_assert!(out.windows(2).all(|pair| pair[0].1 < pair[1].0));
            prop_assert!(all.iter().all(|(begin, end)| out.iter().any(|(from, to)| from <= begin && end <= to)));
        }
    }
}
