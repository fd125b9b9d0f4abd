//! Answers a question: run by run, it intersects the sets of all conditions and reads the rows that are left.
//!
//! Work is counted in nominal nanoseconds and not measured with a clock, so the same question gives the same pages.
//! When there was enough of it, the search stops between two rows or runs and says where it stopped.

use super::error::{Damage, Inner};
use super::names::NamesRead;
use super::query::{Condition, Count, LARGEST_PAGE, Page, Query, conditions};
use super::row::read_row;
use super::run::{Run, number};
use super::set::Set;
use super::sql;
use super::term::Terms;
use super::times::Touched;
use portcullis_event::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};
use std::ops::{Range, RangeInclusive};

/// How much work one answer may cost, unless it is set otherwise: about five milliseconds.
pub(super) const WORK: u64 = 5_000_000;

/// What things cost, in nominal nanoseconds.
const LOOKUP: u64 = 5_000;
const ROW: u64 = 4_000;
const TIME_OF_ROW: u64 = 1_500;
const TERM_OF_PREFIX: u64 = 150;
const POSITION: u64 = 3;

/// One question being answered.
#[derive(Debug)]
pub(super) struct Search<'a> {
    connection: &'a Connection,
    query: &'a Query,
    /// The records that the cursors leave.
    range: Range<u64>,
    /// The times that are wanted, if there is a limit.
    times: Option<RangeInclusive<i64>>,
    work: u64,
    most_work: u64,
}

/// What is left of a run.
struct Found {
    set: Set,
    /// Those of them that need no look at their time.
    surely: Set,
    positions: Range<u32>,
}

impl<'a> Search<'a> {
    /// A question to the index behind `connection`, which must be in a transaction so that it does not change.
    pub(super) fn new(connection: &'a Connection, query: &'a Query, most_work: u64) -> Self {
        let first = query.after.map_or(0, |after| after.saturating_add(1));
        let end = query.before.unwrap_or(u64::MAX);
        let times = (query.since.is_some() || query.until.is_some()).then(|| wanted_times(query));
        Self { connection, query, range: first..end, times, work: 0, most_work }
    }

    /// The rows of the next page.
    pub(super) fn page(mut self, terms: &Terms) -> Result<Page, Inner> {
        let mut page = Page::default();
        let Some(conditions) = conditions(self.query, terms) else { return Ok(page) };
        let mut names = NamesRead::default();
        for (nth, run) in self.runs()?.iter().enumerate() {
            if nth > 0 && self.is_exhausted() {
                page.next = Some(self.cursor_before(run));
                break;
            }
            let found = self.evaluate(run, &conditions)?;
            self.read_rows(run, &found, &mut names, &mut page)?;
            if page.next.is_some() {
                break;
            }
        }
        Ok(page)
    }

    /// How many rows all pages have.
    pub(super) fn count(mut self, terms: &Terms) -> Result<Count, Inner> {
        let mut count = Count { found: 0, complete: true };
        let Some(conditions) = conditions(self.query, terms) else { return Ok(count) };
        for (nth, run) in self.runs()?.iter().enumerate() {
            if nth > 0 && self.is_exhausted() {
                count.complete = false;
                break;
            }
            let found = self.evaluate(run, &conditions)?;
            self.count_rows(run, found, &mut count)?;
        }
        Ok(count)
    }

    fn is_exhausted(&self) -> bool {
        self.work >= self.most_work
    }

    /// The runs that may hold a record that is wanted, in the order of the question.
    fn runs(&self) -> Result<Vec<Run>, Inner> {
        if self.range.is_empty() {
            return Ok(Vec::new());
        }
        let mut runs = Run::list(self.connection, self.range.end - 1)?;
        runs.retain(|run| run.records.end > self.range.start);
        if let Some(times) = &self.times {
            runs.retain(|run| run.bounds.0 <= *times.end() && run.bounds.1 >= *times.start());
        }
        if !self.query.newest_first {
            runs.reverse();
        }
        Ok(runs)
    }

    /// The cursor with which the search goes on at `run`.
    fn cursor_before(&self, run: &Run) -> u64 {
        if self.query.newest_first {
            run.records.end.min(self.range.end)
        } else {
            run.records.start.max(self.range.start).saturating_sub(1)
        }
    }

    fn evaluate(&mut self, run: &Run, conditions: &[Condition]) -> Result<Found, Inner> {
        let position = |record: u64| {
            u32::try_from(record.clamp(run.records.start, run.records.end) - run.records.start).unwrap_or(u32::MAX)
        };
        let positions = position(self.range.start)..position(self.range.end);
        let mut surely = Set::All;
        let mut set = self.intersect(run, conditions)?;
        if let (Some(times), false) = (&self.times, set.is_empty_list()) {
            let Touched { perhaps, surely: inside } = run.times(self.connection)?.touched(&run.records, times);
            set = set.and(&perhaps);
            surely = inside;
        }
        Ok(Found { set, surely, positions })
    }

    fn intersect(&mut self, run: &Run, conditions: &[Condition]) -> Result<Set, Inner> {
        let mut sets = Vec::with_capacity(conditions.len());
        for condition in conditions {
            if let Condition::Any(keys) = condition {
                let set = self.any(run, keys)?;
                if set.is_empty_list() {
                    return Ok(set);
                }
                sets.push(set);
            }
        }
        sets.sort_by_key(Set::weight);
        let mut result = sets.into_iter().fold(Set::All, |all, set| all.and(&set));
        for condition in conditions {
            if let (Condition::Beginning(prefix), false) = (condition, result.is_empty_list()) {
                let mut work = LOOKUP;
                let set =
                    run.find_all(self.connection, prefix, |weight| work += TERM_OF_PREFIX + POSITION * weight as u64)?;
                self.work += work;
                result = result.and(&set);
            }
        }
        Ok(result)
    }

    fn any(&mut self, run: &Run, keys: &[Vec<u8>]) -> Result<Set, Inner> {
        let mut sets = Vec::with_capacity(keys.len());
        for key in keys {
            let set = run.find(self.connection, key)?;
            self.work += LOOKUP
                + if let Set::List(list) = &set { POSITION * list.len() as u64 } else { u64::from(run.span() / 32) };
            sets.push(set);
        }
        Ok(match sets.pop() {
            Some(set) if sets.is_empty() => set,
            Some(set) => {
                sets.push(set);
                Set::any(sets, run.span())
            }
            None => Set::empty(),
        })
    }

    fn read_rows(&mut self, run: &Run, found: &Found, names: &mut NamesRead, page: &mut Page) -> Result<(), Inner> {
        let limit = self.query.limit.clamp(1, LARGEST_PAGE);
        for position in found.set.positions(found.positions.clone(), self.query.newest_first) {
            let index = run.records.start + u64::from(position);
            let surely = self.times.is_none() || found.surely.count(position..position + 1) == 1;
            if surely || self.is_in_time(index)? {
                let row = read_row(self.connection, names, index)?;
                self.work += ROW;
                if self.query.id.is_none() || self.query.id == row.id {
                    page.rows.push(row);
                }
            }
            if page.rows.len() >= limit || self.is_exhausted() {
                page.next = Some(index);
                break;
            }
        }
        Ok(())
    }

    fn count_rows(&mut self, run: &Run, found: Found, count: &mut Count) -> Result<(), Inner> {
        let Found { set, surely, positions } = found;
        if self.times.is_none() && self.query.id.is_none() {
            count.found += set.count(positions);
            return Ok(());
        }
        for position in set.positions(positions, true) {
            if self.is_exhausted() {
                count.complete = false;
                break;
            }
            let index = run.records.start + u64::from(position);
            self.work += POSITION;
            let in_time =
                self.times.is_none() || surely.count(position..position + 1) == 1 || self.is_in_time(index)?;
            count.found += u64::from(in_time && self.has_id(index)?);
        }
        Ok(())
    }

    fn has_id(&mut self, index: u64) -> Result<bool, Inner> {
        if self.query.id.is_none() {
            return Ok(true);
        }
        self.work += ROW;
        Ok(read_row(self.connection, &mut NamesRead::default(), index)?.id == self.query.id)
    }

    fn is_in_time(&mut self, index: u64) -> Result<bool, Inner> {
        self.work += TIME_OF_ROW;
        let time: Option<i64> = self
            .connection
            .prepare_cached(sql::EVENT_TIME)?
            .query_row([number(index)?], |row| row.get(0))
            .optional()?;
        let time = time.ok_or(Damage("a row is missing"))?;
        Ok(self.times.as_ref().is_none_or(|times| times.contains(&time)))
    }
}

/// The times that are wanted. Inclusive, so that no time is too late to be asked for.
fn wanted_times(query: &Query) -> RangeInclusive<i64> {
    let since = query.since.map_or(i64::MIN, Timestamp::as_micros);
    match query.until.map(|until| until.as_micros().checked_sub(1)) {
        None => since..=i64::MAX,
        Some(Some(last)) => since..=last,
        Some(None) => RangeInclusive::new(0, -1),
    }
}
