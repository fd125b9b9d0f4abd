//! Sets of positions within one run: what the index computes with.
//!
//! A position is a record's distance from the first record of its run, at most 2^20. Few positions are a sorted list,
//! many are a bitmap; intersecting two bitmaps of a million positions takes some ten microseconds, and that is why no
//! combination of common filters is slow.

use std::ops::Range;

/// A bitmap is used from one position in this many.
const SPARSE: usize = 16;

/// Some of the positions `0..span` of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Set {
    /// Every position.
    All,
    /// Ascending, no position twice.
    List(Vec<u32>),
    /// Bit `i % 64` of word `i / 64` says whether `i` is in.
    Bits(Vec<u64>),
}

/// Whether `count` positions out of `span` are better kept as a bitmap.
pub(super) fn dense(count: usize, span: u32) -> bool {
    count.saturating_mul(SPARSE) >= span as usize
}

/// An empty bitmap for `span` positions.
pub(super) fn no_bits(span: u32) -> Vec<u64> {
    vec![0; (span as usize).div_ceil(64)]
}

/// Adds a position to a bitmap.
pub(super) fn add(bits: &mut [u64], position: u32) {
    if let Some(word) = bits.get_mut(position as usize / 64) {
        *word |= 1 << (position % 64);
    }
}

fn has(bits: &[u64], position: u32) -> bool {
    bits.get(position as usize / 64).is_some_and(|word| word >> (position % 64) & 1 == 1)
}

impl Set {
    /// The empty set.
    pub(super) fn empty() -> Self {
        Self::List(Vec::new())
    }

    /// Whether it is plainly empty. A bitmap without a bit is found empty only by walking it.
    pub(super) fn is_empty_list(&self) -> bool {
        matches!(self, Self::List(list) if list.is_empty())
    }

    /// Roughly how long it takes to walk, for choosing what to intersect first.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::List(list) => list.len(),
            Self::Bits(bits) => bits.len() * SPARSE,
            Self::All => usize::MAX,
        }
    }

    /// What is in both.
    pub(super) fn and(self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, other) => other.clone(),
            (mine, Self::All) => mine,
            (Self::List(mut list), Self::Bits(bits)) => {
                list.retain(|&position| has(bits, position));
                Self::List(list)
            }
            (Self::Bits(bits), Self::List(list)) => {
                Self::List(list.iter().copied().filter(|&position| has(&bits, position)).collect())
            }
            (Self::Bits(mut mine), Self::Bits(other)) => {
                mine.truncate(other.len());
                mine.iter_mut().zip(other).for_each(|(mine, other)| *mine &= other);
                Self::Bits(mine)
            }
            (Self::List(mine), Self::List(other)) => Self::List(both(&mine, other)),
        }
    }

    /// What is in any of `sets`.
    pub(super) fn any(sets: Vec<Self>, span: u32) -> Self {
        let lists = sets.iter().all(|set| matches!(set, Self::List(_)));
        let total: usize = sets.iter().map(|set| if let Self::List(list) = set { list.len() } else { 0 }).sum();
        if lists && !dense(total, span) {
            let mut union: Vec<u32> =
                sets.into_iter().flat_map(|set| if let Self::List(list) = set { list } else { Vec::new() }).collect();
            union.sort_unstable();
            union.dedup();
            return Self::List(union);
        }
        let mut union = no_bits(span);
        for set in sets {
            match set {
                Self::All => return Self::All,
                Self::List(list) => list.into_iter().for_each(|position| add(&mut union, position)),
                Self::Bits(bits) => union.iter_mut().zip(bits).for_each(|(mine, other)| *mine |= other),
            }
        }
        Self::Bits(union)
    }

    /// How many positions of `range` it has.
    pub(super) fn count(&self, range: Range<u32>) -> u64 {
        match self {
            Self::All => u64::from(range.end.saturating_sub(range.start)),
            Self::List(list) => within(list, &range).len() as u64,
            Self::Bits(bits) => words(bits, &range).map(|(_, word)| u64::from(word.count_ones())).sum(),
        }
    }

    /// The positions of `range`, ascending, or descending if `newest_first`.
    pub(super) fn positions(&self, range: Range<u32>, newest_first: bool) -> Box<dyn Iterator<Item = u32> + '_> {
        match self {
            Self::All if newest_first => Box::new(range.rev()),
            Self::All => Box::new(range),
            Self::List(list) if newest_first => Box::new(within(list, &range).iter().rev().copied()),
            Self::List(list) => Box::new(within(list, &range).iter().copied()),
            Self::Bits(bits) if newest_first => {
                Box::new(words(bits, &range).rev().flat_map(|(base, word)| Descending { base, word }))
            }
            Self::Bits(bits) => Box::new(words(bits, &range).flat_map(|(base, word)| Ascending { base, word })),
        }
    }
}

/// What is in both of two lists. The longer one is searched, not walked, if it is much longer.
fn both(one: &[u32], two: &[u32]) -> Vec<u32> {
    let (short, long) = if one.len() <= two.len() { (one, two) } else { (two, one) };
    let mut common = Vec::new();
    let mut rest = long;
    let far_longer = long.len() / 8 > short.len();
    for &position in short {
        let skip = if far_longer {
            rest.partition_point(|&other| other < position)
        } else {
            rest.iter().take_while(|&&other| other < position).count()
        };
        rest = rest.get(skip..).unwrap_or_default();
        if rest.first() == Some(&position) {
            common.push(position);
        }
    }
    common
}

fn within<'a>(list: &'a [u32], range: &Range<u32>) -> &'a [u32] {
    let start = list.partition_point(|&position| position < range.start);
    let end = list.partition_point(|&position| position < range.end);
    list.get(start..end).unwrap_or_default()
}

/// The words of a bitmap that touch `range`, with the position of their first bit; bits outside of it are cleared.
fn words<'a>(bits: &'a [u64], range: &Range<u32>) -> impl DoubleEndedIterator<Item = (u32, u64)> + use<'a> {
    let (start, end) = (range.start, range.end.max(range.start));
    let first = start / 64;
    let touched = (first as usize).min(bits.len())
        ..(end.div_ceil(64) as usize).clamp((first as usize).min(bits.len()), bits.len());
    let numbers = first..first.saturating_add(u32::try_from(touched.len()).unwrap_or(u32::MAX));
    numbers.zip(bits.get(touched).unwrap_or_default()).map(move |(number, &word)| {
        let base = number * 64;
        let from = start.saturating_sub(base).min(63);
        let keep_low = end.saturating_sub(base);
        let low = if keep_low >= 64 { u64::MAX } else { (1_u64 << keep_low) - 1 };
        let high = if start > base { u64::MAX << from } else { u64::MAX };
        (base, word & low & high)
    })
}

struct Ascending {
    base: u32,
    word: u64,
}

impl Iterator for Ascending {
    type Item = u32;
    fn next(&mut self) -> Option<u32> {
        let bit = self.word.trailing_zeros();
        self.word &= self.word.checked_sub(1)?;
        Some(self.base + bit)
    }
}

struct Descending {
    base: u32,
    word: u64,
}

impl Iterator for Descending {
    type Item = u32;
    fn next(&mut self) -> Option<u32> {
        let bit = self.word.checked_ilog2()?;
        self.word ^= 1 << bit;
        Some(self.base + bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const SPAN: u32 = 300;

    fn of(members: &BTreeSet<u32>, as_bits: bool) -> Set {
        if !as_bits {
            return Set::List(members.iter().copied().collect());
        }
        let mut bits = no_bits(SPAN);
        for &position in members {
            add(&mut bits, position);
        }
        Set::Bits(bits)
    }

    fn members(set: &Set) -> BTreeSet<u32> {
        set.positions(0..SPAN, false).collect()
    }

    fn some() -> impl Strategy<Value = (BTreeSet<u32>, bool)> {
        (prop::collection::btree_set(0..SPAN, 0..80), any::<bool>())
    }

    proptest! {
        #[test]
        fn lists_and_bitmaps_compute_as_sets_do(a in some(), b in some(), start in 0..SPAN, length in 0..SPAN) {
            let (left, right) = (of(&a.0, a.1), of(&b.0, b.1));
            prop_assert_eq!(members(&left.clone().and(&right)), &a.0 & &b.0);
            prop_assert_eq!(members(&Set::any(vec![left.clone(), right], SPAN)), &a.0 | &b.0);
            prop_assert_eq!(members(&Set::All.and(&left)), a.0.clone());
            let range = start..(start + length).min(SPAN);
            let wanted: Vec<u32> = a.0.range(range.clone()).copied().collect();
            prop_assert_eq!(left.positions(range.clone(), false).collect::<Vec<_>>(), wanted.clone());
            prop_assert_eq!(left.count(range.clone()), wanted.len() as u64);
            prop_assert_eq!(left.positions(range, true).collect::<Vec<_>>(), wanted.into_iter().rev().collect::<Vec<_>>());
        }
    }

    #[test]
    fn long_and_short_lists_meet() {
        let long: Vec<u32> = (0..1000).collect();
        assert_eq!(both(&[3, 500, 2000], &long), [3, 500]);
        assert_eq!(both(&long, &[]), Vec::<u32>::new());
    }
}
