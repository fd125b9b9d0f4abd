//! `[findings]`: what is done when an inspection found something in what an agent sends or receives.

use super::{Answers, Asked};
use crate::rules::Said;
use crate::tier::Tier;
use portcullis_event::{Body, Confidence, Finding, FindingKind, GitOp, LlmOp, NetOp, Obligation, ProcessOp, ToolOp, Verdict};

pub(crate) fn answer(tier: &Tier, asked: Asked<'_>, out: &mut Answers) {
    let leaves = leaves(asked.body());
    for finding in asked.inspected.findings() {
        // To have private data here is no harm; to send it is.
        let matters_only_if_sent = matches!(finding.kind, FindingKind::Secret | FindingKind::PersonalData | FindingKind::Marker);
        if acts(asked.body()) && (leaves || !matters_only_if_sent) && is_sure_enough(finding) {
            respond(tier, key(finding.kind), finding, out);
        }
    }
    if leaves && !asked.inspected.coverage().is_complete() {
        uninspected(tier, asked, out);
    }
}

/// Whether a finding is sure enough to stop something. How a text is worded is a guess, and ordinary output is worded in many
/// ways: a guess is on the record, and only what is certain is held back.
fn is_sure_enough(finding: &Finding) -> bool {
    finding.kind != FindingKind::Injection || finding.confidence >= Confidence::High
}

/// The key of the policy that speaks of a kind of findings.
pub(crate) fn key(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Secret => "findings.secret",
        FindingKind::PersonalData => "findings.personal-data",
        FindingKind::Marker => "findings.marker",
        FindingKind::Injection => "findings.injection",
        FindingKind::Code => "findings.code",
        FindingKind::Dependency => "findings.dependency",
        FindingKind::AgentConfig => "findings.agent-config",
        FindingKind::Change => "findings.change",
    }
}

/// Whether something leaves the agent with this event.
fn leaves(body: &Body) -> bool {
    match body {
        Body::Llm(it) => matches!(it.op, LlmOp::Request | LlmOp::Embed | LlmOp::CountTokens),
        Body::Net(it) => matches!(it.op, NetOp::Resolve | NetOp::Connect | NetOp::Request),
        Body::Tool(it) => it.op == ToolOp::Call,
        Body::Git(it) => matches!(it.op, GitOp::Commit | GitOp::Push),
        Body::Process(it) => it.op == ProcessOp::Start,
        Body::Db(_) | Body::Package(_) => true,
        // What is signed or asked is put together by the broker; of a plain socket nothing is seen.
        Body::Socket(_)
        | Body::File(_)
        | Body::Secret(_)
        | Body::Config(_)
        | Body::Session(_)
        | Body::Finding(_)
        | Body::Approval(_)
        | Body::Incident(_)
        | Body::Policy(_)
        | Body::Ledger(_)
        | Body::Note(_)
        | Body::Opaque(_) => false,
    }
}

/// Whether it is something that is about to happen, and not the record of something.
fn acts(body: &Body) -> bool {
    match body {
        Body::Session(_)
        | Body::Finding(_)
        | Body::Approval(_)
        | Body::Incident(_)
        | Body::Policy(_)
        | Body::Ledger(_)
        | Body::Note(_)
        | Body::Opaque(_) => false,
        Body::Llm(_)
        | Body::Net(_)
        | Body::Socket(_)
        | Body::Tool(_)
        | Body::Git(_)
        | Body::Process(_)
        | Body::Db(_)
        | Body::Package(_)
        | Body::File(_)
        | Body::Secret(_)
        | Body::Config(_) => true,
    }
}

fn respond(tier: &Tier, key: &str, finding: &Finding, out: &mut Answers) {
    let Some((response, origin)) = tier.response(key) else { return };
    let verdict = response.verdict();
    out.consider(Said { verdict, rule: None, origin });
    match verdict {
        Verdict::Allow => return,
        // Replaced already: that was the change.
        Verdict::AllowWithChanges if finding.replaced => return,
        Verdict::AllowWithChanges => {
            let obligation = Obligation::Replace { rules: vec![finding.rule.to_string()] };
            if !out.obligations.contains(&obligation) {
                out.obligations.push(obligation);
            }
        }
        Verdict::Ask | Verdict::Deny => {}
    }
    let advice = "take it out; if it is a false alarm, say so in the rule's ignore list";
    let fix = (verdict > Verdict::AllowWithChanges).then(|| advice.to_owned());
    out.guard(verdict, format!("{} (`{}`)", finding.message, finding.rule), Some(origin), fix);
}

fn uninspected(tier: &Tier, asked: Asked<'_>, out: &mut Answers) {
    let Some((answer, origin)) = tier.answer("findings.uninspected") else { return };
    let verdict = answer.verdict();
    out.consider(Said { verdict, rule: None, origin });
    if verdict > Verdict::Allow {
        let parts: Vec<&str> = asked.inspected.coverage().skipped.iter().map(|part| part.field.as_str()).collect();
        let message = format!("a part of what leaves could not be looked into: {}", parts.join(", "));
        let fix = Some("send it in a form that can be read".to_owned());
        out.guard(verdict, message, Some(origin), fix);
    }
}
