//! What the formats have in common: rows, whose cells may get other values while every byte between them stays.

use crate::replace::write_escaped;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;

/// How many columns a set of data may have. What comes beyond shares one column, whose values are judged one by one.
const MOST_COLUMNS: usize = 20_000;

/// Why data could not be masked. None of it quotes the data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MaskError {
    /// A row, a string or a statement is longer than what is held in memory.
    #[error("line {line}: what begins here is longer than {limit} bytes")]
    TooLong {
        /// Where it begins.
        line: u64,
        /// How long it may be.
        limit: usize,
    },
    /// The data are not in the format that they were said to be in.
    #[error("line {line}: {what}")]
    Syntax {
        /// Where.
        line: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// The bytes are not in the encoding that the first pass found.
    #[error("the bytes are not {encoding}, as they were when they were looked at first")]
    Encoding {
        /// The encoding.
        encoding: &'static str,
    },
    /// The data ended in the middle of something.
    #[error("the data end in the middle of a string or a statement that began in line {line}")]
    Unfinished {
        /// Where it began.
        line: u64,
    },
}

/// How the value of a cell is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// As it is; nothing may come in that the cell could not hold before.
    Raw,
    /// A field of CSV without quotes; it gets some if it needs them.
    Field {
        /// What separates fields.
        delimiter: char,
    },
    /// A field of CSV in quotes.
    QuotedField,
    /// A string of JSON, without its quotes.
    Json,
    /// A number that must stay one.
    Number,
    /// A string of SQL, without its quotes.
    Sql {
        /// Whether a backslash begins an escape.
        backslash: bool,
    },
    /// A string of SQL in double quotes, as `MySQL` has them, without its quotes.
    SqlDouble,
    /// A field of `COPY … FROM stdin`.
    Copy,
    /// Bytes that are text, as two hexadecimal digits each.
    Hexadecimal,
    /// The hexadecimal digits of bytes that are no text.
    Bytes,
    /// A value behind a key, in quotes of this kind or in none.
    Keyed {
        /// The quote, if there is one.
        quote: Option<char>,
    },
}

/// A value in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// Where it stands in the row, without quotes.
    pub(super) span: Range<usize>,
    /// Its column.
    pub(super) column: ColumnId,
    /// The value itself.
    pub(super) text: String,
    pub(super) style: Style,
}

/// Bytes of the data, and the values in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) raw: String,
    pub(super) cells: Vec<Cell>,
}

impl Row {
    /// Text without values.
    pub(super) fn of(raw: String) -> Self {
        Self { raw, cells: Vec::new() }
    }

    /// The same row with all values in one column.
    pub(super) fn in_column(mut self, column: ColumnId) -> Self {
        self.cells.iter_mut().for_each(|cell| cell.column = column);
        self
    }

    /// Appends the row with other values. `values` has one for each cell; nothing means that it stays.
    pub(super) fn write(&self, values: &[Option<String>], out: &mut String) {
        let mut copied = 0;
        for (cell, value) in self.cells.iter().zip(values) {
            let Some(value) = value.as_deref().filter(|value| *value != cell.text) else { continue };
            out.push_str(self.raw.get(copied..cell.span.start).unwrap_or_default());
            cell.style.write(value, out);
            copied = cell.span.end;
        }
        out.push_str(self.raw.get(copied..).unwrap_or_default());
    }
}

impl Style {
    /// Writes a value so that it is read as this value.
    fn write(self, value: &str, out: &mut String) {
        match self {
            Self::Field { delimiter } if value.contains([delimiter, '"', '\n', '\r']) => {
                out.push('"');
                out.push_str(&value.replace('"', "\"\""));
                out.push('"');
            }
            Self::Raw | Self::Number | Self::Bytes | Self::Field { .. } => out.push_str(value),
            Self::Hexadecimal => {
                for byte in value.bytes() {
                    // Writing to a string can't fail.
                    write!(out, "{byte:02x}").ok();
                }
            }
            Self::QuotedField => out.push_str(&value.replace('"', "\"\"")),
            Self::Json | Self::Keyed { quote: Some('"') } => write_escaped(value, out),
            Self::Sql { backslash: true } => escaped(value, out, |c| match c {
                '\\' => Some("\\\\"),
                '\'' => Some("''"),
                '\n' => Some("\\n"),
                '\r' => Some("\\r"),
                '\0' => Some("\\0"),
                '\u{1a}' => Some("\\Z"),
                _ => None,
            }),
            Self::Sql { backslash: false } | Self::Keyed { quote: Some(_) } => out.push_str(&value.replace('\'', "''")),
            Self::SqlDouble => escaped(value, out, |c| match c {
                '\\' => Some("\\\\"),
                '"' => Some("\"\""),
                _ => None,
            }),
            Self::Copy => escaped(value, out, |c| match c {
                '\\' => Some("\\\\"),
                '\t' => Some("\\t"),
                '\n' => Some("\\n"),
                '\r' => Some("\\r"),
                _ => None,
            }),
            Self::Keyed { quote: None } => out.push_str(&value.replace(['\n', '\r'], " ")),
        }
    }
}

fn escaped(value: &str, out: &mut String, escape: fn(char) -> Option<&'static str>) {
    for c in value.chars() {
        match escape(c) {
            Some(escape) => out.push_str(escape),
            None => out.push(c),
        }
    }
}

/// A column, by its place in [`Columns`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ColumnId(usize);

impl ColumnId {
    /// Its place among all columns.
    pub(super) fn place(self) -> usize {
        self.0
    }
}

/// What is known of a column from how it was declared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Column {
    /// The table, or nothing.
    pub(super) table: String,
    pub(super) name: String,
    /// How many characters a value may have.
    pub(super) limit: Option<usize>,
    /// Whether no two values may be the same.
    pub(super) is_unique: bool,
    /// The table and column whose values these are, too.
    pub(super) refers_to: Option<(String, String)>,
}

/// The columns that were seen so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    all: Vec<Column>,
    by_name: HashMap<(String, String), ColumnId>,
}

impl Columns {
    /// The column of this name; a new one if there is none yet.
    pub(super) fn named(&mut self, table: &str, name: &str) -> ColumnId {
        if let Some(id) = self.by_name.get(&(table.to_owned(), name.to_owned())) {
            return *id;
        }
        if self.all.len() > MOST_COLUMNS {
            return ColumnId(MOST_COLUMNS);
        }
        let id = ColumnId(self.all.len());
        let is_last = self.all.len() == MOST_COLUMNS;
        let (table, name) =
            if is_last { (String::new(), "…".to_owned()) } else { (table.to_owned(), name.to_owned()) };
        self.by_name.insert((table.clone(), name.clone()), id);
        self.all.push(Column { table, name, ..Column::default() });
        id
    }

    /// The column of this name, if there is one.
    pub(super) fn find(&self, table: &str, name: &str) -> Option<ColumnId> {
        self.by_name.get(&(table.to_owned(), name.to_owned())).copied()
    }

    pub(super) fn get(&self, id: ColumnId) -> Option<&Column> {
        self.all.get(id.0)
    }

    pub(super) fn get_mut(&mut self, id: ColumnId) -> Option<&mut Column> {
        self.all.get_mut(id.0)
    }

    /// Every column, in the order in which they were seen.
    pub(super) fn all(&self) -> impl Iterator<Item = (ColumnId, &Column)> {
        self.all.iter().enumerate().map(|(place, column)| (ColumnId(place), column))
    }
}

/// Cuts data of a format into rows.
pub(super) trait Reader {
    /// Takes the next piece of the data and hands over every row that is whole by now.
    fn push(&mut self, text: &str, rows: &mut dyn FnMut(Row, &Columns)) -> Result<(), MaskError>;

    /// Ends the data.
    fn finish(&mut self, rows: &mut dyn FnMut(Row, &Columns)) -> Result<(), MaskError>;

    /// The columns seen so far.
    fn columns(&self) -> &Columns;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(style: Style, value: &str) -> String {
        let mut out = String::new();
        style.write(value, &mut out);
        out
    }

    #[test]
    fn every_style_writes_what_is_read_as_the_value() {
        let value = "a\"b'c\\d\ne\tf;g";
        assert_eq!(written(Style::Field { delimiter: ';' }, value), "\"a\"\"b'c\\d\ne\tf;g\"");
        assert_eq!(written(Style::Field { delimiter: ';' }, "a,b"), "a,b");
        assert_eq!(written(Style::QuotedField, value), "a\"\"b'c\\d\ne\tf;g");
        assert_eq!(serde_json::from_str::<String>(&format!("\"{}\"", written(Style::Json, value))).unwrap(), value);
        assert_eq!(written(Style::Sql { backslash: true }, value), "a\"b''c\\\\d\\ne\tf;g");
        assert_eq!(written(Style::Sql { backslash: false }, value), "a\"b''c\\d\ne\tf;g");
        assert_eq!(written(Style::Copy, value), "a\"b'c\\\\d\\ne\\tf;g");
        assert_eq!(written(Style::Keyed { quote: None }, value), "a\"b'c\\d e\tf;g");
    }

    #[test]
    fn what_is_between_the_cells_stays() {
        let mut columns = Columns::default();
        let column = columns.named("t", "a");
        let cell = |span: Range<usize>, text: &str| Cell { span, column, text: text.to_owned(), style: Style::Raw };
        let row = Row { raw: "(one, two)\n".to_owned(), cells: vec![cell(1..4, "one"), cell(6..9, "two")] };
        let mut out = String::new();
        row.write(&[Some("1".to_owned()), None], &mut out);
        row.write(&[None, Some("2".to_owned())], &mut out);
        assert_eq!(out, "(1, two)\n(one, 2)\n");
    }

    #[test]
    fn there_is_an_end_to_new_columns() {
        let mut columns = Columns::default();
        let ids: Vec<ColumnId> = (0..MOST_COLUMNS + 5).map(|n| columns.named("", &n.to_string())).collect();
        assert_eq!(ids.last(), ids.get(MOST_COLUMNS));
        assert_eq!(columns.get(ids[MOST_COLUMNS]).unwrap().name, "…");
    }
}
