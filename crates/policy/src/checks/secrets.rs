//! `[secrets]`: which secrets may be lent and used, by name.

use super::{Answers, Asked};
use crate::pattern::name::Named;
use crate::tier::Tier;
use portcullis_event::{Body, SecretOp, Verdict};

pub(crate) fn answer(tier: &Tier, asked: Asked<'_>, out: &mut Answers) {
    let Body::Secret(secret) = asked.body() else { return };
    let name = secret.name.as_str();
    let what = format!("the secret `{name}`");
    match secret.op {
        SecretOp::Lease | SecretOp::Use | SecretOp::Renew => {
            let value = Named { name, version: secret.version.as_deref(), source: secret.source.as_deref() };
            out.lists(&tier.secrets, value, "secrets", &what, name);
        }
        // Taking a secret back is never harmful, and that one was seen is what happened already.
        SecretOp::Revoke | SecretOp::Expose => out.gate(Verdict::Allow, format!("{what}: recorded"), None, None),
        SecretOp::Create | SecretOp::Rotate | SecretOp::Delete if asked.by_agent() => {
            let fix = Some("a person does this themselves, or says yes when asked".to_owned());
            out.gate(Verdict::Ask, format!("an agent wants to change {what}"), None, fix);
        }
        SecretOp::Create | SecretOp::Rotate | SecretOp::Delete => {
            out.gate(Verdict::Allow, format!("a person changes {what}"), None, None);
        }
    }
}
