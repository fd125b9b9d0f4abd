//! What the next writer does about frames behind the head: a batch whose writer died before anyone was told.
//!
//! Whole frames are taken up: they may be all that is left of something that did happen. They are written again before
//! they count, because a page that failed to reach the disk once can still be read from the cache. The rest is zeroed,
//! so that no later frame can line up with remains of an earlier one.

use crate::error::LedgerError;
use crate::frame::{self, FrameKind, Parsed};
use crate::head::Head;
use crate::merkle::leaf_hash;
use crate::segment;
use crate::writer::{Tail, Writer, write_frames};

/// Brings the end of the log into order.
pub(crate) fn settle(writer: &Writer, mut tail: Tail) -> Result<Tail, LedgerError> {
    let restarted = tail.head.boot != writer.boot;
    if !restarted && is_clean(&tail)? {
        return Ok(tail);
    }
    if tail.head.offset > tail.segment.capacity {
        return Err(LedgerError::WentBack { found: tail.segment.header.first, signed: tail.head.size() });
    }
    if restarted {
        check_last_frame(&tail)?;
        segment::sweep(writer.disk.as_ref(), &writer.ledger)?;
    }
    let behind = read_behind(&tail)?;
    let (whole, mut head) = take_up(&tail.head, &behind);
    let used = behind.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    if used == 0 && !restarted {
        return Ok(tail);
    }
    let frames = behind.get(..whole).unwrap_or_default();
    let mut moved = false;
    if used > 0 {
        let mut rewritten = frames.to_vec();
        rewritten.resize(used, 0);
        if write_frames(&tail.segment, tail.head.offset, &rewritten).is_err() {
            tail.segment = writer.next_segment(&tail, whole as u64)?;
            tail.head.offset = segment::HEADER;
            write_frames(&tail.segment, segment::HEADER, frames)?;
            moved = true;
        }
    }
    head.segment = tail.segment.header.number;
    head.offset = tail.head.offset + whole as u64;
    head.sequence += 1;
    head.boot.clone_from(&writer.boot);
    head.checkpoint = writer.checkpoint(&head);
    writer.write_head(&head, moved || restarted)?;
    tail.head = head;
    Ok(tail)
}

/// Whether nothing was written behind the head. A process that dies while it writes leaves the first bytes first.
fn is_clean(tail: &Tail) -> Result<bool, LedgerError> {
    let mut next = [0; frame::HEADER];
    tail.segment.read_at(&mut next, tail.head.offset)?;
    Ok(next == [0; frame::HEADER])
}

/// After a restart of the machine: the last acknowledged frames must still be there. If they are not, the disk lost
/// what it had promised to keep, or somebody cut it off; either way nothing may be written over it.
fn check_last_frame(tail: &Tail) -> Result<(), LedgerError> {
    let scan = crate::scan::SegmentScan::new(&tail.segment, tail.head.offset);
    let mut found = tail.segment.header.first;
    let mut chain = tail.segment.header.chain;
    for frame in scan {
        let frame = frame?;
        chain = frame.chain;
        found += u64::from(frame.kind.is_leaf());
    }
    if found == tail.head.size() && chain == tail.head.chain {
        return Ok(());
    }
    Err(LedgerError::WentBack { found, signed: tail.head.size() })
}

fn read_behind(tail: &Tail) -> Result<Vec<u8>, LedgerError> {
    let length = usize::try_from(tail.segment.capacity - tail.head.offset).unwrap_or(usize::MAX);
    let mut bytes = vec![0; length];
    let read = tail.segment.read_at(&mut bytes, tail.head.offset)?;
    bytes.truncate(read);
    Ok(bytes)
}

/// The length of the whole frames at the start of `behind`, and the head behind them.
fn take_up(head: &Head, behind: &[u8]) -> (usize, Head) {
    let mut head = head.clone();
    let mut position = 0;
    while let Some(rest) = behind.get(position..) {
        let Parsed::Frame(frame) = frame::read(rest, head.chain) else { break };
        position += frame.length();
        head.chain = frame.chain;
        match frame.kind {
            FrameKind::Record | FrameKind::Control => {
                head.frontier.push(leaf_hash(frame.payload));
                head.unchecked = head.unchecked.saturating_add(1);
            }
            FrameKind::Checkpoint => head.unchecked = 0,
            FrameKind::Blob => {}
        }
    }
    (position, head)
}
