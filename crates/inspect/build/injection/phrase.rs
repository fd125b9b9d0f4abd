//! A phrase as rules write it: classes of words, and how far they may lie apart.
//!
//!     drop ~ earlier ~ orders       a word of each class, at most a few words apart
//!     addressee must|should         directly behind each other; either class will do
//!     addressee : verb              with a colon, a comma or a dash between
//!     ^run ~~ 'now|at_once' ?later   at the start of a clause; further apart; the words themselves; may be missing

#[path = "../../src/injection/lexicon/gap.rs"]
mod gap;

use super::words::{Classes, Lexicon};
pub(crate) use gap::Gap;

/// One word of a phrase.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) gap: Gap,
    pub(crate) classes: Vec<usize>,
    pub(crate) optional: bool,
    pub(crate) starts_clause: bool,
}

/// How much a phrase counts: as much as its rule, one tier less, or as a note. As in `src/injection/phrase.rs`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Weight {
    Full,
    Weaker,
    Note,
}

/// A phrase of a rule.
#[derive(Debug)]
pub(crate) struct Phrase {
    pub(crate) rule: usize,
    pub(crate) weight: Weight,
    pub(crate) steps: Vec<Step>,
}

/// Where a phrase finds its classes: those of its own rule come first.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) rule: usize,
    pub(crate) id: &'a str,
    pub(crate) own: &'a Classes,
    pub(crate) shared: &'a Classes,
}

impl Scope<'_> {
    pub(crate) fn phrase(&self, written: &str, weight: Weight, lexicon: &mut Lexicon) -> Phrase {
        let mut steps = Vec::new();
        let mut gap = Gap::Next;
        for part in written.split_whitespace() {
            match part {
                ":" => gap = Gap::Colon,
                "~" => gap = Gap::Near,
                "~~" => gap = Gap::Sentence,
                "~~~" => gap = Gap::Passage,
                word => {
                    steps.push(self.step(word, gap, lexicon));
                    gap = Gap::Next;
                }
            }
        }
        let usable = steps.len() < 9 && steps.first().is_some_and(|first| !first.optional) && gap == Gap::Next;
        assert!(usable, "{}: the phrase can't be used: {written}", self.id);
        Phrase { rule: self.rule, weight, steps }
    }

    fn step(&self, written: &str, gap: Gap, lexicon: &mut Lexicon) -> Step {
        let (written, optional) = written.strip_prefix('?').map_or((written, false), |rest| (rest, true));
        let (written, starts_clause) = written.strip_prefix('^').map_or((written, false), |rest| (rest, true));
        let mut classes = Vec::new();
        // Every second part stands in quotes: words, and not the names of classes.
        for (number, part) in written.split('\'').enumerate() {
            let names = part.split('|').filter(|name| !name.is_empty());
            if number % 2 == 1 {
                let words: Vec<String> = names.map(|word| word.replace('_', " ")).collect();
                classes.push(lexicon.class(&format!("'{part}'"), &words));
            } else {
                classes.extend(names.map(|name| self.class(name, lexicon)));
            }
        }
        Step { gap, classes, optional, starts_clause }
    }

    fn class(&self, name: &str, lexicon: &mut Lexicon) -> usize {
        if let Some(words) = self.own.get(name) {
            return lexicon.class(&format!("{}.{name}", self.id), words);
        }
        let words = self.shared.get(name);
        lexicon.class(name, words.unwrap_or_else(|| panic!("{}: there is no class {name}", self.id)))
    }
}
