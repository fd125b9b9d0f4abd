//! What retention would drop, found out without dropping it: the same rules as the ledger's own, only looking.

use crate::failure::Failure;
use crate::ledger::SLICE;
use portcullis_event::{Content, Record, Timestamp};
use portcullis_ledger::{Log, Reader, Stored};
use std::collections::BTreeMap;

/// How many keys of private text were last used before `before`.
pub(crate) fn content_keys(log: &Log, before: Timestamp) -> Result<usize, Failure> {
    let names = log.content_keys()?;
    if names.is_empty() {
        return Ok(0);
    }
    let mut last_used = BTreeMap::new();
    each(&log.reader()?, &mut |stored| {
        let Ok(record) = Record::decode(&stored.bytes) else { return true };
        let time = record.event.time;
        for content in record.event.content.into_values() {
            if let Content::Sealed(sealed) = content {
                let known = last_used.entry(sealed.key).or_insert(time);
                *known = time.max(*known);
            }
        }
        true
    })?;
    // A key that nothing was sealed with yet belongs to a record that is being written at this moment.
    Ok(names.iter().filter(|name| last_used.get(*name).is_some_and(|time| *time < before)).count())
}

/// How many records lie in whole segments of which every record is older than `before`, from the oldest on. The segment
/// that is written to is never one of them.
pub(crate) fn records(reader: &Reader, before: Timestamp) -> Result<u64, Failure> {
    let size = reader.extent()?.size;
    let newest = size.checked_sub(1).map(|last| reader.read(last, 1)).transpose()?;
    let current = newest.into_iter().flatten().next().map_or(0, |stored| stored.segment);
    let (mut sure, mut segment, mut inside) = (0, 0, 0);
    each(reader, &mut |stored| {
        if is_pruned(stored) {
            return true;
        }
        if stored.segment != segment {
            sure += std::mem::take(&mut inside);
            segment = stored.segment;
        }
        inside += 1;
        let old = Record::decode(&stored.bytes).is_ok_and(|record| record.event.time < before);
        if !old || segment == current {
            inside = 0;
        }
        old && segment != current
    })?;
    Ok(sure + inside)
}

/// Whether it is left of a segment that was dropped before. In a whole segment, no frame begins at its very start.
fn is_pruned(stored: &Stored) -> bool {
    stored.dropped.is_some() || stored.offset == 0
}

fn each(reader: &Reader, look: &mut dyn FnMut(&Stored) -> bool) -> Result<(), Failure> {
    let mut next = 0;
    loop {
        let records = reader.read(next, SLICE)?;
        let Some(last) = records.last() else { return Ok(()) };
        next = last.index + 1;
        if !records.iter().all(&mut *look) {
            return Ok(());
        }
    }
}
