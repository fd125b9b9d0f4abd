//! What an inspection found.

use crate::{AbsPath, Rest, RuleId, Severity};
use serde::{Deserialize, Serialize};

/// What sort of thing was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// A credential.
    Secret,
    /// Data about a person.
    PersonalData,
    /// What the organisation marks as its own.
    Marker,
    /// Text that tries to instruct the agent, or hides.
    Injection,
    /// A weakness in code.
    Code,
    /// A dependency that is vulnerable, malicious or not approved.
    Dependency,
    /// A skill, an MCP server or a setting of an agent.
    AgentConfig,
    /// A change that a person should look at.
    Change,
}

/// How sure the rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Worth a look.
    Low,
    /// Probably right.
    Medium,
    /// Almost certainly right.
    High,
    /// Proven: a checksum matched, or the issuer said so.
    Proven,
}

/// Lines and columns, counted from 1; columns count characters. A closed shape: it never gets more fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last character.
    pub end_column: u32,
}

/// Something that an inspection found. It never holds the secret itself, only a keyed fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule that found it.
    pub rule: RuleId,
    /// What sort of thing it is.
    #[serde(rename = "type")]
    pub kind: FindingKind,
    /// How bad it is.
    pub severity: Severity,
    /// How sure the rule is.
    pub confidence: Confidence,
    /// What was found, in one sentence.
    pub message: String,
    /// The file, if it was found in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<AbsPath>,
    /// Where in the file or text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// Which field of the event, such as `llm.messages[3]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Keyed fingerprint of what was found; the same value in another place has the same one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The weakness class, such as `CWE-798`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwe: Option<String>,
    /// Whether it was replaced by a placeholder before anything left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaced: bool,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}
