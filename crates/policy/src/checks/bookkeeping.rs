//! What Portcullis and people say about themselves: notes, findings, sessions, incidents, the ledger's own words. They
//! pass, so that nothing is lost from the record; but an agent can't speak in their place, and can't approve.

use super::{Answers, Asked};
use portcullis_event::{ApprovalStep, Body, ProcessOp, SessionOp, Verdict};

pub(crate) const ID: &str = "bookkeeping";

pub(crate) fn answer(asked: Asked<'_>, out: &mut Answers) {
    let (by_people_only, what) = match asked.body() {
        Body::Process(it) => match it.op {
            ProcessOp::Start => return,
            ProcessOp::Exit | ProcessOp::Kill => (false, "the end of a program"),
        },
        Body::Session(it) => match it.op {
            SessionOp::Start | SessionOp::End | SessionOp::Suspend | SessionOp::Halt => (false, "a session's state"),
            SessionOp::Resume | SessionOp::Revert => (true, "resuming or reverting a session"),
        },
        Body::Approval(it) => match it.step {
            // That a request was made, used or ran out is what happened, not somebody's decision.
            ApprovalStep::Requested | ApprovalStep::Expired | ApprovalStep::Used => (false, "the state of an approval"),
            ApprovalStep::Granted | ApprovalStep::Refused | ApprovalStep::Revoked => (true, "answering for a person"),
        },
        Body::Finding(_) => (false, "a finding"),
        Body::Note(_) => (true, "a person's note"),
        Body::Incident(_) => (true, "an incident"),
        Body::Policy(_) => (true, "a notice about the policy"),
        Body::Ledger(_) => (true, "a notice about the ledger"),
        Body::Opaque(it) => {
            let message = format!("events of kind `{}` are not understood by this version", it.kind);
            let fix = Some("update Portcullis; what it does not understand it denies".to_owned());
            return out.gate(Verdict::Deny, message, None, fix);
        }
        Body::File(_)
        | Body::Net(_)
        | Body::Llm(_)
        | Body::Tool(_)
        | Body::Secret(_)
        | Body::Db(_)
        | Body::Socket(_)
        | Body::Git(_)
        | Body::Package(_)
        | Body::Config(_) => return,
    };
    if by_people_only && asked.by_agent() {
        let fix = Some("a person does this themselves, outside of the agent's session".to_owned());
        return out.gate(Verdict::Deny, format!("{what} is for people; an agent can't do it"), None, fix);
    }
    out.gate(Verdict::Allow, format!("{what} is recorded"), None, None);
}
