//! The road, as the command line travels it: the policy that is in force judges, the ledger of this user records.

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::opinion;
use crate::policy_files::PolicyFiles;
use crate::surroundings;
use portcullis_event::{
    AuditFailure, Body, Coverage, Enforcement, Event, EventId, Finding, Inspector, Judge, Receipt, Recorded,
};
use portcullis_inspect::injection::Opinion;
use portcullis_inspect::{Inspection, Kinds};
use portcullis_ledger::disk::RealDisk;
use portcullis_ledger::{ContentRule, Log, Options, origin_name};
use portcullis_policy::{ContentKeeping, ValidPolicy};
use std::sync::Arc;
use std::time::SystemTime;

/// A policy and a ledger.
#[derive(Debug)]
pub(crate) struct Gate {
    policy: ValidPolicy,
    log: Arc<Log>,
    /// Another model that texts are shown to.
    opinion: Option<Opinion>,
}

/// Looks into what can't be changed on its way: in the record secrets are replaced, in what passes they are not, and the
/// findings say so.
struct AsItIs(Inspection);

/// An inspection that was done already, where what is inspected was taken apart.
struct Done {
    findings: Vec<Finding>,
    coverage: Coverage,
}

impl Inspector for Done {
    fn inspect(&self, event: Event) -> (Event, Vec<Finding>, Coverage) {
        (event, self.findings.clone(), self.coverage.clone())
    }
}

impl Inspector for AsItIs {
    fn inspect(&self, event: Event) -> (Event, Vec<Finding>, Coverage) {
        let (event, mut findings, coverage) = self.0.inspect(event);
        for finding in &mut findings {
            finding.replaced = false;
        }
        (event, findings, coverage)
    }
}

impl Gate {
    /// Loads the policy and opens the ledger; without both nothing passes.
    pub(crate) fn open(invocation: &Invocation) -> Result<Self, Failure> {
        Self::with(PolicyFiles::find(invocation)?.load()?, invocation)
    }

    /// Opens the ledger for a policy that was loaded already.
    pub(crate) fn with(policy: ValidPolicy, invocation: &Invocation) -> Result<Self, Failure> {
        let opinion = opinion::of_policy(&policy, invocation)?;
        let log = open_log(invocation, &policy)?;
        Ok(Self { policy, log: Arc::new(log), opinion })
    }

    /// The same ledger under another policy.
    pub(crate) fn under(&self, policy: ValidPolicy) -> Self {
        Self { policy, log: Arc::clone(&self.log), opinion: self.opinion.clone() }
    }

    /// Ends it where the process ends as well: keys are wiped, and the policy is not taken apart piece by piece first.
    pub(crate) fn leave(self) {
        std::mem::forget(self.policy);
    }

    /// The policy in force.
    pub(crate) fn policy(&self) -> &ValidPolicy {
        &self.policy
    }

    /// The ledger, for what concerns the ledger itself.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// The other model that texts are shown to, if policy names one.
    pub(crate) fn opinion(&self) -> Option<&Opinion> {
        self.opinion.as_ref()
    }

    /// What every event is looked into for.
    fn inspection(&self) -> Inspection {
        let inspection = Inspection::new(Kinds::ALL).with_markers(self.policy.markers().cloned());
        opinion::asked_by(inspection, self.opinion())
    }

    /// Inspects, decides and records an event.
    pub(crate) fn pass(&self, event: Event) -> Recorded {
        self.pass_by(event, &self.policy)
    }

    /// The same where more may have a say than policy alone.
    pub(crate) fn pass_by(&self, event: Event, judge: &impl Judge) -> Recorded {
        let on_failure: AuditFailure = self.policy.on_audit_failure();
        event.inspect(&self.inspection()).decide(judge).record(&*self.log, on_failure)
    }

    /// The same for something that was looked into where it came in, by whoever understands its form.
    pub(crate) fn pass_inspected(&self, event: Event, findings: Vec<Finding>, coverage: Coverage) -> Recorded {
        let on_failure: AuditFailure = self.policy.on_audit_failure();
        event.inspect(&Done { findings, coverage }).decide(&self.policy).record(&*self.log, on_failure)
    }

    /// The same for something that passes as it is or not at all, and on which more may have a say than policy alone.
    pub(crate) fn pass_as_it_is(&self, event: Event, judge: &impl Judge) -> Recorded {
        event.inspect(&AsItIs(self.inspection())).decide(judge).record(&*self.log, self.policy.on_audit_failure())
    }

    /// Puts on the record what the person who runs this does, and returns once that is durable, with the event's id.
    /// `what` names it in an error, such as `the note`.
    pub(crate) fn put_on_record(
        &self,
        invocation: &Invocation,
        what: &str,
        body: impl Into<Body>,
    ) -> Result<(String, Receipt), Failure> {
        let mut event = Event::new(EventId::fresh(), SystemTime::now().into(), surroundings::actor()?, body);
        event.place = surroundings::place(invocation);
        let id = event.id.to_string();
        let recorded = self.pass(event);
        match (recorded.receipt(), recorded.enforce()) {
            (Some(receipt), Enforcement::Allow(_) | Enforcement::AllowWithChanges(..)) => Ok((id, receipt)),
            (_, Enforcement::Deny(reasons) | Enforcement::Ask(_, _, reasons)) => {
                Err(Failure::denied(&format!("{what} was not let through"), &reasons))
            }
            (None, Enforcement::Allow(_) | Enforcement::AllowWithChanges(..)) => {
                Err(Failure::incomplete(format!("{what} could not be recorded")).fix("`portcullis doctor` says why"))
            }
        }
    }
}

/// Opens this user's ledger for writing, and begins one if there is none.
fn open_log(invocation: &Invocation, policy: &ValidPolicy) -> Result<Log, Failure> {
    let home = invocation.home()?;
    home.ensure()?;
    let content = match policy.content() {
        ContentKeeping::Omit => ContentRule::Omit,
        ContentKeeping::Encrypt => ContentRule::Encrypt,
    };
    let origin = origin_name(&surroundings::machine().unwrap_or_default())?;
    let options = Options { content, origin, ..Options::default() };
    Ok(Log::open(Arc::new(RealDisk), home.path(), options)?)
}
