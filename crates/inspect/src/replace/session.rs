//! One session of replacing: a key, and the values that were replaced so far.

use super::kind::Kind;
use super::limits::{Limits, ReplaceError};
use super::placeholder::Placeholder;
use super::search::{Found, REACH, Search, Tally};
use super::seen::Seen;
use super::spans::{self, Piece};
use super::table::{Style, Table};
use crate::Hit;
use crate::keyed::Keyed;
use portcullis_event::{RuleId, Secret};
use std::ops::Range;
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};

/// One session of replacing. The same value of the same kind has the same placeholder throughout; in another session,
/// under another key, it has one that says nothing about this one. Requests and replies of a session may run side by
/// side.
#[derive(Debug)]
pub struct Session {
    keyed: Keyed,
    style: Style,
    limits: Limits,
    table: RwLock<Table>,
    seen: Mutex<Seen>,
}

/// The rule that names a value of which nothing else told.
pub const SEEN_BEFORE: &str = "seen-before";

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
        Self { keyed: Keyed::new(key), style, limits, table, seen: Mutex::default() }
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
        self.replace_pieces(text, pieces(text, hits)?)
    }

    /// The same, and every value that was replaced before: what was recognised by the words around it once comes back
    /// without them.
    pub fn replace_again(&self, text: &str, hits: &[Hit]) -> Result<Replaced, ReplaceError> {
        let mut wanted = pieces(text, hits)?;
        // What this very text has of its own values stands in it more than once, maybe.
        if !wanted.is_empty() {
            self.replace_pieces(text, wanted.clone())?;
        }
        wanted.extend(self.seen_in(text)?);
        self.replace_pieces(text, wanted)
    }

    fn replace_pieces(&self, text: &str, wanted: Vec<Piece>) -> Result<Replaced, ReplaceError> {
        let known = if wanted.is_empty() { Vec::new() } else { self.known(text) };
        self.put(text, 0, spans::settle(wanted, &known))
    }

    /// Where values stand that this session replaced before, whether or not anything else would find them.
    fn seen_in(&self, text: &str) -> Result<Vec<Piece>, ReplaceError> {
        let rule = RuleId::parse(SEEN_BEFORE).map_err(|_| ReplaceError::NoneFree)?;
        let table = self.read();
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).learned(&table)?;
        let spans = seen.find(text);
        let entry = |number: usize| table.entry(number).map(|entry| (entry.kind, entry.placeholder.clone()));
        let piece = |(span, number)| Some(Piece::seen(span, rule.clone(), entry(number)?));
        Ok(spans.into_iter().filter_map(piece).collect())
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
        for Piece { span, rule, kind, placeholder, .. } in pieces {
            let placeholder = if let Some(placeholder) = placeholder {
                placeholder
            } else {
                // What a placeholder in it stands for is part of the value, so that one way back is enough.
                let value = Secret::new(self.expand(text.get(span.clone()).unwrap_or_default()));
                self.placeholder(kind, value.expose())?
            };
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

/// What hits want replaced.
fn pieces(text: &str, hits: &[Hit]) -> Result<Vec<Piece>, ReplaceError> {
    let length = text.len() as u64;
    let piece = |hit: &Hit| {
        let span = &hit.span;
        let outside = ReplaceError::NotInText { start: span.start as u64, end: span.end as u64, length };
        text.get(span.clone()).map(|_| Piece::of(hit)).ok_or(outside)
    };
    hits.iter().map(piece).collect()
}
