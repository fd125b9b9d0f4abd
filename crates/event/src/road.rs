//! The one road: `Event` → `Inspected` → `Decided` → `Recorded` → enforcement.
//!
//! Each stage is a type whose fields are private and which only the stage before it can become. Who inspects, judges
//! and records is handed in as a small trait, because those parts live in crates of their own which know nothing of
//! each other; that they are *asked*, and in this order, is what this module guarantees.

use crate::{Decision, Event, Finding, Mode, Obligation, Reason, Record, Rest, Risk, SCHEMA_VERSION, Verdict};
use serde::{Deserialize, Serialize};

/// Looks inside an event: reports what it finds and replaces what must not travel on.
pub trait Inspector {
    /// Takes the event and gives it back, secrets replaced, with what was found and what was not looked at.
    fn inspect(&self, event: Event) -> (Event, Vec<Finding>, Coverage);
}

/// Decides what may happen.
pub trait Judge {
    /// The answer to an inspected event.
    fn judge(&self, inspected: &Inspected) -> Decision;
}

/// Writes records so that they stay.
pub trait Recorder {
    /// Why a record could not be written.
    type Error: std::fmt::Display;
    /// Writes `record` and returns once it is durable.
    fn record(&self, record: Record) -> Result<Receipt, Self::Error>;
}

/// What was looked at, and what was not and why. A ledger that hides its blind spots is not worth reading.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Parts that nobody looked into.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Coverage {
    /// Whether everything was looked at.
    pub fn is_complete(&self) -> bool {
        self.skipped.is_empty() && self.rest.is_empty()
    }
}

/// A part of an event that nobody looked into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Which part, such as `content.prompt`.
    pub field: String,
    /// Why, such as `compressed with an unknown method`.
    pub why: String,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Where a record ended up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Receipt {
    /// Its position in the log, counted from 0.
    pub index: u64,
    /// Its leaf hash (RFC 6962).
    pub leaf: [u8; 32],
}

/// What to do with an event when the ledger can't be written. Ordered from the strictest to the loosest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditFailure {
    /// Nothing happens that can't be recorded.
    #[default]
    Deny,
    /// Reading may go on; whatever runs, changes, sends or uses a secret is denied.
    AllowLowRisk,
    /// What policy allows goes on unrecorded.
    Allow,
}

/// An event that was looked into. Secrets in it are replaced already; the raw one is gone.
#[must_use = "an inspected event does nothing until it is decided"]
#[derive(Debug)]
pub struct Inspected {
    event: Event,
    findings: Vec<Finding>,
    coverage: Coverage,
}

/// An event with policy's answer.
#[must_use = "a decision does nothing until it is recorded"]
#[derive(Debug)]
pub struct Decided {
    inspected: Inspected,
    decision: Decision,
}

/// An event whose decision is in the ledger. Only this can be enforced.
#[must_use = "a recorded decision does nothing until it is enforced"]
#[derive(Debug)]
pub struct Recorded {
    record: Record,
    receipt: Option<Receipt>,
}

/// What is to be done now.
#[must_use = "carry it out"]
#[derive(Debug, PartialEq, Eq)]
pub enum Enforcement {
    /// Let it pass.
    Allow(Event),
    /// Let it pass once these are carried out.
    AllowWithChanges(Event, Vec<Obligation>),
    /// Ask a person first.
    Ask(Event, Vec<Obligation>, Vec<Reason>),
    /// Stop it and say why.
    Deny(Vec<Reason>),
}

impl Event {
    /// First stage: look inside.
    pub fn inspect(self, inspector: &impl Inspector) -> Inspected {
        let (event, findings, coverage) = inspector.inspect(self);
        Inspected { event, findings, coverage }
    }
}

impl Inspected {
    /// The event, secrets replaced.
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// What was found in it.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What was not looked at.
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// Second stage: ask policy. Whatever the judge made of its checks' answers, the strictest of them wins, and none at
    /// all is a denial.
    pub fn decide(self, judge: &impl Judge) -> Decided {
        let decision = judge.judge(&self).settled();
        Decided { inspected: self, decision }
    }
}

impl Decided {
    /// Policy's answer.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// Third stage: write it down, durably. If that fails, `on_failure` says what still may happen; the reason given
    /// to the user then names the failure.
    pub fn record<R: Recorder>(self, recorder: &R, on_failure: AuditFailure) -> Recorded {
        let Inspected { event, findings, coverage } = self.inspected;
        let record =
            Record { v: SCHEMA_VERSION, event, findings, coverage, decision: self.decision, rest: Rest::new() };
        match recorder.record(record.clone()) {
            Ok(receipt) => Recorded { record, receipt: Some(receipt) },
            Err(error) => Recorded { record: deny_unrecorded(record, on_failure, &error.to_string()), receipt: None },
        }
    }
}

fn deny_unrecorded(mut record: Record, on_failure: AuditFailure, error: &str) -> Record {
    let passes = match on_failure {
        AuditFailure::Deny => false,
        AuditFailure::AllowLowRisk => Risk::of(&record.event.what) == Risk::Low,
        AuditFailure::Allow => true,
    };
    if passes {
        return record;
    }
    // INVARIANT: the name below is a valid check id; were it not, the verdict still is Deny.
    if let Ok(check) = crate::CheckId::parse("audit") {
        let message = format!("it can't be recorded: {error}");
        let fix =
            Some("mend the ledger (`portcullis doctor` says how), or set `on-audit-failure` in the policy".to_owned());
        record
            .decision
            .reasons
            .insert(0, Reason { check, verdict: Verdict::Deny, message, source: None, fix, rest: Rest::new() });
    }
    record.decision.verdict = Verdict::Deny;
    record.decision.mode = Mode::Enforce;
    record
}

impl Recorded {
    /// The record as decided.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Where it is in the ledger; `None` if it could not be written and policy let it pass, or denied it, all the same.
    pub fn receipt(&self) -> Option<Receipt> {
        self.receipt
    }

    /// Last stage: what is to be done now.
    pub fn enforce(self) -> Enforcement {
        let Record { event, decision, .. } = self.record;
        match decision.effective() {
            Verdict::Allow => Enforcement::Allow(event),
            Verdict::AllowWithChanges => Enforcement::AllowWithChanges(event, decision.obligations),
            Verdict::Ask => Enforcement::Ask(event, decision.obligations, decision.reasons),
            Verdict::Deny => Enforcement::Deny(decision.reasons),
        }
    }
}
