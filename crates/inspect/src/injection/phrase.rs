//! Phrases: words of certain classes, in order, not too far apart.

use super::Tier;
use super::lexicon::{Classes, Gap, Token};
use super::rule::{BY_FIRST, PHRASES, class};
use std::ops::Range;

/// One word of a phrase.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) gap: Gap,
    pub(crate) classes: Classes,
    pub(crate) optional: bool,
    pub(crate) starts_clause: bool,
}

/// How much a phrase counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// As much as its rule.
    Full,
    /// One tier less.
    Weaker,
    /// As a note.
    Note,
}

impl Weight {
    /// The tier of a phrase of a rule with this tier.
    pub(crate) fn of(self, rule: Tier) -> Option<Tier> {
        match self {
            Self::Full => Some(rule),
            Self::Weaker => rule.lower(),
            Self::Note => Some(Tier::Note),
        }
    }
}

/// A phrase of a rule.
#[derive(Debug)]
pub(crate) struct Phrase {
    pub(crate) rule: u16,
    pub(crate) weight: Weight,
    pub(crate) steps: &'static [Step],
}

/// A phrase that stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) rule: usize,
    pub(crate) weight: Weight,
    pub(crate) span: Range<usize>,
}

/// The longest way from the first word of a phrase to its last.
const LONGEST: usize = 640;

impl Gap {
    /// How many bytes may lie between.
    pub(crate) fn most(self) -> usize {
        match self {
            Self::Next | Self::Colon => 8,
            Self::Near => 28,
            Self::Sentence => 90,
            Self::Passage => 260,
        }
    }

    /// Whether what lies between fits.
    fn spans(self, between: &[u8]) -> bool {
        match self {
            Self::Next => {
                between.iter().all(|byte| !byte.is_ascii_alphanumeric() && *byte < 0x80) && !has_blank_line(between)
            }
            Self::Colon => {
                Self::Next.spans(between) && between.iter().any(|byte| matches!(byte, b':' | b',' | b'-' | b'!'))
            }
            Self::Near | Self::Sentence => !ends_sentence(between),
            Self::Passage => true,
        }
    }
}

fn has_blank_line(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|pair| pair == b"\n\n")
}

/// Whether a sentence ends within these bytes.
fn ends_sentence(bytes: &[u8]) -> bool {
    let stop = |pair: &[u8]| matches!(pair, [b'.' | b'!' | b'?' | b';', b' ' | b'\n' | b'\r' | b'"' | b'\''] | b"\n\n");
    bytes.windows(2).any(stop)
}

/// Finds every phrase among the words of a passage. `tokens` must be in order.
pub(crate) fn find(text: &[u8], tokens: &[Token]) -> Vec<Found> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        for number in token.classes.numbers().filter_map(|class| BY_FIRST.get(class)).copied().flatten() {
            let Some(phrase) = PHRASES.get(usize::from(*number)) else { continue };
            let Some((first, rest)) = phrase.steps.split_first() else { continue };
            if first.starts_clause && !starts_clause(text, tokens, at) {
                continue;
            }
            if let Some(end) = follow(text, tokens, at, rest, LONGEST) {
                let rule = usize::from(phrase.rule);
                found.push(Found { rule, weight: phrase.weight, span: token.start..end });
            }
        }
    }
    found.dedup();
    found
}

/// Where the phrase ends, if the remaining steps follow the token at `at`.
fn follow(text: &[u8], tokens: &[Token], at: usize, steps: &[Step], left: usize) -> Option<usize> {
    let from = tokens.get(at)?.end;
    let Some((step, rest)) = steps.split_first() else { return Some(from) };
    let candidates = tokens.iter().enumerate().skip(at + 1).filter(|(_, token)| token.start >= from);
    for (next, token) in candidates {
        let distance = token.start - from;
        if distance > step.gap.most() || distance > left {
            break;
        }
        let fits = token.classes.meets(&step.classes)
            && text.get(from..token.start).is_some_and(|between| step.gap.spans(between))
            && (!step.starts_clause || starts_clause(text, tokens, next));
        if fits && let Some(end) = follow(text, tokens, next, rest, left - distance) {
            return Some(end);
        }
    }
    if step.optional { follow(text, tokens, at, rest, left) } else { None }
}

/// Whether a clause starts at this token: nothing but punctuation before it, or a word such as "please" or "then".
fn starts_clause(text: &[u8], tokens: &[Token], at: usize) -> bool {
    let Some(token) = tokens.get(at) else { return false };
    let before = text.get(token.start.saturating_sub(96)..token.start).unwrap_or_default();
    // The signs that comments begin with are passed over, `//!` as well.
    let before = before.strip_suffix(b"//! ").unwrap_or(before);
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'*' | b'_' | b'`' | b'#' | b'/' | b'\n' | b'\r');
    let gap = before.iter().rev().take_while(blank).count();
    let Some(last) = before.len().checked_sub(gap + 1).and_then(|last| before.get(last)) else { return true };
    if !last.is_ascii_alphanumeric() && *last < 0x80 && *last != b',' {
        return true;
    }
    let between = before.get(before.len() - gap..).unwrap_or_default();
    let lines = memchr::memchr_iter(b'\n', between).count();
    // A small letter at the start of a line goes on with the sentence of the line before.
    let capital = text.get(token.start).is_some_and(|first| !first.is_ascii_lowercase());
    lines > 1 || lines == 1 && capital || *last == b',' && lines == 0 || ends_lead(tokens, at, token.start - gap)
}

/// Whether a word that leads a clause in ends at `end`.
fn ends_lead(tokens: &[Token], at: usize, end: usize) -> bool {
    let before = tokens.iter().take(at).rev().take(6);
    before.filter(|token| token.end == end).any(|token| token.classes.holds(class::LEAD))
}
