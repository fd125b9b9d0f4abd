//! What the judgement hands over.

use crate::Hit;
use portcullis_event::{Confidence, FindingKind, RuleId, Secret, Severity};
use std::ops::Range;

/// The rules of this part. Each has an id of its own, so that each can be switched off and counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A password.
    Password,
    /// A secret, or a credential of no certain kind.
    Secret,
    /// A token.
    Token,
    /// A key of an interface.
    ApiKey,
    /// A key that encrypts or signs, or a salt.
    Key,
    /// User and password in a URL or connection string.
    UrlCredentials,
    /// A bearer token in a header.
    BearerToken,
    /// User and password in a header, in base64.
    BasicCredentials,
    /// A hash of a password.
    PasswordHash,
    /// A private key in a form that is nobody's own.
    PrivateKey,
    /// A UUID that is used as a secret.
    Uuid,
    /// A value that looks like a secret and is known to everybody.
    LookAlike,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Password,
        Self::Secret,
        Self::Token,
        Self::ApiKey,
        Self::Key,
        Self::UrlCredentials,
        Self::BearerToken,
        Self::BasicCredentials,
        Self::PasswordHash,
        Self::PrivateKey,
        Self::Uuid,
        Self::LookAlike,
    ];

    /// The rule's id.
    pub fn id(self) -> &'static str {
        match self {
            Self::Password => "generic-password",
            Self::Secret => "generic-secret",
            Self::Token => "generic-token",
            Self::ApiKey => "generic-api-key",
            Self::Key => "generic-key",
            Self::UrlCredentials => "generic-url-credentials",
            Self::BearerToken => "generic-bearer-token",
            Self::BasicCredentials => "generic-basic-credentials",
            Self::PasswordHash => "generic-password-hash",
            Self::PrivateKey => "generic-private-key",
            Self::Uuid => "generic-uuid",
            Self::LookAlike => "look-alike-secret",
        }
    }

    /// What was found, in one sentence.
    pub fn message(self) -> &'static str {
        match self {
            Self::Password => "Password",
            Self::Secret => "Secret",
            Self::Token => "Token",
            Self::ApiKey => "API key",
            Self::Key => "Key that encrypts or signs",
            Self::UrlCredentials => "User and password in a URL",
            Self::BearerToken => "Bearer token in a header",
            Self::BasicCredentials => "User and password in a header",
            Self::PasswordHash => "Hash of a password",
            Self::PrivateKey => "Private key",
            Self::Uuid => "UUID that is used as a secret",
            Self::LookAlike => "Value that looks like a secret and is known to everybody",
        }
    }

    /// How bad it is.
    pub fn severity(self) -> Severity {
        match self {
            Self::PrivateKey => Severity::Critical,
            Self::Password
            | Self::Secret
            | Self::Token
            | Self::ApiKey
            | Self::Key
            | Self::UrlCredentials
            | Self::BearerToken
            | Self::BasicCredentials => Severity::High,
            Self::PasswordHash | Self::Uuid => Severity::Medium,
            Self::LookAlike => Severity::Low,
        }
    }

    /// Whether a scan reports it unless told otherwise.
    pub fn is_on_by_default(self) -> bool {
        self != Self::LookAlike
    }
}

/// A value that is taken for a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The rule that it falls under.
    pub rule: Rule,
    /// The value: bytes of the text that was handed in.
    pub span: Range<usize>,
    /// How sure the judgement is.
    pub confidence: Confidence,
    /// The model's score, in 1024ths of the logarithm of the odds; none where structure alone decided.
    pub score: Option<i32>,
    /// The value itself, decoded if it was encoded.
    pub value: Secret<String>,
    /// What spoke for it, the strongest reason first.
    pub why: Vec<&'static str>,
}

impl From<Candidate> for Hit {
    fn from(candidate: Candidate) -> Self {
        #[expect(clippy::expect_used, reason = "every id is a constant, and a test parses each")]
        let rule = RuleId::parse(candidate.rule.id()).expect("a rule's id is a name");
        Self {
            rule,
            kind: FindingKind::Secret,
            severity: candidate.rule.severity(),
            confidence: candidate.confidence,
            message: candidate.rule.message().to_owned(),
            span: candidate.span,
            value: candidate.value,
            why: candidate.why.into_iter().map(str::to_owned).collect(),
            cwe: Some(if candidate.rule == Rule::PasswordHash { "CWE-916" } else { "CWE-798" }.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_makes_a_hit_under_its_own_id() {
        for rule in Rule::ALL {
            let candidate = Candidate {
                rule,
                span: 1..4,
                confidence: Confidence::Low,
                score: None,
                value: Secret::new("abc".to_owned()),
                why: vec!["its name"],
            };
            let hit = Hit::from(candidate);
            assert_eq!((hit.rule.as_str(), hit.span), (rule.id(), 1..4));
            assert_eq!(Rule::ALL.iter().filter(|other| other.id() == rule.id()).count(), 1);
        }
    }
}
