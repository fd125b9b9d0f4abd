//! A run: the inverted index of some consecutive records, never changed once it is written.
//!
//! What is new is written as a small run; small runs are later merged into larger ones (see `merge`).

use super::dictionary::{Block, Entries, Packer, Stored};
use super::error::{Damage, Inner};
use super::posting::{self, Form};
use super::set::Set;
use super::sql;
use super::times::Times;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::ops::{ControlFlow, Range};

/// Most records in a run.
pub(super) const LARGEST: u64 = 1 << 20;

/// Terms in order, and where their positions are.
pub(super) type Terms = Vec<(Vec<u8>, Stored)>;

/// A run as the table `runs` lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    /// The records that it covers.
    pub(super) records: Range<u64>,
    /// Its blocks; the first is also the number that the run is known by.
    blocks: Range<i64>,
    postings: Range<i64>,
    /// The earliest and the latest time in it.
    pub(super) bounds: (i64, i64),
}

impl Run {
    /// The runs that begin at or before record `last`, the newest first.
    pub(super) fn list(connection: &Connection, last: u64) -> Result<Vec<Self>, Inner> {
        let mut statement = connection.prepare_cached(sql::RUNS)?;
        let rows = statement.query_map([i64::try_from(last).unwrap_or(i64::MAX)], |row| {
            let (first, size): (i64, i64) = (row.get(0)?, row.get(1)?);
            let (blocks, postings) = (row.get(2)?..row.get(3)?, row.get(4)?..row.get(5)?);
            Ok((first, size, blocks, postings, (row.get(6)?, row.get(7)?)))
        })?;
        rows.map(|row| {
            let (first, size, blocks, postings, bounds) = row?;
            let (first, size) = (u64::try_from(first), u64::try_from(size));
            let (Ok(first), Ok(size @ 1..=LARGEST)) = (first, size) else {
                return Err(Damage("a run has an impossible size").into());
            };
            Ok(Self { records: first..first.saturating_add(size), blocks, postings, bounds })
        })
        .collect()
    }

    /// How many records it covers.
    pub(super) fn span(&self) -> u32 {
        // INVARIANT: `list` refuses runs that are larger than `LARGEST`.
        u32::try_from(self.records.end - self.records.start).unwrap_or(u32::MAX)
    }

    /// The times in it.
    pub(super) fn times(&self, connection: &Connection) -> Result<Times, Inner> {
        let bytes: Vec<u8> =
            connection.prepare_cached(sql::RUN_TIMES)?.query_row([number(self.records.start)?], |row| row.get(0))?;
        Ok(Times::decode(&self.records, &bytes)?)
    }

    /// The positions of a term; none if no record has it.
    pub(super) fn find(&self, connection: &Connection, key: &[u8]) -> Result<Set, Inner> {
        let Some(block) = self.block_of(connection, key)? else { return Ok(Set::empty()) };
        let bytes = block_bytes(connection, block)?;
        let mut entries = Entries::of(&bytes);
        while let Some(found) = entries.next_key()? {
            if found >= key {
                return if found == key { self.positions(connection, entries.stored()?) } else { Ok(Set::empty()) };
            }
        }
        Ok(Set::empty())
    }

    /// The positions of all terms that begin with `prefix`. `each` is told the size of each posting.
    pub(super) fn find_all(
        &self,
        connection: &Connection,
        prefix: &[u8],
        mut each: impl FnMut(usize),
    ) -> Result<Set, Inner> {
        let mut sets = Vec::new();
        let first = self.block_of(connection, prefix)?.unwrap_or(self.blocks.start);
        for block in first..self.blocks.end {
            let flow = collect(&block_bytes(connection, block)?, prefix, |stored| {
                let set = self.positions(connection, stored)?;
                each(set.weight());
                sets.push(set);
                Ok(())
            })?;
            if flow.is_break() {
                break;
            }
        }
        Ok(Set::any(sets, self.span()))
    }

    fn block_of(&self, connection: &Connection, key: &[u8]) -> Result<Option<i64>, Inner> {
        let mut statement = connection.prepare_cached(sql::FENCE)?;
        Ok(statement.query_row(params![self.blocks.start, key], |row| row.get(0)).optional()?)
    }

    /// Reads the positions of a term.
    pub(super) fn positions(&self, connection: &Connection, stored: Stored) -> Result<Set, Inner> {
        let set = match stored {
            Stored::Inline(form, bytes) => posting::decode(form, &bytes, self.span()),
            Stored::Row(form, row) => {
                let mut statement = connection.prepare_cached(sql::POSTING)?;
                let mut rows = statement.query([row])?;
                let row = rows.next()?.ok_or(Damage("a posting is missing"))?;
                posting::decode(form, unseal(blob(row)?)?, self.span())
            }
        };
        Ok(set?)
    }

    /// All terms of a block of this run, in order; `None` behind the last block.
    pub(super) fn terms(&self, connection: &Connection, nth: i64) -> Result<Option<Terms>, Inner> {
        let block = self.blocks.start + nth;
        if block >= self.blocks.end {
            return Ok(None);
        }
        let bytes = block_bytes(connection, block)?;
        let mut entries = Entries::of(&bytes);
        let mut terms = Vec::new();
        while let Some(key) = entries.next_key()?.map(<[u8]>::to_vec) {
            terms.push((key, entries.stored()?));
        }
        Ok(Some(terms))
    }

    /// Removes it, in the transaction that puts a merged run in its place.
    pub(super) fn remove(&self, connection: &Connection) -> Result<(), Inner> {
        connection.prepare_cached(sql::DROP_RUN)?.execute([number(self.records.start)?])?;
        connection.prepare_cached(sql::DROP_FENCES)?.execute([self.blocks.start])?;
        connection.prepare_cached(sql::DROP_BLOCKS)?.execute([self.blocks.start, self.blocks.end - 1])?;
        connection.prepare_cached(sql::DROP_POSTINGS)?.execute([self.postings.start, self.postings.end - 1])?;
        Ok(())
    }
}

/// Calls `each` with the terms of a block that begin with `prefix`; breaks when the following ones can't.
fn collect(
    bytes: &[u8],
    prefix: &[u8],
    mut each: impl FnMut(Stored) -> Result<(), Inner>,
) -> Result<ControlFlow<()>, Inner> {
    let mut entries = Entries::of(bytes);
    while let Some(key) = entries.next_key()? {
        if key.starts_with(prefix) {
            let stored = entries.stored()?;
            each(stored)?;
        } else if key > prefix {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn block_bytes(connection: &Connection, block: i64) -> Result<Vec<u8>, Inner> {
    let mut statement = connection.prepare_cached(sql::BLOCK)?;
    let mut rows = statement.query([block])?;
    let row = rows.next()?.ok_or(Damage("a block of a dictionary is missing"))?;
    Ok(unseal(blob(row)?)?.to_vec())
}

/// Appends a checksum. SQLite has none, and a flipped bit in here would silently hide records from a search.
fn seal(bytes: &[u8]) -> Vec<u8> {
    [bytes, &crc32c::crc32c(bytes).to_le_bytes()].concat()
}

/// Checks and takes off what [`seal`] appended.
fn unseal(bytes: &[u8]) -> Result<&[u8], Damage> {
    let (bytes, checksum) = bytes.split_last_chunk::<4>().ok_or(Damage("a checksum is missing"))?;
    if crc32c::crc32c(bytes).to_le_bytes() == *checksum { Ok(bytes) } else { Err(Damage("a checksum does not fit")) }
}

fn blob<'a>(row: &'a rusqlite::Row<'_>) -> Result<&'a [u8], Inner> {
    row.get_ref(0)?.as_blob().map_err(|_| Damage("a posting is not bytes").into())
}

/// A number of the log as SQLite keeps it.
pub(super) fn number(value: u64) -> Result<i64, Damage> {
    i64::try_from(value).map_err(|_| Damage("a number is too large for the index"))
}

/// Writes a run, term by term. Only within a writing transaction.
#[derive(Debug)]
pub(super) struct RunWriter<'c> {
    connection: &'c Connection,
    records: Range<u64>,
    span: u32,
    packer: Packer,
    blocks: Range<i64>,
    postings: Range<i64>,
}

impl<'c> RunWriter<'c> {
    /// A new run for `records`.
    pub(super) fn new(connection: &'c Connection, records: Range<u64>) -> Result<Self, Inner> {
        let next = |statement| -> Result<i64, Inner> {
            let last: Option<i64> = connection.prepare_cached(statement)?.query_row([], |row| row.get(0))?;
            Ok(last.unwrap_or(0) + 1)
        };
        let (block, posting) = (next(sql::LAST_BLOCK)?, next(sql::LAST_POSTING)?);
        let size = records.end.saturating_sub(records.start);
        let span = u32::try_from(size.min(LARGEST)).map_err(|_| Damage("a run is too large"))?;
        Ok(Self {
            connection,
            records,
            span,
            packer: Packer::default(),
            blocks: block..block,
            postings: posting..posting,
        })
    }

    /// Adds the next term, in order, with its ascending positions.
    pub(super) fn add(&mut self, key: &[u8], positions: &[u32]) -> Result<(), Inner> {
        let (form, bytes) = posting::encode(positions, self.span);
        let stored =
            if Packer::needs_row(bytes.len()) { self.add_posting(form, &bytes)? } else { Stored::Inline(form, bytes) };
        if let Some(block) = self.packer.add(key, &stored)? {
            self.add_block(&block)?;
        }
        Ok(())
    }

    fn add_posting(&mut self, form: Form, bytes: &[u8]) -> Result<Stored, Inner> {
        let row = self.postings.end;
        self.connection.prepare_cached(sql::ADD_POSTING)?.execute(params![row, seal(bytes)])?;
        self.postings.end += 1;
        Ok(Stored::Row(form, row))
    }

    fn add_block(&mut self, block: &Block) -> Result<(), Inner> {
        let id = self.blocks.end;
        self.connection.prepare_cached(sql::ADD_BLOCK)?.execute(params![id, seal(&block.bytes)])?;
        self.connection.prepare_cached(sql::ADD_FENCE)?.execute(params![self.blocks.start, block.first, id])?;
        self.blocks.end += 1;
        Ok(())
    }

    /// Lists the run, which makes it part of the index.
    pub(super) fn finish(mut self, times: &Times) -> Result<(), Inner> {
        if let Some(block) = std::mem::take(&mut self.packer).finish() {
            self.add_block(&block)?;
        }
        let (earliest, latest) = times.bounds();
        self.connection.prepare_cached(sql::ADD_RUN)?.execute(params![
            number(self.records.start)?,
            self.span,
            self.blocks.start,
            self.blocks.end,
            self.postings.start,
            self.postings.end,
            earliest,
            latest,
            times.encode(),
        ])?;
        Ok(())
    }
}
