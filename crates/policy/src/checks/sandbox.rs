//! `[sandbox]`: which walls an agent must be within.

use super::{Answers, Asked};
use crate::config::{Require, Scalar};
use crate::rules::Said;
use crate::tier::Tier;
use portcullis_event::{Body, SessionOp, Verdict};

/// Walls that close processes, files and the network.
const FULL: [&str; 3] = ["namespaces", "oci", "gvisor"];

pub(crate) fn answer(tier: &Tier, asked: Asked<'_>, out: &mut Answers) {
    let touches_the_machine = matches!(asked.body(), Body::Process(_) | Body::File(_) | Body::Net(_) | Body::Tool(_));
    // What would be denied all that need not begin.
    let begins = matches!(asked.body(), Body::Session(session) if session.op == SessionOp::Start);
    let Some((Scalar::Require(require), origin)) = tier.scalar("sandbox.require") else { return };
    if !asked.by_agent() || !(touches_the_machine || begins) {
        return;
    }
    let walls = asked.event().place.sandbox.as_ref().map(|sandbox| sandbox.kind.as_str());
    let (enough, wanted) = match require {
        Require::Nothing => (true, ""),
        Require::Any => (walls.is_some(), "a sandbox"),
        Require::Full => (walls.is_some_and(|kind| FULL.contains(&kind)), "a sandbox that closes files and network"),
    };
    out.consider(Said { verdict: if enough { Verdict::Allow } else { Verdict::Deny }, rule: None, origin });
    if !enough {
        let fix = match walls {
            None => "start the agent with `portcullis run`",
            Some(_) => "`portcullis doctor` says how this machine can give full walls",
        };
        let fix = Some(fix.to_owned());
        out.guard(Verdict::Deny, format!("the agent must be within {wanted}"), Some(origin), fix);
    }
}
