//! An automaton that says how long a match is that starts here. Embedded ones are read from bytes when they are first
//! needed, which costs microseconds; most never are.

use crate::RuleError;
use regex_automata::dfa::sparse::DFA;
use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};
use std::sync::OnceLock;

/// The most memory that building one automaton may take.
const LARGEST: usize = 8 << 20;

/// Says how long a match is that starts here.
#[derive(Debug)]
pub struct Automaton(Kind);

#[derive(Debug)]
enum Kind {
    Embedded { bytes: &'static [u8], from: usize, to: usize, read: OnceLock<Option<Box<DFA<&'static [u8]>>>> },
    Built(Box<DFA<Vec<u8>>>),
}

/// How our patterns are read: bytes, not Unicode, and a dot that matches no line end.
pub(crate) fn syntax() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false)
}

impl Automaton {
    /// An automaton that lies in `bytes`, which [`Automaton::build`] and [`Automaton::to_bytes`] made.
    pub const fn embedded(bytes: &'static [u8], from: usize, to: usize) -> Self {
        Self(Kind::Embedded { bytes, from, to, read: OnceLock::new() })
    }

    /// Builds an automaton for a pattern of the rule `rule`.
    pub fn build(rule: &str, pattern: &str) -> Result<Self, RuleError> {
        let refuse = |error: &dense::BuildError| RuleError::Pattern {
            rule: rule.to_owned(),
            pattern: pattern.to_owned(),
            why: error.to_string(),
        };
        let limits = dense::Config::new()
            .start_kind(StartKind::Anchored)
            .match_kind(MatchKind::LeftmostFirst)
            .dfa_size_limit(Some(LARGEST))
            .determinize_size_limit(Some(LARGEST));
        let dense = dense::Builder::new()
            .configure(limits)
            .syntax(syntax())
            .thompson(thompson::Config::new().utf8(false))
            .build(pattern)
            .map_err(|error| refuse(&error))?;
        Ok(Self(Kind::Built(Box::new(dense.to_sparse().map_err(|error| refuse(&error))?))))
    }

    /// The automaton as bytes of this machine's order, to be embedded.
    pub fn to_bytes(&self) -> Vec<u8> {
        match &self.0 {
            Kind::Embedded { bytes, from, to, .. } => bytes.get(*from..*to).unwrap_or_default().to_vec(),
            Kind::Built(dfa) => dfa.to_bytes_native_endian(),
        }
    }

    /// Whether it can be used. An embedded one that can't be read would never match, so a test asks this of all.
    pub fn is_sound(&self) -> bool {
        match &self.0 {
            Kind::Embedded { bytes, from, to, read } => read.get_or_init(|| open(bytes, *from, *to)).is_some(),
            Kind::Built(_) => true,
        }
    }

    /// Where the match ends that starts at `at`, looking no further than `limit`.
    pub fn end(&self, text: &[u8], at: usize, limit: usize) -> Option<usize> {
        if at > limit || limit > text.len() {
            return None;
        }
        let input = Input::new(text).range(at..limit).anchored(Anchored::Yes);
        let found = match &self.0 {
            Kind::Embedded { bytes, from, to, read } => {
                read.get_or_init(|| open(bytes, *from, *to)).as_ref()?.try_search_fwd(&input)
            }
            Kind::Built(dfa) => dfa.try_search_fwd(&input),
        };
        found.ok().flatten().map(|half| half.offset())
    }
}

fn open(bytes: &'static [u8], from: usize, to: usize) -> Option<Box<DFA<&'static [u8]>>> {
    DFA::from_bytes(bytes.get(from..to)?).ok().map(|(dfa, _)| Box::new(dfa))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_where_a_match_ends_and_starts_only_where_asked() {
        let automaton = Automaton::build("r", "ab{2,4}").unwrap();
        assert_eq!(automaton.end(b"xabbbbbb", 1, 8), Some(6));
        assert_eq!(automaton.end(b"xabbbbbb", 0, 8), None);
        assert_eq!(automaton.end(b"xabbbbbb", 1, 4), Some(4));
        assert_eq!(automaton.end(b"xabbbbbb", 1, 9), None);
        assert_eq!(automaton.end(b"xabbbbbb", 9, 8), None);
    }

    #[test]
    fn an_embedded_automaton_does_what_the_built_one_does() {
        let bytes: &'static [u8] = Automaton::build("r", "[0-9a-f]{8}").unwrap().to_bytes().leak();
        let embedded = Automaton::embedded(bytes, 0, bytes.len());
        assert!(embedded.is_sound());
        assert_eq!(embedded.end(b"0123abcdef", 0, 10), Some(8));
        assert!(!Automaton::embedded(bytes, 1, bytes.len()).is_sound());
    }

    #[test]
    fn refuses_what_would_grow_without_bound() {
        assert!(Automaton::build("r", "(?:a{1,1000}){1,1000}").is_err());
    }
}
