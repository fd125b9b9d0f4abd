//! The ledger: is there one, and can it be read? Whether it is intact is a question for `log verify`, which reads all
//! of it.

use super::Check;
use crate::home::Home;
use portcullis_ledger::disk::RealDisk;
use portcullis_ledger::witness::Kept;
use portcullis_ledger::{LedgerError, Reader};
use std::sync::Arc;

/// All checks of this area.
pub(crate) fn check(home: &Home) -> Vec<Check> {
    const ID: &str = "ledger";
    let extent = Reader::open(Arc::new(RealDisk), home.path()).and_then(|reader| reader.extent());
    match extent {
        Ok(extent) if extent.size == 1 => vec![Check::ok(ID, "1 record"), witnessed(home, extent.size)],
        Ok(extent) => vec![Check::ok(ID, format!("{} records", extent.size)), witnessed(home, extent.size)],
        Err(LedgerError::Missing(_)) => vec![Check::ok(ID, "none yet; the first record begins one")],
        Err(error) => {
            vec![Check::fail(ID, error.to_string(), "portcullis log verify; keep a copy of the folder first")]
        }
    }
}

/// Whether somebody else remembers how far the ledger had come.
fn witnessed(home: &Home, size: u64) -> Check {
    const ID: &str = "witness";
    match Kept::of(Arc::new(RealDisk), home.path()).all() {
        Ok(notes) => match notes.iter().map(|note| note.checkpoint.size).max() {
            Some(through) => Check::ok(ID, format!("through {through} of {size} records")),
            None => Check::warn(
                ID,
                "none on the network: an older copy in the ledger's place would not be noticed",
                "portcullis log witness --help",
            ),
        },
        Err(error) => {
            Check::fail(ID, error.to_string(), "have the ledger witnessed anew: portcullis log witness --help")
        }
    }
}
