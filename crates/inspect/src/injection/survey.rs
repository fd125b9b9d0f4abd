//! One fast pass over a text that says where it is worth looking: 64 bytes at a time, without a branch for each byte.

use super::lexicon::key::key;
use super::lexicon::{has, key_at};
use super::rule::ANY_WORD;
use crate::lanes::{BLOCK, Lane, any_of, between, bits, equal};
use std::ops::Range;

/// The shortest run of letters and digits that could be an encoded text.
const SHORTEST_BLOB: usize = 20;

/// Where it is worth looking.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Survey {
    /// Where words begin whose first letters are those of a word of the rules.
    pub(crate) words: Vec<usize>,
    /// Runs without blanks that could be an encoded text.
    pub(crate) blobs: Vec<Range<usize>>,
    /// Blocks with many letters that stand alone.
    pub(crate) spaced: Vec<Range<usize>>,
    /// Blocks in which digits and signs stand between letters.
    pub(crate) leet: Vec<Range<usize>>,
    /// Blocks with nothing but white space.
    pub(crate) blank: Vec<Range<usize>>,
    /// Where markup, a quote or a hyphen stands directly behind a letter.
    pub(crate) marks: Vec<usize>,
    /// Whether these bytes occur.
    pub(crate) backslash: bool,
    pub(crate) ampersand: bool,
    pub(crate) percent: bool,
    pub(crate) angle: bool,
}

/// Where Latin letters are.
fn latin(block: &[u8; BLOCK]) -> u64 {
    bits(block, |lane| between(lane | Lane::splat(0x20), b'a', b'z'))
}

/// Looks up every word that starts in a block.
fn look_up(text: &[u8], at: usize, block: &[u8; BLOCK], (mut starts, latin): (u64, u64), words: &mut Vec<usize>) {
    while starts != 0 {
        let bit = starts.trailing_zeros() as usize;
        starts &= starts - 1;
        let letters = (!(latin >> bit)).trailing_zeros() as usize;
        // Where the block cuts a word, or it is no Latin one, it is looked up the slow way.
        let four: Option<[u8; 4]> = block.get(bit..bit + 4).and_then(|four| four.try_into().ok());
        let key = match four {
            Some(four) if letters > 0 => key(u32::from_le_bytes(four), letters),
            _ => key_at(text, at + bit),
        };
        if has(&ANY_WORD, key) {
            words.push(at + bit);
        }
    }
}

/// What carries over from one block to the next.
#[derive(Debug, Default)]
struct Carry {
    latin: u64,
    foreign: u64,
    blob: Option<usize>,
}

impl Carry {
    /// Where words begin in a block.
    fn starts(&self, block: &[u8; BLOCK], latin: u64) -> u64 {
        let foreign = bits(block, |lane| lane);
        let mut starts = latin & !(latin << 1 | self.latin);
        if foreign != 0 {
            starts |= foreign & !(foreign << 1 | self.foreign) | bits(block, |lane| between(lane, 0xe3, 0xe9));
        }
        starts
    }

    /// The next block follows.
    fn go_on(&mut self, block: &[u8; BLOCK], latin: u64) {
        self.latin = latin >> 63;
        self.foreign = u64::from(block.last().is_some_and(|last| *last >= 0x80));
    }
}

impl Survey {
    pub(crate) fn of(text: &[u8]) -> Self {
        let mut survey = Self::default();
        let mut carry = Carry::default();
        let (blocks, rest) = text.as_chunks::<BLOCK>();
        for (number, block) in blocks.iter().enumerate() {
            survey.block(text, number * BLOCK, block, &mut carry);
        }
        let mut last = [b' '; BLOCK];
        last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        survey.block(text, blocks.len() * BLOCK, &last, &mut carry);
        survey.end_blob(&mut carry, text.len());
        survey
    }

    fn block(&mut self, text: &[u8], at: usize, block: &[u8; BLOCK], carry: &mut Carry) {
        let latin = latin(block);
        let digits = bits(block, |lane| between(lane, b'0', b'9'));
        let starts = carry.starts(block, latin);
        look_up(text, at, block, (starts, latin), &mut self.words);
        self.signs(at, block);
        self.tricks(at, block, latin, carry);
        let mut marks = bits(block, |lane| any_of(lane, b"<*`~-\"'")) & (latin << 1 | carry.latin);
        while marks != 0 {
            self.marks.push(at + marks.trailing_zeros() as usize);
            marks &= marks - 1;
        }
        let extra = bits(block, |lane| any_of(lane, b"+/=-_"));
        self.blobs(at, latin | digits | extra, carry);
        carry.go_on(block, latin);
    }

    fn signs(&mut self, at: usize, block: &[u8; BLOCK]) {
        if bits(block, |lane| any_of(lane, b" \t\n\r\x0c")) == u64::MAX {
            grow(&mut self.blank, at..at + BLOCK);
        }
        let holds = |wanted: u8| bits(block, |lane| equal(lane, wanted)) != 0;
        self.backslash |= holds(b'\\');
        self.ampersand |= holds(b'&');
        self.percent |= holds(b'%');
        self.angle |= holds(b'<');
    }

    /// Letters that stand alone, and digits that stand for letters.
    fn tricks(&mut self, at: usize, block: &[u8; BLOCK], latin: u64, carry: &Carry) {
        let alone = latin & !(latin << 1 | carry.latin) & !(latin >> 1);
        if alone.count_ones() >= 8 {
            grow(&mut self.spaced, at..at + BLOCK);
        }
        let signs = bits(block, |lane| any_of(lane, b"013457") | any_of(lane, b"8@$!"));
        if (signs & (latin << 1) & (latin >> 1)).count_ones() >= 2 {
            grow(&mut self.leet, at..at + BLOCK);
        }
    }

    fn blobs(&mut self, at: usize, dense: u64, carry: &mut Carry) {
        let lead = dense.trailing_ones() as usize;
        if lead == BLOCK {
            carry.blob.get_or_insert(at);
            return;
        }
        if carry.blob.is_some() {
            self.end_blob(carry, at + lead);
        } else if lead >= SHORTEST_BLOB {
            self.blobs.push(at..at + lead);
        }
        let tail = dense.leading_ones() as usize;
        if tail > 0 {
            carry.blob = Some(at + BLOCK - tail);
        }
        // What neither begins nor ends at the border of the block. At most two such runs fit in.
        let inner = dense & (u64::MAX << lead) & u64::MAX.checked_shr(u32::try_from(tail).unwrap_or(0)).unwrap_or(0);
        let mut runs = inner & inner >> 1;
        runs &= runs >> 2;
        runs &= runs >> 4;
        runs &= runs >> 8;
        runs &= runs >> 4;
        while runs != 0 {
            let start = runs.trailing_zeros();
            let length = (inner >> start).trailing_ones();
            self.blobs.push(at + start as usize..at + (start + length) as usize);
            runs &= u64::MAX.checked_shl(start + length).unwrap_or(0);
        }
    }

    fn end_blob(&mut self, carry: &mut Carry, end: usize) {
        if let Some(start) = carry.blob.take().filter(|start| end.saturating_sub(*start) >= SHORTEST_BLOB) {
            self.blobs.push(start..end);
        }
    }
}

/// Adds a range, as part of the last one if they touch.
fn grow(ranges: &mut Vec<Range<usize>>, next: Range<usize>) {
    match ranges.last_mut() {
        Some(last) if last.end >= next.start => last.end = next.end,
        _ => ranges.push(next),
    }
}
