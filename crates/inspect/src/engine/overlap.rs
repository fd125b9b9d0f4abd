//! Which of several hits on the same bytes stays. Whether a hit stays depends on its neighbours only, and not on
//! whether they stay themselves, so the answer is the same wherever a stream is cut.

use super::REACH;
use crate::Hit;
use portcullis_event::Confidence;
use std::cmp::Ordering;

/// Whether a hit knows whose credential it is, or at least which rule of the user's asks for it.
fn is_specific(hit: &Hit) -> bool {
    !hit.rule.as_str().starts_with("generic-")
}

/// Whether a hit knows what all of another one is, which itself only looks like some credential. How sure that one is
/// does not matter then: a token with a wrong checksum also looks like a token.
fn explains(a: &Hit, b: &Hit) -> bool {
    is_specific(a) && !is_specific(b) && a.span.start <= b.span.start && b.span.end <= a.span.end
}

/// Which of two hits says more: the surer one, then the one that knows the vendor, then the longer one.
fn says_more(a: &Hit, b: &Hit) -> Ordering {
    explains(a, b)
        .cmp(&explains(b, a))
        .then(a.confidence.min(Confidence::High).cmp(&b.confidence.min(Confidence::High)))
        .then(is_specific(a).cmp(&is_specific(b)))
        .then(a.span.len().cmp(&b.span.len()))
        .then(a.confidence.cmp(&b.confidence))
        .then(b.span.start.cmp(&a.span.start))
        .then(b.rule.cmp(&a.rule))
}

/// Sorts hits by place and leaves out those that another one covers better.
pub(crate) fn settle(hits: &mut Vec<Hit>) {
    hits.sort_by(|a, b| (a.span.start, a.span.end, &a.rule).cmp(&(b.span.start, b.span.end, &b.rule)));
    hits.dedup_by(|later, kept| later.span == kept.span && later.rule == kept.rule);
    let beaten: Vec<bool> = (0..hits.len()).map(|at| is_beaten(hits, at)).collect();
    let mut beaten = beaten.into_iter();
    hits.retain(|_| !beaten.next().unwrap_or(false));
}

fn is_beaten(hits: &[Hit], at: usize) -> bool {
    let Some(hit) = hits.get(at) else { return false };
    let overlaps =
        |other: &&Hit| other.kind == hit.kind && other.span.start < hit.span.end && hit.span.start < other.span.end;
    let beats = |other: &Hit| says_more(other, hit) == Ordering::Greater;
    let later = hits.get(at + 1..).unwrap_or_default().iter().take_while(|other| other.span.start < hit.span.end);
    // No hit is longer than that, so one that starts further back ends before.
    let near = |other: &&Hit| other.span.start + REACH > hit.span.start;
    let earlier = hits.get(..at).unwrap_or_default().iter().rev().take_while(near);
    later.filter(overlaps).any(beats) || earlier.filter(overlaps).any(beats)
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::{FindingKind, RuleId, Secret, Severity};
    use std::ops::Range;

    fn hit(rule: &str, confidence: Confidence, span: Range<usize>) -> Hit {
        Hit {
            rule: RuleId::parse(rule).unwrap(),
            kind: FindingKind::Secret,
            severity: Severity::High,
            confidence,
            message: String::new(),
            span,
            value: Secret::new(String::new()),
            why: Vec::new(),
            cwe: None,
        }
    }

    fn kept(hits: &[(&str, Confidence, Range<usize>)]) -> Vec<String> {
        let mut hits = hits.iter().map(|(rule, confidence, span)| hit(rule, *confidence, span.clone())).collect();
        settle(&mut hits);
        hits.iter().map(|hit| hit.rule.as_str().to_owned()).collect()
    }

    #[test]
    fn who_knows_the_vendor_explains_what_only_looks_like_a_credential() {
        let (low, high) = (Confidence::Low, Confidence::High);
        assert_eq!(kept(&[("github-token", low, 4..44), ("generic-token", high, 4..44)]), ["github-token"]);
        assert_eq!(kept(&[("generic-token", high, 6..40), ("github-token", low, 4..44)]), ["github-token"]);
    }

    #[test]
    fn a_part_explains_nothing() {
        let (low, high) = (Confidence::Low, Confidence::High);
        assert_eq!(kept(&[("github-token", low, 4..24), ("generic-token", high, 4..44)]), ["generic-token"]);
    }

    #[test]
    fn the_surer_of_two_vendors_stays_and_what_lies_apart_does_too() {
        let (low, high) = (Confidence::Low, Confidence::High);
        let hits = [("a-key", low, 0..9), ("b-key", high, 0..9), ("c-key", low, 9..20)];
        assert_eq!(kept(&hits), ["b-key", "c-key"]);
    }
}
