//! Why an answer is what it is: which lines decided, which lines spoke and lost, and what would change it.

use crate::checks::{self, Answers, Asked, Considered};
use crate::policy::ValidPolicy;
use crate::usage::Usage;
use portcullis_event::{CheckId, Decision, Inspected, Reason, Verdict};
use serde::Serialize;
use std::fmt;

/// An answer, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The answer.
    pub decision: Decision,
    /// What each check that had something to say said, the strictest first.
    pub checks: Vec<CheckTrace>,
}

/// What one check said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckTrace {
    /// The check.
    pub check: CheckId,
    /// Its answer; nothing if none of its lines came to bear.
    pub verdict: Option<Verdict>,
    /// Its answers in words.
    pub reasons: Vec<Reason>,
    /// The lines that decided.
    pub decided: Vec<Considered>,
    /// The lines that spoke about the event and were overruled by a stricter one.
    pub lost: Vec<Considered>,
    /// What would change the answer.
    pub change: Vec<String>,
}

impl ValidPolicy {
    /// The answer to an event, with everything that led to it.
    pub fn explain(&self, inspected: &Inspected, usage: &Usage) -> Explanation {
        let mut answers = Answers::new(true);
        checks::ask(&self.tiers, Asked { inspected, usage }, &mut answers);
        let considered = answers.considered.take().unwrap_or_default();
        let decision = self.decision(answers);
        Explanation { checks: traces(&decision, considered), decision }
    }
}

fn traces(decision: &Decision, considered: Vec<Considered>) -> Vec<CheckTrace> {
    let mut out: Vec<CheckTrace> = Vec::new();
    for reason in &decision.reasons {
        let trace = trace(&mut out, &reason.check);
        trace.verdict = trace.verdict.max(Some(reason.verdict));
        trace.change.extend(reason.fix.clone().filter(|fix| !trace.change.contains(fix)));
        trace.reasons.push(reason.clone());
    }
    for line in considered {
        let trace = trace(&mut out, &line.check);
        let decided =
            trace.reasons.iter().any(|it| it.source.as_ref() == Some(&line.source) && it.verdict == line.verdict);
        let lines = if decided { &mut trace.decided } else { &mut trace.lost };
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    out.sort_by_key(|trace| std::cmp::Reverse(trace.verdict));
    out
}

fn trace<'a>(out: &'a mut Vec<CheckTrace>, check: &CheckId) -> &'a mut CheckTrace {
    let at = out.iter().position(|trace| trace.check == *check).unwrap_or(out.len());
    if at == out.len() {
        out.push(CheckTrace {
            check: check.clone(),
            verdict: None,
            reasons: Vec::new(),
            decided: Vec::new(),
            lost: Vec::new(),
            change: Vec::new(),
        });
    }
    #[expect(clippy::indexing_slicing, reason = "it was found there or pushed there")]
    &mut out[at]
}

pub(crate) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "allow",
        Verdict::AllowWithChanges => "allow with changes",
        Verdict::Ask => "ask",
        Verdict::Deny => "deny",
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", word(self.decision.verdict))?;
        for trace in &self.checks {
            if trace.reasons.is_empty() {
                writeln!(f, "  {}: nothing against it", trace.check)?;
            }
            for reason in &trace.reasons {
                writeln!(f, "  {}: {}: {}", trace.check, word(reason.verdict), reason.message)?;
            }
            let other = if trace.reasons.is_empty() { "read" } else { "overruled" };
            for (lines, role) in [(&trace.decided, "decided"), (&trace.lost, other)] {
                for line in lines {
                    writeln!(f, "    {role}: {}: {} {}", line.source, word(line.verdict), line.text)?;
                }
            }
            for change in &trace.change {
                writeln!(f, "    to change it: {change}")?;
            }
        }
        Ok(())
    }
}
