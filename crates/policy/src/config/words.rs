//! The words that a policy may use where it answers by a word. Each is ordered from the loosest to the strictest, so
//! that "what a lower layer may say" is a comparison.

use portcullis_event::{AuditFailure, DataClass, Mode, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answer {
    /// It may happen.
    Allow,
    /// A person is asked first.
    Ask,
    /// It may not happen.
    Deny,
}

impl Answer {
    pub(crate) fn verdict(self) -> Verdict {
        match self {
            Self::Allow => Verdict::Allow,
            Self::Ask => Verdict::Ask,
            Self::Deny => Verdict::Deny,
        }
    }
}

/// What is done about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Response {
    /// It passes as it is; the finding is recorded.
    Allow,
    /// It passes once the finding is replaced by a placeholder.
    Replace,
    /// A person is asked first.
    Ask,
    /// It may not happen.
    Deny,
}

impl Response {
    pub(crate) fn verdict(self) -> Verdict {
        match self {
            Self::Allow => Verdict::Allow,
            Self::Replace => Verdict::AllowWithChanges,
            Self::Ask => Verdict::Ask,
            Self::Deny => Verdict::Deny,
        }
    }
}

/// Whether something may be asked for at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Permission {
    /// It happens when somebody asks for it.
    Allow,
    /// It does not happen, whoever asks for it.
    Deny,
}

/// Whether labels that are in common use are markers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Labels {
    /// They are words like others.
    Ignore,
    /// They are looked for.
    Find,
}

/// Whom the gateway asks for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Keys {
    /// Everybody, as soon as a key was made.
    IfAny,
    /// Everybody, also before a key was made.
    Required,
}

/// How far an agent can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Boundary {
    /// Every host that is not denied.
    Open,
    /// Hosts in `allow`; for every other one a person is asked.
    Ask,
    /// Hosts in `allow` only.
    AllowList,
    /// Hosts in `self-hosted` and this machine only.
    AirGapped,
    /// This machine only.
    LocalOnly,
}

/// Where an agent may open a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Listen {
    /// On every address.
    Any,
    /// On addresses that only this machine reaches.
    Loopback,
    /// Nowhere.
    Nothing,
}

/// Which walls an agent must be within.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Require {
    /// It may run without a sandbox.
    Nothing,
    /// Any sandbox that Portcullis knows.
    Any,
    /// A sandbox that closes processes, files and the network.
    Full,
}

/// Where an agent's changes to the workspace go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Workspace {
    /// Into your files, as they are made; names that would run something later are closed.
    Live,
    /// Into a layer, unless whoever starts a run asks for a live one.
    OnRequest,
    /// Into a layer, from which they are applied when the run has ended.
    Layered,
}

/// Who asks the person, where policy says that one is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AskedBy {
    /// The agent asks its own user, where it can; within a run, and where it can't, a ticket is made.
    Agent,
    /// A ticket is made, which a person answers with `portcullis approve`.
    Ticket,
}

/// Whether decisions are carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ModeWord {
    /// Pilot: everything passes, and the record says what would have been stopped.
    Observe,
    /// Decisions are carried out.
    Enforce,
}

impl ModeWord {
    pub(crate) fn mode(self) -> Mode {
        match self {
            Self::Observe => Mode::Observe,
            Self::Enforce => Mode::Enforce,
        }
    }
}

/// What is kept of prompts, replies, arguments and file contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ContentKeeping {
    /// The text, encrypted with a key of its own.
    Encrypt,
    /// A keyed fingerprint and the length, never the text.
    Omit,
}

/// What happens to an event that can't be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OnAuditFailure {
    /// What policy allows goes on unrecorded.
    Allow,
    /// Reading may go on; whatever runs, changes, sends or uses a secret is denied.
    AllowLowRisk,
    /// It is denied.
    Deny,
}

impl OnAuditFailure {
    pub(crate) fn audit_failure(self) -> AuditFailure {
        match self {
            Self::Allow => AuditFailure::Allow,
            Self::AllowLowRisk => AuditFailure::AllowLowRisk,
            Self::Deny => AuditFailure::Deny,
        }
    }
}

/// How private data may be. The strictest ceiling is the lowest class, so the order is turned round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Ceiling {
    /// Data whose loss would do serious harm, and everything below.
    Restricted,
    /// Data for those who need it, and everything below.
    Confidential,
    /// Data for anyone inside the organisation, and public data.
    Internal,
    /// Public data only.
    Public,
}

impl Ceiling {
    pub(crate) fn class(self) -> DataClass {
        match self {
            Self::Restricted => DataClass::Restricted,
            Self::Confidential => DataClass::Confidential,
            Self::Internal => DataClass::Internal,
            Self::Public => DataClass::Public,
        }
    }
}

/// A class of data: what it is taken to have when nobody labelled it, or by a marker. More is stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Assumed {
    /// Anyone may read it.
    Public,
    /// Anyone inside the organisation may read it.
    Internal,
    /// Only those who need it may read it.
    Confidential,
    /// Its loss would do serious harm.
    Restricted,
}

impl Assumed {
    pub(crate) fn class(self) -> DataClass {
        match self {
            Self::Restricted => DataClass::Restricted,
            Self::Confidential => DataClass::Confidential,
            Self::Internal => DataClass::Internal,
            Self::Public => DataClass::Public,
        }
    }
}

/// A ready-made policy that everything else builds on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// For everyday work: the repository is open, secrets are masked, unknown hosts are asked about.
    Standard,
    /// For sensitive work: what is not named is denied.
    Strict,
    /// Only hosts that you run yourself.
    AirGapped,
    /// Nothing leaves the machine.
    LocalOnly,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Standard, Self::Strict, Self::AirGapped, Self::LocalOnly];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Strict => "strict",
            Self::AirGapped => "air-gapped",
            Self::LocalOnly => "local-only",
        }
    }

    /// The text, which is an ordinary policy.
    pub fn text(self) -> &'static str {
        match self {
            Self::Standard => include_str!("../../presets/standard.toml"),
            Self::Strict => include_str!("../../presets/strict.toml"),
            Self::AirGapped => include_str!("../../presets/air-gapped.toml"),
            Self::LocalOnly => include_str!("../../presets/local-only.toml"),
        }
    }

    /// Whether this one is looser than `other` and tightens nothing. `strict` and the two that close the network each
    /// tighten something else, so neither is looser.
    pub(crate) fn loosens(self, other: Self) -> bool {
        match (self, other) {
            (Self::Standard, Self::Strict | Self::AirGapped | Self::LocalOnly) | (Self::AirGapped, Self::LocalOnly) => {
                true
            }
            (Self::Standard | Self::Strict | Self::AirGapped | Self::LocalOnly, _) => false,
        }
    }
}
