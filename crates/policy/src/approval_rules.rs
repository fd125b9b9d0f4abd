//! What policy says about approvals themselves: who asks, how long a yes holds, how wide it may be.

use crate::config::{AskedBy, Permission, Scalar};
use crate::policy::ValidPolicy;
use std::time::Duration;

/// Where no storey says anything, which no preset does.
const SHORTEST: Duration = Duration::from_mins(15);

impl ValidPolicy {
    /// Who asks the person.
    pub fn asked_by(&self) -> AskedBy {
        match self.strictest("approvals.by") {
            Some(Scalar::AskedBy(by)) => *by,
            _ => AskedBy::Ticket,
        }
    }

    /// How long a yes holds, and how long one is waited for.
    pub fn approval_holds(&self) -> Duration {
        self.most("approvals.expires").map_or(SHORTEST, Duration::from_secs)
    }

    /// Whether a person may say yes to everything of the same kind for a while.
    pub fn may_approve_likes(&self) -> bool {
        self.strictest("approvals.like") == Some(&Scalar::Permission(Permission::Allow))
    }
}
