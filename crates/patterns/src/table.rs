//! The table that a text is probed with: for each four bytes a mark that says whether any rule asks for them, and behind
//! it what they may be the start of. It is plain bytes, so that the one for our own rules is a constant of the program
//! and starting costs nothing.
//!
//! Only every second place is looked at; [`crate::Anchor`] says why nothing is missed.

use crate::{Anchor, Rule};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Bits of a mark's place. A megabyte is more than the first caches hold, but a text touches a small part of it, and the
/// more room there is the fewer marks are there by chance.
const BITS: u32 = 20;

/// How many marks there are.
pub const MARKS: usize = 1 << BITS;

/// How many bytes one step of a probe looks at.
const STEP: usize = 16;

/// How many bytes it needs for that: the last four bytes start two before the end of the step.
const NEEDED: usize = STEP + 2;

/// Bytes of a slot: the four bytes, and where their entries start; one more than that, because none are zero.
const SLOT: usize = 8;

/// Bytes of an entry: its kind, a number, and two lengths.
const ENTRY: usize = 8;

/// What four bytes may belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entry {
    /// A match of a rule.
    Rule {
        /// The number of the rule.
        rule: u16,
        /// It starts at least so many bytes before; -1 if it starts one byte later.
        least: i16,
        /// It starts at most so many bytes before.
        most: i16,
    },
    /// A word.
    Word {
        /// The number of the word.
        word: u16,
        /// It starts so many bytes before.
        offset: i16,
    },
}

/// What a text is probed with.
#[derive(Debug)]
pub struct Table {
    /// Not zero where some four bytes are asked for.
    pub(crate) marks: Marks,
    /// An open hash table.
    pub(crate) slots: Cow<'static, [u8]>,
    /// The entries, those of the same four bytes side by side.
    pub(crate) entries: Cow<'static, [u8]>,
}

/// Every mark there is.
static ALL: [u8; MARKS] = [SHARED; MARKS];

/// The marks, in the program or on the heap.
#[derive(Debug)]
pub(crate) enum Marks {
    Embedded(&'static [u8; MARKS]),
    Built(Box<[u8; MARKS]>),
}

impl Marks {
    pub(crate) fn get(&self) -> &[u8; MARKS] {
        match self {
            Self::Embedded(marks) => marks,
            Self::Built(marks) => marks,
        }
    }
}

/// Spreads four bytes over all bits.
fn spread(gram: u32) -> u32 {
    gram.wrapping_mul(0x9E37_79B1)
}

/// Where the mark of four bytes stands.
#[inline]
fn place(gram: u32) -> usize {
    (spread(gram) >> (32 - BITS)) as usize
}

/// The slot in which four bytes lie if no others took it before. The upper bits are the well mixed ones.
fn home(gram: u32, count: usize) -> usize {
    ((u64::from(spread(gram)) * count as u64) >> 32) as usize
}

fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk::<4>).map_or(0, |four| u32::from_le_bytes(*four))
}

fn short(bytes: &[u8], at: usize) -> [u8; 2] {
    bytes.get(at..).and_then(<[u8]>::first_chunk::<2>).copied().unwrap_or_default()
}

impl Table {
    /// A table that lies in the program.
    pub const fn embedded(marks: &'static [u8; MARKS], slots: &'static [u8], entries: &'static [u8]) -> Self {
        Self { marks: Marks::Embedded(marks), slots: Cow::Borrowed(slots), entries: Cow::Borrowed(entries) }
    }

    /// A table for these rules and words. A rule's number is its place in the row, and so is a word's.
    pub fn build<'a>(rules: impl Iterator<Item = &'a Rule>, words: impl Iterator<Item = &'a [Anchor]>) -> Self {
        let mut entries: BTreeMap<u32, Vec<Entry>> = BTreeMap::new();
        for (rule, number) in rules.zip(0_u16..) {
            for it in rule.anchors.iter() {
                let entry = Entry::Rule { rule: number, least: it.least, most: it.most };
                entries.entry(it.gram).or_default().push(entry);
            }
        }
        for (anchors, number) in words.zip(0_u16..) {
            for it in anchors {
                entries.entry(it.gram).or_default().push(Entry::Word { word: number, offset: it.least });
            }
        }
        Self::fill(&entries)
    }

    fn fill(all: &BTreeMap<u32, Vec<Entry>>) -> Self {
        let marks = Self::mark(all);
        // More room than is needed keeps the runs of taken slots short.
        let count = (all.len() * 3 / 2 + 1).next_power_of_two();
        let mut slots = vec![0_u8; count * SLOT];
        let mut entries = Vec::new();
        for (gram, these) in all {
            let mut slot = home(*gram, count);
            while number(&slots, slot * SLOT + 4) != 0 {
                slot = (slot + 1) & (count - 1);
            }
            let start = u32::try_from(entries.len() + 1).unwrap_or(u32::MAX);
            let bytes = [gram.to_le_bytes(), start.to_le_bytes()].concat();
            slots.iter_mut().skip(slot * SLOT).zip(bytes).for_each(|(to, from)| *to = from);
            let length = u32::try_from(these.len()).unwrap_or(u32::MAX);
            entries.extend(length.to_le_bytes());
            entries.extend(these.iter().flat_map(|entry| entry.to_bytes()));
        }
        Self { marks, slots: Cow::Owned(slots), entries: Cow::Owned(entries) }
    }

    fn mark(all: &BTreeMap<u32, Vec<Entry>>) -> Marks {
        let mut marks = vec![0_u8; MARKS];
        for gram in all.keys() {
            if let Some(mark) = marks.get_mut(place(*gram)) {
                *mark = if *mark == 0 { tag(*gram) } else { SHARED };
            }
        }
        // The vector has this length. Without marks nothing would be found, so the answer to the impossible is all of them.
        marks.try_into().map_or_else(|_: Vec<u8>| Marks::Embedded(&ALL), Marks::Built)
    }

    /// What these four bytes may belong to.
    fn entries(&self, gram: u32) -> impl Iterator<Item = Entry> {
        let count = self.slots.len() / SLOT;
        let last = count.wrapping_sub(1);
        let mut slot = home(gram, count);
        let run = loop {
            let at = slot * SLOT;
            let Some(start) = (number(&self.slots, at + 4) as usize).checked_sub(1) else { break &[][..] };
            if number(&self.slots, at) == gram {
                let length = number(&self.entries, start) as usize;
                break self.entries.get(start + 4..start + 4 + length * ENTRY).unwrap_or_default();
            }
            slot = (slot + 1) & last;
        };
        run.chunks_exact(ENTRY).map(Entry::from_bytes)
    }

    /// Calls `visit` for all that `text` may hold, in order, with where the four bytes stand.
    #[inline]
    pub fn probe(&self, text: &[u8], mut visit: impl FnMut(usize, Entry)) {
        let marks = self.marks.get();
        let mut at = 0;
        while let Some(bytes) = text.get(at..).and_then(<[u8]>::first_chunk::<NEEDED>) {
            self.step(marks, bytes, at, &mut visit);
            at += STEP;
        }
        // What is left is looked at with zeros behind it.
        while at < text.len() {
            let mut bytes = [0; NEEDED];
            let rest = text.get(at..).unwrap_or_default();
            bytes.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            self.step(marks, &bytes, at, &mut visit);
            at += STEP;
        }
    }

    #[inline]
    fn step(&self, marks: &[u8; MARKS], bytes: &[u8; NEEDED], at: usize, visit: &mut impl FnMut(usize, Entry)) {
        let grams = grams(bytes);
        let mut marked = u64::from_le_bytes(grams.map(|gram| mark(marks, gram)));
        while marked != 0 {
            let index = marked.trailing_zeros() as usize / 8;
            let mark = marked.to_le_bytes().get(index).copied().unwrap_or(0);
            marked &= !(0xFF << (index * 8));
            let gram = grams.get(index).copied().unwrap_or(0);
            if mark == tag(gram) || mark == SHARED {
                self.entries(gram).for_each(|entry| visit(at + index * 2, entry));
            }
        }
    }
}

impl Entry {
    fn to_bytes(self) -> [u8; ENTRY] {
        let (kind, number, least, most) = match self {
            Self::Rule { rule, least, most } => (0_u16, rule, least, most),
            Self::Word { word, offset } => (1, word, offset, offset),
        };
        let parts = [kind.to_le_bytes(), number.to_le_bytes(), least.to_le_bytes(), most.to_le_bytes()];
        let mut bytes = [0; ENTRY];
        bytes.iter_mut().zip(parts.into_iter().flatten()).for_each(|(to, from)| *to = from);
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Self {
        let number = u16::from_le_bytes(short(bytes, 2));
        let (least, most) = (i16::from_le_bytes(short(bytes, 4)), i16::from_le_bytes(short(bytes, 6)));
        if short(bytes, 0) == [0, 0] {
            Self::Rule { rule: number, least, most }
        } else {
            Self::Word { word: number, offset: least }
        }
    }
}

/// The mark of four bytes is never zero, and seldom that of others which share its place.
#[inline]
fn tag(gram: u32) -> u8 {
    // Bits that do not decide the place.
    let [_, second, ..] = (spread(gram) << 4).to_le_bytes();
    second | 1
}

/// The mark of a place that several share.
const SHARED: u8 = 2;

/// Not zero if some rule may ask for these four bytes.
#[inline]
fn mark(marks: &[u8; MARKS], gram: u32) -> u8 {
    marks.get(place(gram)).copied().unwrap_or(0)
}

/// The four bytes at each even place, folded.
#[inline]
fn grams(bytes: &[u8; NEEDED]) -> [u32; STEP / 2] {
    // Written out, so that each is one load: the compiler does not see through a loop here.
    let four = |at: usize| match bytes.get(at..).and_then(<[u8]>::first_chunk::<4>) {
        Some(four) => u32::from_le_bytes(*four) | FOLD,
        None => 0,
    };
    [four(0), four(2), four(4), four(6), four(8), four(10), four(12), four(14)]
}

/// Sets bit 5 of four bytes.
const FOLD: u32 = 0x2020_2020;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RuleFile, compile_file, word_anchors};
    use proptest::prelude::*;

    fn rules(literals: &[&str]) -> Vec<Rule> {
        let rule = |(number, literal): (usize, &&str)| {
            format!(
                "[[rule]]\nid = 'r{number}'\nname = 'n'\nseverity = 'low'\nconfidence = 'low'\npattern = '{literal}'\n"
            )
        };
        let text: String = literals.iter().enumerate().map(rule).collect();
        compile_file(&RuleFile::parse(&format!("vendor = 'v'\n{text}")).unwrap()).unwrap()
    }

    #[test]
    fn finds_each_literal_and_word_wherever_it_stands() {
        let literals = ["QXJZ", "zq_1", "9w9w", "abcdefgh"];
        let words = [word_anchors("datadog"), word_anchors("fast")];
        let rules = rules(&literals);
        let table = Table::build(rules.iter(), words.iter().map(Vec::as_slice));
        let all = [&literals[..], &["DataDog", "FAST"]].concat();
        proptest!(|(before in "[a-z ]{0,40}", after in "[a-z ]{0,40}", which in 0..6_usize)| {
            // A letter before a match makes it a part of a longer word.
            let before = if before.is_empty() { before } else { before + " " };
            let text = format!("{before}{}{after}", all[which]);
            let mut found = Vec::new();
            table.probe(text.as_bytes(), |at, entry| match entry {
                Entry::Rule { rule, least, .. } => found.push((at.wrapping_add_signed(-isize::from(least)), usize::from(rule))),
                Entry::Word { word, offset } => found.push((at.wrapping_add_signed(-isize::from(offset)), 4 + usize::from(word))),
            });
            prop_assert!(found.contains(&(before.len(), which)), "{found:?} in {text}");
        });
    }

    #[test]
    fn an_empty_table_finds_nothing() {
        let table = Table::build([].into_iter(), [].into_iter());
        table.probe(b"anything at all, and long enough", |_, entry| panic!("{entry:?}"));
    }
}
