//! Allowances as rows, each sealed as a whole. A use replaces exactly the row that was read, so no use is counted twice or missed.

use crate::allowance::{Allowance, Left};
use crate::seal::Key;
use crate::{ActionHash, ApprovalsError, Moment, TicketId};
use rusqlite::{Connection, params};

/// Before the parts of a row, so that no seal of a ticket fits.
const KIND: &[u8] = b"allowance";

/// An allowance with the seal of the row that it was read from.
struct Stored {
    allowance: Allowance,
    seal: Vec<u8>,
}

fn sealed(allowance: &Allowance, key: &Key) -> Result<(String, Vec<u8>), ApprovalsError> {
    let body = serde_json::to_string(allowance)?;
    let seal = key.seal(&[KIND, body.as_bytes()]);
    Ok((body, seal))
}

/// Puts one there. One ticket has one.
pub(super) fn insert(connection: &Connection, key: &Key, allowance: &Allowance) -> Result<(), ApprovalsError> {
    let (body, seal) = sealed(allowance, key)?;
    let (id, scope) = (allowance.ticket.to_string(), allowance.capability.scope.to_string());
    connection
        .prepare_cached("INSERT INTO allowance (id, scope, body, seal) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![id, scope, body, seal])?;
    Ok(())
}

/// Uses one of this scope, if there is one that holds.
pub(super) fn claim(
    connection: &Connection,
    key: &Key,
    scope: &ActionHash,
    now: &Moment,
) -> Result<Option<Allowance>, ApprovalsError> {
    for Stored { allowance, seal } in read(connection, key, "WHERE scope = ?1", [scope.to_string()])? {
        // The column is only what is searched by.
        if allowance.capability.scope != *scope {
            continue;
        }
        let Some(left) = allowance.after_one(now) else { continue };
        let changed = match left {
            Left::Some(after) => {
                let (body, new) = sealed(&after, key)?;
                connection
                    .prepare_cached("UPDATE allowance SET body = ?1, seal = ?2 WHERE seal = ?3")?
                    .execute(params![body, new, seal])?
            }
            Left::Nothing => {
                connection.prepare_cached("DELETE FROM allowance WHERE seal = ?1")?.execute(params![seal])?
            }
        };
        if changed == 1 {
            return Ok(Some(allowance));
        }
    }
    Ok(None)
}

/// Those that hold.
pub(super) fn all(connection: &Connection, key: &Key, now: &Moment) -> Result<Vec<Allowance>, ApprovalsError> {
    let found = read(connection, key, "ORDER BY rowid", [])?;
    Ok(found.into_iter().map(|it| it.allowance).filter(|it| it.window().holds(now)).collect())
}

/// Takes one back; whether it was there.
pub(super) fn remove(connection: &Connection, id: TicketId) -> Result<bool, ApprovalsError> {
    let removed = connection.prepare_cached("DELETE FROM allowance WHERE id = ?1")?.execute([id.to_string()])?;
    Ok(removed > 0)
}

/// Forgets those that hold no more.
pub(super) fn forget(connection: &Connection, key: &Key, now: &Moment) -> Result<(), ApprovalsError> {
    for Stored { allowance, seal } in read(connection, key, "ORDER BY rowid", [])? {
        if !allowance.window().holds(now) {
            connection.prepare_cached("DELETE FROM allowance WHERE seal = ?1")?.execute(params![seal])?;
        }
    }
    Ok(())
}

/// What a query finds, without what somebody wrote who has no key.
fn read(
    connection: &Connection,
    key: &Key,
    which: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<Stored>, ApprovalsError> {
    let mut statement = connection.prepare_cached(&format!("SELECT body, seal FROM allowance {which}"))?;
    let rows = statement.query_map(parameters, |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    let mut all = Vec::new();
    for row in rows {
        let (body, seal) = row?;
        if !key.fits(&[KIND, body.as_bytes()], &seal) {
            continue;
        }
        all.extend(serde_json::from_str(&body).ok().map(|allowance| Stored { allowance, seal }));
    }
    Ok(all)
}
