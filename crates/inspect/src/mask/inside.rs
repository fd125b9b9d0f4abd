//! What stands inside of a text that stays otherwise: what is found in it, values behind telling keys, values that are
//! masked elsewhere, and documents within it.

use super::code::is_card;
use super::column::{Content, Decision};
use super::finder::Finder;
use super::format::json::Json;
use super::kind::Kind;
use super::known::Known;
use super::pairs;
use super::piece::{Piece, Treatment, settled};
use super::row::{Columns, Reader as _, Row, Style};
use super::shape::reshaped;
use super::value::{MaskKey, Place, masked};
use crate::{Hit, replace};
use portcullis_event::FindingKind;

/// How deep documents in documents are read as such; deeper ones are text.
const DEEPEST: usize = 3;
/// How long a text must be for anything to be found in it.
const SHORTEST: usize = 3;
/// How long a number must be to say anything about anybody.
const SHORTEST_NUMBER: usize = 9;

/// Looks inside of texts.
#[derive(Clone, Copy)]
pub(super) struct Inside<'a> {
    pub(super) key: &'a MaskKey,
    pub(super) finder: &'a dyn Finder,
    pub(super) known: &'a Known,
}

impl Inside<'_> {
    /// A text with everything masked in it that must not stay; and how much that was.
    pub(super) fn text(&self, text: &str) -> (String, u64) {
        self.at_depth(text, 0)
    }

    /// A word that many rows share; it is masked only if it is a value of another column.
    pub(super) fn category(&self, text: &str) -> (String, u64) {
        let is_of_a_person = |kind: &Kind| *kind != Kind::User && *kind != Kind::Id && *kind != Kind::Company;
        match self.known.kind_of(text).filter(is_of_a_person) {
            Some(kind) => (self.made(Treatment::Value(kind), text), 1),
            None => self.text(text),
        }
    }

    /// A number that must stay one.
    pub(super) fn number(&self, text: &str) -> (String, u64) {
        if text.len() < SHORTEST_NUMBER {
            return (text.to_owned(), 0);
        }
        let found = self.finder.find(text);
        let kind = found.iter().find_map(kind_of).or_else(|| self.known.kind_of(text));
        let kind = kind.or_else(|| is_card(text).then_some(Kind::Card));
        match kind {
            Some(kind) => {
                let place = Place { is_number: true, ..Place::default() };
                (masked(self.key.keyed(), kind, text, place), 1)
            }
            None => (text.to_owned(), 0),
        }
    }

    fn at_depth(&self, text: &str, depth: usize) -> (String, u64) {
        if text.len() < SHORTEST {
            return (text.to_owned(), 0);
        }
        if let Some(made) = self.document(text, depth) {
            return made;
        }
        let mut pieces: Vec<Piece> = self.finder.find(text).iter().filter_map(|hit| piece(hit, text)).collect();
        pieces.extend(pairs::find(text));
        pieces.extend(self.known.find(text));
        let pieces = settled(pieces);
        let mut out = String::with_capacity(text.len());
        let mut copied = 0;
        for piece in &pieces {
            out.push_str(text.get(copied..piece.span.start).unwrap_or_default());
            out.push_str(&self.made(piece.treatment, text.get(piece.span.clone()).unwrap_or_default()));
            copied = piece.span.end;
        }
        out.push_str(text.get(copied..).unwrap_or_default());
        (out, pieces.len() as u64)
    }

    /// A text that is JSON as a whole, as columns of databases have it: each value by the key that leads to it.
    fn document(&self, text: &str, depth: usize) -> Option<(String, u64)> {
        if depth >= DEEPEST || !text.trim_start().starts_with(['{', '[']) {
            return None;
        }
        let (mut out, mut count) = (String::new(), 0);
        let mut reader = Json::new();
        let mut row = |row: Row, columns: &Columns| {
            let mut values = Vec::with_capacity(row.cells.len());
            for cell in &row.cells {
                let path = columns.get(cell.column).map_or("", |column| column.name.as_str());
                let mut content = Content::default();
                content.add(&cell.text);
                let decision = Decision::of(path, &content);
                let is_number = cell.style == Style::Number;
                let place = Place { is_number, day_first: decision.day_first, ..Place::default() };
                let (made, found) = if decision.kind.is_masked() {
                    (masked(self.key.keyed(), decision.kind, &cell.text, place), 1)
                } else if is_number {
                    self.number(&cell.text)
                } else {
                    self.at_depth(&cell.text, depth + 1)
                };
                count += found;
                values.push(Some(made));
            }
            row.write(&values, &mut out);
        };
        reader.push(text, &mut row).ok()?;
        reader.finish(&mut row).ok()?;
        Some((out, count))
    }

    fn made(&self, treatment: Treatment, text: &str) -> String {
        let keyed = self.key.keyed();
        match treatment {
            Treatment::Value(kind) => masked(keyed, kind, text, Place::default()),
            Treatment::Lines => {
                // The lines that begin and end a key stay.
                let line = |line: &str| {
                    if line.contains("-----") { line.to_owned() } else { reshaped(keyed, "secret", line) }
                };
                text.split_inclusive('\n').map(line).collect()
            }
            Treatment::Escaped(kind) => match serde_json::from_str::<String>(&format!("\"{text}\"")) {
                Ok(value) => {
                    let made = serde_json::Value::from(masked(keyed, kind, &value, Place::default())).to_string();
                    made.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or_default().to_owned()
                }
                Err(_) => reshaped(keyed, "secret", text),
            },
        }
    }
}

/// What is done with something that was found.
fn piece(hit: &Hit, text: &str) -> Option<Piece> {
    let kind = kind_of(hit)?;
    let raw = text.get(hit.span.clone())?;
    let span = hit.span.clone();
    let is_key = replace::Kind::of(hit) == replace::Kind::PrivateKey;
    let is_encoded = !hit.value.expose().is_empty() && hit.value.expose() != raw;
    let treatment = match (is_key, is_encoded) {
        (true, false) => Treatment::Lines,
        (false, false) => Treatment::Value(kind),
        // Of what is encoded every letter is changed, or a part of it could still be decoded.
        (_, true) => Treatment::Value(Kind::Secret),
    };
    Some(Piece { span, treatment })
}

fn kind_of(hit: &Hit) -> Option<Kind> {
    if !matches!(hit.kind, FindingKind::Secret | FindingKind::PersonalData) {
        return None;
    }
    Some(match replace::Kind::of(hit) {
        replace::Kind::Email => Kind::Email,
        replace::Kind::Phone => Kind::Phone,
        replace::Kind::Card => Kind::Card,
        replace::Kind::Account => Kind::Account,
        replace::Kind::Name => Kind::Name,
        replace::Kind::Address => Kind::Address,
        replace::Kind::NationalId => Kind::NationalId,
        replace::Kind::Date => Kind::Date,
        replace::Kind::Host => Kind::Machine,
        replace::Kind::User => Kind::User,
        replace::Kind::Personal => Kind::Id,
        replace::Kind::PrivateKey
        | replace::Kind::Token
        | replace::Kind::Password
        | replace::Kind::Connection
        | replace::Kind::Secret => Kind::Secret,
    })
}
