//! What policy answers: a verdict, the reasons for it, and what must be done along the way.

use crate::{CheckId, Rest};
use serde::{Deserialize, Serialize};

/// The answer. Ordered, and the strictest of many wins by `max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It may happen.
    Allow,
    /// It may happen if the obligations are carried out.
    AllowWithChanges,
    /// A person must say yes first.
    Ask,
    /// It may not happen.
    Deny,
}

/// Whether a decision is carried out or only written down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Pilot: everything passes, and the record says what would have been stopped.
    Observe,
    /// The decision is carried out.
    #[default]
    Enforce,
}

/// A place in a policy file: the line that decided. A closed shape: it never gets more fields.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceLine {
    /// The file, or `preset:standard` and the like for what ships with Portcullis.
    pub file: String,
    /// Line, counted from 1.
    pub line: u32,
    /// Column, counted from 1.
    pub column: u32,
}

impl std::fmt::Display for SourceLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One check's answer and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The check that answered.
    pub check: CheckId,
    /// Its answer.
    pub verdict: Verdict,
    /// Why, in one sentence.
    pub message: String,
    /// The policy line that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceLine>,
    /// What would change the answer, in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Something that enforcement must do when it lets an event pass. Closed shapes: what a reader does not understand, it
/// could not carry out either.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do", deny_unknown_fields)]
pub enum Obligation {
    /// Replace findings of these rules by placeholders.
    Replace {
        /// Rule ids.
        rules: Vec<String>,
    },
    /// Tell the people on a channel.
    Notify {
        /// The channel's name.
        channel: String,
    },
    /// Ask approvers with this role; `count` of them must say yes.
    Approve {
        /// The role that may approve.
        role: String,
        /// How many approvals are needed.
        count: u32,
    },
}

/// The whole answer to one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The strictest of all answers.
    pub verdict: Verdict,
    /// Whether it is carried out.
    pub mode: Mode,
    /// Every check that had something to say, the strictest first.
    pub reasons: Vec<Reason>,
    /// What must be done if it passes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obligations: Vec<Obligation>,
    /// Hash of the policy in force, in hex.
    pub policy: String,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Decision {
    /// The strictest of the given answers. No answer at all is a denial: silence never lets anything pass.
    pub fn strictest(
        mode: Mode,
        policy: impl Into<String>,
        mut reasons: Vec<Reason>,
        obligations: Vec<Obligation>,
    ) -> Self {
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.verdict));
        let verdict = reasons.iter().map(|reason| reason.verdict).max().unwrap_or(Verdict::Deny);
        Self { verdict, mode, reasons, obligations, policy: policy.into(), rest: Rest::new() }
    }

    /// This decision with its verdict at least as strict as each of its reasons, and a denial if it has none.
    pub(crate) fn settled(self) -> Self {
        let Self { verdict, mode, reasons, obligations, policy, rest } = self;
        let settled = Self::strictest(mode, policy, reasons, obligations);
        Self { verdict: settled.verdict.max(verdict), rest, ..settled }
    }

    /// What actually happens: in observe mode everything passes.
    pub fn effective(&self) -> Verdict {
        match self.mode {
            Mode::Enforce => self.verdict,
            Mode::Observe => Verdict::Allow,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(verdict: Verdict) -> Reason {
        let check = CheckId::parse("test").unwrap();
        Reason { check, verdict, message: String::new(), source: None, fix: None, rest: Rest::new() }
    }

    #[test]
    fn denies_when_no_check_answers() {
        assert_eq!(Decision::strictest(Mode::Enforce, "p", vec![], vec![]).verdict, Verdict::Deny);
    }

    #[test]
    fn the_strictest_answer_wins_and_comes_first() {
        let all = [Verdict::Allow, Verdict::Deny, Verdict::Ask, Verdict::AllowWithChanges];
        let decision = Decision::strictest(Mode::Enforce, "p", all.map(reason).to_vec(), vec![]);
        assert_eq!(decision.verdict, Verdict::Deny);
        let order: Vec<Verdict> = decision.reasons.iter().map(|r| r.verdict).collect();
        assert_eq!(order, [Verdict::Deny, Verdict::Ask, Verdict::AllowWithChanges, Verdict::Allow]);
    }

    #[test]
    fn observing_lets_pass_and_remembers_what_it_would_have_done() {
        let decision = Decision::strictest(Mode::Observe, "p", vec![reason(Verdict::Deny)], vec![]);
        assert_eq!((decision.verdict, decision.effective()), (Verdict::Deny, Verdict::Allow));
    }
}
