//! The table that a text is probed with: for each four bytes a mark that says whether any rule asks for them, and behind
//! it what they may be the start of. It is plain bytes, so that the one for our own rules is a constant of the program
//! and starting costs nothing.
//!
//! Only every second place is looked at; [`Anchor`] says why nothing is missed.

mod entry;
mod mark;
mod probe;
mod slot;

use crate::beside::{Around, Beside};
use crate::{Anchor, Rule};
pub use entry::Entry;
use entry::{Asked, WIDTH};
pub use mark::MARKS;
use mark::Marks;
use slot::{SLOT, Slot, home};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a text is probed with.
#[derive(Debug)]
pub struct Table {
    /// Not zero where some four bytes are asked for.
    marks: Marks,
    /// An open hash table.
    slots: Cow<'static, [u8]>,
    /// The entries, those of the same four bytes side by side.
    entries: Cow<'static, [u8]>,
}

fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk::<4>).map_or(0, |four| u32::from_le_bytes(*four))
}

impl Table {
    /// A table that lies in the program.
    pub const fn embedded(marks: &'static [u8; MARKS], slots: &'static [u8], entries: &'static [u8]) -> Self {
        Self { marks: Marks::Embedded(marks), slots: Cow::Borrowed(slots), entries: Cow::Borrowed(entries) }
    }

    /// The three parts of the table as bytes: marks, slots, entries.
    pub(crate) fn to_bytes(&self) -> [Vec<u8>; 3] {
        [self.marks.get().to_vec(), self.slots.to_vec(), self.entries.to_vec()]
    }

    /// A table for these rules and words. A rule's number is its place in the row, and so is a word's.
    pub fn build<'a>(rules: impl Iterator<Item = &'a Rule>, words: impl Iterator<Item = &'a [Anchor]>) -> Self {
        let mut grams: BTreeMap<u32, Vec<Asked>> = BTreeMap::new();
        for (rule, number) in rules.zip(0_u16..) {
            for it in rule.anchors.iter() {
                let entry = Entry::Rule { rule: number, least: it.least, most: it.most };
                grams.entry(it.gram).or_default().push(Asked { entry, beside: it.beside });
            }
        }
        for (anchors, number) in words.zip(0_u16..) {
            for it in anchors {
                let entry = Entry::Word { word: number, offset: it.least };
                grams.entry(it.gram).or_default().push(Asked { entry, beside: it.beside });
            }
        }
        Self::fill(&grams)
    }

    fn fill(all: &BTreeMap<u32, Vec<Asked>>) -> Self {
        // More room than is needed keeps the runs of taken slots short.
        let count = (all.len() * 3 / 2 + 1).next_power_of_two();
        let mut slots = vec![0_u8; count * SLOT];
        let mut entries = Vec::new();
        for (gram, these) in all {
            let mut at = home(*gram, count);
            while Slot::at(&slots, at).start.is_some() {
                at = (at + 1) & (count - 1);
            }
            let beside = these.iter().fold(Beside::NOTHING, |all, it| all.or(it.beside));
            let slot = Slot { gram: *gram, start: Some(entries.len()), beside };
            slots.iter_mut().skip(at * SLOT).zip(slot.to_bytes()).for_each(|(to, from)| *to = from);
            let length = u32::try_from(these.len()).unwrap_or(u32::MAX);
            entries.extend(length.to_le_bytes());
            entries.extend(these.iter().flat_map(|it| it.to_bytes()));
        }
        Self { marks: Marks::of(all.keys().copied()), slots: Cow::Owned(slots), entries: Cow::Owned(entries) }
    }

    /// What these four bytes may belong to, between these two.
    #[inline]
    fn entries(&self, gram: u32, around: Around) -> impl Iterator<Item = Entry> {
        let count = self.slots.len() / SLOT;
        let last = count.wrapping_sub(1);
        let mut at = home(gram, count);
        let run = loop {
            let slot = Slot::at(&self.slots, at);
            let Some(start) = slot.start else { break &[][..] };
            if slot.gram == gram {
                let length = number(&self.entries, start) as usize;
                break self.entries.get(start + 4..start + 4 + length * WIDTH).unwrap_or_default();
            }
            at = (at + 1) & last;
        };
        let asked = run.as_chunks::<WIDTH>().0.iter().map(|bytes| Asked::from_bytes(*bytes));
        asked.filter(move |it| it.beside.allows(around)).map(|it| it.entry)
    }
}

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
    fn four_bytes_alone_are_not_enough_where_more_is_known() {
        let word = word_anchors("linode");
        let (rules, row) = (rules(&["zq_1[0-9]{8}"]), [word.as_slice()]);
        let table = Table::build(rules.iter(), row.into_iter());
        let visits = |text: &str| {
            let mut count = 0;
            table.probe(text.as_bytes(), |_, _| count += 1);
            count
        };
        for text in ["the inode of the inodes", " the inode", "line nodes"] {
            assert_eq!(visits(text), 0, "{text}");
        }
        for text in ["linode", " LINODE", "a=linode", "zq_12345678", " zq_12345678"] {
            assert!(visits(text) > 0, "{text}");
        }
    }

    #[test]
    fn an_empty_table_finds_nothing() {
        let table = Table::build([].into_iter(), [].into_iter());
        table.probe(b"anything at all, and long enough", |_, entry| panic!("{entry:?}"));
    }
}
