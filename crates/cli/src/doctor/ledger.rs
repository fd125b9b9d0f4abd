//! The ledger: is there one, and can it be read? Whether it is intact is a question for `log verify`, which reads all
//! of it.

use super::Check;
use crate::home::Home;
use portcullis_ledger::disk::RealDisk;
use portcullis_ledger::{LedgerError, Reader};
use std::sync::Arc;

/// All checks of this area.
pub(crate) fn check(home: &Home) -> Vec<Check> {
    const ID: &str = "ledger";
    let extent = Reader::open(Arc::new(RealDisk), home.path()).and_then(|reader| reader.extent());
    vec![match extent {
        Ok(extent) if extent.size == 1 => Check::ok(ID, "1 record"),
        Ok(extent) => Check::ok(ID, format!("{} records", extent.size)),
        Err(LedgerError::Missing(_)) => Check::ok(ID, "none yet; the first record begins one"),
        Err(error) => Check::fail(ID, error.to_string(), "portcullis log verify; keep a copy of the folder first"),
    }]
}
