//! Keeps the number of runs small: many small runs become one larger run.
//!
//! A run's level is the logarithm of its size to the base 16. From old to new levels never rise, there are at most 15
//! runs of one level, and a run of half a million records or more is left alone. Ten million records are some ten
//! large runs and some dozens of small ones, whether they came one by one or all at once.

use super::dictionary::Stored;
use super::error::Inner;
use super::run::{LARGEST, Run, RunWriter};
use super::times::Times;
use rusqlite::Connection;
use std::collections::VecDeque;
use std::ops::Range;

/// Runs of one level that are merged into the next.
const FAN: usize = 16;

/// A run of this size is complete.
const COMPLETE: u64 = LARGEST / 2;

fn level(size: u64) -> u32 {
    size.max(1).ilog2() / FAN.ilog2()
}

/// Which runs to merge next, given their sizes from old to new.
fn plan(sizes: &[u64]) -> Option<Range<usize>> {
    let start = sizes.iter().rposition(|&size| size >= COMPLETE).map_or(0, |last| last + 1);
    let open = sizes.get(start..)?;
    let count = if open.iter().sum::<u64>() > LARGEST { fitting(open) } else { 0 };
    if count > 1 {
        return Some(start..start + count);
    }
    let (newest, older) = open.split_last()?;
    let top = level(*newest);
    let lower = older.iter().rev().take_while(|&&size| level(size) < top).count();
    if lower > 0 {
        return Some(sizes.len() - lower - 1..sizes.len());
    }
    let same = open.iter().rev().take_while(|&&size| level(size) == top).count();
    (same >= FAN).then(|| sizes.len() - same..sizes.len())
}

/// How many of the first runs fit into one.
fn fitting(sizes: &[u64]) -> usize {
    let mut total = 0;
    sizes
        .iter()
        .take_while(|&&size| {
            total += size;
            total <= LARGEST
        })
        .count()
}

/// Merges some runs if it is time to; says whether it did. Only within a writing transaction.
pub(super) fn merge_some(connection: &Connection) -> Result<bool, Inner> {
    let mut runs = Run::list(connection, u64::MAX)?;
    runs.reverse();
    let sizes: Vec<u64> = runs.iter().map(|run| u64::from(run.span())).collect();
    let Some(chosen) = plan(&sizes).and_then(|range| runs.get(range)) else { return Ok(false) };
    merge(connection, chosen)?;
    Ok(true)
}

/// Whether there is something to merge.
pub(super) fn is_due(connection: &Connection) -> Result<bool, Inner> {
    let mut sizes: Vec<u64> = Run::list(connection, u64::MAX)?.iter().map(|run| u64::from(run.span())).collect();
    sizes.reverse();
    Ok(plan(&sizes).is_some())
}

fn merge(connection: &Connection, runs: &[Run]) -> Result<(), Inner> {
    let (Some(oldest), Some(newest)) = (runs.first(), runs.last()) else { return Ok(()) };
    let records = oldest.records.start..newest.records.end;
    let mut writer = RunWriter::new(connection, records.clone())?;
    let mut times = Times::default();
    let mut readers = Vec::new();
    for run in runs {
        times.append(&run.times(connection)?);
        readers.push(Reader::new(connection, run)?);
    }
    let mut positions = Vec::new();
    while let Some(key) = readers.iter().filter_map(Reader::key).min().map(<[u8]>::to_vec) {
        positions.clear();
        for reader in &mut readers {
            reader.take(&key, records.start, &mut positions)?;
        }
        writer.add(&key, &positions)?;
    }
    runs.iter().try_for_each(|run| run.remove(connection))?;
    writer.finish(&times)
}

/// Walks the terms of a run in order.
struct Reader<'c> {
    connection: &'c Connection,
    run: &'c Run,
    next_block: i64,
    terms: VecDeque<(Vec<u8>, Stored)>,
}

impl<'c> Reader<'c> {
    fn new(connection: &'c Connection, run: &'c Run) -> Result<Self, Inner> {
        let mut reader = Self { connection, run, next_block: 0, terms: VecDeque::new() };
        reader.refill()?;
        Ok(reader)
    }

    fn refill(&mut self) -> Result<(), Inner> {
        while self.terms.is_empty() {
            let Some(terms) = self.run.terms(self.connection, self.next_block)? else { return Ok(()) };
            self.next_block += 1;
            self.terms = terms.into();
        }
        Ok(())
    }

    fn key(&self) -> Option<&[u8]> {
        self.terms.front().map(|(key, _)| key.as_slice())
    }

    /// If the next term is `key`, moves on and adds its positions, counted from record `first`.
    fn take(&mut self, key: &[u8], first: u64, positions: &mut Vec<u32>) -> Result<(), Inner> {
        let Some((_, stored)) = self.terms.pop_front_if(|(mine, _)| mine == key) else { return Ok(()) };
        let set = self.run.positions(self.connection, stored)?;
        // INVARIANT: a merged run has at most `LARGEST` records, so every distance fits.
        let shift = u32::try_from(self.run.records.start - first).unwrap_or(u32::MAX);
        positions.extend(set.positions(0..self.run.span(), false).map(|position| position.saturating_add(shift)));
        self.refill()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn settle(sizes: &mut Vec<u64>) {
        while let Some(range) = plan(sizes) {
            assert!(range.len() > 1, "a merge of {} runs never ends", range.len());
            let merged: u64 = sizes[range.clone()].iter().sum();
            assert!(merged <= LARGEST);
            sizes.splice(range, [merged]);
        }
    }

    #[test]
    fn a_million_single_records_are_a_few_dozen_runs() {
        let mut sizes = Vec::new();
        for _ in 0..1_100_000 {
            sizes.push(1);
            settle(&mut sizes);
        }
        assert!(sizes.len() <= 76, "{sizes:?}");
        assert_eq!(sizes.iter().sum::<u64>(), 1_100_000);
    }

    proptest! {
        #[test]
        fn runs_stay_few_whatever_the_batches(batches in prop::collection::vec(prop_oneof![Just(1_u64), 1..100_u64, 1..65_537_u64], 1..400)) {
            let mut sizes = Vec::new();
            for batch in &batches {
                sizes.push(*batch);
                settle(&mut sizes);
            }
            let total: u64 = batches.iter().sum();
            prop_assert_eq!(sizes.iter().sum::<u64>(), total);
            let open = sizes.iter().filter(|&&size| size < COMPLETE).count();
            prop_assert!(open <= 15 * 5 && sizes.len() - open <= usize::try_from(total / COMPLETE).unwrap());
        }
    }
}
