//! The first pass: what the columns hold.

use super::column::{By, Content, Decision};
use super::encoding::{Decoder, Encoding, Guess};
use super::format::{Format, Layout};
use super::kind::Kind;
use super::row::{Columns, MaskError, Reader, Row};
use std::collections::BTreeMap;

/// How much is looked at to tell the layout of a file.
const START: usize = 64 << 10;

/// What somebody decided about columns, by name; it holds for every table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices(BTreeMap<String, Kind>);

impl Choices {
    /// Columns of this name hold values of this kind. The name may have the table before it: `users.name`.
    pub fn choose(&mut self, name: &str, kind: Kind) {
        self.0.insert(name.to_lowercase(), kind);
    }

    fn of(&self, table: &str, name: &str) -> Option<Kind> {
        let (table, name) = (table.to_lowercase(), name.to_lowercase());
        self.0.get(&format!("{table}.{name}")).or_else(|| self.0.get(&name)).copied()
    }
}

/// Looks at all of a file and decides what its columns hold. This is a pass of its own, because what a column holds is known
/// when its values were seen, and what a dump says about its tables often stands at its end. Of each column, no more is
/// kept than some counts.
pub struct Survey {
    format: Format,
    /// What the rows are about, if the file's name says it.
    about: String,
    decoder: Decoder,
    encoding: Encoding,
    /// The text until the layout is known.
    start: String,
    reading: Option<(Layout, Box<dyn Reader>)>,
    contents: Vec<Content>,
}

impl std::fmt::Debug for Survey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Survey({:?}, {:?})", self.format, self.encoding)
    }
}

/// What was found out about a file: how it is read, and what its columns hold.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(super) encoding: Encoding,
    pub(super) layout: Layout,
    pub(super) columns: Columns,
    pub(super) decisions: Vec<Decision>,
    choices: Choices,
}

impl Survey {
    /// Of a file in this format and encoding.
    pub fn new(format: Format, encoding: Encoding) -> Self {
        Self {
            format,
            about: String::new(),
            decoder: Decoder::new(encoding),
            encoding,
            start: String::new(),
            reading: None,
            contents: Vec::new(),
        }
    }

    /// With what the rows are about, such as `customers`. It helps to understand a column that is called `name`.
    #[must_use]
    pub fn about(self, what: &str) -> Self {
        Self { about: what.to_owned(), ..self }
    }

    /// Takes the next piece of the file.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), MaskError> {
        let text = self.decoder.push(bytes)?;
        self.read(&text, false)
    }

    /// Ends the file; gives what was found out.
    pub fn finish(mut self, choices: &Choices) -> Result<Plan, MaskError> {
        self.read("", true)?;
        let layout = match self.reading.take() {
            Some((layout, mut reader)) => {
                let contents = &mut self.contents;
                reader.finish(&mut |row, _| add(contents, &row))?;
                let columns = reader.columns().clone();
                let decisions = decide(&columns, &self.contents, choices, &self.about);
                return Ok(Plan { encoding: self.encoding, layout, columns, decisions, choices: choices.clone() });
            }
            None => Layout::guess(self.format, ""),
        };
        let (columns, decisions) = (Columns::default(), Vec::new());
        Ok(Plan { encoding: self.encoding, layout, columns, decisions, choices: choices.clone() })
    }

    fn read(&mut self, text: &str, ended: bool) -> Result<(), MaskError> {
        let contents = &mut self.contents;
        let mut rows = |row: Row, _: &Columns| add(contents, &row);
        if let Some((_, reader)) = &mut self.reading {
            return reader.push(text, &mut rows);
        }
        self.start.push_str(text);
        if self.start.len() < START && !ended {
            return Ok(());
        }
        let start = std::mem::take(&mut self.start);
        let layout = Layout::guess(self.format, start.get(..start.floor_char_boundary(START)).unwrap_or(&start));
        let mut reader = layout.reader(Columns::default());
        reader.push(&start, &mut rows)?;
        self.reading = Some((layout, reader));
        Ok(())
    }
}

fn add(contents: &mut Vec<Content>, row: &Row) {
    for cell in &row.cells {
        let place = cell.column.place();
        if contents.len() <= place {
            contents.resize(place + 1, Content::default());
        }
        if let Some(content) = contents.get_mut(place) {
            content.add(&cell.text);
        }
    }
}

fn decide(columns: &Columns, contents: &[Content], choices: &Choices, about: &str) -> Vec<Decision> {
    let nothing = Content::default();
    let mut decisions: Vec<Decision> = columns
        .all()
        .map(|(id, column)| {
            let content = contents.get(id.place()).unwrap_or(&nothing);
            if let Some(kind) = choices.of(&column.table, &column.name) {
                return Decision { kind, by: By::Choice, day_first: content.is_day_first() };
            }
            let table = if column.table.is_empty() { about } else { &column.table };
            Decision::of(&format!("{table}.{}", column.name), content)
        })
        .collect();
    // What refers to a column is masked like it, or rows would no longer find each other. Chains are short.
    for _ in 0..4 {
        for (id, column) in columns.all() {
            let target = column.refers_to.as_ref().and_then(|(table, name)| columns.find(table, name));
            let Some(kind) = target.and_then(|target| decisions.get(target.place())).map(|it| it.kind) else {
                continue;
            };
            if let Some(decision) = decisions.get_mut(id.place())
                && decision.kind != kind
                && decision.by != By::Choice
            {
                (decision.kind, decision.by) = (kind, By::Reference);
            }
        }
    }
    decisions
}

impl Plan {
    /// What was decided about a column that the survey may not have seen.
    pub(super) fn decision(&self, table: &str, name: &str) -> Decision {
        let known = self.columns.find(table, name).and_then(|id| self.decisions.get(id.place()));
        known.cloned().unwrap_or_else(|| match self.choices.of(table, name) {
            Some(kind) => Decision { kind, by: By::Choice, day_first: false },
            None => Decision::of(&format!("{table}.{name}"), &Content::default()),
        })
    }

    /// What a column holds, if the survey saw it.
    pub(super) fn kind_of(&self, table: &str, name: &str) -> Option<Kind> {
        let id = self.columns.find(table, name)?;
        self.decisions.get(id.place()).map(|decision| decision.kind)
    }

    /// How the file is encoded.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The columns: table, name and what was decided.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &str, &Decision)> {
        let all = self.columns.all().zip(&self.decisions);
        all.map(|((_, column), decision)| (column.table.as_str(), column.name.as_str(), decision))
    }
}

/// Finds out how a file is encoded: all of its bytes decide.
#[derive(Debug, Default)]
pub struct EncodingSurvey(Guess);

impl EncodingSurvey {
    /// Takes the next piece of the file.
    pub fn push(&mut self, bytes: &[u8]) {
        self.0.push(bytes);
    }

    /// Ends the file.
    pub fn finish(self) -> Encoding {
        self.0.finish()
    }
}
