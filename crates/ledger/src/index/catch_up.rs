//! Brings the index up to date with the log, exactly once for each record.
//!
//! Records are read and prepared without any lock. Then, in one transaction, it is checked that nobody else was
//! faster, and rows, terms, sums and the number of indexed records are written together. A process that is killed
//! leaves the index as it was before the batch.

use super::error::{IndexError, Inner};
use super::facts::{Facts, UNREADABLE};
use super::merge;
use super::names::Names;
use super::rollup::Sums;
use super::row::pack;
use super::run::{RunWriter, number};
use super::source::{Located, Source};
use super::state::{State, hash};
use super::term::Terms;
use super::times::Times;
use super::{place::Place, sql};
use rusqlite::{Connection, TransactionBehavior, params};
use std::collections::HashMap;

/// Most records that are asked of the log at once.
const SLICE: u64 = 4096;

/// Most records that are added in one transaction. A multiple of [`SLICE`], and a level of `merge`.
const BATCH: u64 = 1 << 16;

/// Fewer records than this are not worth a second thread.
const WORTH_A_THREAD: usize = 256;

/// What catching up did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CaughtUp {
    /// Records that this call added. What others added at the same time is not counted.
    pub added: u64,
    /// Those of them that can't be read as records.
    pub unreadable: u64,
    /// How many records the index holds now.
    pub through: u64,
}

/// Records that are ready to be written.
struct Batch {
    first: u64,
    /// Rows; their keys have moved to `terms`.
    rows: Vec<Facts>,
    terms: HashMap<Vec<u8>, Vec<u32>>,
    last_hash: Option<[u8; 32]>,
}

/// Catches up until the log has no more, calling `progress` with how many records are prepared and how many there are.
pub(super) fn catch_up<S: Source>(
    place: &mut Place,
    names: &mut Names,
    terms: &Terms,
    source: &S,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<CaughtUp, IndexError> {
    let mut done = CaughtUp::default();
    loop {
        let state = State::read(&place.connection).map_err(|error| error.at(&place.path))?;
        let size = source.size().map_err(source_error)?;
        check_not_back(place, source, &state, size)?;
        merge_due(place)?;
        done.through = state.through;
        if state.through == size {
            return Ok(done);
        }
        let batch = read_batch(source, &state, size, terms, progress)?;
        let (added, unreadable) =
            (batch.rows.len() as u64, batch.rows.iter().filter(|row| row.kind == UNREADABLE).count() as u64);
        if write(place, names, batch, &source.identity())? {
            done.added += added;
            done.unreadable += unreadable;
        }
    }
}

/// The log may only grow. What was indexed last must still be there, unless retention has dropped it.
fn check_not_back<S: Source>(place: &Place, source: &S, state: &State, size: u64) -> Result<(), IndexError> {
    let Some(last) = state.through.checked_sub(1) else { return Ok(()) };
    let back = || IndexError::LogWentBack { indexed: state.through, size, path: place.path.clone() };
    if size < state.through {
        return Err(back());
    }
    let records = source.read(last, 1).map_err(source_error)?;
    let record = records.first().filter(|record| record.index == last);
    let Some(record) = record else { return Err(gap(last, &records)) };
    let same = record.bytes.is_empty() || state.last_hash == Some(hash(&record.bytes));
    if same { Ok(()) } else { Err(back()) }
}

fn merge_due(place: &mut Place) -> Result<(), IndexError> {
    let path = &place.path;
    while merge::is_due(&place.connection).map_err(|error| error.at(path))? {
        let transaction = place.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        merge::merge_some(&transaction).map_err(|error| error.at(path))?;
        transaction.commit()?;
    }
    Ok(())
}

fn read_batch<S: Source>(
    source: &S,
    state: &State,
    size: u64,
    terms: &Terms,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Batch, IndexError> {
    let mut batch = Batch { first: state.through, rows: Vec::new(), terms: HashMap::new(), last_hash: None };
    let end = size.min(state.through + BATCH);
    let mut next = state.through;
    while next < end {
        let wanted = (end - next).min(SLICE);
        let records = source.read(next, usize::try_from(wanted).unwrap_or(usize::MAX)).map_err(source_error)?;
        let expected = (next..end).zip(&records).all(|(index, record)| record.index == index);
        if records.is_empty() || records.len() as u64 > wanted || !expected {
            return Err(gap(next, &records));
        }
        next += records.len() as u64;
        batch.last_hash = records.last().map(|record| hash(&record.bytes));
        batch.add(facts(&records, terms));
        progress(next, size);
    }
    Ok(batch)
}

/// Reads records on all cores, for that is most of the work.
fn facts(records: &[Located], terms: &Terms) -> Vec<Facts> {
    let of = |part: &[Located]| part.iter().map(|record| Facts::of(record, terms)).collect::<Vec<_>>();
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    if records.len() < WORTH_A_THREAD || cores == 1 {
        return of(records);
    }
    std::thread::scope(|scope| {
        let parts = records.chunks(records.len().div_ceil(cores));
        let threads: Vec<_> = parts.map(|part| (part, scope.spawn(move || of(part)))).collect();
        // A thread that died, for want of memory perhaps, has its part done again here.
        threads.into_iter().flat_map(|(part, thread)| thread.join().unwrap_or_else(|_| of(part))).collect()
    })
}

impl Batch {
    fn add(&mut self, facts: Vec<Facts>) {
        for mut row in facts {
            // INVARIANT: a batch has at most `BATCH` records.
            let position = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
            for key in std::mem::take(&mut row.keys).iter() {
                match self.terms.get_mut(key) {
                    Some(positions) if positions.last() == Some(&position) => {}
                    Some(positions) => positions.push(position),
                    None => drop(self.terms.insert(key.to_owned(), vec![position])),
                }
            }
            self.rows.push(row);
        }
    }
}

/// Writes a batch, unless somebody else was faster; says whether it did.
fn write(place: &mut Place, names: &mut Names, batch: Batch, identity: &str) -> Result<bool, IndexError> {
    let path = &place.path;
    let transaction = place.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let state = State::read(&transaction).map_err(|error| error.at(path))?;
    let is_next = state.through == batch.first && state.identity.as_deref().is_none_or(|known| known == identity);
    if !is_next {
        return Ok(false);
    }
    let written = write_all(&transaction, names, batch, identity, &state)
        .map_err(|error| error.at(path))
        .and_then(|()| Ok(transaction.commit()?));
    if written.is_err() {
        names.clear();
    }
    written.map(|()| true)
}

fn write_all(
    connection: &Connection,
    names: &mut Names,
    batch: Batch,
    identity: &str,
    state: &State,
) -> Result<(), Inner> {
    let mut times = Times::default();
    let mut sums = Sums::default();
    let mut last_time = state.last_time;
    for row in &batch.rows {
        last_time = row.time.unwrap_or(last_time);
        write_row(connection, names, &mut sums, row, last_time)?;
        times.add(row.index, last_time);
    }
    let through = batch.first + batch.rows.len() as u64;
    let mut run = RunWriter::new(connection, batch.first..through)?;
    let mut terms: Vec<_> = batch.terms.into_iter().collect();
    terms.sort_unstable_by(|one, two| one.0.cmp(&two.0));
    terms.iter().try_for_each(|(key, positions)| run.add(key, positions))?;
    run.finish(&times)?;
    sums.write(connection)?;
    State { identity: Some(identity.to_owned()), through, last_hash: batch.last_hash, last_time }.write(connection)
}

fn write_row(connection: &Connection, names: &mut Names, sums: &mut Sums, row: &Facts, time: i64) -> Result<(), Inner> {
    let kind = names.number(connection, &row.kind)?;
    let agent = names.some_number(connection, row.agent.as_deref())?;
    sums.add(time, row, kind, agent);
    connection.prepare_cached(sql::ADD_EVENT)?.execute(params![
        number(row.index)?,
        time,
        row.id.as_ref().map(|id| id.as_bytes().as_slice()),
        kind,
        names.some_number(connection, row.op.as_deref())?,
        pack(row.verdict, row.mode, row.severity),
        names.some_number(connection, row.actor.as_deref())?,
        agent,
        names.some_number(connection, row.session.as_deref())?,
        row.segment,
        number(row.offset)?,
        row.summary,
    ])?;
    Ok(())
}

fn source_error(error: impl std::error::Error + Send + Sync + 'static) -> IndexError {
    IndexError::Source(Box::new(error))
}

fn gap(asked: u64, records: &[Located]) -> IndexError {
    let got = match (records.first(), records.last()) {
        (Some(first), Some(last)) => format!("records {} to {}", first.index, last.index),
        _ => "nothing".to_owned(),
    };
    IndexError::Gap { asked, got }
}
