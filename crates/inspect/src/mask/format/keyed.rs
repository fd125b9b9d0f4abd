//! Lines with a key and a value: `.env`, properties, INI, and YAML as far as it is written that way. What is no such line
//! is text.

use super::text::Text;
use crate::mask::row::{Cell, Columns, MaskError, Reader, Row, Style};

/// How long one line may be.
const LONGEST: usize = 16 << 20;

/// The column of what stands between lines with keys.
const TEXT: &str = "(text)";

/// Reads lines.
#[derive(Debug)]
pub(crate) struct Keyed {
    separators: &'static [char],
    columns: Columns,
    line: String,
    /// What stands between lines with keys.
    text: Text,
    number: u64,
}

impl Keyed {
    /// Lines such as `KEY=value`.
    pub(crate) fn assignments() -> Self {
        Self::new(&['=', ':'])
    }

    /// Lines such as `key: value`.
    pub(crate) fn yaml() -> Self {
        Self::new(&[':'])
    }

    fn new(separators: &'static [char]) -> Self {
        Self { separators, columns: Columns::default(), line: String::new(), text: Text::new(), number: 1 }
    }

    fn end_line(&mut self, rows: &mut dyn FnMut(Row, &Columns)) -> Result<(), MaskError> {
        let line = std::mem::take(&mut self.line);
        let in_text = self.columns.named("", TEXT);
        let columns = &self.columns;
        let mut text_rows = |row: Row, _: &Columns| rows(row.in_column(in_text), columns);
        match pair(&line, self.separators) {
            Some((key, span, quote)) if !span.is_empty() && !self.text.is_in_key() => {
                // The text before it comes first.
                self.text.flush(&mut text_rows);
                let text = unquoted(line.get(span.clone()).unwrap_or_default(), quote);
                let column = self.columns.named("", &key);
                let cell = Cell { span, column, text, style: Style::Keyed { quote } };
                rows(Row { raw: line, cells: vec![cell] }, &self.columns);
                Ok(())
            }
            Some(_) | None => self.text.push(&line, &mut text_rows),
        }
    }
}

/// The value between quotes of this kind.
fn unquoted(text: &str, quote: Option<char>) -> String {
    match quote {
        Some('"') => serde_json::from_str(&format!("\"{text}\"")).unwrap_or_else(|_| text.to_owned()),
        Some(_) => text.replace("''", "'"),
        None => text.to_owned(),
    }
}

/// The key of a line, where its value stands, and which quotes are around it.
fn pair(line: &str, separators: &[char]) -> Option<(String, std::ops::Range<usize>, Option<char>)> {
    let indent = line.len() - line.trim_start().len();
    let mut start = indent;
    for prefix in ["- ", "export "] {
        if line.get(start..)?.starts_with(prefix) {
            start += prefix.len();
        }
    }
    let rest = line.get(start..)?;
    let end = rest.find(|c: char| !(c.is_alphanumeric() || "_-.\"'".contains(c)))?;
    let key = rest.get(..end)?.trim_matches(['"', '\'']);
    let after = rest.get(end..)?;
    let gap = after.len() - after.trim_start_matches([' ', '\t']).len();
    let separator = after.get(gap..)?.chars().next().filter(|c| separators.contains(c))?;
    if key.is_empty() || key.starts_with(['-', '.']) {
        return None;
    }
    let value_at = start + end + gap + separator.len_utf8();
    let value = line.get(value_at..)?;
    // `a:b` and `http://…` are no pairs of YAML; `a=b` is one of everything else.
    if separator == ':' && !value.starts_with([' ', '\t', '\n', '\r']) && !value.is_empty() {
        return None;
    }
    let bare = value.trim_end_matches(['\n', '\r', ' ', '\t']);
    let value_start = value_at + bare.len() - bare.trim_start_matches([' ', '\t']).len();
    let bare = bare.trim_start_matches([' ', '\t']);
    let quote = bare.chars().next().filter(|c| ['"', '\''].contains(c));
    match quote {
        Some(quote) => {
            let inner = bare.get(1..)?;
            let close = closing(inner, quote)?;
            Some((key.to_owned(), value_start + 1..value_start + 1 + close, Some(quote)))
        }
        // A block, an anchor, a list or a map of YAML is not a value.
        None if bare.starts_with(['|', '>', '&', '*', '[', '{', '#', '!']) && separator == ':' => None,
        None => {
            let comment = bare.find(" #").unwrap_or(bare.len());
            let length = bare.get(..comment)?.trim_end().len();
            Some((key.to_owned(), value_start..value_start + length, None))
        }
    }
}

/// Where the quote closes that was opened before `text`.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' if quote == '"' => {
                characters.next();
            }
            '\'' if quote == '\'' && characters.peek().is_some_and(|(_, next)| *next == '\'') => _ = characters.next(),
            c if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

impl Reader for Keyed {
    fn push(&mut self, text: &str, rows: &mut dyn FnMut(Row, &Columns)) -> Result<(), MaskError> {
        for line in text.split_inclusive('\n') {
            self.line.push_str(line);
            if self.line.len() > LONGEST {
                return Err(MaskError::TooLong { line: self.number, limit: LONGEST });
            }
            if line.ends_with('\n') {
                self.number += 1;
                self.end_line(rows)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, rows: &mut dyn FnMut(Row, &Columns)) -> Result<(), MaskError> {
        if !self.line.is_empty() {
            self.end_line(rows)?;
        }
        let in_text = self.columns.named("", TEXT);
        let columns = &self.columns;
        self.text.finish(&mut |row, _| rows(row.in_column(in_text), columns))
    }

    fn columns(&self) -> &Columns {
        &self.columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str, mut reader: Keyed) -> Vec<(String, String)> {
        let (mut all, mut raw) = (Vec::new(), String::new());
        let mut keep = |row: Row, columns: &Columns| {
            raw.push_str(&row.raw);
            all.extend(row.cells.into_iter().map(|cell| (columns.get(cell.column).unwrap().name.clone(), cell.text)));
        };
        for c in text.split_inclusive(|_| true) {
            reader.push(c, &mut keep).unwrap();
        }
        reader.finish(&mut keep).unwrap();
        assert_eq!(raw, text);
        all.into_iter().filter(|(name, _)| name != TEXT).collect()
    }

    fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(one, two)| ((*one).to_owned(), (*two).to_owned())).collect()
    }

    #[test]
    fn finds_the_values_of_an_env_file() {
        let text = "# who\nexport NAME='Anna'\nMAIL = \"a\\\"b\" # x\nURL=http://x/?a=b\r\nEMPTY=\n[section]\nplain\n";
        let expected = pairs(&[("NAME", "Anna"), ("MAIL", "a\"b"), ("URL", "http://x/?a=b")]);
        assert_eq!(values(text, Keyed::assignments()), expected);
    }

    #[test]
    fn finds_the_plain_values_of_yaml() {
        let text = "people:\n  - name: Anna Schmidt  # she\n    mail: 'it''s'\n    note: |\n      text: here\n    tags: [a]\nurl: http://x\n";
        let expected = pairs(&[("name", "Anna Schmidt"), ("mail", "it's"), ("text", "here"), ("url", "http://x")]);
        assert_eq!(values(text, Keyed::yaml()), expected);
    }
}
