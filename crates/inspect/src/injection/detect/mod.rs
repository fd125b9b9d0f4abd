//! Detectors: one way to steer or to hide in each file. They look at characters and structure; what is said in words is
//! found by the phrases of the rules.

pub(crate) mod ansi;
pub(crate) mod bidi;
pub(crate) mod container;
pub(crate) mod far_right;
pub(crate) mod filler;
pub(crate) mod homoglyph;
pub(crate) mod pasted;
mod script;
pub(crate) mod tags;
pub(crate) mod variation;
pub(crate) mod zero_width;

use super::Tier;
use super::view::{foreign, is_invisible};
use std::collections::BTreeSet;
use std::ops::Range;

/// Something that a detector saw, in places of the text that it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sign {
    pub(crate) rule: usize,
    pub(crate) tier: Tier,
    pub(crate) span: Range<usize>,
    /// The text that was hidden, if it could be made visible.
    pub(crate) shown: Option<String>,
    /// What spoke for it, in a few words that never quote the text.
    pub(crate) why: String,
}

impl Sign {
    /// Whether the characters make up a text, so that they are more than a constant in code, or a table of such characters:
    /// most of its letters follow each other as in the alphabet.
    pub(crate) fn carries_text(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| {
            let letters: Vec<char> = shown.chars().filter(|letter| letter.is_alphabetic()).collect();
            let different: BTreeSet<&char> = letters.iter().collect();
            let in_order = letters.windows(2).filter(|pair| match pair {
                [one, next] => u32::from(*next) == u32::from(*one) + 1,
                _ => false,
            });
            letters.len() >= 5 && different.len() >= 4 && in_order.count() * 2 < letters.len()
        })
    }
}

/// A character that needs a closer look, and where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Odd {
    pub(crate) at: usize,
    pub(crate) letter: char,
}

impl Odd {
    pub(crate) fn end(self) -> usize {
        self.at + self.letter.len_utf8()
    }
}

/// Every sign that the characters of a text give.
pub(crate) fn characters(text: &str) -> Vec<Sign> {
    let mut signs = Vec::new();
    if !text.is_ascii() {
        let odd = odd(text);
        tags::detect(text, &odd, &mut signs);
        variation::detect(text, &odd, &mut signs);
        zero_width::detect(text, &odd, &mut signs);
        bidi::detect(text, &odd, &mut signs);
        filler::detect(text, &odd, &mut signs);
        homoglyph::detect(text, &mut signs);
    }
    ansi::detect(text, &mut signs);
    signs
}

/// The characters of a text that cannot be seen or stand for nothing.
fn odd(text: &str) -> Vec<Odd> {
    let after = |(at, letter): &(usize, char)| foreign::next(text, at + letter.len_utf8());
    std::iter::successors(foreign::next(text, 0), after)
        .filter(|(_, letter)| is_invisible(*letter) || *letter == filler::BRAILLE_BLANK)
        .map(|(at, letter)| Odd { at, letter })
        .collect()
}

/// Groups of characters that lie at most `gap` bytes apart.
pub(crate) fn groups(odd: &[Odd], gap: usize) -> impl Iterator<Item = &[Odd]> {
    odd.chunk_by(move |one, next| next.at <= one.end() + gap)
}

/// From the first character of a group to the end of the last.
pub(crate) fn span(group: &[Odd]) -> Range<usize> {
    match (group.first(), group.last()) {
        (Some(first), Some(last)) => first.at..last.end(),
        _ => 0..0,
    }
}

/// The character before `at`.
pub(crate) fn before(text: &str, at: usize) -> Option<char> {
    text.get(..at)?.chars().next_back()
}

/// The character at `at`.
pub(crate) fn behind(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}
