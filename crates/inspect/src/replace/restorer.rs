//! Puts values back into a text that comes in pieces.

use super::direction::{LocalText, TowardLocal};
use super::search::{REACH, Tally};
use super::session::Session;
use std::sync::Arc;

/// Puts values back into a stream of text on its way to the local side. What comes out does not depend on where the
/// pieces end, and everything that is no placeholder comes out as it came in. At most [`Restorer::MOST_HELD`] bytes are
/// held back, and only while they may be the start of a placeholder.
#[derive(Debug)]
pub struct Restorer {
    session: Arc<Session>,
    pending: String,
    tally: Tally,
}

impl Restorer {
    /// How many bytes are held back at most.
    pub const MOST_HELD: usize = REACH;

    /// Restores what `session` replaced.
    pub fn new(session: Arc<Session>, TowardLocal { .. }: TowardLocal) -> Self {
        Self { session, pending: String::new(), tally: Tally::default() }
    }

    /// Takes the next piece of the stream; gives what is certain by now.
    pub fn push(&mut self, chunk: &str) -> LocalText {
        self.pending.push_str(chunk);
        self.restore(false)
    }

    /// Ends the stream; gives what was held back, and what was found in all of it.
    pub fn finish(mut self) -> (LocalText, Tally) {
        (self.restore(true), self.tally)
    }

    /// How many bytes are held back now.
    pub fn held(&self) -> usize {
        self.pending.len()
    }

    fn restore(&mut self, ended: bool) -> LocalText {
        let mut out = String::with_capacity(self.pending.len());
        let certain = self.session.restore_into(&self.pending, ended, &mut out, &mut self.tally);
        self.pending.drain(..certain);
        LocalText::new(out)
    }
}

impl Session {
    /// Puts the values back into a whole text.
    pub fn restore(self: &Arc<Self>, text: &str, toward: TowardLocal) -> (LocalText, Tally) {
        let mut restorer = Restorer::new(Arc::clone(self), toward);
        restorer.pending.push_str(text);
        restorer.finish()
    }
}
