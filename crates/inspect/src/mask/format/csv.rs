//! Comma-separated values, and values separated by anything else.

use crate::mask::row::{Cell, ColumnId, Columns, MaskError, Reader, Row, Style};

/// How long one record may be.
const LONGEST: usize = 16 << 20;
/// What fields may be separated by, the likelier first.
const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];

/// How a file separates its fields, and whether its first record names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) delimiter: char,
    pub(crate) has_header: bool,
}

impl Dialect {
    /// Finds it out from the beginning of a file.
    pub(crate) fn guess(start: &str) -> Self {
        let records = |delimiter: char| records(start, delimiter);
        // The best delimiter cuts the most records into as many fields as the first one, and into many.
        let score = |delimiter: &char| {
            let all = records(*delimiter);
            let wide = all.first().map_or(0, Vec::len);
            let same = all.iter().filter(|record| record.len() == wide).count();
            if wide < 2 { (0, 0) } else { (same * 100 / all.len().max(1), wide) }
        };
        let delimiter = DELIMITERS.into_iter().rev().max_by_key(score).unwrap_or(',');
        Self { delimiter, has_header: has_header(&records(delimiter)) }
    }
}

/// The records at the beginning of a file, without the last one, which may be cut off.
fn records(start: &str, delimiter: char) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = Vec::new();
    let mut reader = Csv::new(Dialect { delimiter, has_header: false });
    let mut keep = |row: Row, _: &Columns| {
        if all.len() < 200 {
            all.push(row.cells.into_iter().map(|cell| cell.text).collect());
        }
    };
    let read = reader.push(start, &mut keep);
    if read.is_ok() && !start.ends_with('\n') {
        // A record that is too long makes the guess worse, and an error later.
        reader.finish(&mut keep).ok();
    }
    all
}

/// Whether the first record holds names: all are there, all are different, and none looks like a value.
fn has_header(records: &[Vec<String>]) -> bool {
    let Some((first, others)) = records.split_first() else { return false };
    let is_name = |text: &String| {
        let text = text.trim();
        !text.is_empty()
            && text.len() <= 80
            && !text.contains('@')
            && text.starts_with(|c: char| c.is_alphabetic() || "_#\"".contains(c))
            && !crate::mask::date::is_date(text, false)
    };
    let different: std::collections::BTreeSet<&String> = first.iter().collect();
    let names_something = first.iter().any(|name| crate::mask::kind::Kind::of_header(name).is_some());
    // In a column of numbers, a first line that is no number is a name. The words of people and places have capitals.
    let is_number =
        |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit() || b".,-+".contains(&it));
    let stands_over_numbers = others
        .first()
        .is_some_and(|other| first.iter().zip(other).any(|(name, value)| !is_number(name) && is_number(value)))
        && first.iter().all(|name| name.starts_with(|c: char| !c.is_uppercase()));
    !first.is_empty()
        && first.iter().all(is_name)
        && different.len() == first.len()
        && (names_something || stands_over_numbers)
}

/// Reads records.
#[derive(Debug)]
pub(crate) struct Csv {
    dialect: Dialect,
    columns: Columns,
    /// The columns of the fields, in their order.
    fields: Vec<ColumnId>,
    is_first: bool,
    /// The record that is being read.
    raw: String,
    in_quotes: bool,
    /// Whether nothing of the field was read yet.
    at_start: bool,
    line: u64,
    record_line: u64,
}

impl Csv {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            columns: Columns::default(),
            fields: Vec::new(),
            is_first: true,
            raw: String::new(),
            in_quotes: false,
            at_start: true,
            line: 1,
            record_line: 1,
        }
    }

    fn record(&mut self, rows: &mut dyn FnMut(Row, &Columns)) {
        let raw = std::mem::take(&mut self.raw);
        self.record_line = self.line;
        (self.in_quotes, self.at_start) = (false, true);
        let is_header = std::mem::take(&mut self.is_first) && self.dialect.has_header;
        let mut cells = Vec::new();
        for (place, field) in fields(&raw, self.dialect.delimiter).into_iter().enumerate() {
            if is_header {
                let name = if field.text.is_empty() { format!("column {}", place + 1) } else { field.text };
                self.fields.push(self.columns.named("", name.trim()));
                continue;
            }
            while self.fields.len() <= place {
                let name = format!("column {}", self.fields.len() + 1);
                self.fields.push(self.columns.named("", &name));
            }
            if let Some(column) = self.fields.get(place) {
                cells.push(Cell { column: *column, ..field });
            }
        }
        rows(Row { raw, cells }, &self.columns);
    }
}

impl Reader for Csv {
    fn push(&mut self, text: &str, rows: &mut dyn FnMut(Row, &Columns)) -> Result<(), MaskError> {
        for c in text.chars() {
            self.raw.push(c);
            if self.raw.len() > LONGEST {
                return Err(MaskError::TooLong { line: self.record_line, limit: LONGEST });
            }
            self.line += u64::from(c == '\n');
            match c {
                '"' if self.in_quotes || self.at_start => {
                    // Two quotes in a row end and begin again, which comes to the same.
                    self.in_quotes = !self.in_quotes;
                    self.at_start = !self.in_quotes;
                }
                '\n' if !self.in_quotes => self.record(rows),
                c if c == self.dialect.delimiter && !self.in_quotes => self.at_start = true,
                '\u{feff}' if self.raw.len() == c.len_utf8() && self.is_first => {}
                _ => self.at_start = false,
            }
        }
        Ok(())
    }

    fn finish(&mut self, rows: &mut dyn FnMut(Row, &Columns)) -> Result<(), MaskError> {
        if self.in_quotes {
            return Err(MaskError::Unfinished { line: self.record_line });
        }
        if !self.raw.is_empty() {
            self.record(rows);
        }
        Ok(())
    }

    fn columns(&self) -> &Columns {
        &self.columns
    }
}

/// The fields of one record. Their columns are filled in by the caller.
fn fields(raw: &str, delimiter: char) -> Vec<Cell> {
    let start = if raw.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let end = raw.trim_end_matches(['\n', '\r']).len().max(start);
    let mut all = Vec::new();
    let (mut field_start, mut in_quotes, mut at_start) = (start, false, true);
    for (at, c) in raw.get(..end).unwrap_or_default().char_indices().filter(|(at, _)| *at >= start) {
        match c {
            '"' if in_quotes || at_start => {
                in_quotes = !in_quotes;
                at_start = !in_quotes;
            }
            c if c == delimiter && !in_quotes => {
                all.push(field(raw, field_start..at, delimiter));
                field_start = at + c.len_utf8();
                at_start = true;
            }
            _ => at_start = false,
        }
    }
    if end > start || !raw.ends_with('\n') {
        all.push(field(raw, field_start..end, delimiter));
    }
    all
}

fn field(raw: &str, span: std::ops::Range<usize>, delimiter: char) -> Cell {
    let text = raw.get(span.clone()).unwrap_or_default();
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).filter(|_| text.len() >= 2);
    match inner {
        // Quotes that are not doubled would not be read as one field.
        Some(inner) if !inner.replace("\"\"", "").contains('"') => Cell {
            span: span.start + 1..span.end - 1,
            column: ColumnId::default(),
            text: inner.replace("\"\"", "\""),
            style: Style::QuotedField,
        },
        Some(_) | None => {
            Cell { span, column: ColumnId::default(), text: text.to_owned(), style: Style::Field { delimiter } }
        }
    }
}
