//! What the tests beside this one share: how a copy is made.

use portcullis_event::{Confidence, FindingKind, RuleId, Secret, Severity};
use portcullis_inspect::Hit;
use portcullis_inspect::mask::{
    Choices, EncodingSurvey, Finder, Format, Gather, Known, MaskError, MaskKey, Masked, Masker, Plan, Survey,
};
use std::sync::Arc;

/// Finds e-mail addresses, and whatever stands behind `token `.
pub(crate) struct Finds;

impl Finder for Finds {
    fn find(&self, text: &str) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut start = 0;
        for word in text.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || "@.-_+".contains(c))) {
            let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            let span = start..start + bare.len();
            if bare.contains('@') && bare.contains('.') {
                hits.push(hit("email-address", FindingKind::PersonalData, span.clone()));
            }
            if text[..start].ends_with("token ") && !bare.is_empty() {
                hits.push(hit("some-token", FindingKind::Secret, span));
            }
            start += word.len();
        }
        hits
    }
}

fn hit(rule: &str, kind: FindingKind, span: std::ops::Range<usize>) -> Hit {
    let (rule, severity, confidence) = (RuleId::parse(rule).unwrap(), Severity::High, Confidence::High);
    let value = Secret::new(String::new());
    Hit { rule, kind, severity, confidence, message: String::new(), span, value, why: vec![], cwe: None }
}

pub(crate) fn plan(bytes: &[u8], format: Format, choices: &Choices) -> Result<Plan, MaskError> {
    let mut encoding = EncodingSurvey::default();
    encoding.push(bytes);
    let mut survey = Survey::new(format, encoding.finish());
    survey.push(bytes)?;
    survey.finish(choices)
}

/// The copy, made in pieces of this length, and what was done.
pub(crate) fn copied(
    bytes: &[u8],
    format: Format,
    choices: &Choices,
    key: u8,
    piece: usize,
) -> Result<(Vec<u8>, Vec<Masked>), MaskError> {
    copied_knowing(bytes, format, choices, key, piece, Arc::new(Finds), Arc::new(Known::default()))
}

/// The values of masked columns of a file.
pub(crate) fn gathered(bytes: &[u8], format: Format) -> Arc<Known> {
    let plan = plan(bytes, format, &Choices::default()).unwrap();
    let mut gather = Gather::new(&plan);
    bytes.chunks(1000).for_each(|chunk| gather.push(chunk).unwrap());
    Arc::new(gather.finish().unwrap())
}

/// The copy with another finder, and with what is known already.
pub(crate) fn copied_knowing(
    bytes: &[u8],
    format: Format,
    choices: &Choices,
    key: u8,
    piece: usize,
    finder: Arc<dyn Finder>,
    known: Arc<Known>,
) -> Result<(Vec<u8>, Vec<Masked>), MaskError> {
    let key = MaskKey::new(&Secret::new([key; 32]));
    let mut masker = Masker::new(plan(bytes, format, choices)?, key, finder).knowing(known);
    let mut out = Vec::new();
    for chunk in bytes.chunks(piece.max(1)) {
        masker.push(chunk, &mut out)?;
    }
    let done = masker.finish(&mut out)?;
    Ok((out, done))
}

/// The copy of a text.
pub(crate) fn copy(text: &str, format: Format) -> String {
    let (out, _) = copied(text.as_bytes(), format, &Choices::default(), 1, 1000).unwrap();
    String::from_utf8(out).unwrap()
}
