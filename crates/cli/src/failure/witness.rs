//! A witness that can't be asked, or that does not sign.

use super::Failure;
use portcullis_ledger::witness::SubmitError;
use portcullis_ledger::witness::git::GitError;

const WHY: &str = "without a witness, nobody can tell if the whole ledger is exchanged for an older copy";

impl From<SubmitError> for Failure {
    fn from(error: SubmitError) -> Self {
        Self::incomplete(error.to_string()).because(WHY)
    }
}

impl From<GitError> for Failure {
    fn from(error: GitError) -> Self {
        Self::incomplete(error.to_string()).because(WHY)
    }
}
