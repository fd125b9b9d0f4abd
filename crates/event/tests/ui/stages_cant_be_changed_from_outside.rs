//! What a stage holds can be read, not replaced.
use portcullis_event::{Decided, Decision, Inspected, Recorded, Verdict};

fn forget_findings(mut inspected: Inspected) {
    inspected.findings.clear();
}

fn replace_decision(mut decided: Decided, decision: Decision) {
    decided.decision = decision;
}

fn loosen(decided: Decided) {
    decided.decision().verdict = Verdict::Allow;
}

fn loosen_recorded(recorded: Recorded) {
    recorded.record().decision.verdict = Verdict::Allow;
}

fn main() {}
