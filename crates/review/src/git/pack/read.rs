//! Reads entries of a pack, wherever they are.

use super::Pack;
use super::delta::Delta;
use super::entry::{Entry, LONGEST};
use crate::git::inflate::{Inflater, Input};
use crate::report::Why;
use std::os::unix::fs::FileExt as _;

/// How much is read after a jump.
const LEAST: usize = 8 << 10;

/// How much is read at the most, when reading goes on where it ended.
const MOST: usize = 128 << 10;

/// One thread's view of a pack.
#[derive(Debug)]
pub(crate) struct PackReader<'p> {
    bytes: Bytes<'p>,
    inflater: Inflater,
    delta: Vec<u8>,
}

impl<'p> PackReader<'p> {
    pub(crate) fn new(pack: &'p Pack) -> Self {
        let bytes = Bytes { pack, buffer: Vec::new(), start: 0, at: 0 };
        Self { bytes, inflater: Inflater::new(), delta: Vec::new() }
    }

    /// The head of the entry at `offset`.
    pub(crate) fn entry(&mut self, offset: u64) -> Result<Entry, Why> {
        let pack = self.bytes.pack;
        if offset < 12 || offset >= pack.end {
            return Err(Why::Corrupt("the index points outside the pack".to_owned()));
        }
        let entry = Entry::parse(self.bytes.from(offset, LONGEST)?, offset, pack.hash);
        entry.ok_or_else(|| Why::Corrupt("an entry of the pack does not start like one".to_owned()))
    }

    /// The object of an entry that is whole.
    pub(crate) fn whole(&mut self, entry: &Entry, most: u64, out: &mut Vec<u8>) -> Result<(), Why> {
        let size = usize::try_from(entry.size).ok().filter(|_| entry.size <= most);
        let size = size.ok_or(Why::TooLarge { bytes: entry.size, most })?;
        self.bytes.at = entry.data;
        let compressed = self.bytes.pack.end.saturating_sub(entry.data);
        self.inflater.whole(size, compressed, &mut self.bytes, out)
    }

    /// The object of an entry that is a change to `base`, and the change. The latter is only held until the next one.
    pub(crate) fn changed(
        &mut self,
        entry: &Entry,
        base: &[u8],
        most: u64,
        out: &mut Vec<u8>,
    ) -> Result<Delta<'_>, Why> {
        let mut delta = std::mem::take(&mut self.delta);
        let inflated = self.whole(entry, most, &mut delta);
        self.delta = delta;
        inflated?;
        let delta = Delta::parse(&self.delta)?;
        delta.apply(base, most, out)?;
        Ok(delta)
    }

    /// A reader of what an entry that is whole inflates to, bit by bit.
    pub(crate) fn stream<'r>(&'r mut self, entry: &Entry) -> Inflating<'r, 'p> {
        self.bytes.at = entry.data;
        self.inflater.start();
        Inflating { reader: self, left: entry.size, ended: false }
    }
}

/// The bytes of a pack, of which a piece is at hand.
#[derive(Debug)]
struct Bytes<'p> {
    pack: &'p Pack,
    buffer: Vec<u8>,
    /// Where the buffer starts in the pack.
    start: u64,
    /// Where reading goes on.
    at: u64,
}

impl Bytes<'_> {
    /// The bytes from `at` on, at least so many unless the pack ends before.
    fn from(&mut self, at: u64, least: usize) -> Result<&[u8], Why> {
        self.at = at;
        let end = self.start + self.buffer.len() as u64;
        let wanted = (at + least as u64).min(self.pack.end);
        if at < self.start || wanted > end {
            self.refill(at)?;
        }
        let from = usize::try_from(at - self.start).unwrap_or(usize::MAX);
        Ok(self.buffer.get(from..).unwrap_or_default())
    }

    /// Reads from `at` on: little after a jump, more each time when it goes on.
    fn refill(&mut self, at: u64) -> Result<(), Why> {
        let goes_on = (self.start..=self.start + self.buffer.len() as u64).contains(&at) && !self.buffer.is_empty();
        let size = if goes_on { (2 * self.buffer.len()).clamp(LEAST, MOST) } else { LEAST };
        let left = usize::try_from(self.pack.end.saturating_sub(at)).unwrap_or(usize::MAX);
        self.buffer.resize(size.min(left), 0);
        self.start = at;
        let read = self.pack.file.read_exact_at(&mut self.buffer, at);
        if let Err(error) = read {
            self.buffer.clear();
            return Err(Why::Unreadable(error.to_string()));
        }
        Ok(())
    }
}

impl Input for Bytes<'_> {
    fn peek(&mut self) -> Result<&[u8], Why> {
        self.from(self.at, 1)
    }

    fn consume(&mut self, bytes: usize) {
        self.at += bytes as u64;
    }
}

/// An entry that is inflated bit by bit.
#[derive(Debug)]
pub(crate) struct Inflating<'r, 'p> {
    reader: &'r mut PackReader<'p>,
    left: u64,
    ended: bool,
}

impl std::io::Read for Inflating<'_, '_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let damaged = || std::io::Error::from(std::io::ErrorKind::InvalidData);
        let mut some = Vec::with_capacity(out.len());
        while !self.ended && some.is_empty() && !out.is_empty() {
            let PackReader { bytes, inflater, .. } = &mut *self.reader;
            let step = inflater.step(bytes.peek().map_err(|_| damaged())?, &mut some).map_err(|_| damaged())?;
            bytes.consume(step.consumed);
            self.ended = step.ended;
            if step.consumed == 0 && some.is_empty() && !step.ended {
                return Err(damaged());
            }
        }
        self.left = self.left.checked_sub(some.len() as u64).ok_or_else(damaged)?;
        if self.ended && self.left > 0 && some.is_empty() {
            return Err(damaged());
        }
        out.get_mut(..some.len()).ok_or_else(damaged)?.copy_from_slice(&some);
        Ok(some.len())
    }
}
