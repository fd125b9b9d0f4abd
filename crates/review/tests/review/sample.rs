//! A small rule to look with, and what tests ask of a report.

use portcullis_event::{Confidence, FindingKind, RuleId, Secret, Severity};
use portcullis_inspect::{Hit, Looked};
use portcullis_review::suppress::Suppressions;
use portcullis_review::{Found, IdentityKey, Limits, Look, Progress, Report, Settings, Source, Surroundings, scan};
use std::num::NonZeroUsize;

/// Finds `tok_` and sixteen lower-case letters or digits that stand alone.
pub(crate) struct Tokens;

/// What a token starts with.
const START: &[u8] = b"tok_";
/// How long it is.
pub(crate) const LENGTH: usize = 20;

impl Look for Tokens {
    fn look(&self, text: &[u8], _hint: Option<&str>) -> Looked {
        let word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        let mut hits = Vec::new();
        for (at, _) in text.windows(START.len()).enumerate().filter(|(_, window)| *window == START) {
            let Some(token) = text.get(at..at + LENGTH) else { continue };
            let body = token[START.len()..].iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
            if body && !word(text.get(at + LENGTH)) && (at == 0 || !word(text.get(at - 1))) {
                hits.push(Hit {
                    rule: RuleId::parse("sample-token").unwrap(),
                    kind: FindingKind::Secret,
                    severity: Severity::High,
                    confidence: Confidence::High,
                    message: "A sample token.".to_owned(),
                    span: at..at + LENGTH,
                    value: Secret::new(String::from_utf8(token.to_vec()).unwrap()),
                    why: Vec::new(),
                    cwe: None,
                });
            }
        }
        Looked { hits, skipped: Vec::new() }
    }

    fn version(&self) -> [u8; 32] {
        [1; 32]
    }

    fn reach(&self) -> usize {
        LENGTH + 1
    }
}

/// A token that is made up: the number, spelt so that it has the form.
pub(crate) fn token(number: u32) -> String {
    format!("tok_{:016x}", u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

pub(crate) fn settings() -> Settings {
    Settings {
        threads: NonZeroUsize::new(3).unwrap(),
        limits: Limits::default(),
        identity: IdentityKey::private([7; 32]),
        suppressions: Suppressions::default(),
        cache: None,
        excerpts: false,
        surroundings: Surroundings::default(),
    }
}

pub(crate) fn look(source: Source) -> Report {
    scan(vec![source], &Tokens, &settings(), &Progress::silent())
}

/// Every place of every finding: the origin, the line, the column.
pub(crate) fn places(findings: &[Found]) -> Vec<(String, u32, u32)> {
    let mut places: Vec<_> = findings
        .iter()
        .flat_map(|found| &found.places)
        .map(|place| (place.origin.to_string(), place.span.line, place.span.column))
        .collect();
    places.sort();
    places
}
