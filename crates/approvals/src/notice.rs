//! What the ledger is told of each transition.

use crate::{Answered, Ticket, Vote};
use portcullis_event::{Approval, ApprovalStep};

impl Ticket {
    /// That it was asked for, used, or ran out.
    pub fn notice(&self, step: ApprovalStep) -> Approval {
        let mut notice = Approval::new(step, self.request.event, self.request.action.to_string());
        notice.expires = Some(self.state.window().ends());
        notice.rest.insert("ticket".to_owned(), self.id.to_string().into());
        notice
    }
}

impl Answered {
    /// What somebody said.
    pub fn notice(&self) -> Approval {
        let Self { ticket, vote, step, latency, like } = self;
        let Vote { by, role, note, at: _ } = vote.clone();
        let mut notice = ticket.notice(*step);
        (notice.by, notice.role, notice.note) = (Some(by), Some(role), note);
        if let Some(like) = like {
            notice.rest.insert("like".to_owned(), like.capability.label.as_str().into());
            notice.rest.insert("uses".to_owned(), like.left().into());
        }
        notice.latency_us = u64::try_from(latency.as_micros()).ok();
        notice
    }
}
