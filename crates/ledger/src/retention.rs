//! Keeps nothing longer than policy says: private text first, then whole records.
//!
//! Private text goes with its key. Records go by whole segments from the oldest on; their hashes stay. Either is put on
//! the record before it happens, so that what is missing is known to be missing, and why.

use crate::error::LedgerError;
use crate::log::Log;
use crate::pruned::{Pruned, finished};
use crate::read::Reader;
use crate::segment::Segment;
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
        let old = existing.iter().filter(|name| last_used.get(*name).is_none_or(|time| *time < before));
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
        let old = self.segments_before(before)?;
        let (Some(first), Some(last)) = (old.first(), old.last()) else { return Ok(0) };
        let start = first.header.first;
        let count = last.header.first + last.leaves.len() as u64 - start;
        let mut notice = LedgerNotice::new(LedgerOp::RecordsPruned);
        notice.first = Some(start);
        notice.count = Some(count);
        notice.note = Some("older than retention allows".to_owned());
        self.append_notice(notice)?;
        self.with_writer(|writer| drop_segments(writer, &old))?;
        Ok(count)
    }

    fn segments_before(&self, before: Timestamp) -> Result<Vec<Pruned>, LedgerError> {
        let reader = self.reader()?;
        let head = reader.head()?;
        let mut old = Vec::new();
        for number in finished(reader.disk().as_ref(), reader.folder(), head.segment)? {
            let segment = Segment::open(reader.disk().as_ref(), reader.folder(), number, true)?;
            let pruned = Pruned::of(&segment, reader.end_of(number, &head)?)?;
            if !all_older(&reader, &pruned, before)? {
                break;
            }
            old.push(pruned);
        }
        Ok(old)
    }
}

fn all_older(reader: &Reader, segment: &Pruned, before: Timestamp) -> Result<bool, LedgerError> {
    let records = reader.read(segment.header.first, segment.leaves.len())?;
    // What can't be read is not known to be old.
    Ok(records.iter().all(|stored| Record::decode(&stored.bytes).is_ok_and(|record| record.event.time < before)))
}

fn drop_segments(writer: &Writer, old: &[Pruned]) -> Result<(), LedgerError> {
    old.iter().try_for_each(|pruned| pruned.replace(writer.disk.as_ref(), &writer.ledger))
}
