//! Inflates what git has deflated, never more than was announced.

use crate::report::Why;
use flate2::{Decompress, FlushDecompress, Status};

/// Deflate can't shrink anything further than to about 1/1032.
const MOST_RATIO: u64 = 1032;

/// The state of an inflation, kept for the next one.
#[derive(Debug)]
pub(crate) struct Inflater(Decompress);

/// How far one step came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) consumed: usize,
    pub(crate) ended: bool,
}

impl Inflater {
    pub(crate) fn new() -> Self {
        Self(Decompress::new(true))
    }

    /// Prepares for another stream.
    pub(crate) fn start(&mut self) {
        self.0.reset(true);
    }

    /// Inflates from `input` into what room `out` has.
    pub(crate) fn step(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<Step, Why> {
        let before = self.0.total_in();
        let status = self
            .0
            .decompress_vec(input, out, FlushDecompress::Finish)
            .map_err(|_| Why::Corrupt("compressed data does not make sense".to_owned()))?;
        let consumed = usize::try_from(self.0.total_in() - before).unwrap_or(usize::MAX);
        match status {
            Status::StreamEnd => Ok(Step { consumed, ended: true }),
            Status::Ok | Status::BufError => Ok(Step { consumed, ended: false }),
        }
    }

    /// Inflates all of a stream that must give exactly `size` bytes, of `compressed` bytes at the most.
    pub(crate) fn whole(
        &mut self,
        size: usize,
        compressed: u64,
        input: &mut impl Input,
        out: &mut Vec<u8>,
    ) -> Result<(), Why> {
        out.clear();
        if size as u64 > compressed.saturating_mul(MOST_RATIO) + 64 {
            return Err(Why::Corrupt("it claims to be larger than its compressed data can be".to_owned()));
        }
        // One byte more than announced, so that too much is noticed.
        out.reserve_exact(size + 1);
        self.start();
        loop {
            let step = self.step(input.peek()?, out)?;
            input.consume(step.consumed);
            if out.len() > size {
                return Err(Why::Corrupt("it is longer than it says".to_owned()));
            }
            if step.ended {
                break;
            }
            if step.consumed == 0 {
                return Err(Why::Corrupt("its compressed data ends early".to_owned()));
            }
        }
        if out.len() < size {
            return Err(Why::Corrupt("it is shorter than it says".to_owned()));
        }
        Ok(())
    }
}

/// Where compressed data comes from.
pub(crate) trait Input {
    /// The next bytes; none at the end.
    fn peek(&mut self) -> Result<&[u8], Why>;
    /// So many of them are done with.
    fn consume(&mut self, bytes: usize);
}

impl Input for &[u8] {
    fn peek(&mut self) -> Result<&[u8], Why> {
        Ok(self)
    }

    fn consume(&mut self, bytes: usize) {
        *self = self.get(bytes..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compress, Compression, FlushCompress};

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + 1000);
        Compress::new(Compression::best(), true).compress_vec(bytes, &mut out, FlushCompress::Finish).unwrap();
        out
    }

    fn inflate(size: usize, compressed: &[u8]) -> Result<Vec<u8>, Why> {
        let mut out = Vec::new();
        Inflater::new().whole(size, compressed.len() as u64, &mut &*compressed, &mut out).map(|()| out)
    }

    #[test]
    fn gives_exactly_what_was_announced_or_nothing() {
        let text = b"over and over and over and over".repeat(50);
        let compressed = deflated(&text);
        assert_eq!(inflate(text.len(), &compressed), Ok(text.clone()));
        for size in [0, 1, text.len() - 1, text.len() + 1, usize::MAX / 2] {
            assert!(matches!(inflate(size, &compressed), Err(Why::Corrupt(_))), "{size}");
        }
        assert_eq!(inflate(0, &deflated(b"")), Ok(Vec::new()));
    }

    #[test]
    fn every_damage_is_noticed() {
        let text = b"over and over and over and over".repeat(5);
        let compressed = deflated(&text);
        for at in 0..compressed.len() {
            assert!(inflate(text.len(), &compressed[..at]).is_err(), "cut at {at}");
            for bit in 0..8 {
                let mut damaged = compressed.clone();
                damaged[at] ^= 1 << bit;
                // A distance can change by a period of the text: what comes out is then the same.
                let outcome = inflate(text.len(), &damaged);
                assert!(outcome.is_err() || outcome.as_ref() == Ok(&text), "bit {bit} of byte {at}");
            }
        }
    }
}
