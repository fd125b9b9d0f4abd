//! What a passage speaks of: concepts, which stand for many words in many languages, and how they follow each other.

use super::features::{CONCEPT_BUCKETS, finish, mix};
use crate::injection::lexicon::{Classes, Token, starts, tokens, without_harmless, words_in};
use crate::injection::rule::{CONCEPT_WORD, CONCEPTS, OF_CONCEPTS, class};
use crate::injection::survey::words_of;
use std::ops::Range;
use std::sync::LazyLock;

/// How many concepts ahead a pair may reach.
const AHEAD: usize = 4;

/// A concept in a passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mention {
    name: u32,
    /// Whether a sentence or a line begins with it.
    first: bool,
}

/// The numbers of the concepts that a passage speaks of, of pairs that follow each other, and of triples.
pub(crate) fn concepts(passage: &str) -> Vec<u32> {
    numbers(&mentions(passage, &tokens(passage.as_bytes(), 0..passage.len())))
}

/// Where words stand in a text that may stand for a concept, so that the same is found in each of its passages without
/// reading every word.
pub(super) struct Places(Vec<usize>);

/// The longest beginning of a word that its key is made of. A word that is cut there has another key than the whole one.
const KEY: usize = 4;

impl Places {
    pub(super) fn of(text: &str) -> Self {
        Self(words_of(text.as_bytes(), &CONCEPT_WORD))
    }

    /// What [`concepts`] finds in a passage of the text.
    pub(super) fn concepts(&self, text: &str, window: &Range<usize>) -> Vec<u32> {
        let passage = text.get(window.clone()).unwrap_or_default();
        let bytes = passage.as_bytes();
        let first = self.0.partition_point(|place| *place < window.start);
        let places = self.0.get(first..).unwrap_or_default().iter().map(|place| place - window.start);
        let cut = bytes.len().saturating_sub(KEY);
        // A passage may begin within a word, and end within one.
        let begins = starts(bytes, 0..bytes.len().min(1));
        let within = places.take_while(|place| *place < cut).filter(|place| *place > 0);
        let ends = starts(bytes, cut.max(1).min(bytes.len())..bytes.len());
        let counts = |classes: &Classes| classes.meets(&OF_CONCEPTS) || classes.holds(class::HARMLESS);
        let found = begins.chain(within).chain(ends).flat_map(|place| words_in(bytes, place, counts));
        let mut found: Vec<Token> = found.collect();
        found.sort_by_key(|token| (token.start, token.end));
        numbers(&mentions(passage, &without_harmless(found)))
    }
}

fn numbers(mentions: &[Mention]) -> Vec<u32> {
    let mut found = Vec::new();
    for (at, one) in mentions.iter().enumerate() {
        let start = mix(one.name, u32::from(one.first));
        found.extend([one.name, start].map(number));
        for (distance, next) in mentions.iter().skip(at + 1).take(AHEAD).enumerate() {
            let pair = mix(one.name, next.name.rotate_left(7));
            found.extend([pair, mix(start, next.name)].map(number));
            if let Some(third) = mentions.get(at + distance + 2) {
                found.push(number(mix(pair, third.name.rotate_left(3))));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The hash of the name of each concept, and its class.
static NAMES: LazyLock<Vec<(u32, usize)>> =
    LazyLock::new(|| CONCEPTS.iter().map(|(name, class)| (hash(name), *class)).collect());

fn number(hash: u32) -> u32 {
    finish(hash) % CONCEPT_BUCKETS
}

fn mentions(passage: &str, tokens: &[Token]) -> Vec<Mention> {
    let bytes = passage.as_bytes();
    let mut mentions: Vec<Mention> = Vec::new();
    for token in tokens.iter().filter(|token| token.classes.meets(&OF_CONCEPTS)) {
        let first = starts_line(bytes, token);
        for (name, _) in NAMES.iter().filter(|(_, class)| token.classes.holds(*class)) {
            let mention = Mention { name: *name, first };
            // A concept that follows itself counts once.
            if !mentions.iter().rev().take(2).any(|last| last.name == mention.name) {
                mentions.push(mention);
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
