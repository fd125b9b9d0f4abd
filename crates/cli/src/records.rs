//! The records of a range, one after another, and how many of them can't be handed out.

use crate::failure::Failure;
use crate::ledger::{Entry, SLICE};
use portcullis_ledger::Reader;
use portcullis_ledger::export;
use serde::Serialize;
use std::ops::Range;

/// Records that are missing in an export or a report, and why.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Missing {
    /// Retention has dropped them.
    pub(crate) dropped: u64,
    /// They can't be read.
    pub(crate) unreadable: u64,
}

/// Hands each record of `range` to `take`, until it says that it wants no more; `None` then.
pub(crate) fn each(
    reader: &Reader,
    range: Range<u64>,
    take: &mut dyn FnMut(export::Entry) -> Result<bool, Failure>,
) -> Result<Option<Missing>, Failure> {
    let mut missing = Missing::default();
    let mut next = range.start;
    while next < range.end {
        let limit = usize::try_from(range.end - next).unwrap_or(SLICE).min(SLICE);
        let stored = reader.read(next, limit)?;
        next += u64::try_from(stored.len()).unwrap_or(u64::MAX);
        for Entry { index, dropped, record, .. } in stored.into_iter().map(Entry::from) {
            let Ok(record) = record else {
                let count = if dropped { &mut missing.dropped } else { &mut missing.unreadable };
                *count += 1;
                continue;
            };
            if !take(export::Entry { index, record })? {
                return Ok(None);
            }
        }
    }
    Ok(Some(missing))
}
