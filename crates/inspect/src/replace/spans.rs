//! What of a text is replaced, when hits overlap each other or a placeholder that already stands there.

use super::kind::Kind;
use super::placeholder::Placeholder;
use crate::Hit;
use portcullis_event::{Confidence, RuleId, Severity};
use std::ops::Range;

/// A piece of a text that is replaced as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) span: Range<usize>,
    pub(super) rule: RuleId,
    pub(super) kind: Kind,
    /// What is put there, if that is known already: the piece is another spelling of a value that the session keeps.
    pub(super) placeholder: Option<Placeholder>,
    strength: (Severity, Confidence, usize),
}

impl Piece {
    pub(super) fn of(hit: &Hit) -> Self {
        let strength = (hit.severity, hit.confidence, hit.span.len());
        Self { span: hit.span.clone(), rule: hit.rule.clone(), kind: Kind::of(hit), placeholder: None, strength }
    }

    /// A value that was replaced before. Whatever is found around it is stronger.
    pub(super) fn seen(span: Range<usize>, rule: RuleId, (kind, placeholder): (Kind, Placeholder)) -> Self {
        let strength = (Severity::Info, Confidence::Low, span.len());
        Self { span, rule, kind, placeholder: Some(placeholder), strength }
    }

    /// The same piece at another place.
    pub(super) fn at(mut self, span: Range<usize>) -> Self {
        self.strength.2 = span.len();
        Self { span, ..self }
    }

    /// Whether they share a byte.
    fn overlaps(&self, other: &Range<usize>) -> bool {
        self.span.start < other.end && other.start < self.span.end
    }

    fn cover(&mut self, other: &Range<usize>) {
        if !is_within(other, &self.span) {
            self.placeholder = None;
        }
        self.span = self.span.start.min(other.start)..self.span.end.max(other.end);
    }
}

/// Pieces that do not overlap, in the order of the text. Of overlapping ones the strongest lends its name. `known` are the
/// placeholders in the text: what lies within one is not replaced, and what only touches one takes it in whole.
pub(super) fn settle(mut wanted: Vec<Piece>, known: &[Range<usize>]) -> Vec<Piece> {
    wanted.retain(|piece| !piece.span.is_empty() && !known.iter().any(|it| is_within(&piece.span, it)));
    for piece in &mut wanted {
        for placeholder in known {
            if piece.overlaps(placeholder) {
                piece.cover(placeholder);
            }
        }
    }
    wanted.sort_by(|one, other| {
        (one.span.start, one.span.end, &one.rule).cmp(&(other.span.start, other.span.end, &other.rule))
    });
    let mut settled: Vec<Piece> = Vec::with_capacity(wanted.len());
    for piece in wanted {
        match settled.last_mut() {
            Some(last) if last.overlaps(&piece.span) => {
                last.cover(&piece.span);
                if piece.strength > last.strength {
                    last.placeholder = piece.placeholder.filter(|_| last.span == piece.span);
                    (last.rule, last.kind, last.strength) = (piece.rule, piece.kind, piece.strength);
                }
            }
            Some(_) | None => settled.push(piece),
        }
    }
    settled
}

fn is_within(inner: &Range<usize>, outer: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(span: Range<usize>, severity: Severity) -> Piece {
        let rule = RuleId::parse(format!("rule-{}-{}", span.start, span.end)).unwrap();
        let strength = (severity, Confidence::High, span.len());
        Piece { span, rule, kind: Kind::Secret, placeholder: None, strength }
    }

    fn settled(wanted: &[(Range<usize>, Severity)], known: &[Range<usize>]) -> Vec<(Range<usize>, String)> {
        let wanted = wanted.iter().map(|(span, severity)| piece(span.clone(), *severity)).collect();
        settle(wanted, known).into_iter().map(|it| (it.span, it.rule.to_string())).collect()
    }

    #[test]
    fn overlapping_hits_are_one_and_the_strongest_names_it() {
        let wanted =
            [(10..20, Severity::Low), (15..30, Severity::High), (28..29, Severity::Low), (30..40, Severity::Low)];
        assert_eq!(settled(&wanted, &[]), [(10..30, "rule-15-30".to_owned()), (30..40, "rule-30-40".to_owned())]);
    }

    #[test]
    fn a_placeholder_is_not_replaced_again_and_never_cut() {
        let wanted = [(5..25, Severity::Low), (6..10, Severity::High)];
        assert_eq!(settled(&wanted, std::slice::from_ref(&(5..25))), []);
        assert_eq!(
            settled(&[(20..30, Severity::Low)], std::slice::from_ref(&(5..25))),
            [(5..30, "rule-20-30".to_owned())]
        );
        assert_eq!(settled(&[(7..7, Severity::Low)], &[]), []);
    }

    #[test]
    fn two_hits_that_take_in_the_same_placeholder_become_one() {
        let wanted = [(0..6, Severity::Low), (24..30, Severity::High)];
        assert_eq!(settled(&wanted, std::slice::from_ref(&(5..25))), [(0..30, "rule-24-30".to_owned())]);
    }
}
