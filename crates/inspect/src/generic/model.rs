//! The model: trees of questions about a shape's features, trained by `training/generic` and written out as numbers.
//! Whole-number arithmetic throughout, so the same text is judged the same on every machine.

use super::feature::{self, Features};

include!("../../model/generic.rs");

/// One node of a tree: a question, or an answer if `feature` is [`ANSWER`].
struct Node {
    feature: u8,
    /// The next node is the one behind this one if the feature is at most this, else the one at `other`.
    threshold: i16,
    other: u16,
    /// The mean score of all that got here, in 1024ths of the logarithm of the odds.
    score: i16,
}

/// A question.
const fn q(feature: u8, threshold: i16, other: u16, score: i16) -> Node {
    Node { feature, threshold, other, score }
}

/// An answer.
const fn a(score: i16) -> Node {
    Node { feature: ANSWER, threshold: 0, other: 0, score }
}

/// Marks a node without a question.
const ANSWER: u8 = u8::MAX;
/// So many reasons are given.
pub(super) const REASONS: usize = 3;

// A model that was trained for other features than there are must not be built in.
const _: () = assert!(TRAINED_FEATURES == feature::COUNT, "retrain: see training/generic/train.py");

/// The score of a shape, in 1024ths of the logarithm of the odds, and how much each feature spoke for it.
pub(super) struct Verdict {
    pub(super) score: i32,
    shares: [i32; feature::COUNT],
}

/// Asks every tree.
pub(super) fn judge(features: &Features) -> Verdict {
    let mut verdict = Verdict { score: BASE, shares: [0; feature::COUNT] };
    for root in &ROOTS {
        verdict.ask(usize::from(*root), features);
    }
    verdict
}

impl Verdict {
    /// Walks one tree, and gives each question what the score moved by it.
    fn ask(&mut self, root: usize, features: &Features) {
        let mut at = root;
        let Some(mut node) = NODES.get(at) else { return };
        while node.feature != ANSWER {
            let question = usize::from(node.feature);
            at = if features.get(question) <= node.threshold { at + 1 } else { root + usize::from(node.other) };
            let Some(next) = NODES.get(at) else { return };
            if let Some(share) = self.shares.get_mut(question) {
                *share += i32::from(next.score) - i32::from(node.score);
            }
            node = next;
        }
        self.score += i32::from(node.score);
    }

    /// The features that spoke for a credential, the strongest first, in words.
    pub(super) fn why(&self) -> Vec<&'static str> {
        let mut shares: Vec<(i32, &'static str)> = Vec::with_capacity(feature::COUNT);
        for (share, words) in self.shares.iter().zip(feature::WORDS) {
            match shares.iter_mut().find(|(_, other)| other == words) {
                Some((sum, _)) => *sum += share,
                None => shares.push((*share, words)),
            }
        }
        shares.sort_by(|a, b| b.cmp(a));
        shares.into_iter().filter(|(share, _)| *share > 0).take(REASONS).map(|(_, words)| words).collect()
    }
}
