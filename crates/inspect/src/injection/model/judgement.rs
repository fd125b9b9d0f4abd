//! Weighs all evidence of a text: what the model says of its passages, and every signal of the rules.

use super::weights::Weights;
use crate::injection::{Signal, Tier};
use crate::lanes::{BLOCK, Lane, any_of, between, bits, equal};

/// The rules that have a weight of their own. A newer one counts among the others until the model is trained anew.
const KNOWN: [&str; 29] = [
    "addressee",
    "ansi",
    "authority",
    "bidi",
    "data-in-link",
    "encoded",
    "exfiltration",
    "far-right",
    "fetch-and-run",
    "filler",
    "hidden-attribute",
    "hidden-comment",
    "hidden-style",
    "homoglyph",
    "order",
    "output-steering",
    "override",
    "pasted",
    "permission",
    "persistence",
    "prompt-leak",
    "role-delimiter",
    "role-play",
    "sabotage",
    "secrecy",
    "tag-characters",
    "tool-poisoning",
    "variation-selectors",
    "zero-width",
];

/// How much evidence there is beside the rules.
const GENERAL: usize = 16;

/// How many kinds of evidence there are.
pub const EVIDENCE: usize = GENERAL + 2 * KNOWN.len();

/// What the model says of the passages of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Scores {
    /// The highest score of a passage.
    pub highest: f32,
    /// The highest score of a passage that was hidden or encoded; as low as can be if there is none.
    pub hidden: f32,
    /// The mean score of all passages.
    pub mean: f32,
    /// How many passages there are.
    pub passages: usize,
}

/// The evidence of a text, as numbers of about the same size.
pub fn evidence(text: &str, scores: Scores, signals: &[Signal]) -> [f32; EVIDENCE] {
    let mut all = [0.0; EVIDENCE];
    let at_least = |tier: Tier| {
        let mut rules: Vec<&str> =
            signals.iter().filter(|signal| signal.tier >= tier).map(|signal| signal.rule.id).collect();
        rules.sort_unstable();
        rules.dedup();
        small(rules.len())
    };
    let doubts = |of: fn(&Signal) -> bool| small(signals.iter().filter(|signal| of(signal)).count().min(4)) / 4.0;
    let shape = Shape::of(text);
    let general = [
        scores.highest,
        scores.highest.max(0.0),
        (scores.highest - 2.0).max(0.0),
        scores.hidden.max(-2.0) + 2.0,
        scores.highest - scores.mean,
        small(scores.passages).ln_1p() / 4.0,
        at_least(Tier::Note).min(4.0) / 2.0,
        at_least(Tier::Alert).min(4.0) / 2.0,
        at_least(Tier::Block).min(3.0) / 2.0,
        f32::from(u8::from(at_least(Tier::Alert) >= 2.0)),
        f32::from(u8::from(at_least(Tier::Note) >= 1.0)) * scores.highest.clamp(-2.0, 4.0) / 2.0,
        doubts(|signal| signal.doubts.talk),
        doubts(|signal| signal.doubts.quoted),
        shape.code,
        shape.letters,
        shape.short,
    ];
    all.iter_mut().zip(general).for_each(|(to, from)| *to = from);
    for signal in signals {
        let name = signal.rule.id.trim_start_matches("injection-");
        let Some(number) = KNOWN.iter().position(|known| *known == name) else { continue };
        let (weak, strong) = (GENERAL + 2 * number, GENERAL + 2 * number + 1);
        let places = [(weak, true), (strong, signal.tier >= Tier::Alert)];
        for (place, counts) in places {
            if let Some(slot) = all.get_mut(place).filter(|_| counts) {
                *slot = 1.0;
            }
        }
    }
    all
}

/// What a text looks like, whatever it says.
struct Shape {
    code: f32,
    letters: f32,
    short: f32,
}

impl Shape {
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes().get(..text.len().min(8192)).unwrap_or_default();
        let share = |count: usize| small(count) / small(bytes.len().max(1));
        let code = share(count(bytes, |lane| any_of(lane, b"{}();=[]<>_")));
        let letters = share(count(bytes, |lane| {
            between(lane | Lane::splat(0x20), b'a', b'z') | equal(lane, b' ') | between(lane, 0x80, 0xff)
        }));
        Self { code: (code * 10.0).min(2.0), letters, short: f32::from(u8::from(text.len() < 200)) }
    }
}

/// How many of the bytes `is` says yes of. It has to say no of zero.
fn count(bytes: &[u8], is: impl Fn(Lane) -> Lane) -> usize {
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    let mut last = [0; BLOCK];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    blocks.iter().chain([&last]).map(|block| bits(block, &is).count_ones() as usize).sum()
}

#[expect(clippy::cast_precision_loss, reason = "counts of at most a few thousand")]
fn small(count: usize) -> f32 {
    count as f32
}

/// How likely it is that a text with this evidence is an attack.
pub fn likelihood(weights: &Weights, evidence: &[f32; EVIDENCE]) -> f32 {
    let constant = weights.judgement.last().copied().unwrap_or(0.0);
    let sum: f32 = weights.judgement.iter().zip(evidence).map(|(weight, one)| weight * one).sum();
    1.0 / (1.0 + (-(sum + constant)).exp())
}

/// What a score and the strongest signal in words come to. A rule that is sure is taken back by one tier if all the rest
/// of the text speaks against it.
pub fn tier(score: f32, strongest: Option<Tier>, [alert, block]: [f32; 2]) -> Option<Tier> {
    let called_for = match score {
        sure if sure >= block => Some(Tier::Block),
        likely if likely >= alert => Some(Tier::Alert),
        _ => None,
    };
    let believed = match strongest {
        Some(Tier::Block) if score >= alert / 3.0 => Some(Tier::Block),
        Some(Tier::Block | Tier::Alert) => Some(Tier::Alert),
        Some(Tier::Note) | None => None,
    };
    called_for.max(believed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::injection::rules;

    #[test]
    fn the_shape_of_a_text_is_counted_byte_by_byte() {
        let text = "fn a(b: [u8; 3]) -> { x_y = <é> \u{1}Z@[`{ } ; \0 Q".repeat(7);
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let text = text.get(..end).unwrap();
            let part = |is: fn(&u8) -> bool| small(text.bytes().filter(is).count()) / small(end.max(1));
            let code = part(|it| b"{}();=[]<>_".contains(it));
            let letters = part(|it| it.is_ascii_alphabetic() || *it == b' ' || *it >= 0x80);
            let shape = Shape::of(text);
            assert_eq!(
                (shape.code.to_bits(), shape.letters.to_bits()),
                ((code * 10.0).min(2.0).to_bits(), letters.to_bits())
            );
        }
    }

    #[test]
    fn every_rule_with_a_weight_of_its_own_exists() {
        let missing: Vec<&&str> =
            KNOWN.iter().filter(|name| !rules().iter().any(|rule| rule.id == format!("injection-{name}"))).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
