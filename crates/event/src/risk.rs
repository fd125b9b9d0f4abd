//! How much harm an event could do if it passed unrecorded. Asked only when the ledger can't be written.

use crate::{Body, ConfigOp, FileOp, GitOp, SessionOp};

/// The harm that an unrecorded event could do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Risk {
    /// It only looks at things that stay on this machine.
    Low,
    /// It runs something, changes something, sends something, or touches a secret.
    High,
}

impl Risk {
    /// The risk of letting `body` pass unrecorded. What is not plainly harmless is high.
    pub fn of(body: &Body) -> Self {
        let low = match body {
            Body::File(file) => matches!(file.op, FileOp::Read | FileOp::List),
            Body::Git(git) => matches!(git.op, GitOp::Read),
            Body::Config(config) => matches!(config.op, ConfigOp::Load),
            // What stops an agent must never be held up; what sets it going, or changes files, must.
            Body::Session(session) => matches!(session.op, SessionOp::End | SessionOp::Suspend | SessionOp::Halt),
            Body::Note(_) | Body::Finding(_) => true,
            // Looking up a package tells its registry what is looked for, so it counts as sending.
            Body::Process(_)
            | Body::Package(_)
            | Body::Net(_)
            | Body::Llm(_)
            | Body::Tool(_)
            | Body::Secret(_)
            | Body::Db(_)
            | Body::Socket(_)
            | Body::Approval(_)
            | Body::Incident(_)
            | Body::Policy(_)
            | Body::Ledger(_)
            | Body::Opaque(_) => false,
        };
        if low { Self::Low } else { Self::High }
    }
}
