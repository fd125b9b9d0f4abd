//! The road, as the command line travels it: the policy that is in force judges, the ledger of this user records.

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::policy_files::PolicyFiles;
use crate::surroundings;
use portcullis_event::{AuditFailure, Event, Recorded};
use portcullis_inspect::{Inspection, Kinds};
use portcullis_ledger::disk::RealDisk;
use portcullis_ledger::{ContentRule, Log, Options, origin_name};
use portcullis_policy::{ContentKeeping, ValidPolicy};
use std::sync::Arc;

/// A policy and a ledger.
#[derive(Debug)]
pub(crate) struct Gate {
    policy: ValidPolicy,
    log: Log,
}

impl Gate {
    /// Loads the policy and opens the ledger; without both nothing passes.
    pub(crate) fn open(invocation: &Invocation) -> Result<Self, Failure> {
        Self::with(PolicyFiles::find(invocation)?.load()?, invocation)
    }

    /// Opens the ledger for a policy that was loaded already.
    pub(crate) fn with(policy: ValidPolicy, invocation: &Invocation) -> Result<Self, Failure> {
        let log = open_log(invocation, &policy)?;
        Ok(Self { policy, log })
    }

    /// The policy in force.
    pub(crate) fn policy(&self) -> &ValidPolicy {
        &self.policy
    }

    /// The ledger, for what concerns the ledger itself.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// Inspects, decides and records an event.
    pub(crate) fn pass(&self, event: Event) -> Recorded {
        let inspection = Inspection::new(Kinds::ALL);
        let on_failure: AuditFailure = self.policy.on_audit_failure();
        event.inspect(&inspection).decide(&self.policy).record(&self.log, on_failure)
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
