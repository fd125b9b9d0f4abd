//! One session of replacing: a key, and the values that were replaced so far.

use super::kind::Kind;
use super::limits::{Limits, ReplaceError};
use super::placeholder::Placeholder;
use super::search::{Found, REACH, Search, Tally};
use super::spans::{self, Piece};
use super::table::{Style, Table};
use crate::Hit;
use crate::keyed::Keyed;
use portcullis_event::{RuleId, Secret};
use std::ops::Range;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// One session of replacing. The same value of the same kind has the same placeholder throughout; in another session,
/// under another key, it has one that says nothing about this one. Requests and replies of a session may run side by
/// side.
#[derive(Debug)]
pub struct Session {
    keyed: Keyed,
    style: Style,
    limits: Limits,
    table: RwLock<Table>,
}

/// A text whose hits were replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replaced {
    /// The text.
    pub text: String,
    /// What was replaced, in the order of the text.
    pub replacements: Vec<Replacement>,
}

/// One value that was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// The rule that found it; of overlapping hits, that of the strongest.
    pub rule: RuleId,
    /// What sort of value it is.
    pub kind: Kind,
    /// What stands there now.
    pub placeholder: Placeholder,
    /// Where the value stood: bytes of the text that was handed in, or of the stream.
    pub was: Range<u64>,
}

impl Session {
    /// A session without values. Whoever has the key can tell for any value which placeholder it has.
    pub fn new(key: &Secret<[u8; 32]>) -> Self {
        let (style, limits, table) = (Style::default(), Limits::default(), RwLock::default());
        Self { keyed: Keyed::new(key), style, limits, table }
    }

    /// With placeholders of this style from now on.
    #[must_use]
    pub fn with_style(self, style: Style) -> Self {
        Self { style, ..self }
    }

    /// With these limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// How many values the session keeps.
    pub fn len(&self) -> usize {
        self.read().len()
    }

    /// Whether nothing was replaced yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What stands for a value in this session.
    pub fn placeholder(&self, kind: Kind, value: &str) -> Result<Placeholder, ReplaceError> {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        table.placeholder(&self.keyed, &self.limits, self.style, kind, value)
    }

    /// Replaces `hits` in `text`. Hits that overlap are replaced as one. A placeholder that already stands in the text
    /// stays what it is. On an error nothing may be sent.
    pub fn replace(&self, text: &str, hits: &[Hit]) -> Result<Replaced, ReplaceError> {
        let length = text.len() as u64;
        let mut wanted = Vec::with_capacity(hits.len());
        for hit in hits {
            let span = &hit.span;
            text.get(span.clone()).ok_or(ReplaceError::NotInText {
                start: span.start as u64,
                end: span.end as u64,
                length,
            })?;
            wanted.push(Piece::of(hit));
        }
        let known = if wanted.is_empty() { Vec::new() } else { self.known(text) };
        self.put(text, 0, spans::settle(wanted, &known))
    }

    /// Where placeholders of this session stand in a text.
    pub(super) fn known(&self, text: &str) -> Vec<Range<usize>> {
        self.known_so_far(text, true).0
    }

    /// Where placeholders stand in a text that may go on, and up to where that is certain.
    pub(super) fn known_so_far(&self, text: &str, ended: bool) -> (Vec<Range<usize>>, usize) {
        let table = self.read();
        let search = Search::new(&table, &self.keyed, text, ended);
        let mut found = Vec::new();
        let mut at = 0;
        loop {
            match search.next(at, |start| text.floor_char_boundary(start + REACH), &mut Tally::default()) {
                Found::Placeholder { span, .. } => {
                    at = span.end;
                    found.push(span);
                }
                Found::Undecided(start) => return (found, start),
                Found::Nothing => return (found, text.len()),
            }
        }
    }

    /// Puts placeholders where `pieces` are. `offset` is where the text begins in the stream.
    pub(super) fn put(&self, text: &str, offset: u64, pieces: Vec<Piece>) -> Result<Replaced, ReplaceError> {
        let mut replaced = Replaced { text: String::with_capacity(text.len()), replacements: Vec::new() };
        let mut copied = 0;
        for Piece { span, rule, kind, .. } in pieces {
            // What a placeholder in it stands for is part of the value, so that one way back is enough.
            let value = Secret::new(self.expand(text.get(span.clone()).unwrap_or_default()));
            let placeholder = self.placeholder(kind, value.expose())?;
            replaced.text.push_str(text.get(copied..span.start).unwrap_or_default());
            replaced.text.push_str(placeholder.as_str());
            copied = span.end;
            let was = offset + span.start as u64..offset + span.end as u64;
            replaced.replacements.push(Replacement { rule, kind, placeholder, was });
        }
        replaced.text.push_str(text.get(copied..).unwrap_or_default());
        Ok(replaced)
    }

    /// A text with the values of its placeholders.
    fn expand(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut tally = Tally::default();
        self.restore_into(text, true, &mut out, &mut tally);
        out
    }

    /// Appends `text` to `out`, with values instead of placeholders, up to where it is certain what stands there; gives
    /// how far that is.
    pub(super) fn restore_into(&self, text: &str, ended: bool, out: &mut String, tally: &mut Tally) -> usize {
        let table = self.read();
        let search = Search::new(&table, &self.keyed, text, ended);
        let mut copied = 0;
        loop {
            match search.next(copied, |start| text.floor_char_boundary(start + REACH), tally) {
                Found::Placeholder { span, entry } => {
                    out.push_str(text.get(copied..span.start).unwrap_or_default());
                    out.push_str(entry.core());
                    copied = span.end;
                }
                Found::Undecided(start) => {
                    out.push_str(text.get(copied..start).unwrap_or_default());
                    return start;
                }
                Found::Nothing => {
                    out.push_str(text.get(copied..).unwrap_or_default());
                    return text.len();
                }
            }
        }
    }

    pub(super) fn keyed(&self) -> &Keyed {
        &self.keyed
    }

    /// A thread that panicked while it held the lock left whole entries behind, so the table is still good.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }
}
