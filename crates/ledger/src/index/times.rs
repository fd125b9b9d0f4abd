//! From a range of time to a range of positions.
//!
//! The order of the log is its index, not the clock: clocks are set back. So the earliest and the latest time is kept
//! for every 1024 records. Records whose 1024 lie wholly in or out of a range of time need no look at their row.

use super::error::Damage;
use super::set::{Set, no_bits};
use std::ops::{Range, RangeInclusive};

/// How many records share one pair of times.
const BLOCK: u64 = 1024;

/// The earliest and latest time of every 1024 records of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Times {
    /// Number of the first block, counted from record 0.
    first: u64,
    ranges: Vec<(i64, i64)>,
}

/// Which positions a range of time may touch, and which it surely covers.
#[derive(Debug)]
pub(super) struct Touched {
    pub(super) perhaps: Set,
    pub(super) surely: Set,
}

impl Times {
    /// Adds the next record.
    pub(super) fn add(&mut self, index: u64, time: i64) {
        self.add_range(index / BLOCK, (time, time));
    }

    /// Adds the times of the run that follows.
    pub(super) fn append(&mut self, other: &Self) {
        for (block, &range) in (other.first..).zip(&other.ranges) {
            self.add_range(block, range);
        }
    }

    fn add_range(&mut self, block: u64, (earliest, latest): (i64, i64)) {
        if self.ranges.is_empty() {
            self.first = block;
        }
        let last = self.first + self.ranges.len() as u64;
        match self.ranges.last_mut() {
            Some(range) if block + 1 == last => *range = (range.0.min(earliest), range.1.max(latest)),
            _ => self.ranges.push((earliest, latest)),
        }
    }

    /// The earliest and the latest time of all.
    pub(super) fn bounds(&self) -> (i64, i64) {
        let earliest = self.ranges.iter().map(|range| range.0).min();
        let latest = self.ranges.iter().map(|range| range.1).max();
        (earliest.unwrap_or(i64::MAX), latest.unwrap_or(i64::MIN))
    }

    /// As bytes for the index.
    pub(super) fn encode(&self) -> Vec<u8> {
        self.ranges.iter().flat_map(|range| [range.0, range.1]).flat_map(i64::to_le_bytes).collect()
    }

    /// Back from bytes, for the run of records `run`.
    pub(super) fn decode(run: &Range<u64>, bytes: &[u8]) -> Result<Self, Damage> {
        let first = run.start / BLOCK;
        let (pairs, rest) = bytes.as_chunks::<16>();
        let wanted = run.end.div_ceil(BLOCK) - first;
        if !rest.is_empty() || pairs.len() as u64 != wanted {
            return Err(Damage("the times of a run have the wrong length"));
        }
        let number = |half: &[u8]| half.try_into().map_or(0, i64::from_le_bytes);
        let ranges = pairs.iter().map(|pair| (number(&pair[..8]), number(&pair[8..]))).collect();
        Ok(Self { first, ranges })
    }

    /// Which positions of the run `run` the times `wanted` touch.
    pub(super) fn touched(&self, run: &Range<u64>, wanted: &RangeInclusive<i64>) -> Touched {
        let span = u32::try_from(run.end - run.start).unwrap_or(u32::MAX);
        let (mut perhaps, mut surely) = (no_bits(span), no_bits(span));
        for (block, &(earliest, latest)) in (self.first..).zip(&self.ranges) {
            if latest < *wanted.start() || earliest > *wanted.end() {
                continue;
            }
            let from = (block * BLOCK).saturating_sub(run.start);
            let to = ((block + 1) * BLOCK).min(run.end).saturating_sub(run.start);
            fill(&mut perhaps, from..to);
            if wanted.contains(&earliest) && wanted.contains(&latest) {
                fill(&mut surely, from..to);
            }
        }
        Touched { perhaps: Set::Bits(perhaps), surely: Set::Bits(surely) }
    }
}

fn fill(bits: &mut [u64], positions: Range<u64>) {
    for position in positions {
        if let Ok(position) = u32::try_from(position) {
            super::set::add(bits, position);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_surely_in_is_in_and_what_is_in_is_perhaps_in(
            start in 0_u64..3000, times in prop::collection::vec(-50_i64..50, 1..3000), since in -60_i64..60, length in 0_i64..60, cut in any::<prop::sample::Index>(),
        ) {
            let mut halves = [Times::default(), Times::default()];
            let cut = cut.index(times.len());
            for (i, &time) in times.iter().enumerate() {
                halves[usize::from(i >= cut)].add(start + i as u64, time);
            }
            let run = start..start + times.len() as u64;
            let [mut all, rest] = halves;
            all.append(&rest);
            let all = Times::decode(&run, &all.encode()).unwrap();
            let span = u32::try_from(times.len()).unwrap();
            let wanted = since..=since + length;
            let Touched { perhaps, surely } = all.touched(&run, &wanted);
            for (position, time) in (0..span).zip(&times) {
                let has = |set: &Set| set.count(position..position + 1) == 1;
                prop_assert!(!wanted.contains(time) || has(&perhaps));
                prop_assert!(!has(&surely) || wanted.contains(time));
            }
        }
    }
}
