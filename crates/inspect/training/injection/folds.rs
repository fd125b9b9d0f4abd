//! Which rows are left out together. Sources that are alike stay together, so that what is measured is new to the model.

use crate::random::hash;
use crate::row::Row;

/// How many folds there are.
pub(crate) const FOLDS: usize = 5;

/// What is left out together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum LeaveOut {
    /// A whole collection: what is measured is of a kind that the model never saw.
    Source,
    /// Texts of a collection: what is measured is of a kind that the model knows.
    #[default]
    Text,
}

/// The fold of a row.
pub(crate) fn of(row: &Row, leave_out: LeaveOut) -> usize {
    let by_name = |name: &str| usize::try_from(hash(name) % FOLDS as u64).unwrap_or(0);
    let fixed = match row.group.as_str() {
        "own" => Some(0),
        "asb" | "agentdojo" => Some(3),
        "bipia" => Some(4),
        _ => None,
    };
    let collection = match row.group.as_str() {
        "deepset" | "giskard" => Some(1),
        "cyberseceval" | "llmail" | "in" => Some(2),
        "notinject" => Some(4),
        _ => None,
    };
    match (fixed, leave_out, collection) {
        // Where the same attack stands in many texts, the collection stays together in any case.
        (Some(fold), _, _) | (None, LeaveOut::Source, Some(fold)) => fold,
        (None, LeaveOut::Text, Some(_)) => by_name(&row.text),
        (None, _, None) => by_name(&row.group),
    }
}
