//! Databases in which agents keep their sessions: each row of each table is a turn.

use super::turn::Turn;
use super::{Kept, turn, unreadable};
use crate::position::Before;
use crate::report::Why;
use crate::worker::Worker;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};

/// Has the rows looked into.
pub(super) fn rows(kept: &Kept, worker: &mut Worker<'_>) -> Result<(), Why> {
    // Only to read, and without any function that the file could bring along by its schema.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    // Links were not followed on the way here; those above the home folder are none of our business.
    let path = std::fs::canonicalize(&kept.path).map_err(unreadable)?;
    let database = Connection::open_with_flags(path, flags).map_err(unreadable)?;
    database.pragma_update(None, "trusted_schema", false).map_err(unreadable)?;
    for table in tables(&database).map_err(unreadable)? {
        table_rows(&database, &table, kept, worker).map_err(unreadable)?;
    }
    Ok(())
}

/// The tables that hold rows of their own.
fn tables(database: &Connection) -> rusqlite::Result<Vec<String>> {
    let ask = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name";
    let mut statement = database.prepare(ask)?;
    statement.query_map([], |row| row.get(0))?.collect()
}

fn table_rows(database: &Connection, table: &str, kept: &Kept, worker: &mut Worker<'_>) -> rusqlite::Result<()> {
    let mut statement = database.prepare(&format!("SELECT * FROM \"{}\"", table.replace('"', "\"\"")))?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.query([])?;
    let mut number = 0;
    while let Some(row) = rows.next()? {
        number += 1;
        let said = said(row, &names, table)?;
        turn(kept, &said, number, Before::default(), worker);
        worker.done(said.text.len() as u64);
    }
    Ok(())
}

/// What a row says. The first text that is short names it: these tables are lists of keys and values.
fn said(row: &Row<'_>, names: &[String], table: &str) -> rusqlite::Result<Turn> {
    let mut said = Turn { session: None, role: Some(table.to_owned()), text: String::new() };
    for (at, name) in names.iter().enumerate() {
        let bytes = match row.get_ref(at)? {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
            ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => continue,
        };
        if let Ok(value) = serde_json::from_slice(bytes) {
            let inner = Turn::of(&value);
            said.text.push_str(&inner.text);
            said.session = said.session.or(inner.session);
            said.role = inner.role.or(said.role);
            continue;
        }
        let text = String::from_utf8_lossy(bytes);
        let is_key = text.len() <= 200 && matches!(name.as_str(), "key" | "id" | "session_id");
        if is_key && said.session.is_none() {
            said.session = Some(text.clone().into_owned());
        }
        said.text.extend([name.as_str(), " = ", &text, "\n"]);
    }
    Ok(said)
}
