//! From a rule as it is written to one that can be searched with.

use crate::anchor::{at_word_starts, choose, choose_behind};
use crate::pieces::{Piece, lengths, pieces};
use crate::{Anchor, Boundary, Matcher, Rule, RuleError, RuleFile, RuleText, Word};
use std::borrow::Cow;

/// Least entropy of a long value that only its name gives away.
const ENTROPY_BY_NAME: f32 = 2.8;

/// From how many bytes on a value counts as long.
const LONG: usize = 16;

/// Compiles all rules of a file.
pub fn compile_file(file: &RuleFile) -> Result<Vec<Rule>, RuleError> {
    file.rules.iter().map(|rule| compile(&file.vendor, rule)).collect()
}

/// Compiles one rule of `vendor`.
pub fn compile(vendor: &str, rule: &RuleText) -> Result<Rule, RuleError> {
    check_names(rule)?;
    let row = row(rule)?;
    let (least, longest) = lengths(&pieces(&rule.id, &rule.pattern)?);
    let (_, whole) = lengths(&row);
    let by_name = !rule.near.is_empty();
    let anchors = if by_name { Vec::new() } else { anchors(rule, &row)? };
    let build = |pattern: &Option<String>| pattern.as_deref().map(|it| Matcher::build(&rule.id, it)).transpose();
    let default_entropy = (by_name && least >= LONG).then_some(ENTROPY_BY_NAME);
    let words = |words: &[String]| Cow::Owned(words.iter().cloned().map(Cow::Owned).collect());
    let text = |text: &Option<String>| text.clone().map(Cow::Owned);
    Ok(Rule {
        id: Cow::Owned(rule.id.clone()),
        vendor: Cow::Owned(vendor.to_owned()),
        name: Cow::Owned(rule.name.clone()),
        severity: rule.severity,
        confidence: rule.confidence,
        anchors: Cow::Owned(anchors),
        near: Cow::Owned(rule.near.iter().map(|word| Word::new(word)).collect()),
        with: words(&rule.with),
        before: build(&rule.before)?,
        pattern: Matcher::build(&rule.id, &rule.pattern)?,
        after: build(&rule.after)?,
        longest: whole.max(longest),
        entropy: rule.entropy.or(default_entropy),
        boundary: rule.boundary,
        multiline: rule.multiline,
        dummy: rule.dummy,
        homemade: rule.homemade,
        proof: text(&rule.proof),
        pair: rule.pair.as_ref().map(|pair| (Cow::Owned(pair.rule.clone()), pair.within)),
        why: text(&rule.why),
        fix: text(&rule.fix),
        verify: verify(rule)?,
    })
}

fn refuse(rule: &RuleText, what: impl Into<String>) -> RuleError {
    RuleError::Field { rule: rule.id.clone(), what: what.into() }
}

fn check_names(rule: &RuleText) -> Result<(), RuleError> {
    let kebab = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if rule.id.is_empty() || !rule.id.bytes().all(kebab) {
        return Err(refuse(rule, "`id` must be lower-case words with dashes between them"));
    }
    for word in rule.near.iter().chain(&rule.with) {
        if !word.is_ascii() || word.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(refuse(rule, format!("`{word}` must be lower-case ASCII")));
        }
    }
    if let Some(short) = rule.near.iter().find(|word| word.len() < crate::GRAM) {
        return Err(refuse(rule, format!("`{short}` in `near` is shorter than four characters")));
    }
    if rule.near.is_empty() && !rule.with.is_empty() {
        return Err(refuse(rule, "`with` has a meaning together with `near` only"));
    }
    Ok(())
}

/// The pieces of everything that has to stand there, in order.
fn row(rule: &RuleText) -> Result<Vec<Piece>, RuleError> {
    let mut row = Vec::new();
    for pattern in [rule.before.as_ref(), Some(&rule.pattern), rule.after.as_ref()].into_iter().flatten() {
        row.extend(pieces(&rule.id, pattern)?);
    }
    Ok(row)
}

fn anchors(rule: &RuleText, row: &[Piece]) -> Result<Vec<Anchor>, RuleError> {
    let literal = rule.literal.as_ref().map(String::as_bytes);
    let alone = choose(row, literal).or_else(|| choose(row, None));
    // What has to stand before a secret may begin with a sign, and then any byte may stand before that.
    let behind =
        before(rule.boundary).filter(|_| rule.before.is_none()).and_then(|before| choose_behind(&before, row, literal));
    let choice = [alone, behind].into_iter().flatten().min_by(|a, b| a.frequency.total_cmp(&b.frequency));
    let choice = choice.ok_or_else(|| refuse(rule, "no four bytes are required by the pattern; give it `near`"))?;
    let mut anchors = choice.anchors;
    if rule.boundary != Boundary::None && rule.before.is_none() {
        at_word_starts(&mut anchors);
    }
    Ok(anchors)
}

/// The bytes that may stand before a match. A match at the very start of a text has none before it, but it stands at an
/// even place, where the other anchor of the two finds it.
fn before(boundary: Boundary) -> Option<Piece> {
    let word = |byte: &u8| match boundary {
        Boundary::None => true,
        Boundary::Word => byte.is_ascii_alphanumeric() || *byte == b'_',
        Boundary::Dash => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
    };
    // The last byte of an escape such as `\n`, `%3D` or a terminal's colour may stand before a match too.
    let escape = |byte: &u8| byte.is_ascii_hexdigit() || b"nrtbfvae0m".contains(byte);
    (boundary != Boundary::None).then(|| Piece::one_of((0..=u8::MAX).filter(|byte| !word(byte) || escape(byte))))
}

fn verify(rule: &RuleText) -> Result<Option<Cow<'static, str>>, RuleError> {
    let Some(verify) = &rule.verify else { return Ok(None) };
    if !verify.url.starts_with("https://") {
        return Err(refuse(rule, "`verify` must ask over https"));
    }
    let json = serde_json::to_string(verify).map_err(|error| refuse(rule, error.to_string()))?;
    Ok(Some(Cow::Owned(json)))
}
