//! What a passage speaks of: concepts, which stand for many words in many languages, and how they follow each other.

use super::features::{CONCEPT_BUCKETS, finish, mix};
use super::window::WIDTH;
use crate::injection::lexicon::{Token, tokens};
use crate::injection::rule::{CONCEPTS, OF_CONCEPTS};
use crate::injection::survey::Survey;
use std::sync::LazyLock;

/// How many concepts ahead a pair may reach.
const AHEAD: usize = 4;

/// A text in its simplest form, and the concepts that it speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plain {
    /// The text.
    pub text: String,
    mentions: Vec<Mention>,
}

/// A concept in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mention {
    at: usize,
    name: u32,
    /// Whether a sentence or a line begins with it.
    first: bool,
}

impl Plain {
    /// A text with these words of the rules.
    pub(in crate::injection) fn new(text: String, tokens: &[Token]) -> Self {
        let mentions = mentions(text.as_bytes(), tokens);
        Self { text, mentions }
    }

    /// A text that is in its simplest form already.
    pub(super) fn of(text: &str) -> Self {
        let survey = Survey::of(text.as_bytes());
        Self::new(text.to_owned(), &tokens(text.as_bytes(), &survey.words))
    }

    /// Calls `each` for every concept, in order, with where it stands and the numbers that it counts: its own, and those of
    /// the pairs and triples that it begins.
    pub(super) fn each_mention(&self, mut each: impl FnMut(usize, &[u32])) {
        for (at, one) in self.mentions.iter().enumerate() {
            // What stands in no passage with it says nothing about it.
            let near = |next: &&Mention| next.at < one.at + WIDTH;
            let ahead = self.mentions.get(at + 1..).unwrap_or_default();
            let start = mix(one.name, u32::from(one.first));
            let mut numbers = Numbers::default();
            numbers.push(one.name);
            numbers.push(start);
            for (distance, next) in ahead.iter().take_while(near).take(AHEAD).enumerate() {
                let pair = mix(one.name, next.name.rotate_left(7));
                numbers.push(pair);
                numbers.push(mix(start, next.name));
                if let Some(third) = ahead.get(distance + 1).filter(near) {
                    numbers.push(mix(pair, third.name.rotate_left(3)));
                }
            }
            each(one.at, numbers.all());
        }
    }
}

/// Most numbers that a concept counts: itself, itself as a beginning, and three with each of those ahead.
const NUMBERS: usize = 2 + 3 * AHEAD;

/// The numbers of one concept.
#[derive(Debug, Default)]
struct Numbers {
    numbers: [u32; NUMBERS],
    length: usize,
}

impl Numbers {
    fn push(&mut self, hash: u32) {
        if let Some(slot) = self.numbers.get_mut(self.length) {
            *slot = number(hash);
            self.length += 1;
        }
    }

    fn all(&self) -> &[u32] {
        self.numbers.get(..self.length).unwrap_or_default()
    }
}

/// The hash of the name of the concept that each class of words stands for.
static NAMES: LazyLock<Vec<Option<u32>>> = LazyLock::new(|| {
    let mut names = Vec::new();
    for (name, class) in CONCEPTS {
        names.resize(names.len().max(class + 1), None);
        names.iter_mut().skip(*class).take(1).for_each(|slot| *slot = Some(hash(name)));
    }
    names
});

fn number(hash: u32) -> u32 {
    finish(hash) % CONCEPT_BUCKETS
}

fn mentions(text: &[u8], tokens: &[Token]) -> Vec<Mention> {
    let mut mentions: Vec<Mention> = Vec::new();
    for token in tokens.iter().filter(|token| token.classes.meets(&OF_CONCEPTS)) {
        let (at, first) = (token.start, starts_line(text, token));
        for name in token.classes.numbers().filter_map(|class| NAMES.get(class).copied().flatten()) {
            // A concept that follows itself counts once.
            let follows = |last: &Mention| last.name == name && at < last.at + WIDTH;
            if !mentions.iter().rev().take(2).any(follows) {
                mentions.push(Mention { at, name, first });
            }
        }
    }
    mentions
}

fn hash(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// Whether nothing but signs stand between this word and the end of the sentence or line before.
fn starts_line(text: &[u8], token: &Token) -> bool {
    let before = text.get(token.start.saturating_sub(16)..token.start).unwrap_or_default();
    let last = before.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t' | b'*' | b'_' | b'`'));
    last.is_none_or(|last| !last.is_ascii_alphanumeric() && *last < 0x80 && !matches!(last, b',' | b'\'' | b')'))
}
