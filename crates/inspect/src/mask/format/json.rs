//! JSON, one document or one after the other, as in JSON lines.

use crate::mask::row::{Cell, Columns, MaskError, Reader, Row, Style};

/// How long one string may be.
const LONGEST: usize = 16 << 20;
/// How much of a record is held, so that its values can be looked at together. What is longer goes on in pieces.
const RECORD: usize = 4 << 20;
/// How deep objects and lists may be nested.
const DEEPEST: usize = 512;
/// The column of keys that are values themselves.
const KEYS: &str = "(keys)";
/// The column of keys that may be names of people; they are, if the same names stand elsewhere.
pub(crate) const NAMES: &str = "(names)";

/// Reads values and the path to each of them.
#[derive(Debug, Default)]
pub(crate) struct Json {
    columns: Columns,
    row: Row,
    /// What is open: for an object, how long the path was before its last key; nothing for a list.
    open: Vec<Option<usize>>,
    /// The keys that lead here.
    path: String,
    lex: Lex,
    /// Whether a key is due, or a value.
    expects_key: bool,
    line: u64,
    token_line: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Lex {
    #[default]
    Between,
    /// In a string that began at this place of the row.
    String { start: usize, escaped: bool },
    /// In a number or a word that began there.
    Plain { start: usize },
}

impl Json {
    pub(crate) fn new() -> Self {
        Self { line: 1, ..Self::default() }
    }

    fn read(&mut self, c: char, rows: &mut dyn FnMut(Row, &Columns)) -> Result<(), MaskError> {
        match self.lex {
            Lex::String { start, escaped } => {
                self.row.raw.push(c);
                self.lex = match c {
                    '"' if !escaped => {
                        self.string(start);
                        self.value_ended(rows);
                        Lex::Between
                    }
                    _ => Lex::String { start, escaped: c == '\\' && !escaped },
                };
            }
            Lex::Plain { start } if c.is_ascii_alphanumeric() || "+-.".contains(c) => {
                self.row.raw.push(c);
                self.lex = Lex::Plain { start };
            }
            Lex::Plain { start } => {
                self.plain(start)?;
                self.lex = Lex::Between;
                self.value_ended(rows);
                self.between(c, rows)?;
            }
            Lex::Between => self.between(c, rows)?,
        }
        let token = match self.lex {
            Lex::String { start, .. } | Lex::Plain { start } => self.row.raw.len().saturating_sub(start),
            Lex::Between => 0,
        };
        if token > LONGEST {
            return Err(MaskError::TooLong { line: self.token_line, limit: LONGEST });
        }
        Ok(())
    }

    fn between(&mut self, c: char, rows: &mut dyn FnMut(Row, &Columns)) -> Result<(), MaskError> {
        self.token_line = self.line;
        self.row.raw.push(c);
        match c {
            ' ' | '\t' | '\n' | '\r' => {}
            '\u{feff}' if self.open.is_empty() => {}
            '"' => self.lex = Lex::String { start: self.row.raw.len(), escaped: false },
            '{' | '[' if self.open.len() < DEEPEST && !self.expects_key => {
                self.open.push((c == '{').then_some(self.path.len()));
                self.expects_key = c == '{';
            }
            '}' | ']' => {
                let closes_object = c == '}';
                match self.open.pop() {
                    Some(Some(length)) if closes_object => self.path.truncate(length),
                    Some(None) if !closes_object => {}
                    Some(_) | None => return Err(self.wrong("this bracket closes nothing")),
                }
                self.value_ended(rows);
            }
            ',' if !self.open.is_empty() => {
                self.expects_key = matches!(self.open.last(), Some(Some(_)));
            }
            ':' if matches!(self.open.last(), Some(Some(_))) => self.expects_key = false,
            _ if !self.expects_key && (c.is_ascii_digit() || c == '-' || c.is_ascii_lowercase()) => {
                self.lex = Lex::Plain { start: self.row.raw.len() - c.len_utf8() };
            }
            _ => return Err(self.wrong("this is no JSON")),
        }
        Ok(())
    }

    /// A string ended: a key, or a value. Its closing quote was read already.
    fn string(&mut self, start: usize) {
        let end = self.row.raw.len() - 1;
        let source = self.row.raw.get(start - 1..=end).unwrap_or_default();
        // What can't be read, such as half a surrogate pair, is judged as it is written.
        let text = serde_json::from_str(source).unwrap_or_else(|_| source.trim_matches('"').to_owned());
        if self.expects_key {
            self.key(start..end, text);
            return;
        }
        let column = self.columns.named("", &self.path);
        self.row.cells.push(Cell { span: start..end, column, text, style: Style::Json });
    }

    fn key(&mut self, span: std::ops::Range<usize>, text: String) {
        let Some(Some(length)) = self.open.last() else { return };
        self.path.truncate(*length);
        if !self.path.is_empty() {
            self.path.push('.');
        }
        let is_value = is_value(&text);
        if is_value || is_like_a_name(&text) {
            self.path.push('*');
            let column = self.columns.named("", if is_value { KEYS } else { NAMES });
            self.row.cells.push(Cell { span, column, text, style: Style::Json });
        } else {
            self.path.push_str(&text);
        }
    }

    /// A number or a word ended.
    fn plain(&mut self, start: usize) -> Result<(), MaskError> {
        let text = self.row.raw.get(start..).unwrap_or_default().to_owned();
        if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            let column = self.columns.named("", &self.path);
            let span = start..start + text.len();
            self.row.cells.push(Cell { span, column, text, style: Style::Number });
        } else if !["true", "false", "null"].contains(&text.as_str()) {
            return Err(self.wrong("this is no JSON"));
        }
        Ok(())
    }

    /// Hands over the row when a record is whole, or long.
    fn value_ended(&mut self, rows: &mut dyn FnMut(Row, &Columns)) {
        let is_record = match self.open.as_slice() {
            [] | [None] => true,
            _ => self.row.raw.len() > RECORD,
        };
        if is_record && !self.expects_key {
            rows(std::mem::take(&mut self.row), &self.columns);
        }
    }

    fn wrong(&self, what: &'static str) -> MaskError {
        MaskError::Syntax { line: self.line, what }
    }
}

/// Whether a key is no name but a value: a number, an address, an id, a sentence.
fn is_value(key: &str) -> bool {
    let digits = key.bytes().filter(u8::is_ascii_digit).count();
    key.contains('@') || key.len() > 64 || digits * 2 > key.len() || key.split(' ').count() > 4
}

/// Whether a key may be the name of a person: several words with capitals, none of which says what a column holds.
fn is_like_a_name(key: &str) -> bool {
    let words = key.split(' ');
    let is_capital = |word: &str| word.starts_with(|c: char| c.is_alphabetic() && !c.is_lowercase());
    (2..=4).contains(&words.clone().count())
        && words.clone().all(is_capital)
        && crate::mask::kind::Kind::of_header(key).is_none()
}

impl Reader for Json {
    fn push(&mut self, text: &str, rows: &mut dyn FnMut(Row, &Columns)) -> Result<(), MaskError> {
        for c in text.chars() {
            self.read(c, rows)?;
            self.line += u64::from(c == '\n');
        }
        Ok(())
    }

    fn finish(&mut self, rows: &mut dyn FnMut(Row, &Columns)) -> Result<(), MaskError> {
        if let Lex::Plain { start } = self.lex {
            self.plain(start)?;
            self.lex = Lex::Between;
        }
        if self.lex != Lex::Between || !self.open.is_empty() {
            return Err(MaskError::Unfinished { line: self.token_line });
        }
        if !self.row.raw.is_empty() {
            rows(std::mem::take(&mut self.row), &self.columns);
        }
        Ok(())
    }

    fn columns(&self) -> &Columns {
        &self.columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every value with its column.
    fn values(text: &str) -> Result<Vec<(String, String)>, MaskError> {
        let mut all = Vec::new();
        let mut raw = String::new();
        let mut reader = Json::new();
        let mut keep = |row: Row, columns: &Columns| {
            raw.push_str(&row.raw);
            all.extend(row.cells.into_iter().map(|cell| (columns.get(cell.column).unwrap().name.clone(), cell.text)));
        };
        for c in text.split_inclusive(|_| true) {
            reader.push(c, &mut keep)?;
        }
        reader.finish(&mut keep)?;
        assert_eq!(raw, text);
        Ok(all)
    }

    #[test]
    fn every_value_has_the_path_that_leads_to_it() {
        let text = r#"{"a": "x\"\u0041", "b": {"c": [1, -2.5e3, {"d": null}], "e": "y"}, "7": {"f": true}, "g": "z"}
            [{"a": "k"}, "l"] 5"#;
        let expected = [
            ("a", "x\"A"),
            ("b.c", "1"),
            ("b.c", "-2.5e3"),
            ("b.e", "y"),
            ("(keys)", "7"),
            ("g", "z"),
            ("a", "k"),
            ("", "l"),
            ("", "5"),
        ];
        let expected: Vec<(String, String)> = expected.map(|(one, two)| (one.to_owned(), two.to_owned())).to_vec();
        assert_eq!(values(text).unwrap(), expected);
    }

    #[test]
    fn records_come_one_by_one() {
        let mut rows = 0;
        let mut reader = Json::new();
        reader.push("[{\"a\":1},{\"a\":2}]\n{\"a\":3}\n{\"a\":4}", &mut |_, _| rows += 1).unwrap();
        assert!(rows >= 4, "{rows}");
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["{\"a\": x}", "name,mail", "{]", "]", "{\"a\": 1", "\"abc", "{1: 2}", "NaN"] {
            assert!(values(text).is_err(), "{text}");
        }
    }
}
