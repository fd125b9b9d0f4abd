//! All that a report is made from.

use crate::Row;
use serde::Serialize;

/// All that a report is made from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// What somebody has to deal with.
    pub findings: Vec<Row>,
    /// What was found and need not be dealt with.
    pub suppressed: Vec<Row>,
    /// What should have been looked into and was not.
    pub skipped: Vec<Skipped>,
    /// How much was looked into.
    pub totals: Totals,
}

/// Something that should have been looked into and was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// What it is.
    pub path: String,
    /// Why it was not.
    pub why: String,
}

/// How much was looked into.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Files, blobs, messages.
    pub items: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Items that were known to be clean.
    pub known_clean: u64,
}
