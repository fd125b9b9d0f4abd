//! A witness that can't be asked, or that does not sign.

use super::Failure;
use portcullis_ledger::witness::ShowError;

const WHY: &str = "without a witness, nobody can tell if the whole ledger is exchanged for an older copy";

impl From<ShowError> for Failure {
    fn from(error: ShowError) -> Self {
        let failure = match error {
            ShowError::Ledger(error) => Self::from(error),
            other @ (ShowError::Submit(_) | ShowError::Git(_) | ShowError::NothingSeen(_)) => {
                Self::incomplete(other.to_string())
            }
        };
        failure.because(WHY)
    }
}
