//! A table with a column of credentials: the name stands in its first row, and the values below it. In Markdown, and as
//! rows of values between commas, semicolons or tabs.

use super::literal::quoted;
use super::{Shape, Visit};
use crate::generic::name::Name;
use crate::generic::shape::{Literal, Operator, Quoting, Source};
use crate::generic::view::{View, is_line_end};
use std::ops::Range;

/// So many rows are looked at.
const ROWS: usize = 12;
/// A row is at most this long.
const ROW: usize = 400;

/// Visits the column below a name, if the name stands in the first row of a table.
pub(super) fn visit(view: View<'_>, name: Range<usize>, read: Name, visit: Visit<'_>) {
    let before = view.line_before(name.start);
    let row = name.start - before.len();
    let after = view.line_after(name.end);
    // Most names stand in no table, and that is seen in the bytes beside them.
    let Some(separator) = separator(view, &name, before, after) else { return };
    if row > 0 && is_table_above(view, row, separator) {
        return;
    }
    let columns = count(before, separator) + count(after, separator);
    let column = count(before, separator);
    let mut at = next_row(view, name.end + after.len());
    for _ in 0..ROWS {
        let line = view.ahead(at, ROW);
        let length = line.iter().position(|byte| is_line_end(*byte)).unwrap_or(line.len());
        let Some(cells) = line.get(..length).filter(|it| count(it, separator) == columns) else { return };
        if !is_rule(cells)
            && let Some(literal) = cell(view, at, cells, separator, column)
        {
            let shape = Shape::of(Source::Name(read), name.clone(), Operator::Pair, literal);
            visit(Shape { name_is_quoted: true, ..shape });
        }
        at = next_row(view, at + length);
    }
}

/// What parts the cells of the row that a name stands in; none if its cell holds more than the name.
fn separator(view: View<'_>, name: &Range<usize>, before: &[u8], after: &[u8]) -> Option<u8> {
    let open = |byte: &u8| !matches!(byte, b'"' | b' ' | b'*' | b'`');
    let left = before.iter().rev().find(|byte| open(byte)).copied();
    let right = after.iter().find(|byte| open(byte)).copied();
    if view.line_before(name.start).trim_ascii_start().first() == Some(&b'|') {
        return (left == Some(b'|') && right == Some(b'|')).then_some(b'|');
    }
    let separator = left.or(right).filter(|byte| matches!(byte, b',' | b';' | b'\t'))?;
    let fits = |side: Option<u8>| side.is_none_or(|it| it == separator);
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_- \",;\t.".contains(byte);
    let is_header = before.iter().chain(after).all(plain) && count(before, separator) + count(after, separator) >= 2;
    (fits(left) && fits(right) && is_header).then_some(separator)
}

/// Whether the row above has as many cells: then this one is not the first.
fn is_table_above(view: View<'_>, row: usize, separator: u8) -> bool {
    count(view.line_before(row - 1), separator) >= 2
}

fn count(text: &[u8], separator: u8) -> usize {
    text.split(|byte| *byte == separator).count() - 1
}

/// `|---|---|`
fn is_rule(row: &[u8]) -> bool {
    row.iter().all(|byte| matches!(byte, b'|' | b'-' | b':' | b' '))
}

fn next_row(view: View<'_>, end: usize) -> usize {
    let end = end + usize::from(view.at(end) == b'\r');
    end + usize::from(view.at(end) == b'\n')
}

/// The value in a column of a row.
fn cell(view: View<'_>, at: usize, row: &[u8], separator: u8, column: usize) -> Option<Literal> {
    let mut cells = row.split(|byte| *byte == separator);
    let start = at + cells.by_ref().take(column).map(|it| it.len() + 1).sum::<usize>();
    let cell = cells.next()?;
    let lead = cell.iter().take_while(|byte| **byte == b' ').count();
    let value = cell.trim_ascii();
    if let Some(literal) = quoted(view, start + lead) {
        return Some(literal);
    }
    let span = start + lead..start + lead + value.len();
    (value.len() >= 4 && !value.contains(&b' ')).then_some(Literal {
        quoting: Quoting::Bare,
        end: span.end,
        value: span,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn below(text: &str, name: &str) -> Vec<String> {
        let start = text.find(name).unwrap();
        let read = Name::read(name.as_bytes()).unwrap();
        let view = View::new(text.as_bytes());
        let mut found = Vec::new();
        visit(view, start..start + name.len(), read, &mut |shape| {
            found.push(String::from_utf8_lossy(view.slice(shape.literal.value)).into_owned());
        });
        found
    }

    #[test]
    fn reads_the_column_below_a_name() {
        assert_eq!(
            below("| User | Password |\n|---|---|\n| kim | b1ue |\n| lee | `r3dd` |\n\nend", "Password"),
            ["b1ue", "r3dd"]
        );
        assert_eq!(below("user,password,mail\nkim,b1ue,k@x\r\nlee,r3dd,l@x\n", "password"), ["b1ue", "r3dd"]);
        assert_eq!(below("\"a\",\"Password\",\"b\"\n\"x\",\"b1,ue\",\"y\"\n", "Password"), Vec::<String>::new());
        assert_eq!(below("\"a\",\"Password\",\"b\"\n\"x\",\"b1ue\",\"y\"\n", "Password"), ["b1ue"]);
    }

    #[test]
    fn what_is_no_first_row_has_no_column() {
        for text in [
            "a(x, password, y)\nb(x, nothing, y)\n",
            "one, two, three\nfour, password, six\na, b2c4, d\n",
            "password\nb1ue\n",
        ] {
            assert_eq!(below(text, "password"), Vec::<String>::new(), "{text}");
        }
    }
}
