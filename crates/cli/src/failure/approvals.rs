//! What stands in the way of an approval, with what to do about it.

use super::Failure;
use portcullis_approvals::ApprovalsError;

impl From<ApprovalsError> for Failure {
    fn from(error: ApprovalsError) -> Self {
        let what = error.to_string();
        match error {
            ApprovalsError::Open { path, source } => Self::io("open the file of approvals", Some(&path), &source)
                .because("what others could have written says nothing")
                .fix("remove the file to begin anew; what waits is asked again"),
            ApprovalsError::Foreign { .. } => {
                Self::incomplete(what).fix("update Portcullis, or move `approvals.db` in your state out of the way")
            }
            ApprovalsError::Forged(_) => Self::incomplete(what)
                .because("somebody wrote into the file of approvals by another way than this program")
                .fix("find out who; then remove `approvals.db` in your state, and what waits is asked again"),
            ApprovalsError::NoSuchTicket(_) | ApprovalsError::MalformedId => {
                Self::usage(what).fix("`portcullis approve` lists what waits")
            }
            ApprovalsError::Changed(_) | ApprovalsError::NotCounted(_) => {
                Self::usage(what).fix("`portcullis approve` lists what waits now")
            }
            ApprovalsError::Database(_)
            | ApprovalsError::Write(_)
            | ApprovalsError::Clock(_)
            | ApprovalsError::Randomness(_) => Self::incomplete(what).because("what can't be kept is not granted"),
        }
    }
}
