//! Words and their classes. A word may be in several classes; it is looked up once.

#[path = "../../src/injection/lexicon/key.rs"]
pub(crate) mod key;
#[path = "../../src/injection/view/letter.rs"]
mod letter;

use std::collections::{BTreeMap, BTreeSet};

/// Words by the name of their class.
pub(crate) type Classes = BTreeMap<String, Vec<String>>;

/// A word, as texts are compared with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Word {
    /// Small, without accents. A blank stands for any few characters between two words.
    pub(crate) text: String,
    /// How many bytes stand before the first letter.
    pub(crate) head: usize,
    /// Whether a longer word that begins so is meant as well.
    pub(crate) stem: bool,
    /// Whether capitals count.
    pub(crate) exact: bool,
}

/// What may be shared by all rules: classes of words, and concepts.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shared {
    pub(crate) words: Classes,
    pub(crate) concepts: Classes,
}

impl Shared {
    /// The words of each concept, with classes that it refers to.
    pub(crate) fn concepts(&self) -> Classes {
        let words = |written: &String| match written.strip_prefix('@') {
            Some(name) => self.words.get(name).unwrap_or_else(|| panic!("there is no class {name}")).clone(),
            None => vec![written.clone()],
        };
        self.concepts.iter().map(|(name, all)| (name.clone(), all.iter().flat_map(words).collect())).collect()
    }
}

pub(crate) fn shared(text: &str) -> Shared {
    toml::from_str(text).unwrap_or_else(|error| panic!("the shared words: {error}"))
}

impl Word {
    /// Reads a word as rules write it; `*` at the end makes it the beginning of longer ones, `=` before it makes capitals
    /// count.
    pub(crate) fn parse(written: &str) -> Self {
        let (written, exact) = written.strip_prefix('=').map_or((written, false), |rest| (rest, true));
        let (body, stem) = written.strip_suffix('*').map_or((written, false), |body| (body, true));
        let mut text = String::new();
        body.chars().for_each(|letter| {
            letter::simplest(letter, |simple| text.push(if exact { simple } else { simple.to_ascii_lowercase() }));
        });
        let head = text.bytes().position(|byte| key::is_latin(byte) || key::is_foreign(byte));
        let head = head.unwrap_or_else(|| panic!("{written:?} holds no letter"));
        assert!(head < 250 && text.len() < 250, "{written:?} is too long");
        let letters = run(&text, head);
        assert!(
            !stem || letters >= 4 || head + letters < text.len(),
            "{written:?} is too short for the beginning of a word"
        );
        // Languages of other scripts put endings behind their words more often than English does.
        let foreign = text.as_bytes().get(head).copied().is_some_and(key::is_foreign) && letters >= 8;
        Self { text, head, stem: stem || foreign, exact }
    }

    /// Its first letters, as texts are compared with them first.
    pub(crate) fn start(&self) -> (u64, u64) {
        letters(&self.text.as_bytes()[self.head..])
    }

    /// How many bytes from the beginning are known to be the same where the first letters are.
    pub(crate) fn known(&self) -> usize {
        let letters = self.text.bytes().take(8).take_while(u8::is_ascii_lowercase).count();
        if self.exact || self.head > 0 { 0 } else { letters }
    }

    /// How many bytes its first word has from the first letter on, if another follows that begins with a letter or digit,
    /// and the first letters of that one, as [`Word::start`] gives them.
    pub(crate) fn second(&self) -> (usize, u64, u64) {
        let (first, rest) = self.text.get(self.head..).and_then(|text| text.split_once(' ')).unwrap_or_default();
        match rest.bytes().next() {
            Some(letter) if letter.is_ascii_alphanumeric() || key::is_foreign(letter) => {
                let (second, mask) = letters(rest.as_bytes());
                (first.len(), second, mask)
            }
            _ => (0, 0, 0),
        }
    }

    /// The key that the word is looked up by.
    pub(crate) fn key(&self) -> u16 {
        let bytes = self.text.as_bytes();
        let letters = run(&self.text, self.head).min(4);
        let mut start = [0; 4];
        start[..letters].copy_from_slice(&bytes[self.head..self.head + letters]);
        key::key(u32::from_le_bytes(start), letters)
    }
}

/// The first letters, at most eight, up to a blank: their bytes with the bit set that tells small letters from capitals,
/// and a mask of them.
fn letters(bytes: &[u8]) -> (u64, u64) {
    let bytes = bytes.iter().take(8).take_while(|byte| **byte != b' ');
    bytes
        .enumerate()
        .fold((0, 0), |(start, mask), (at, byte)| (start | u64::from(byte | 0x20) << (8 * at), mask | 0xff << (8 * at)))
}

/// How many letters of one kind follow each other from `start` on.
fn run(text: &str, start: usize) -> usize {
    let bytes = &text.as_bytes()[start..];
    let kind: fn(u8) -> bool = if key::is_latin(bytes[0]) { key::is_latin } else { key::is_foreign };
    bytes.iter().take_while(|byte| kind(**byte)).count()
}

/// Every class with a number, and every word with the classes that it is in.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    pub(crate) classes: Vec<String>,
    pub(crate) words: BTreeMap<Word, BTreeSet<usize>>,
}

impl Lexicon {
    /// Adds a class and says its number. A class of the same name is the same one.
    pub(crate) fn class(&mut self, name: &str, words: &[String]) -> usize {
        if let Some(known) = self.classes.iter().position(|known| known == name) {
            return known;
        }
        assert!(!words.is_empty(), "the class {name} has no words");
        let number = self.classes.len();
        self.classes.push(name.to_owned());
        for written in words {
            self.words.entry(Word::parse(written)).or_default().insert(number);
        }
        number
    }
}
