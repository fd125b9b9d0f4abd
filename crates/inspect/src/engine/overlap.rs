//! Which of several hits on the same bytes stays. Whether a hit stays depends on its neighbours only, and not on
//! whether they stay themselves, so the answer is the same wherever a stream is cut.

use crate::Hit;
use std::cmp::Ordering;

/// Which of two hits says more: the surer one, then the one that knows the vendor, then the longer one.
fn says_more(a: &Hit, b: &Hit) -> Ordering {
    let vendor = |hit: &Hit| crate::secret::rule(hit.rule.as_str()).is_some();
    a.confidence
        .min(portcullis_event::Confidence::High)
        .cmp(&b.confidence.min(portcullis_event::Confidence::High))
        .then(vendor(a).cmp(&vendor(b)))
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
    let earlier = hits.get(..at).unwrap_or_default().iter();
    later.filter(overlaps).any(beats) || earlier.filter(overlaps).any(beats)
}
