//! Where checks put their answers, and how an answer is worded.

use crate::diagnostic::printable;
use crate::pattern::Set;
use crate::rules::{Lists, Said};
use crate::source::Origin;
use portcullis_event::{CheckId, Obligation, Reason, Rest, SourceLine, Verdict};

/// A line of the policy that spoke about an event, and what it said.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Considered {
    /// The check that read it.
    pub check: CheckId,
    /// What it said.
    pub verdict: Verdict,
    /// The line.
    pub source: SourceLine,
    /// What is written there.
    pub text: String,
}

/// What the checks said.
#[derive(Debug)]
pub(crate) struct Answers {
    check: &'static str,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) obligations: Vec<Obligation>,
    gates: usize,
    /// Whether what is said now can let the event pass: only the highest storey's word can.
    pub(crate) highest: bool,
    /// Filled in only if somebody wants to know.
    pub(crate) considered: Option<Vec<Considered>>,
}

#[expect(clippy::expect_used, reason = "every id is a literal of this crate, and a test asks each check once")]
pub(crate) fn check_id(id: &str) -> CheckId {
    CheckId::parse(id).expect("a check's id is a valid name")
}

impl Answers {
    pub(crate) fn new(explain: bool) -> Self {
        let considered = explain.then(Vec::new);
        Self { check: "", reasons: Vec::with_capacity(4), obligations: Vec::new(), gates: 0, highest: true, considered }
    }

    pub(crate) fn begin(&mut self, check: &'static str) {
        self.check = check;
    }

    /// Silence denies.
    pub(crate) fn finish(&mut self) {
        if self.gates == 0 {
            self.check = "silence";
            self.guard(
                Verdict::Deny,
                "nothing in the policy speaks about this, and silence means no".to_owned(),
                None,
                None,
            );
        }
    }

    /// An answer that can let the event pass.
    pub(crate) fn gate(&mut self, verdict: Verdict, message: String, origin: Option<&Origin>, fix: Option<String>) {
        self.gates += usize::from(self.highest);
        self.guard(verdict, message, origin, fix);
    }

    /// An answer that can only stop or change it.
    pub(crate) fn guard(&mut self, verdict: Verdict, message: String, origin: Option<&Origin>, fix: Option<String>) {
        let reason = Reason {
            check: check_id(self.check),
            verdict,
            message: printable(message),
            source: origin.map(Origin::line),
            fix,
            rest: Rest::new(),
        };
        // Several files of one event often meet the same line; once is enough.
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    /// Remembers that a line spoke.
    pub(crate) fn consider(&mut self, said: Said<'_>) {
        let check = self.check;
        if let Some(considered) = &mut self.considered {
            let origin = said.origin;
            let text = origin.text.written.get(origin.span.clone()).unwrap_or_default().to_owned();
            considered.push(Considered { check: check_id(check), verdict: said.verdict, source: origin.line(), text });
        }
    }

    /// What lists say about a value. `subject` is how it is called in the message, `written` how it would be written
    /// in the section `key`.
    pub(crate) fn lists<S: Set>(
        &mut self,
        lists: &Lists<S>,
        value: S::Value<'_>,
        key: &str,
        subject: &str,
        written: &str,
    ) -> Option<Verdict> {
        let mut strictest: Option<Said<'_>> = None;
        for said in lists.hits(value) {
            self.consider(said);
            strictest = strictest.or(Some(said));
        }
        let said = strictest.or_else(|| {
            let unlisted = lists.unlisted()?;
            self.consider(unlisted);
            Some(unlisted)
        })?;
        let (message, fix) = word(said, key, subject, written);
        self.gate(said.verdict, message, Some(said.origin), fix);
        Some(said.verdict)
    }

    /// As [`Self::lists`], but the lists can only stop: what they allow is no answer.
    pub(crate) fn stopping_lists<S: Set>(
        &mut self,
        lists: &Lists<S>,
        value: S::Value<'_>,
        key: &str,
        subject: &str,
        written: &str,
    ) {
        let gates = self.gates;
        let reasons = self.reasons.len();
        if self.lists(lists, value, key, subject, written) == Some(Verdict::Allow) {
            self.reasons.truncate(reasons);
        }
        self.gates = gates;
    }
}

/// The message and what would change the answer.
pub(crate) fn word(said: Said<'_>, key: &str, subject: &str, written: &str) -> (String, Option<String>) {
    let because = said.rule.and_then(|rule| rule.reason.as_deref()).map(|why| format!(": {why}")).unwrap_or_default();
    let verb = match said.verdict {
        Verdict::Allow | Verdict::AllowWithChanges => "is allowed",
        Verdict::Ask => "needs a person's yes",
        Verdict::Deny => "is denied",
    };
    let message = match said.rule {
        Some(rule) => format!("{subject} {verb} by `{}`{because}", rule.text),
        None => format!("{subject} {verb}: no list of `{key}` names it"),
    };
    let fix = match (said.verdict, said.rule) {
        (Verdict::Allow | Verdict::AllowWithChanges, _) => None,
        (Verdict::Ask | Verdict::Deny, None) => {
            Some(format!("add `{written}` to `{key}.allow` in {}", file_of(said.origin)))
        }
        (Verdict::Ask | Verdict::Deny, Some(rule)) => Some(take_away(said, key, &rule.text)),
    };
    (message, fix)
}

/// How an entry is removed: from a file by deleting it, from a preset by `!`.
fn take_away(said: Said<'_>, key: &str, text: &str) -> String {
    let list = if said.verdict == Verdict::Ask { "ask" } else { "deny" };
    if said.origin.text.name.starts_with("preset:") {
        format!("add `!{text}` to `{key}.{list}` in the highest policy")
    } else {
        format!("remove `{text}` at {}", said.origin)
    }
}

/// The file that an entry is to be added to.
pub(crate) fn file_of(origin: &Origin) -> String {
    if origin.text.name.starts_with("preset:") { "the highest policy".to_owned() } else { origin.text.name.clone() }
}
