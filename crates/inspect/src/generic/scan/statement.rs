//! Statements of SQL in which a column is called a password: `INSERT INTO t (id, password) VALUES (1, 'x')`,
//! `UPDATE t SET value = 'x' WHERE name = 'password'`.

use super::Visit;
use super::literal::quoted;
use crate::generic::name::Name;
use crate::generic::shape::{Literal, Operator, Quoting, Shape, Source};
use crate::generic::view::{View, find, holds};
use std::ops::Range;

/// So many rows of one statement are read.
const ROWS: usize = 12;
/// So far from a name its statement is looked for.
const STATEMENT: usize = 400;

/// Whether a name stands among the columns of an `INSERT`: cheap, and asked of every name in a list.
pub(super) fn may_insert(view: View<'_>, start: usize, end: usize) -> bool {
    matches!(view.at(end), b')' | b',' | b'`' | b'"' | b']') && columns(view, start).is_some()
}

/// The column that a name is of an `INSERT INTO`, from 0.
fn columns(view: View<'_>, start: usize) -> Option<usize> {
    let before = view.behind(start, STATEMENT);
    let open = before.iter().rposition(|byte| *byte == b'(')?;
    let list = before.get(open + 1..)?;
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-, \t\r\n`\"[].".contains(byte);
    let lead = before.get(open.saturating_sub(120)..open)?;
    let inserts = holds(lead, "insert ") && holds(lead, "into ") || holds(lead, "replace into ");
    (inserts && list.iter().all(part)).then(|| list.split(|byte| *byte == b',').count() - 1)
}

/// Visits the values that rows give to the column.
pub(super) fn inserted(view: View<'_>, name: Range<usize>, read: Name, visit: Visit<'_>) {
    let Some(column) = columns(view, name.start) else { return };
    let ahead = view.ahead(name.end, STATEMENT);
    let Some(close) = ahead.iter().position(|byte| *byte == b')') else { return };
    let mut at = skip_space(view, name.end + close + 1);
    if !view.says(at, "values") {
        return;
    }
    at = skip_space(view, at + 6);
    for _ in 0..ROWS {
        if view.at(at) != b'(' {
            return;
        }
        let Some(end) = row(view, at + 1, column, &mut |literal| {
            visit(Shape {
                name_is_quoted: true,
                ..Shape::of(Source::Name(read), name.clone(), Operator::Pair, literal)
            });
        }) else {
            return;
        };
        at = skip_space(view, end + 1);
        if view.at(at) != b',' {
            return;
        }
        at = skip_space(view, at + 1);
    }
}

/// Reads a row of values and visits the one in a column; gives where the row closes.
fn row(view: View<'_>, from: usize, column: usize, visit: &mut dyn FnMut(Literal)) -> Option<usize> {
    let (mut at, mut which, mut depth) = (skip_space(view, from), 0, 0_usize);
    while at - from < STATEMENT {
        if let Some(literal) = (view.at(at) == b'\'' || view.at(at) == b'"').then(|| quoted(view, at)).flatten() {
            at = literal.end;
            if which == column && depth == 0 {
                visit(literal);
            }
            continue;
        }
        match view.at(at) {
            b'(' => depth += 1,
            b')' if depth == 0 => return Some(at),
            b')' => depth -= 1,
            b',' if depth == 0 => which += 1,
            b';' | 0 => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

fn skip_space(view: View<'_>, at: usize) -> usize {
    at + view.ahead(at, 64).iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// The value that `UPDATE t SET value = 'x' WHERE name = 'password'` gives to the row of that name.
pub(super) fn updated(view: View<'_>, name: &Range<usize>) -> Option<Literal> {
    if !matches!(view.before(name.start), b'\'' | b'"') {
        return None;
    }
    let before = view.line_before(name.start);
    let lower = before.to_ascii_lowercase();
    let clause = find(&lower, b" where ").filter(|_| holds(&lower, "update ") && holds(&lower, " set "))?;
    let set = before.get(..clause)?.trim_ascii_end();
    let mark = set.last().copied().filter(|byte| matches!(byte, b'\'' | b'"'))?;
    let open = set.get(..set.len() - 1)?.iter().rposition(|byte| *byte == mark)?;
    let line = name.start - before.len();
    let value = line + open + 1..line + set.len() - 1;
    Some(Literal { quoting: Quoting::Single, end: value.end + 1, value })
}
