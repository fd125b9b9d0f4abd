//! The last pass: the copy.

use super::column::{By, Decision};
use super::encoding::{Decoder, Encoding, encode};
use super::finder::Finder;
use super::inside::Inside;
use super::kind::Kind;
use super::known::Known;
use super::row::{Cell, Column, Columns, MaskError, Reader, Row, Style};
use super::survey::Plan;
use super::value::{self, MaskKey, Place, masked};
use std::collections::HashMap;
use std::sync::Arc;

/// How many values are remembered with what became of them.
const REMEMBERED: usize = 100_000;
/// How long a value may be to be remembered.
const SHORT: usize = 256;

/// Makes the copy of a file, piece by piece, as it was planned.
pub struct Masker {
    encoding: Encoding,
    decoder: Decoder,
    reader: Box<dyn Reader>,
    work: Work,
}

impl std::fmt::Debug for Masker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Masker({:?})", self.encoding)
    }
}

/// What was done to a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    /// The table, or nothing.
    pub table: String,
    /// The column.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// What that was decided by.
    pub by: By,
    /// How many values it has that are not empty.
    pub values: u64,
    /// How many of them became others.
    pub masked: u64,
    /// How much was found and masked inside of values that stayed otherwise.
    pub found: u64,
}

impl Masker {
    /// Copies as `plan` says. `finder` looks through what is text.
    pub fn new(plan: Plan, key: MaskKey, finder: Arc<dyn Finder>) -> Self {
        let decoder = Decoder::new(plan.encoding);
        let reader = plan.layout.reader(plan.columns.clone());
        let encoding = plan.encoding;
        let known = Arc::new(Known::default());
        let work =
            Work { plan, key, finder, known, columns: Vec::new(), remembered: HashMap::new(), out: String::new() };
        Self { encoding, decoder, reader, work }
    }

    /// With values that are masked wherever they stand, also those of other files.
    #[must_use]
    pub fn knowing(mut self, known: Arc<Known>) -> Self {
        self.work.known = known;
        self
    }

    /// Takes the next piece of the file and appends to the copy what is ready.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), MaskError> {
        let text = self.decoder.push(bytes)?;
        self.reader.push(&text, &mut |row, columns| self.work.row(&row, columns))?;
        self.work.hand_over(self.encoding, out);
        Ok(())
    }

    /// Ends the file; appends the rest of the copy and says what was done.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<Vec<Masked>, MaskError> {
        self.decoder.finish()?;
        self.reader.finish(&mut |row, columns| self.work.row(&row, columns))?;
        self.work.hand_over(self.encoding, out);
        Ok(self.work.columns.into_iter().flatten().map(|column| column.done).collect())
    }
}

/// A column with what is done to it.
struct Working {
    decision: Decision,
    limit: Option<usize>,
    is_unique: bool,
    /// How well its values say whose row it is; the lowest wins.
    subject: Option<u8>,
    done: Masked,
}

struct Work {
    plan: Plan,
    key: MaskKey,
    finder: Arc<dyn Finder>,
    known: Arc<Known>,
    columns: Vec<Option<Working>>,
    remembered: HashMap<(usize, String), (String, u64)>,
    out: String,
}

impl Work {
    fn row(&mut self, row: &Row, columns: &Columns) {
        for cell in &row.cells {
            self.meet(cell, columns);
        }
        let subject = self.subject(row);
        let values: Vec<Option<String>> = row.cells.iter().map(|cell| self.cell(cell, subject.as_deref())).collect();
        row.write(&values, &mut self.out);
    }

    fn hand_over(&mut self, encoding: Encoding, out: &mut Vec<u8>) {
        encode(encoding, &self.out, out);
        self.out.clear();
    }

    /// Makes sure that the column of a cell is known.
    fn meet(&mut self, cell: &Cell, columns: &Columns) {
        let place = cell.column.place();
        if self.columns.len() <= place {
            self.columns.resize_with(place + 1, || None);
        }
        let Some(known) = self.columns.get_mut(place).filter(|known| known.is_none()) else { return };
        let Some(column) = columns.get(cell.column) else { return };
        *known = Some(Working::new(column, self.plan.decision(&column.table, &column.name)));
    }

    /// Whose row it is.
    fn subject(&self, row: &Row) -> Option<String> {
        let rank = |cell: &&Cell| self.columns.get(cell.column.place())?.as_ref()?.subject;
        let ranked = row.cells.iter().filter(|cell| !cell.text.trim().is_empty());
        let best = ranked.filter_map(|cell| Some((rank(&cell)?, cell))).min_by_key(|(rank, _)| *rank);
        best.map(|(_, cell)| cell.text.trim().to_lowercase())
    }

    /// The value that a cell gets, if it gets another one.
    fn cell(&mut self, cell: &Cell, subject: Option<&str>) -> Option<String> {
        let place = cell.column.place();
        let column = self.columns.get_mut(place)?.as_mut()?;
        column.done.values += u64::from(!cell.text.trim().is_empty());
        let kind = column.decision.kind;
        // A date depends on whose it is, so it is not remembered by its value alone.
        let is_remembered = cell.text.len() <= SHORT && kind != Kind::Date;
        let key = (place, if is_remembered { cell.text.clone() } else { String::new() });
        let known = if is_remembered { self.remembered.get(&key).cloned() } else { None };
        let (made, found) = if let Some(known) = known {
            known
        } else {
            let made =
                column.make(Inside { key: &self.key, finder: self.finder.as_ref(), known: &self.known }, cell, subject);
            if is_remembered {
                if self.remembered.len() >= REMEMBERED {
                    self.remembered.clear();
                }
                self.remembered.insert(key, made.clone());
            }
            made
        };
        column.done.found += found;
        let differs = made != cell.text;
        column.done.masked += u64::from(differs);
        differs.then_some(made)
    }
}

impl Working {
    fn new(column: &Column, decision: Decision) -> Self {
        let (table, name) = (column.table.clone(), column.name.clone());
        let (kind, by) = (decision.kind, decision.by);
        Self {
            subject: subject(&name, kind),
            decision,
            limit: column.limit,
            is_unique: column.is_unique,
            done: Masked { table, name, kind, by, values: 0, masked: 0, found: 0 },
        }
    }

    /// What a value becomes, and how much was found inside of it.
    fn make(&self, inside: Inside<'_>, cell: &Cell, subject: Option<&str>) -> (String, u64) {
        let kind = self.decision.kind;
        let is_number = cell.style == Style::Number;
        if kind.is_masked() {
            if cell.style == Style::Bytes {
                return (value::bytes(inside.key.keyed(), &cell.text), 0);
            }
            let place = Place {
                limit: self.limit,
                is_unique: self.is_unique,
                is_number,
                day_first: self.decision.day_first,
                subject,
            };
            return (masked(inside.key.keyed(), kind, &cell.text, place), 0);
        }
        if kind == Kind::Keep {
            (cell.text.clone(), 0)
        } else if is_number {
            inside.number(&cell.text)
        } else if kind == Kind::Category {
            inside.category(&cell.text)
        } else {
            inside.text(&cell.text)
        }
    }
}

/// How well the values of a column say whose row it is.
fn subject(name: &str, kind: Kind) -> Option<u8> {
    const PEOPLE: [&str; 13] = [
        "customer",
        "user",
        "person",
        "patient",
        "employee",
        "member",
        "client",
        "student",
        "subject",
        "kunde",
        "patienten",
        "mitarbeiter",
        "people",
    ];
    let name = name.to_lowercase();
    match kind {
        Kind::Id if PEOPLE.iter().any(|word| name.contains(word)) => Some(0),
        Kind::Id if name.rsplit('.').next() == Some("id") => Some(1),
        Kind::NationalId => Some(2),
        Kind::Email => Some(3),
        Kind::User => Some(4),
        Kind::Id => Some(5),
        Kind::Name => Some(6),
        Kind::Company
        | Kind::Phone
        | Kind::Date
        | Kind::Address
        | Kind::Postcode
        | Kind::Card
        | Kind::Account
        | Kind::Money
        | Kind::Location
        | Kind::Machine
        | Kind::Url
        | Kind::Secret
        | Kind::Text
        | Kind::Category
        | Kind::Timestamp
        | Kind::Number
        | Kind::Flag
        | Kind::Keep => None,
    }
}
