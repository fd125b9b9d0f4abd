//! Sums for charts: how many records of each kind, verdict and agent there were in each minute and hour. They are
//! brought up to date in the transaction that adds the records, so they always agree with the rows.

use super::error::Inner;
use super::facts::{Facts, verdict_name};
use super::names::NamesRead;
use super::sql;
use portcullis_event::{Timestamp, Verdict};
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, HashMap};

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;

/// How wide the bars of a chart are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// One minute.
    Minute,
    /// One hour.
    Hour,
    /// One day, UTC.
    Day,
}

/// What the bars of a chart are split by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Split {
    /// The kind of event.
    Kind,
    /// The verdict; a record that can't be read has none.
    Verdict,
    /// The agent that acted; a person or a service acts without one.
    Agent,
}

/// One bar of a chart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bar {
    /// When it begins.
    pub start: Timestamp,
    /// Of which kind, verdict or agent; `None` for records that have none.
    pub value: Option<String>,
    /// How many records.
    pub count: u64,
}

/// The number that stands for "none" in `counts`.
const NONE: i64 = 0;

/// Sums of one batch, before they are written.
#[derive(Debug, Default)]
pub(super) struct Sums(HashMap<(Split, i64, i64, i64), i64>);

impl Sums {
    /// Counts one record; `kind` and `agent` are numbers of names.
    pub(super) fn add(&mut self, time: i64, facts: &Facts, kind: i64, agent: Option<i64>) {
        let verdict = facts.verdict.map_or(NONE, verdict_number);
        let values = [(Split::Kind, kind), (Split::Verdict, verdict), (Split::Agent, agent.unwrap_or(NONE))];
        for (split, value) in values {
            for scale in [MINUTE, HOUR] {
                *self.0.entry((split, scale, time.div_euclid(scale), value)).or_default() += 1;
            }
        }
    }

    /// Adds them to what is stored.
    pub(super) fn write(self, connection: &Connection) -> Result<(), Inner> {
        let mut add = connection.prepare_cached(sql::ADD_COUNT)?;
        let mut sums: Vec<_> = self
            .0
            .into_iter()
            .map(|((split, scale, bucket, value), n)| (split_number(split), scale, bucket, value, n))
            .collect();
        sums.sort_unstable();
        for (split, scale, bucket, value, n) in sums {
            add.execute(params![split, scale, bucket, value, n])?;
        }
        Ok(())
    }
}

/// The bars of a chart. Bars that the range cuts are whole: a chart from 10:07 by hours begins at 10:00.
pub(super) fn histogram(
    connection: &Connection,
    since: Timestamp,
    until: Timestamp,
    width: Width,
    split: Split,
) -> Result<Vec<Bar>, Inner> {
    let (scale, per_bar) = match width {
        Width::Minute => (MINUTE, 1),
        Width::Hour => (HOUR, 1),
        Width::Day => (HOUR, 24),
    };
    let bar = scale * per_bar;
    let first = since.as_micros().div_euclid(bar) * per_bar;
    let end = until.as_micros().saturating_sub(1).div_euclid(bar).saturating_add(1) * per_bar;
    let mut sums: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    let mut statement = connection.prepare_cached(sql::COUNTS)?;
    let mut rows = statement.query(params![split_number(split), scale, first, end])?;
    while let Some(row) = rows.next()? {
        let (bucket, value, n): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        *sums.entry((bucket.div_euclid(per_bar), value)).or_default() += n;
    }
    let mut names = NamesRead::default();
    let bars = sums.into_iter().map(|((number, value), n)| {
        let value = value_name(connection, &mut names, split, value)?;
        Ok(Bar { start: Timestamp::from_micros(number.saturating_mul(bar)), value, count: n.unsigned_abs() })
    });
    let mut bars: Vec<Bar> = bars.collect::<Result<_, Inner>>()?;
    bars.sort();
    Ok(bars)
}

fn value_name(
    connection: &Connection,
    names: &mut NamesRead,
    split: Split,
    value: i64,
) -> Result<Option<String>, Inner> {
    match split {
        Split::Kind | Split::Agent if value != NONE => names.name(connection, value).map(Some),
        Split::Kind | Split::Agent => Ok(None),
        Split::Verdict => Ok(numbered_verdict(value).map(|verdict| verdict_name(verdict).to_owned())),
    }
}

/// The number that a verdict is stored as.
pub(super) fn verdict_number(verdict: Verdict) -> i64 {
    match verdict {
        Verdict::Allow => 1,
        Verdict::AllowWithChanges => 2,
        Verdict::Ask => 3,
        Verdict::Deny => 4,
    }
}

/// The verdict of a number.
pub(super) fn numbered_verdict(number: i64) -> Option<Verdict> {
    [Verdict::Allow, Verdict::AllowWithChanges, Verdict::Ask, Verdict::Deny]
        .into_iter()
        .find(|&verdict| verdict_number(verdict) == number)
}

fn split_number(split: Split) -> i64 {
    match split {
        Split::Kind => 1,
        Split::Verdict => 2,
        Split::Agent => 3,
    }
}
