//! Text without columns, such as logs: what is found in it is masked in place.

use crate::mask::row::{Cell, ColumnId, Columns, MaskError, Reader, Row, Style};

/// How much text is looked at together.
const BLOCK: usize = 256 << 10;
/// How long a key may be that goes over many lines.
const LONGEST_KEY: usize = 64 << 10;
/// How long a block may become when there is no place to cut it.
const LONGEST: usize = 16 << 20;
/// The column that all text is in.
const NAME: &str = "text";

/// Reads blocks of lines.
#[derive(Debug)]
pub(crate) struct Text {
    columns: Columns,
    column: ColumnId,
    pending: String,
    line: u64,
}

impl Text {
    pub(crate) fn new() -> Self {
        let mut columns = Columns::default();
        let column = columns.named("", NAME);
        Self { columns, column, pending: String::new(), line: 1 }
    }

    /// Hands over what is there.
    pub(crate) fn flush(&mut self, rows: &mut dyn FnMut(Row, &Columns)) {
        self.hand_over(self.pending.len(), rows);
    }

    fn hand_over(&mut self, end: usize, rows: &mut dyn FnMut(Row, &Columns)) {
        let rest = self.pending.split_off(end);
        let raw = std::mem::replace(&mut self.pending, rest);
        if raw.is_empty() {
            return;
        }
        self.line += raw.bytes().filter(|it| *it == b'\n').count() as u64;
        let cell = Cell { span: 0..raw.len(), column: self.column, text: raw.clone(), style: Style::Raw };
        rows(Row { raw, cells: vec![cell] }, &self.columns);
    }

    /// The end of the last whole line that is not in the middle of a key.
    fn cut(&self) -> Option<usize> {
        let end = self.pending.rfind('\n')? + 1;
        match open_key(self.pending.get(..end)?) {
            Some(begin) => self.pending.get(..begin)?.rfind('\n').map(|end| end + 1),
            None => Some(end),
        }
    }

    /// Whether what comes next belongs to a key that goes over many lines.
    pub(crate) fn is_in_key(&self) -> bool {
        open_key(&self.pending).is_some()
    }
}

/// Where a key begins that does not end.
fn open_key(text: &str) -> Option<usize> {
    let begin = text.rfind("-----BEGIN ")?;
    let key = text.get(begin..)?;
    (!key.contains("-----END ") && key.len() < LONGEST_KEY).then_some(begin)
}

impl Reader for Text {
    fn push(&mut self, text: &str, rows: &mut dyn FnMut(Row, &Columns)) -> Result<(), MaskError> {
        self.pending.push_str(text);
        while self.pending.len() > BLOCK {
            match self.cut() {
                Some(end) => self.hand_over(end, rows),
                None if self.pending.len() > LONGEST => {
                    return Err(MaskError::TooLong { line: self.line, limit: LONGEST });
                }
                None => break,
            }
        }
        Ok(())
    }

    fn finish(&mut self, rows: &mut dyn FnMut(Row, &Columns)) -> Result<(), MaskError> {
        self.flush(rows);
        Ok(())
    }

    fn columns(&self) -> &Columns {
        &self.columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &str, piece: usize) -> Vec<String> {
        let mut all = Vec::new();
        let mut reader = Text::new();
        let mut keep = |row: Row, _: &Columns| all.push(row.raw);
        for chunk in text.as_bytes().chunks(piece) {
            reader.push(std::str::from_utf8(chunk).unwrap(), &mut keep).unwrap();
        }
        reader.finish(&mut keep).unwrap();
        all
    }

    #[test]
    fn blocks_end_at_lines_and_make_up_the_text() {
        let text = "a line of a log\n".repeat(40_000);
        let all = blocks(&text, 10_000);
        assert!(all.len() > 1 && all.iter().all(|block| block.ends_with('\n')));
        assert_eq!(all.concat(), text);
    }

    #[test]
    fn a_key_is_not_cut() {
        let key = format!("-----BEGIN K-----\n{}-----END K-----\n", "abcdefgh\n".repeat(500));
        let text = format!("{}{key}{}", "x\n".repeat(BLOCK / 2 - 1000), "y\n".repeat(BLOCK / 2));
        let all = blocks(&text, 1000);
        assert!(all.len() > 1 && all.iter().any(|block| block.contains(&key)));
        assert_eq!(all.concat(), text);
    }
}
