//! What statements say about tables: the order of their columns, how long values may be, which are unique, and which are
//! values of another table.

use super::token::{Kind, Token};
use crate::mask::row::Columns;
use std::collections::HashMap;

/// Which columns rows go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) table: String,
    /// Their names, if the statement says them.
    pub(super) columns: Option<Vec<String>>,
}

/// Where the rows of `INSERT INTO … VALUES` or `REPLACE INTO … VALUES` go. The last token is `VALUES`.
pub(super) fn insert_target(statement: &[Token]) -> Option<Target> {
    let first = statement.first()?;
    if !first.is_word("insert") && !first.is_word("replace") {
        return None;
    }
    let into = statement.iter().position(|token| token.is_word("into"))?;
    let (table, rest) = qualified_name(statement.get(into + 1..)?)?;
    Some(Target { table, columns: names_in_brackets(rest).map(|(names, _)| names) })
}

/// Where the lines behind `COPY … FROM stdin` go; an error if they are not written in the usual form.
pub(super) fn copy_target(statement: &[Token]) -> Result<Option<Target>, &'static str> {
    let is_word = |place: usize, word: &str| statement.get(place).is_some_and(|token| token.is_word(word));
    let Some(from) = statement.iter().position(|token| token.is_word("stdin")) else { return Ok(None) };
    if !is_word(0, "copy") || from == 0 || !is_word(from - 1, "from") {
        return Ok(None);
    }
    let options = statement.get(from + 1..).unwrap_or_default();
    if options.iter().any(|token| ["csv", "binary", "delimiter", "null"].iter().any(|word| token.is_word(word))) {
        return Err("COPY with options is not understood; dump with INSERT, or with COPY in its usual form");
    }
    let Some((table, rest)) = statement.get(1..).and_then(qualified_name) else { return Ok(None) };
    Ok(Some(Target { table, columns: names_in_brackets(rest).map(|(names, _)| names) }))
}

/// The table whose columns a statement assigns to.
pub(super) fn updated_table(statement: &[Token]) -> Option<String> {
    let first = statement.first()?;
    let start = if first.is_word("update") {
        1
    } else if first.is_word("insert") || first.is_word("replace") {
        statement.iter().position(|token| token.is_word("into"))? + 1
    } else {
        return None;
    };
    qualified_name(statement.get(start..)?).map(|(table, _)| table)
}

/// Takes in what a whole statement declares.
pub(super) fn declare(statement: &[Token], tables: &mut HashMap<String, Vec<String>>, columns: &mut Columns) {
    let is_word = |place: usize, word: &str| statement.get(place).is_some_and(|token| token.is_word(word));
    let position = |word: &str| statement.iter().position(|token| token.is_word(word));
    if is_word(0, "create") && is_word(1, "unique") {
        if let Some((table, rest)) = position("on").and_then(|on| qualified_name(statement.get(on + 1..)?)) {
            let rest = rest.iter().position(|token| token.is_mark('(')).and_then(|start| rest.get(start..));
            unique(&table, rest.unwrap_or_default(), columns);
        }
    } else if is_word(0, "create")
        && let Some(start) = position("table").filter(|place| *place <= 3)
    {
        let skipped = statement
            .iter()
            .skip(start + 1)
            .take_while(|token| ["if", "not", "exists"].iter().any(|it| token.is_word(it)));
        let start = start + 1 + skipped.count();
        if let Some((table, rest)) = statement.get(start..).and_then(qualified_name) {
            create_table(&table, rest, tables, columns);
        }
    } else if is_word(0, "alter") && is_word(1, "table") {
        let start = 2 + usize::from(is_word(2, "only"));
        if let Some((table, rest)) = statement.get(start..).and_then(qualified_name) {
            constraint(&table, rest, columns);
        }
    }
}

fn create_table(table: &str, rest: &[Token], tables: &mut HashMap<String, Vec<String>>, columns: &mut Columns) {
    if !rest.first().is_some_and(|token| token.is_mark('(')) {
        return;
    }
    let mut names = Vec::new();
    for element in elements(rest) {
        const CONSTRAINTS: [&str; 10] =
            ["primary", "unique", "key", "index", "constraint", "foreign", "check", "fulltext", "spatial", "exclude"];
        let Some(first) = element.first() else { continue };
        if CONSTRAINTS.iter().any(|word| first.is_word(word)) {
            constraint(table, element, columns);
        } else if let Some(name) = first.name() {
            column(table, &name, element.get(1..).unwrap_or_default(), columns);
            names.push(name);
        }
    }
    tables.insert(table.to_owned(), names);
}

/// The declaration of one column, behind its name.
fn column(table: &str, name: &str, rest: &[Token], columns: &mut Columns) {
    let is_text = rest.first().is_some_and(|token| {
        let kind = token.raw.to_ascii_lowercase();
        kind.contains("char") || kind.contains("text") || kind == "string"
    });
    let limit = rest.windows(3).find_map(|three| match three {
        [open, number, _] if is_text && open.is_mark('(') && number.kind == Kind::Number => number.raw.parse().ok(),
        _ => None,
    });
    let is_unique = rest.iter().any(|token| token.is_word("unique"))
        || rest.windows(2).any(|two| two.iter().zip(["primary", "key"]).all(|(token, word)| token.is_word(word)));
    let refers_to = references(rest);
    let id = columns.named(table, name);
    if let Some(column) = columns.get_mut(id) {
        column.limit = column.limit.or(limit);
        column.is_unique |= is_unique;
        column.refers_to = column.refers_to.take().or(refers_to);
    }
}

/// A constraint of a table: what is unique by itself, and what refers to another table.
fn constraint(table: &str, tokens: &[Token], columns: &mut Columns) {
    let open = tokens.iter().position(|token| token.is_mark('('));
    let before = tokens.get(..open.unwrap_or(0)).unwrap_or_default();
    let says = |word: &str| before.iter().any(|token| token.is_word(word));
    let list = open.and_then(|open| tokens.get(open..)).unwrap_or_default();
    if says("foreign") {
        let Some((names, rest)) = names_in_brackets(list) else { return };
        let (Some(name), None, Some(to)) = (names.first(), names.get(1), references(rest)) else { return };
        let id = columns.named(table, name);
        if let Some(column) = columns.get_mut(id) {
            column.refers_to = Some(to);
        }
    } else if says("primary") || says("unique") {
        unique(table, list, columns);
    }
}

/// Marks the column in brackets as unique if it is the only one.
fn unique(table: &str, list: &[Token], columns: &mut Columns) {
    let Some((names, _)) = names_in_brackets(list) else { return };
    if let [name] = names.as_slice() {
        let id = columns.named(table, name);
        if let Some(column) = columns.get_mut(id) {
            column.is_unique = true;
        }
    }
}

/// The table and column behind `REFERENCES`.
fn references(tokens: &[Token]) -> Option<(String, String)> {
    let place = tokens.iter().position(|token| token.is_word("references"))?;
    let (table, rest) = qualified_name(tokens.get(place + 1..)?)?;
    let (names, _) = names_in_brackets(rest)?;
    Some((table, names.into_iter().next()?))
}

/// A name, of which only the last part counts, and what follows it.
fn qualified_name(tokens: &[Token]) -> Option<(String, &[Token])> {
    let mut name = tokens.first()?.name()?;
    let mut rest = tokens.get(1..)?;
    while let [dot, next, after @ ..] = rest
        && dot.is_mark('.')
    {
        name = next.name()?;
        rest = after;
    }
    Some((name, rest))
}

/// The names in the brackets that the tokens begin with, and what follows them. How much of a column or in which order
/// an index takes it does not matter.
fn names_in_brackets(tokens: &[Token]) -> Option<(Vec<String>, &[Token])> {
    if !tokens.first()?.is_mark('(') {
        return None;
    }
    let names = elements(tokens).into_iter().filter_map(|element| element.first()?.name()).collect();
    Some((names, tokens.get(end_of_brackets(tokens)..)?))
}

/// What commas separate in the brackets that the tokens begin with.
fn elements(tokens: &[Token]) -> Vec<&[Token]> {
    let end = end_of_brackets(tokens).saturating_sub(1);
    let Some(inside) = tokens.get(1..end) else { return Vec::new() };
    let mut depth = 0_usize;
    inside
        .split(|token| {
            depth += usize::from(token.is_mark('('));
            depth = depth.saturating_sub(usize::from(token.is_mark(')')));
            depth == 0 && token.is_mark(',')
        })
        .collect()
}

/// The place behind the bracket that closes the first one.
fn end_of_brackets(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    let end = tokens.iter().position(|token| {
        depth += usize::from(token.is_mark('('));
        depth = depth.saturating_sub(usize::from(token.is_mark(')')));
        depth == 0
    });
    end.map_or(tokens.len(), |end| end + 1)
}
