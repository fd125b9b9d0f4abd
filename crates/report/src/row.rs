//! A finding as reports show it.

use portcullis_event::{Confidence, FindingKind, Severity, Span};
use serde::Serialize;

/// A finding as reports show it. Programs may rely on the names of its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// A short name for this finding: the start of its fingerprint.
    pub id: String,
    /// The rule that found it.
    pub rule: String,
    /// What sort of thing it is.
    pub kind: FindingKind,
    /// How bad it is.
    pub severity: Severity,
    /// How sure the rule is.
    pub confidence: Confidence,
    /// The first place.
    #[serde(flatten)]
    pub location: Location,
    /// The line that the first place is on, everything masked that was found on it; for people only.
    #[serde(skip)]
    pub excerpt: Option<String>,
    /// What was found, in one sentence.
    pub message: String,
    /// What spoke for it.
    pub why: Vec<String>,
    /// What to do about it.
    pub fix: Option<String>,
    /// The weakness class.
    pub cwe: Option<String>,
    /// Names the rule and the value, and survives moves.
    pub fingerprint: String,
    /// Whether the change under review adds it.
    pub introduced: bool,
    /// Other places of the same finding.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Location>,
    /// How many places there are besides those that are listed.
    #[serde(skip_serializing_if = "is_zero")]
    pub more: u64,
    /// Why a person is told of it in sum only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aside: Option<Aside>,
    /// Why it need not be dealt with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<Suppression>,
    /// What the issuer said, if it was asked: `live`, `not live`, or `unknown: ` and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<String>,
}

/// Why a person is told of a finding in sum only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aside {
    /// Anybody could have made it, and it stands in tests.
    Test,
    /// Anybody could have made it, and it stands where something is shown.
    Example,
    /// The rule is not sure of it.
    LowConfidence,
}

/// A place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Location {
    /// A path, or another name of where it came from.
    pub path: Option<String>,
    /// First line, from 1.
    pub line: u32,
    /// First column, from 1, in characters.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last character.
    pub end_column: u32,
    /// The commit that brought it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// Why a finding need not be dealt with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suppression {
    /// Where that is said.
    pub by: String,
    /// The reason that was given.
    pub reason: String,
}

impl Location {
    /// A place in what `path` names.
    pub fn new(path: Option<String>, span: Span) -> Self {
        let Span { line, column, end_line, end_column } = span;
        Self { path, line, column, end_line, end_column, commit: None }
    }

    /// `path:line:column`, or less where less is known.
    pub fn shown(&self) -> String {
        let path = self.path.as_deref().unwrap_or("-");
        if self.line == 0 { path.to_owned() } else { format!("{path}:{}:{}", self.line, self.column) }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
