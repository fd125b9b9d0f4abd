//! Names that many rows share (kinds, people, agents, sessions) are stored once and rows hold their number.

use super::error::{Damage, Inner};
use super::sql;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::HashMap;

/// How many names are remembered at once.
const REMEMBERED: usize = 1 << 16;

/// Numbers of names that this process has seen.
///
/// INVARIANT: emptied whenever a transaction is rolled back, for the numbers that it gave out are then free again.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<String, i64>);

impl Names {
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The number of a name, a new one if need be. Only within a writing transaction.
    pub(super) fn number(&mut self, connection: &Connection, name: &str) -> Result<i64, Inner> {
        if let Some(&number) = self.0.get(name) {
            return Ok(number);
        }
        let number = if let Some(number) = find(connection, name)? {
            number
        } else {
            connection.prepare_cached(sql::ADD_NAME)?.execute([name])?;
            connection.last_insert_rowid()
        };
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        self.0.insert(name.to_owned(), number);
        Ok(number)
    }

    /// The number of a name that may be absent.
    pub(super) fn some_number(&mut self, connection: &Connection, name: Option<&str>) -> Result<Option<i64>, Inner> {
        name.map(|name| self.number(connection, name)).transpose()
    }
}

fn find(connection: &Connection, name: &str) -> Result<Option<i64>, Inner> {
    Ok(connection.prepare_cached(sql::NAME_NUMBER)?.query_row([name], |row| row.get(0)).optional()?)
}

/// Names by number, read while one answer is put together.
#[derive(Debug, Default)]
pub(super) struct NamesRead(HashMap<i64, String>);

impl NamesRead {
    /// The name of a number.
    pub(super) fn name(&mut self, connection: &Connection, number: i64) -> Result<String, Inner> {
        if let Some(name) = self.0.get(&number) {
            return Ok(name.clone());
        }
        let found: Option<String> =
            connection.prepare_cached(sql::NAME_TEXT)?.query_row(params![number], |row| row.get(0)).optional()?;
        let name = found.ok_or(Damage("a row names a name that is not there"))?;
        self.0.insert(number, name.clone());
        Ok(name)
    }

    /// The name of a number that may be absent.
    pub(super) fn some_name(&mut self, connection: &Connection, number: Option<i64>) -> Result<Option<String>, Inner> {
        number.map(|number| self.name(connection, number)).transpose()
    }
}
