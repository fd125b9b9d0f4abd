//! What was found in a text, before anybody knows which file or message the text came from.

use portcullis_event::{Confidence, Finding, FindingKind, Rest, RuleId, Secret, Severity};
use std::borrow::Cow;
use std::ops::Range;

/// Something that was found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The rule that found it.
    pub rule: RuleId,
    /// What sort of thing it is.
    pub kind: FindingKind,
    /// How bad it is.
    pub severity: Severity,
    /// How sure the rule is.
    pub confidence: Confidence,
    /// What was found, in one sentence that never quotes the value.
    pub message: String,
    /// Where it is: bytes of the text that was handed in. This is what a replacement replaces.
    pub span: Range<usize>,
    /// The value itself, decoded if it was found inside an encoding. It decides the fingerprint.
    pub value: Secret<String>,
    /// What spoke for it, the strongest reason first; each a short phrase that never quotes the value.
    pub why: Vec<String>,
    /// The weakness class, such as `CWE-798`.
    pub cwe: Option<Cow<'static, str>>,
}

impl Hit {
    /// The same as a finding in a field of an event. The value stays behind.
    pub fn finding(&self, field: &str, replaced: bool) -> Finding {
        Finding {
            rule: self.rule.clone(),
            kind: self.kind,
            severity: self.severity,
            confidence: self.confidence,
            message: self.message.clone(),
            path: None,
            span: None,
            field: Some(field.to_owned()),
            fingerprint: None,
            cwe: self.cwe.as_deref().map(str::to_owned),
            replaced,
            rest: Rest::new(),
        }
    }
}
