//! What the next writer does about frames behind the head: a batch whose writer died before anyone was told.
//!
//! Whole batches are taken up: they may be all that is left of something that did happen. They are written again before
//! they count, because a page that failed to reach the disk once can still be read from the cache. The rest is zeroed,
//! so that no later frame can line up with remains of an earlier one.
//!
//! A batch is whole if it ends with the log's signature. Anyone who can write the file could put frames there; only a
//! writer of this log can have closed them.

use crate::error::LedgerError;
use crate::frame::{self, FrameKind};
use crate::head::Head;
use crate::merkle::leaf_hash;
use crate::note::{Checkpoint, Verifier};
use crate::scan::{Scanned, SegmentScan, Step};
use crate::segment::{self, Segment};
use crate::writer::{Tail, Writer, write_frames};

/// Bytes that are looked at or zeroed in one go.
const CHUNK: usize = 1 << 20;

/// Brings the end of the log into order.
pub(crate) fn settle(writer: &Writer, mut tail: Tail) -> Result<Tail, LedgerError> {
    if !(segment::HEADER..=tail.segment.capacity).contains(&tail.head.offset) {
        return Err(LedgerError::WentBack { found: tail.segment.header.first, signed: tail.head.size() });
    }
    let restarted = tail.head.boot != writer.boot;
    if !restarted && is_clean(&tail)? {
        return Ok(tail);
    }
    if restarted {
        check_last_frame(&tail)?;
        segment::sweep(writer.disk.as_ref(), &writer.ledger)?;
    }
    let (whole, mut head) = take_up(&tail, &writer.signer.verifier())?;
    let left_over = chunks_in_use(&tail.segment, tail.head.offset + whole)?;
    if whole == 0 && left_over.is_empty() && !restarted {
        return Ok(tail);
    }
    let mut moved = false;
    if whole > 0 || !left_over.is_empty() {
        let frames = read_frames(&tail, whole)?;
        if put_in_order(&tail, &frames, &left_over).is_err() {
            tail.segment = writer.next_segment(&tail, whole)?;
            tail.head.offset = segment::HEADER;
            write_frames(&tail.segment, segment::HEADER, &frames)?;
            moved = true;
        }
    }
    head.segment = tail.segment.header.number;
    head.offset = tail.head.offset + whole;
    head.sequence += 1;
    head.boot.clone_from(&writer.boot);
    head.checkpoint = writer.checkpoint(&head);
    writer.write_head(&mut head, moved || restarted)?;
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
    let mut scan = SegmentScan::new(&tail.segment, tail.head.offset);
    let mut found = tail.segment.header.first;
    let mut chain = tail.segment.header.chain;
    loop {
        match scan.step()? {
            Step::Frame(frame) => {
                chain = frame.chain;
                found += u64::from(frame.kind.is_leaf());
            }
            Step::Broken { offset, damage } => {
                let what = format!("the frame at {offset}, record {found}: {damage}");
                return Err(LedgerError::damaged(&tail.segment.path, what));
            }
            Step::End { .. } => break,
        }
    }
    if found == tail.head.size() && chain == tail.head.chain {
        return Ok(());
    }
    Err(LedgerError::WentBack { found, signed: tail.head.size() })
}

/// The length of the whole batches behind the head, and the head behind them.
fn take_up(tail: &Tail, key: &Verifier) -> Result<(u64, Head), LedgerError> {
    let (start, end) = (tail.head.offset, tail.segment.capacity);
    let mut scan = SegmentScan::from(&tail.segment, start, tail.head.chain, end);
    let (mut whole, mut taken, mut head) = (0, tail.head.clone(), tail.head.clone());
    while let Step::Frame(frame) = scan.step()? {
        head.chain = frame.chain;
        match frame.kind {
            FrameKind::Record | FrameKind::Control => {
                head.frontier.push(leaf_hash(frame.payload));
                head.unchecked = head.unchecked.saturating_add(1);
            }
            FrameKind::Blob => {}
            FrameKind::Checkpoint | FrameKind::Commit => {
                if !closes(&frame, &head, key) {
                    break;
                }
                if frame.kind == FrameKind::Checkpoint {
                    head.unchecked = 0;
                }
                whole = frame.offset + frame.length() - start;
                taken = head.clone();
            }
        }
    }
    Ok((whole, taken))
}

/// Whether a frame is the log's signature over all that lies before it.
fn closes(frame: &Scanned<'_>, head: &Head, key: &Verifier) -> bool {
    let expected = Checkpoint { origin: key.name().to_owned(), size: head.size(), root: head.frontier.root() };
    if frame.kind == FrameKind::Commit {
        return expected.is_signed(frame.payload, key);
    }
    let note = String::from_utf8_lossy(frame.payload);
    Checkpoint::open(&note, key).is_ok_and(|signed| signed == expected)
}

fn read_frames(tail: &Tail, whole: u64) -> Result<Vec<u8>, LedgerError> {
    let mut frames = vec![0; usize::try_from(whole).unwrap_or(usize::MAX)];
    let read = tail.segment.read_at(&mut frames, tail.head.offset)?;
    frames.truncate(read);
    Ok(frames)
}

/// Where in a segment, from `start` on, there is something other than zeros: chunks by offset and length.
fn chunks_in_use(segment: &Segment, start: u64) -> Result<Vec<(u64, usize)>, LedgerError> {
    let mut buffer = vec![0; CHUNK];
    let (mut offset, mut chunks) = (start, Vec::new());
    while offset < segment.capacity {
        let read = segment.read_at(&mut buffer, offset)?;
        if read == 0 {
            break;
        }
        if let Some(last) = buffer.iter().take(read).rposition(|&byte| byte != 0) {
            chunks.push((offset, last + 1));
        }
        offset += read as u64;
    }
    Ok(chunks)
}

/// Writes the frames that count once more and zeros what does not.
fn put_in_order(tail: &Tail, frames: &[u8], left_over: &[(u64, usize)]) -> Result<(), LedgerError> {
    let file = &tail.segment.file;
    for (offset, length) in left_over {
        file.write_at(&vec![0; *length], *offset).map_err(LedgerError::io("write", &tail.segment.path))?;
    }
    write_frames(&tail.segment, tail.head.offset, frames)
}
