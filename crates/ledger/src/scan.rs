//! Walks the frames of a segment in order, with large reads.

use crate::error::{Damage, LedgerError};
use crate::frame::{self, FrameKind, Parsed};
use crate::segment::{HEADER, Segment};

const CHUNK: usize = 1 << 20;

/// A frame that was read from a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scanned<'a> {
    pub(crate) kind: FrameKind,
    pub(crate) payload: &'a [u8],
    pub(crate) chain: u32,
    /// Where the frame starts.
    pub(crate) offset: u64,
}

impl Scanned<'_> {
    /// Bytes that the frame takes in the segment.
    pub(crate) fn length(&self) -> u64 {
        (frame::HEADER + self.payload.len()) as u64
    }
}

/// What comes next in a segment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// A valid frame.
    Frame(Scanned<'a>),
    /// Something that is not a valid frame. The scan goes on behind it if its length is plausible.
    Broken { offset: u64, damage: Damage },
    /// The end, or a place from which there is no going on.
    End { offset: u64 },
}

/// A walk over one segment, from its first frame, or from a place that is known, up to `end`.
#[derive(Debug)]
pub(crate) struct SegmentScan<'a> {
    segment: &'a Segment,
    end: u64,
    /// Where `buffer[start..]` lies in the segment.
    position: u64,
    chain: u32,
    buffer: Vec<u8>,
    start: usize,
}

impl<'a> SegmentScan<'a> {
    pub(crate) fn new(segment: &'a Segment, end: u64) -> Self {
        Self::from(segment, HEADER, segment.header.chain, end)
    }

    pub(crate) fn from(segment: &'a Segment, position: u64, chain: u32, end: u64) -> Self {
        Self { segment, end, position, chain, buffer: Vec::new(), start: 0 }
    }

    /// The next step. After `End` it stays `End`.
    pub(crate) fn step(&mut self) -> Result<Step<'_>, LedgerError> {
        let mut needed = frame::HEADER;
        let (kind, length, chain) = loop {
            self.fill(needed)?;
            let available = self.buffer.get(self.start..).unwrap_or_default();
            match frame::read(available, self.chain) {
                Parsed::NeedMore(more) if more > available.len() && self.can_grow(available.len()) => needed = more,
                Parsed::NeedMore(_) | Parsed::Unwritten => return Ok(Step::End { offset: self.position }),
                Parsed::Frame(frame) => break (frame.kind, frame.length(), frame.chain),
                Parsed::Broken { damage, length, chain } => return Ok(self.skip(damage, length, chain)),
            }
        };
        let offset = self.position;
        let payload = self.start + frame::HEADER..self.start + length;
        self.start += length;
        self.position += length as u64;
        self.chain = chain;
        Ok(Step::Frame(Scanned { kind, payload: self.buffer.get(payload).unwrap_or_default(), chain, offset }))
    }

    fn can_grow(&self, available: usize) -> bool {
        self.position + (available as u64) < self.end
    }

    /// Makes at least `needed` bytes available, if the segment has them.
    fn fill(&mut self, needed: usize) -> Result<(), LedgerError> {
        if self.buffer.len() - self.start >= needed {
            return Ok(());
        }
        self.buffer.drain(..self.start);
        self.start = 0;
        let have = self.buffer.len();
        let left = usize::try_from(self.end.saturating_sub(self.position + have as u64)).unwrap_or(usize::MAX);
        let want = needed.saturating_sub(have).max(CHUNK).min(left);
        self.buffer.resize(have + want, 0);
        let into = self.buffer.get_mut(have..).unwrap_or_default();
        let read = self.segment.read_at(into, self.position + have as u64)?;
        self.buffer.truncate(have + read);
        if read < want {
            // The file is shorter than it should be; there is nothing more to wait for.
            self.end = self.position + (have + read) as u64;
        }
        Ok(())
    }

    /// Steps over a broken frame: the one behind it was written after its checksum as stored.
    fn skip(&mut self, damage: Damage, length: Option<usize>, chain: u32) -> Step<'static> {
        let offset = self.position;
        let length = length.unwrap_or(usize::try_from(self.end - self.position).unwrap_or(usize::MAX));
        self.start = (self.start + length).min(self.buffer.len());
        self.position = (self.position + length as u64).min(self.end);
        self.chain = chain;
        Step::Broken { offset, damage }
    }
}
