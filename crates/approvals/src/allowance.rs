//! A yes to more than one call: all that are alike in one session, a few times, for a while.

use crate::{Capability, Moment, TicketId, Window};
use portcullis_event::{Approval, ApprovalStep, EventId, UserName};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use std::time::Duration;

/// As often as this at most: who allows more wants another policy.
pub const MOST_USES: u32 = 100;

/// A yes to all calls that are alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// The ticket that it was granted with, whose name it has.
    pub ticket: TicketId,
    /// The event that was asked about then.
    pub request: EventId,
    /// What the calls have in common.
    pub capability: Capability,
    /// Who said yes.
    pub by: UserName,
    left: NonZeroU32,
    window: Window,
}

impl Allowance {
    /// So many uses from now on, for so long.
    pub(crate) fn new(
        (ticket, request): (TicketId, EventId),
        capability: Capability,
        by: UserName,
        (uses, now, length): (NonZeroU32, &Moment, Duration),
    ) -> Self {
        let left = uses.min(NonZeroU32::new(MOST_USES).unwrap_or(NonZeroU32::MIN));
        Self { ticket, request, capability, by, left, window: Window::starting(now, length) }
    }

    /// How many uses are left.
    pub fn left(&self) -> u32 {
        self.left.get()
    }

    /// For how long it holds.
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// What is left after one more use, which may be nothing. `None` if it holds no more.
    pub(crate) fn after_one(&self, now: &Moment) -> Option<Left> {
        if !self.window.holds(now) {
            return None;
        }
        let left = NonZeroU32::new(self.left.get() - 1);
        Some(left.map_or(Left::Nothing, |left| Left::Some(Self { left, ..self.clone() })))
    }

    /// What the ledger is told when it is used for an action, or taken back.
    pub fn notice(&self, step: ApprovalStep, action: &str) -> Approval {
        let mut notice = Approval::new(step, self.request, action);
        notice.expires = Some(self.window.ends());
        notice.rest.insert("ticket".to_owned(), self.ticket.to_string().into());
        notice.rest.insert("like".to_owned(), self.capability.label.as_str().into());
        notice
    }
}

/// What a use leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Left {
    /// It holds on.
    Some(Allowance),
    /// That was the last one.
    Nothing,
}
