//! The ledger: is there one, and can it be read? Whether it is intact is a question for `log verify`, which reads all
//! of it.

use super::Check;
use crate::home::Home;
use crate::witnessed;
use portcullis_ledger::disk::RealDisk;
use portcullis_ledger::{LedgerError, Reader};
use std::sync::Arc;

/// All checks of this area.
pub(crate) fn check(home: &Home) -> Vec<Check> {
    const ID: &str = "ledger";
    let opened = Reader::open(Arc::new(RealDisk), home.path()).and_then(|reader| Ok((reader.extent()?.size, reader)));
    match opened {
        Ok((size, reader)) => {
            let found = if size == 1 { "1 record".to_owned() } else { format!("{size} records") };
            vec![Check::ok(ID, found), witness(home, &reader, size)]
        }
        Err(LedgerError::Missing(_)) => vec![Check::ok(ID, "none yet; the first record begins one")],
        Err(error) => {
            vec![Check::fail(ID, error.to_string(), "portcullis log verify; keep a copy of the folder first")]
        }
    }
}

/// Whether somebody else remembers how far the ledger had come.
fn witness(home: &Home, reader: &Reader, size: u64) -> Check {
    const ID: &str = "witness";
    let remembered = witnessed::remembered(home, reader);
    if let Some(note) = remembered.furthest().filter(|note| note.checkpoint.size > size) {
        return Check::fail(ID, witnessed::sentence(note, size), "find out who could write to the folder");
    }
    if let Some(why) = remembered.unread.first() {
        return Check::fail(ID, why, "portcullis log witness list shows them; mend it, or remove it");
    }
    match remembered.furthest() {
        Some(note) => Check::ok(ID, witnessed::sentence(note, size)),
        None => Check::warn(ID, witnessed::NOBODY, witnessed::REMEDY),
    }
}
