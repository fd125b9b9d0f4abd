//! The policy in force: what all layers together say, checked and compiled.
//!
//! # Layers
//!
//! The highest layer that has a file sets what is possible. It stands on a preset: the one that it names, or
//! `standard`. Its single values replace the preset's, its lists are added to the preset's, and an entry that starts
//! with `!` takes that entry of the preset off the list (or makes an exception, if the preset has no entry that is
//! written the same). Every file below it is a storey of its own that is asked separately: an event
//! passes if *every* storey that speaks about it lets it pass, and the strictest answer holds. So a lower file can only
//! narrow, whatever is written in it. A preset that a lower file names joins that file's storey, and the one on top
//! stays. A second file of the same layer, and the lists in JSON and YAML, are storeys of their own as well.
//!
//! A repository is never the highest layer: whoever can commit to it could otherwise open a machine to which it is
//! cloned. If neither the organisation nor the user has a file, the preset `standard` stands alone above it. (A user
//! who trusts a repository's file hands it in as [`crate::Layer::User`].)
//!
//! A line of a lower file that asks for more than the higher ones give is not obeyed and is reported; see
//! [`ValidPolicy::loosenings`].
//!
//! # No file at all
//!
//! Then the preset `standard` is in force, and it is carried out (`enforce`): a machine where nobody has decided
//! anything is not a machine where everything is allowed.

use crate::checks::{self, Answers, Asked};
use crate::config::{Boundary, ContentKeeping, Listen, Require, Scalar, Workspace};
use crate::diagnostic::Diagnostic;
use crate::source::Places;
use crate::tier::Tier;
use crate::usage::Usage;
use portcullis_event::{AuditFailure, Decision, FindingKind, Inspected, Judge, Mode, Obligation, SourceLine, Verdict};
use portcullis_patterns::markers::Markers;

/// A policy that was checked. The only way to it is [`ValidPolicy::load`].
#[derive(Debug)]
pub struct ValidPolicy {
    pub(crate) tiers: Vec<Tier>,
    pub(crate) places: Places,
    pub(crate) warnings: Vec<Diagnostic>,
    pub(crate) loosenings: Vec<Diagnostic>,
    pub(crate) hash: String,
    pub(crate) mode: Mode,
    pub(crate) approval_roles: Vec<String>,
    pub(crate) roles: crate::roles::Roles,
    pub(crate) markers: Option<Markers>,
}

/// How long things are kept, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeping {
    /// The text of prompts and replies, at most.
    pub content: Option<u64>,
    /// The records, at least.
    pub records: Option<u64>,
}

/// What a run may use of this machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunLimits {
    /// Processes at the same time.
    pub processes: Option<u64>,
    /// Bytes of memory.
    pub memory: Option<u64>,
    /// Bytes of disk.
    pub disk: Option<u64>,
    /// Files that one process has open.
    pub open_files: Option<u64>,
    /// Bytes that are printed.
    pub output: Option<u64>,
    /// Percent of one core.
    pub cpu_percent: Option<u64>,
    /// Seconds.
    pub time: Option<u64>,
}

impl ValidPolicy {
    /// SHA-256 of everything that decides, in hex.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether decisions are carried out.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// What can be used, but does not do what it seems to; loosenings included.
    pub fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.warnings.iter().chain(&self.loosenings)
    }

    /// Lines of lower layers that ask for more than higher ones give. They have no effect.
    pub fn loosenings(&self) -> &[Diagnostic] {
        &self.loosenings
    }

    /// The strictest value of a key over all storeys.
    pub(crate) fn strictest(&self, key: &str) -> Option<&Scalar> {
        strictest(&self.tiers, key)
    }

    /// What happens to an event that can't be recorded.
    pub fn on_audit_failure(&self) -> AuditFailure {
        match self.strictest("ledger.on-audit-failure") {
            Some(Scalar::OnAuditFailure(word)) => word.audit_failure(),
            _ => AuditFailure::Deny,
        }
    }

    /// What is kept of prompts, replies, arguments and file contents.
    pub fn content(&self) -> ContentKeeping {
        match self.strictest("ledger.content") {
            Some(Scalar::Content(word)) => *word,
            _ => ContentKeeping::Omit,
        }
    }

    /// How far an agent can reach: the narrowest of all storeys.
    pub fn boundary(&self) -> Boundary {
        match self.strictest("network.boundary") {
            Some(Scalar::Boundary(word)) => *word,
            _ => Boundary::LocalOnly,
        }
    }

    /// Where an agent may open a port.
    pub fn listen(&self) -> Listen {
        match self.strictest("network.listen") {
            Some(Scalar::Listen(word)) => *word,
            _ => Listen::Nothing,
        }
    }

    /// Which walls an agent must be within.
    pub fn required_sandbox(&self) -> Require {
        match self.strictest("sandbox.require") {
            Some(Scalar::Require(word)) => *word,
            _ => Require::Full,
        }
    }

    /// Where an agent's changes to the workspace go.
    pub fn workspace(&self) -> Workspace {
        match self.strictest("sandbox.workspace") {
            Some(Scalar::Workspace(word)) => *word,
            _ => Workspace::Layered,
        }
    }

    /// The line that says so, if one does.
    pub fn workspace_line(&self) -> Option<SourceLine> {
        let said = self.tiers.iter().filter_map(|tier| tier.scalar("sandbox.workspace"));
        let strictest = said.reduce(|one, other| if one.0.is_looser_than(other.0) { other } else { one });
        strictest.map(|(_, origin)| origin.line())
    }

    /// For how long.
    pub fn retention(&self) -> Keeping {
        let records = match self.strictest("ledger.retention.records") {
            Some(Scalar::Least(seconds)) => Some(*seconds),
            _ => None,
        };
        Keeping { content: self.most("ledger.retention.content"), records }
    }

    /// What a run may use of this machine.
    pub fn limits(&self) -> RunLimits {
        RunLimits {
            processes: self.most("limits.processes"),
            memory: self.most("limits.memory"),
            disk: self.most("limits.disk"),
            open_files: self.most("limits.open-files"),
            output: self.most("limits.output"),
            cpu_percent: self.most("limits.cpu-percent"),
            time: self.most("limits.time"),
        }
    }

    /// The lowest value of a limit, by its key, such as `spend.day.tokens` or `database.max-rows`.
    pub fn most(&self, key: &str) -> Option<u64> {
        let Scalar::Most(most) = self.strictest(key)? else { return None };
        Some(*most)
    }

    /// What is done about findings of this kind, by the strictest storey. A kind that no line speaks of is denied.
    pub fn finding_verdict(&self, kind: FindingKind) -> Verdict {
        match self.strictest(checks::finding_key(kind)) {
            Some(Scalar::Response(response)) => response.verdict(),
            _ => Verdict::Deny,
        }
    }

    /// How many people must say yes.
    pub fn approvals_needed(&self) -> u32 {
        match self.strictest("approvals.count") {
            Some(Scalar::Least(count)) => u32::try_from(*count).unwrap_or(u32::MAX),
            _ => 1,
        }
    }

    /// The roles that may say yes, by the policy's list. Empty if no role is on all lists: then nobody may.
    pub fn approval_roles(&self) -> &[String] {
        &self.approval_roles
    }

    /// A judge that knows what was used so far.
    pub fn with_usage(&self, usage: Usage) -> Decider<'_> {
        Decider { policy: self, usage }
    }

    /// The answer to an event.
    pub fn decide(&self, inspected: &Inspected, usage: &Usage) -> Decision {
        let mut answers = Answers::new(false);
        checks::ask(&self.tiers, Asked { inspected, usage }, &mut answers);
        self.decision(answers)
    }

    pub(crate) fn decision(&self, answers: Answers) -> Decision {
        let Answers { reasons, mut obligations, .. } = answers;
        if reasons.iter().map(|reason| reason.verdict).max() == Some(Verdict::Ask) {
            let count = self.approvals_needed();
            obligations
                .extend(self.approval_roles.iter().map(|role| Obligation::Approve { role: role.clone(), count }));
        }
        Decision::strictest(self.mode, &self.hash, reasons, obligations)
    }
}

/// The strictest value of a key over some storeys.
pub(crate) fn strictest<'a>(tiers: &'a [Tier], key: &str) -> Option<&'a Scalar> {
    let values = tiers.iter().filter_map(|tier| tier.scalar(key)).map(|(scalar, _)| scalar);
    values.reduce(|strictest, next| if strictest.is_looser_than(next) { next } else { strictest })
}

/// Decides without counters: limits of spending do not hold. For gates that ask no models.
impl Judge for ValidPolicy {
    fn judge(&self, inspected: &Inspected) -> Decision {
        self.decide(inspected, &Usage::default())
    }
}

/// Decides, knowing what was used so far.
#[derive(Debug, Clone, Copy)]
pub struct Decider<'a> {
    policy: &'a ValidPolicy,
    usage: Usage,
}

impl Judge for Decider<'_> {
    fn judge(&self, inspected: &Inspected) -> Decision {
        self.policy.decide(inspected, &self.usage)
    }
}
