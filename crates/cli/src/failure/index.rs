//! The index's errors, with what to do about them. None of them touches the log, which is the only truth.

use super::Failure;
use portcullis_ledger::index::IndexError;

impl From<IndexError> for Failure {
    fn from(error: IndexError) -> Self {
        Self::incomplete(error.to_string())
            .because("searching needs the index; the ledger itself is not concerned")
            .fix("`portcullis log verify` checks the ledger, `portcullis doctor` the disk")
    }
}
