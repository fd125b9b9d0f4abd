//! Policy's answer to effects: each one is an event of its own, dangers are asked about by their names, and the strictest
//! answer of all holds.

use portcullis_effects::{Effect, Effects, What, bodies};
use portcullis_event::{
    Actor, Body, Coverage, Decision, Event, EventId, FileOp, Finding, Inspector, Obligation, Place, Reason, Rest,
    Timestamp, Verdict,
};
use portcullis_policy::{Usage, ValidPolicy};

/// The effects were told from the text alone; what lies in the files was not looked into.
struct Uninspected;

impl Inspector for Uninspected {
    fn inspect(&self, event: Event) -> (Event, Vec<Finding>, Coverage) {
        (event, Vec::new(), Coverage::default())
    }
}

/// Policy's answer to all effects of a command together.
#[derive(Debug, Clone)]
pub(crate) struct Judgement {
    /// The strictest of all answers, and every reason that is more than an allowance.
    pub(crate) decision: Decision,
    /// The answer to each effect, in their order.
    pub(crate) by_effect: Vec<Verdict>,
}

/// Asks policy about each effect.
pub(crate) fn judge(policy: &ValidPolicy, effects: &Effects, actor: &Actor, place: &Place) -> Judgement {
    let mut reasons: Vec<Reason> = Vec::new();
    let mut obligations: Vec<Obligation> = Vec::new();
    let mut by_effect = Vec::with_capacity(effects.list.len());
    for effect in &effects.list {
        let answers = answers(policy, effect, actor, place);
        let mut verdict = Verdict::Allow;
        for (decision, wanted) in answers {
            verdict = verdict.max(decision);
            for reason in wanted.reasons.into_iter().filter(|reason| reason.verdict > Verdict::Allow) {
                if !reasons.contains(&reason) {
                    reasons.push(reason);
                }
            }
            for obligation in wanted.obligations {
                if !obligations.contains(&obligation) {
                    obligations.push(obligation);
                }
            }
        }
        by_effect.push(verdict);
    }
    if reasons.is_empty() {
        reasons.push(nothing_stops(policy, effects));
    }
    let decision = Decision::strictest(policy.mode(), policy.hash(), reasons, obligations);
    Judgement { decision, by_effect }
}

/// Policy's answer to one thing that would be done.
pub(crate) fn ask(policy: &ValidPolicy, body: impl Into<Body>, actor: &Actor, place: &Place) -> Decision {
    let mut event = Event::new(EventId::from_bytes([0; 16]), Timestamp::default(), actor.clone(), body);
    event.place = place.clone();
    policy.decide(&event.inspect(&Uninspected), &Usage::default())
}

/// What is said about one effect.
struct Said {
    reasons: Vec<Reason>,
    obligations: Vec<Obligation>,
}

fn answers(policy: &ValidPolicy, effect: &Effect, actor: &Actor, place: &Place) -> Vec<(Verdict, Said)> {
    if let What::Danger { hazard, why } = &effect.what {
        let reason = policy.hazard_reason(*hazard, why);
        return vec![(reason.verdict, Said { reasons: vec![reason], obligations: Vec::new() })];
    }
    let decide = |body: Body| {
        let unlisted = is_merely_unlisted(policy, &body);
        let Decision { verdict, mut reasons, obligations, .. } = ask(policy, body, actor, place);
        if !unlisted {
            return (verdict, Said { reasons, obligations });
        }
        // Nobody said a word about this file, and to look at it changes nothing: a person may be asked.
        for reason in reasons.iter_mut().filter(|reason| is_by_default(reason)) {
            reason.verdict = reason.verdict.min(Verdict::Ask);
        }
        let verdict = reasons.iter().map(|reason| reason.verdict).max().unwrap_or(verdict);
        (verdict, Said { reasons, obligations })
    };
    bodies(effect).into_iter().map(decide).collect()
}

/// Whether a file is only looked at, and no line of the policy names it.
fn is_merely_unlisted(policy: &ValidPolicy, body: &Body) -> bool {
    let Body::File(file) = body else { return false };
    matches!(file.op, FileOp::Read | FileOp::List) && !policy.names_against_file(&file.path)
}

/// Whether it was said by the preset that is in force where nobody chose one, and by no line that somebody wrote.
fn is_by_default(reason: &Reason) -> bool {
    reason.source.as_ref().is_some_and(|source| source.file == "preset:standard")
}

fn nothing_stops(policy: &ValidPolicy, effects: &Effects) -> Reason {
    // INVARIANT: there is always an answer, so that no effects at all are an allowance and not a silence.
    let message = if effects.list.is_empty() {
        "it would do nothing that policy speaks of".to_owned()
    } else {
        "each of its effects is allowed".to_owned()
    };
    let template = policy.hazard_reason(portcullis_event::Hazard::Unresolved, "");
    Reason { check: template.check, verdict: Verdict::Allow, message, source: None, fix: None, rest: Rest::new() }
}
