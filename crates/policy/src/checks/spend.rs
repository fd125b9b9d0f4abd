//! `[spend]`: how much may be used. The counters are handed in; here they are only compared.

use super::{Answers, Asked};
use crate::rules::Said;
use crate::tier::Tier;
use crate::usage::Counters;
use portcullis_event::{Body, LlmOp, Verdict};

pub(crate) fn answer(tier: &Tier, asked: Asked<'_>, out: &mut Answers) {
    let Body::Llm(llm) = asked.body() else { return };
    if !matches!(llm.op, LlmOp::Request | LlmOp::Embed) {
        return;
    }
    let usage = asked.usage;
    let tokens = llm.tokens_in.unwrap_or(0);
    for (window, used) in [("minute", &usage.minute), ("session", &usage.session), ("day", &usage.day)] {
        compare(tier, window, used, tokens, llm.cost_microdollars.unwrap_or(0), out);
    }
}

fn compare(tier: &Tier, window: &str, used: &Counters, tokens: u64, cost: u64, out: &mut Answers) {
    let after = [
        ("tokens", used.tokens.saturating_add(tokens.max(1))),
        ("dollars", used.microdollars.saturating_add(cost.max(1))),
        ("requests", used.requests.saturating_add(1)),
    ];
    for (what, after) in after {
        let Some((most, origin)) = tier.most(&format!("spend.{window}.{what}")) else { continue };
        let reached = after > most;
        let at_limit = tier.answer("spend.at-limit").map_or(Verdict::Deny, |(answer, _)| answer.verdict());
        out.consider(Said { verdict: if reached { at_limit } else { Verdict::Allow }, rule: None, origin });
        if reached && at_limit > Verdict::Allow {
            let message = format!("the limit of {what} for this {window} is reached");
            let fix = Some(format!("wait, or raise `spend.{window}.{what}`"));
            out.guard(at_limit, message, Some(origin), fix);
        }
    }
}
