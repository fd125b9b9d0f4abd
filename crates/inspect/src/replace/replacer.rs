//! Replaces hits in a text that comes in pieces.

use super::limits::ReplaceError;
use super::session::{Replaced, Session};
use super::spans::{self, Piece};
use crate::Hit;
use std::ops::Range;
use std::sync::Arc;

/// Replaces hits in a stream on its way out. Whoever looks for hits says where they are, in bytes from the start of the
/// stream, and up to where there are no more; only up to there the stream is let go. What comes out is what
/// [`Session::replace`] would have made of the whole text with the same hits.
///
/// After an error the stream must be cut: what is still in here would be sent as it is.
#[derive(Debug)]
pub struct Replacer {
    session: Arc<Session>,
    /// What was not let go yet.
    pending: String,
    /// Where in the stream `pending` begins.
    released: u64,
    wanted: Vec<Piece>,
}

impl Replacer {
    /// How many bytes are held back at most.
    pub const MOST_HELD: usize = 1 << 20;

    /// Replaces with what `session` keeps.
    pub fn new(session: Arc<Session>) -> Self {
        Self { session, pending: String::new(), released: 0, wanted: Vec::new() }
    }

    /// Takes the next piece of the stream. Nothing leaves before it is settled.
    pub fn push(&mut self, chunk: &str) -> Result<(), ReplaceError> {
        if self.pending.len() + chunk.len() > Self::MOST_HELD {
            return Err(ReplaceError::HeldTooLong { limit: Self::MOST_HELD });
        }
        self.pending.push_str(chunk);
        Ok(())
    }

    /// Says that there is a hit at `span` of the stream. The span of the hit itself does not matter here.
    pub fn confirm(&mut self, span: Range<u64>, hit: &Hit) -> Result<(), ReplaceError> {
        if span.start < self.released {
            return Err(ReplaceError::TooLate { start: span.start, released: self.released });
        }
        let length = self.released + self.pending.len() as u64;
        let outside = ReplaceError::NotInText { start: span.start, end: span.end, length };
        let inside = self.inside(span.start).zip(self.inside(span.end)).filter(|(start, end)| start <= end);
        let (start, end) = inside.ok_or(outside)?;
        self.wanted.push(Piece::of(hit).at(start..end));
        Ok(())
    }

    /// Says that every hit that begins before `upto` was confirmed; gives what can leave.
    pub fn settle(&mut self, upto: u64) -> Result<Replaced, ReplaceError> {
        let upto = usize::try_from(upto.saturating_sub(self.released)).unwrap_or(usize::MAX);
        self.release(upto, false)
    }

    /// Ends the stream: every hit was confirmed. Gives the rest.
    pub fn finish(mut self) -> Result<Replaced, ReplaceError> {
        self.release(usize::MAX, true)
    }

    /// How many bytes are held back now.
    pub fn held(&self) -> usize {
        self.pending.len()
    }

    /// A place of the stream as a place of what is held back, if it is one and no character is cut there.
    fn inside(&self, place: u64) -> Option<usize> {
        let place = usize::try_from(place.checked_sub(self.released)?).ok()?;
        self.pending.is_char_boundary(place).then_some(place)
    }

    fn release(&mut self, upto: usize, ended: bool) -> Result<Replaced, ReplaceError> {
        let (known, certain) = self.session.known_so_far(&self.pending, ended);
        let mut pieces = spans::settle(self.wanted.clone(), &known);
        let whole: Vec<Range<usize>> = pieces.iter().map(|piece| piece.span.clone()).chain(known).collect();
        let mut cut = self.pending.floor_char_boundary(upto.min(certain));
        // A cut that moves back before one of them may run into another one.
        while let Some(span) = whole.iter().find(|span| span.start < cut && cut < span.end) {
            cut = span.start;
        }
        pieces.retain(|piece| piece.span.end <= cut);
        let replaced = self.session.put(self.pending.get(..cut).unwrap_or_default(), self.released, pieces)?;
        self.pending.drain(..cut);
        self.released += cut as u64;
        self.wanted.retain(|piece| piece.span.start >= cut);
        self.wanted.iter_mut().for_each(|piece| piece.span = piece.span.start - cut..piece.span.end - cut);
        Ok(replaced)
    }
}
