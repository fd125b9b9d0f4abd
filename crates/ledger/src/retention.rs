//! Keeps nothing longer than policy says: private text first, then whole records.
//!
//! Private text goes with its key. Records go by whole segments from the oldest on; their hashes stay. Either is put on
//! the record before it happens, so that what is missing is known to be missing, and why.

use crate::error::LedgerError;
use crate::log::Log;
use crate::pruned::{Piece, Pruned, finished};
use crate::read::Reader;
use crate::writer::Writer;
use portcullis_event::{Content, LedgerNotice, LedgerOp, Record, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Records that are read at a time.
const STEP: usize = 4096;

impl Log {
    /// Destroys the keys of all private text that is older than `before`, and returns how many keys there were. The
    /// text of a session goes as one, by its newest part.
    pub fn erase_content_before(&self, before: Timestamp) -> Result<usize, LedgerError> {
        let existing: BTreeSet<String> = self.content_keys()?.into_iter().collect();
        if existing.is_empty() {
            return Ok(0);
        }
        let last_used = self.content_keys_last_used()?;
        // A key that nothing was sealed with yet belongs to a record that is being written at this moment.
        let old = existing.iter().filter(|name| last_used.get(*name).is_some_and(|time| *time < before));
        let mut erased = 0;
        for name in old {
            erased += usize::from(self.erase_content_key(name, Some("older than retention allows".to_owned()))?);
        }
        Ok(erased)
    }

    /// When each content key last sealed something.
    fn content_keys_last_used(&self) -> Result<BTreeMap<String, Timestamp>, LedgerError> {
        let reader = self.reader()?;
        let mut last_used = BTreeMap::new();
        let mut next = 0;
        loop {
            let records = reader.read(next, STEP)?;
            let Some(last) = records.last() else { return Ok(last_used) };
            next = last.index + 1;
            for record in records.iter().filter_map(|stored| Record::decode(&stored.bytes).ok()) {
                let time = record.event.time;
                for content in record.event.content.into_values() {
                    if let Content::Sealed(sealed) = content {
                        last_used
                            .entry(sealed.key)
                            .and_modify(|known| time.max(*known).clone_into(known))
                            .or_insert(time);
                    }
                }
            }
        }
    }

    /// Drops the oldest segments as long as every record in them is older than `before`. Returns the number of records
    /// that were dropped.
    pub fn prune_before(&self, before: Timestamp) -> Result<u64, LedgerError> {
        let reader = self.reader()?;
        let old = segments_before(&reader, before)?;
        let (Some(first), Some(last)) = (old.first(), old.last()) else { return Ok(0) };
        let (start, end) = (reader.header_of(*first)?.first, reader.header_of(last + 1)?.first);
        let mut notice = LedgerNotice::new(LedgerOp::RecordsPruned);
        notice.first = Some(start);
        notice.count = Some(end.saturating_sub(start));
        notice.note = Some("older than retention allows".to_owned());
        self.append_signed_notice(notice)?;
        let mut dropped = 0;
        for number in old {
            // One at a time, so that those who write in between wait for one only.
            dropped += self.with_writer(|writer| drop_segment(writer, &reader, number))?;
        }
        Ok(dropped)
    }
}

/// The oldest segments that are still whole and hold nothing but what is older than `before`.
fn segments_before(reader: &Reader, before: Timestamp) -> Result<Vec<u32>, LedgerError> {
    let head = reader.head()?;
    let mut old = Vec::new();
    for number in finished(reader.disk().as_ref(), reader.folder(), head.segment)? {
        if !all_older(reader, number, before)? {
            break;
        }
        old.push(number);
    }
    Ok(old)
}

fn all_older(reader: &Reader, number: u32, before: Timestamp) -> Result<bool, LedgerError> {
    let (mut next, end) = (reader.header_of(number)?.first, reader.header_of(number + 1)?.first);
    while next < end {
        let step = STEP.min(usize::try_from(end - next).unwrap_or(STEP));
        let records = reader.read(next, step)?;
        // What can't be read is not known to be old.
        if !records.iter().all(|stored| Record::decode(&stored.bytes).is_ok_and(|record| record.event.time < before)) {
            return Ok(false);
        }
        next += records.len().max(1) as u64;
    }
    Ok(true)
}

/// Drops one segment, unless somebody else did so meanwhile. Returns how many records it had.
fn drop_segment(writer: &Writer, reader: &Reader, number: u32) -> Result<u64, LedgerError> {
    let Piece::Whole(segment) = Piece::open(writer.disk.as_ref(), &writer.ledger, number, true)? else { return Ok(0) };
    let pruned = Pruned::of(&segment, reader.header_of(number + 1)?.previous_end)?;
    pruned.replace(writer.disk.as_ref(), &writer.ledger)?;
    Ok(pruned.leaves.len() as u64)
}
