//! The table that a text is probed with: for each four bytes a mark that says whether any rule asks for them, and behind
//! it what they may be the start of.
//!
//! Only every second place is looked at; [`portcullis_patterns::Anchor`] says why nothing is missed.

use crate::generic;
use portcullis_patterns::{Rule, word_anchors};

/// Bits of a mark's place. A byte for each mark is faster than a bit, though the table leaves the first cache: most texts
/// touch a small part of it.
const BITS: u32 = 18;

/// How many bytes one step of a probe looks at.
const STEP: usize = 16;

/// How many bytes it needs for that: the last four bytes start three before the end of the step.
const NEEDED: usize = STEP + 2;

/// What four bytes may belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Entry {
    /// A match of this rule that starts between so many bytes before.
    Anchor { rule: u16, least: u16, most: u16 },
    /// This word, which starts so many bytes before.
    Word { word: u16, offset: u16 },
    /// This trigger of generic credentials, which starts so many bytes before.
    Trigger { trigger: u16, offset: u16 },
}

/// A word that names values, and the rules that ask for it.
#[derive(Debug)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) rules: Vec<u16>,
}

/// What a text is probed with.
#[derive(Debug)]
pub(crate) struct Table {
    marks: Box<[u8; 1 << BITS]>,
    /// Sorted by the four bytes.
    entries: Vec<(u32, Entry)>,
    /// Where the entries of four bytes start, by a hash of theirs; `u32::MAX` where there are none.
    slots: Vec<u32>,
    pub(crate) words: Vec<Word>,
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

impl Table {
    /// A table for these rules; a rule's number is its place in the row.
    pub(crate) fn new<'a>(rules: impl Iterator<Item = &'a Rule>) -> Self {
        let mut words: Vec<Word> = Vec::new();
        let mut entries = Vec::new();
        for (rule, number) in rules.zip(0_u16..) {
            let anchors = rule.anchors.iter();
            entries.extend(anchors.map(|it| (it.gram, Entry::Anchor { rule: number, least: it.least, most: it.most })));
            for text in rule.near.iter() {
                words.push(Word { text: text.to_string(), rules: vec![number] });
            }
        }
        words.sort_by(|a, b| a.text.cmp(&b.text));
        words.dedup_by(|later, kept| {
            let same = later.text == kept.text;
            if same {
                kept.rules.append(&mut later.rules);
            }
            same
        });
        for (word, number) in words.iter().zip(0_u16..) {
            let anchors = word_anchors(&word.text).into_iter();
            entries.extend(anchors.map(|it| (it.gram, Entry::Word { word: number, offset: it.least })));
        }
        for (trigger, number) in generic::TRIGGERS.iter().zip(0_u16..) {
            let anchors = word_anchors(trigger).into_iter();
            entries.extend(anchors.map(|it| (it.gram, Entry::Trigger { trigger: number, offset: it.least })));
        }
        entries.sort_unstable();
        entries.dedup();
        Self::fill(entries, words)
    }

    fn fill(entries: Vec<(u32, Entry)>, words: Vec<Word>) -> Self {
        #[expect(clippy::large_stack_arrays, reason = "it is made once, and a quarter of a megabyte fits on any stack")]
        let mut marks = Box::new([0_u8; 1 << BITS]);
        // Twice the room that is needed keeps the runs of taken places short.
        let mut slots = vec![u32::MAX; (entries.len() * 2 + 1).next_power_of_two()];
        let mut last = None;
        for ((gram, _), at) in entries.iter().zip(0_u32..) {
            if last.replace(*gram) == Some(*gram) {
                continue;
            }
            if let Some(mark) = marks.get_mut(place(*gram)) {
                *mark = 1;
            }
            let mut slot = spread(*gram) as usize & (slots.len() - 1);
            while slots.get(slot).is_some_and(|taken| *taken != u32::MAX) {
                slot = (slot + 1) & (slots.len() - 1);
            }
            if let Some(free) = slots.get_mut(slot) {
                *free = at;
            }
        }
        Self { marks, entries, slots, words }
    }

    /// Not zero if some rule may ask for these four bytes.
    #[inline]
    fn mark(&self, gram: u32) -> u8 {
        self.marks.get(place(gram)).copied().unwrap_or(0)
    }

    /// What these four bytes may belong to.
    fn entries(&self, gram: u32) -> impl Iterator<Item = Entry> {
        let mut slot = spread(gram) as usize & (self.slots.len() - 1);
        let mut found: &[(u32, Entry)] = &[];
        while let Some(at) = self.slots.get(slot).filter(|at| **at != u32::MAX) {
            let run = self.entries.get(*at as usize..).unwrap_or_default();
            if run.first().is_some_and(|(first, _)| *first == gram) {
                found = run;
                break;
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        found.iter().take_while(move |(other, _)| *other == gram).map(|(_, entry)| *entry)
    }

    /// Calls `visit` for all that `text` may hold, in order, with where the four bytes stand.
    #[inline]
    pub(crate) fn probe(&self, text: &[u8], mut visit: impl FnMut(usize, Entry)) {
        let mut at = 0;
        while let Some(bytes) = text.get(at..).and_then(<[u8]>::first_chunk::<NEEDED>) {
            self.step(bytes, at, &mut visit);
            at += STEP;
        }
        // What is left is looked at with zeros behind it.
        while at < text.len() {
            let mut bytes = [0; NEEDED];
            let rest = text.get(at..).unwrap_or_default();
            bytes.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            self.step(&bytes, at, &mut visit);
            at += STEP;
        }
    }

    #[inline]
    fn step(&self, bytes: &[u8; NEEDED], at: usize, visit: &mut impl FnMut(usize, Entry)) {
        let grams = grams(bytes);
        if grams.iter().fold(0, |any, gram| any | self.mark(*gram)) != 0 {
            self.visit_all(&grams, at, visit);
        }
    }

    #[cold]
    fn visit_all(&self, grams: &[u32; STEP / 2], at: usize, visit: &mut impl FnMut(usize, Entry)) {
        for (index, gram) in grams.iter().enumerate().filter(|(_, gram)| self.mark(**gram) != 0) {
            self.entries(*gram).for_each(|entry| visit(at + index * 2, entry));
        }
    }
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
    use portcullis_patterns::{RuleFile, compile_file};
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

    proptest! {
        #[test]
        fn finds_each_literal_wherever_it_stands(before in "[a-z ]{0,40}", after in "[a-z ]{0,40}", which in 0..3_usize) {
            let literals = ["QXJZ", "zq_1", "9w9w"];
            let table = Table::new(rules(&literals).iter());
            let text = format!("{before}{}{after}", literals[which]);
            let mut found = Vec::new();
            table.probe(text.as_bytes(), |at, entry| {
                if let Entry::Anchor { rule, least, .. } = entry { found.push((at - usize::from(least), rule)) }
            });
            prop_assert!(found.contains(&(before.len(), u16::try_from(which).unwrap())), "{found:?} in {text}");
        }
    }

    #[test]
    fn rules_that_share_a_word_share_its_entry() {
        let file = |id| {
            format!(
                "[[rule]]\nid = '{id}'\nname = 'n'\nseverity = 'low'\nconfidence = 'low'\npattern = '[0-9]{{8}}'\nnear = ['datadog']\n"
            )
        };
        let text = format!("vendor = 'v'\n{}{}", file("a"), file("b"));
        let rules = compile_file(&RuleFile::parse(&text).unwrap()).unwrap();
        let table = Table::new(rules.iter());
        assert_eq!(table.words.len(), 1);
        assert_eq!(table.words[0].rules, [0, 1]);
    }
}
