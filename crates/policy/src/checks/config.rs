//! What steers an agent: instruction files, settings, approvals of skills and servers. An agent may read them; it does
//! not change them without a person's yes, and what is no longer what was approved is denied.

use super::tools::OFFER;
use super::{Answers, Asked};
use crate::tier::Tier;
use portcullis_event::{Body, ConfigOp, Verdict};

pub(crate) fn answer(_: &Tier, asked: Asked<'_>, out: &mut Answers) {
    let Body::Config(config) = asked.body() else { return };
    let what = format!("the {} `{}`", config.category, config.name);
    let person = Some("a person does this themselves, or says yes when asked".to_owned());
    // Whether these may be used at all is said on lists of their own.
    let listed = matches!(config.category.as_str(), "skill" | "mcp-server");
    match config.op {
        ConfigOp::Drift => {
            let fix = Some("look at what changed and approve it again".to_owned());
            out.gate(Verdict::Deny, format!("{what} is no longer what was approved"), None, fix);
        }
        ConfigOp::Block => out.gate(Verdict::Allow, format!("that {what} was refused is recorded"), None, None),
        ConfigOp::Approve if asked.by_agent() => {
            out.gate(Verdict::Deny, format!("an agent can't approve {what}"), None, person);
        }
        ConfigOp::Approve => out.gate(Verdict::Allow, format!("a person approves {what}"), None, None),
        ConfigOp::Change if asked.by_agent() => {
            out.gate(Verdict::Ask, format!("an agent wants to change {what}, which steers agents"), None, person);
        }
        ConfigOp::Change | ConfigOp::Load if listed => {}
        ConfigOp::Change => out.gate(Verdict::Allow, format!("a person changes {what}"), None, None),
        ConfigOp::Load => match config.category.as_str() {
            "model-file" | OFFER => {}
            "instructions" | "settings" => out.gate(Verdict::Allow, format!("{what} may be read"), None, None),
            other => {
                let message = format!("`{other}` is a sort of configuration that this version does not know");
                out.gate(Verdict::Ask, message, None, person);
            }
        },
    }
}
