//! The table that a text is probed with: for each four bytes a bit that says whether any rule asks for them, small
//! enough to stay in the fastest cache, and behind it what they may be the start of.

use crate::generic;
use portcullis_patterns::{GRAM, Rule, gram, word_anchor};

/// Bits of a probe's index: 2^17 bits are 16 KiB.
const BITS: u32 = 17;

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
    bits: Box<[u64; 1 << (BITS - 6)]>,
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
        let place = |text: &str| word_anchor(text).and_then(|(gram, at)| Some((gram, u16::try_from(at).ok()?)));
        for (word, number) in words.iter().zip(0_u16..) {
            entries.extend(place(&word.text).map(|(gram, offset)| (gram, Entry::Word { word: number, offset })));
        }
        for (trigger, number) in generic::TRIGGERS.iter().zip(0_u16..) {
            entries.extend(place(trigger).map(|(gram, offset)| (gram, Entry::Trigger { trigger: number, offset })));
        }
        entries.sort_unstable();
        entries.dedup();
        Self::fill(entries, words)
    }

    fn fill(entries: Vec<(u32, Entry)>, words: Vec<Word>) -> Self {
        let mut bits = Box::new([0_u64; 1 << (BITS - 6)]);
        // Twice the room that is needed keeps the runs of taken places short.
        let mut slots = vec![u32::MAX; (entries.len() * 2 + 1).next_power_of_two()];
        let mut last = None;
        for ((gram, _), at) in entries.iter().zip(0_u32..) {
            if last.replace(*gram) == Some(*gram) {
                continue;
            }
            let bit = spread(*gram) >> (32 - BITS);
            if let Some(word) = bits.get_mut((bit >> 6) as usize) {
                *word |= 1 << (bit & 63);
            }
            let mut slot = spread(*gram) as usize & (slots.len() - 1);
            while slots.get(slot).is_some_and(|taken| *taken != u32::MAX) {
                slot = (slot + 1) & (slots.len() - 1);
            }
            if let Some(free) = slots.get_mut(slot) {
                *free = at;
            }
        }
        Self { bits, entries, slots, words }
    }

    /// Whether some rule may ask for these four bytes.
    #[inline]
    fn may_hold(&self, gram: u32) -> bool {
        let bit = spread(gram) >> (32 - BITS);
        // The index has eleven bits and the array 2^11 places, so the compiler leaves the bounds check out.
        self.bits.get((bit >> 6) as usize & ((1 << (BITS - 6)) - 1)).is_some_and(|word| word >> (bit & 63) & 1 != 0)
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
        let (eights, _) = text.as_chunks::<8>();
        // Each step looks at eight places, for which it needs the next eight bytes as well.
        for pair in eights.windows(2) {
            let [first, second] = pair else { continue };
            let low = u64::from_le_bytes(*first) | FOLD;
            let high = u64::from_le_bytes(*second) | FOLD;
            let places = (u128::from(high) << 64) | u128::from(low);
            #[expect(clippy::cast_possible_truncation, reason = "four bytes at a time are what is wanted")]
            let grams: [u32; 8] = std::array::from_fn(|place| (places >> (place * 8)) as u32);
            if grams.iter().fold(false, |any, gram| any | self.may_hold(*gram)) {
                for (place, gram) in grams.iter().enumerate() {
                    if self.may_hold(*gram) {
                        self.entries(*gram).for_each(|entry| visit(at + place, entry));
                    }
                }
            }
            at += 8;
        }
        for (place, window) in text.get(at..).unwrap_or_default().windows(GRAM).enumerate() {
            if let Ok(bytes) = window.try_into() {
                let gram = gram(bytes);
                if self.may_hold(gram) {
                    self.entries(gram).for_each(|entry| visit(at + place, entry));
                }
            }
        }
    }
}

/// Sets bit 5 of eight bytes.
const FOLD: u64 = 0x2020_2020_2020_2020;

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
                if let Entry::Anchor { rule, .. } = entry { found.push((at, rule)) }
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
