//! What is read from a connection, whichever way its bytes come: heads, and bodies to their end.

use super::super::tunnel::CRUMBLED;
use super::super::wire::Wire;
use super::body::{Body, Reader, Step};
use super::head::{self, Head, Read};
use std::io;
use std::time::Instant;

/// Something that bytes come from, and what came and was not used yet.
pub(crate) trait Source {
    /// What was read and not used yet.
    fn held(&self) -> &[u8];
    /// Marks the first `count` bytes of what is held as used.
    fn consume(&mut self, count: usize);
    /// Reads once and holds what came. `false` if nothing will come any more.
    fn fill(&mut self, deadline: Instant) -> io::Result<bool>;
    /// Whether what is held came in so many pieces that nobody but an attacker sends it so.
    fn is_crumbled(&self) -> bool;
}

impl Source for Wire {
    fn held(&self) -> &[u8] {
        Self::held(self)
    }

    fn consume(&mut self, count: usize) {
        Self::consume(self, count);
    }

    fn fill(&mut self, deadline: Instant) -> io::Result<bool> {
        Self::fill(self, deadline)
    }

    fn is_crumbled(&self) -> bool {
        Self::is_crumbled(self)
    }
}

/// The head of the next request; `None` if there is none, and why not if it can't be read. Between two requests a client may be
/// idle; within one it may not.
pub(crate) fn next_request(
    from: &mut impl Source,
    idle: Instant,
    opening: impl FnOnce() -> Instant,
) -> io::Result<Option<Result<Head, &'static str>>> {
    if from.held().is_empty() && !from.fill(idle)? {
        return Ok(None);
    }
    let deadline = opening();
    loop {
        let read = if from.is_crumbled() { Err(CRUMBLED) } else { head::request(from.held()) };
        match read {
            Ok(Read::Whole(head, length)) => {
                from.consume(length);
                return Ok(Some(Ok(head)));
            }
            Ok(Read::Partial) if from.fill(deadline)? => {}
            Ok(Read::Partial) => return Ok(None),
            Err(why) => return Ok(Some(Err(why))),
        }
    }
}

/// Why a body did not come to its end.
#[derive(Debug)]
pub(crate) enum Cut<E> {
    /// Whoever sends it is gone, or too slow.
    Gone(io::Error),
    /// It can't be read.
    Malformed(&'static str),
    /// Whoever takes its pieces takes no more.
    Taker(E),
}

/// Reads a body to its end and hands over each piece of it.
pub(crate) fn each_piece<E>(
    from: &mut impl Source,
    body: Body,
    idle: impl Fn() -> Instant,
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), Cut<E>> {
    let mut reader = Reader::new(body);
    loop {
        match reader.step(from.held()).map_err(Cut::Malformed)? {
            Step::Wait => {
                if !from.fill(idle()).map_err(Cut::Gone)? {
                    // Only where the end of the connection is the end of the body, it is a whole one.
                    let whole = body == Body::UntilClose;
                    return if whole { Ok(()) } else { Err(Cut::Gone(io::ErrorKind::UnexpectedEof.into())) };
                }
            }
            Step::Data(count) => {
                take(from.held().get(..count).unwrap_or_default()).map_err(Cut::Taker)?;
                from.consume(count);
            }
            Step::Skip(count) => from.consume(count),
            Step::End(count) => {
                from.consume(count);
                return Ok(());
            }
        }
    }
}
