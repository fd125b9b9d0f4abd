//! Says how long a match is that starts here. Most patterns are a row of literals and runs of one class, for which a
//! few steps do; they are small, need no preparation and can't go wrong. The others get an automaton.

use crate::{Automaton, RuleError};
use regex_automata::util::syntax;
use regex_syntax::hir::{Class, Hir, HirKind, Repetition};
use std::borrow::Cow;

/// Says how long a match is that starts here.
#[derive(Debug)]
pub enum Matcher {
    /// One step after the other.
    Steps(Cow<'static, [Step]>),
    /// Anything else.
    Automaton(Automaton),
}

/// One part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// These bytes.
    Literal(Cow<'static, [u8]>),
    /// One of these, none of which is the start of another.
    Any(Cow<'static, [Cow<'static, [u8]>]>),
    /// As many bytes of a set as there are.
    Run {
        /// A bit for each byte.
        set: [u64; 4],
        /// At least so many.
        least: u16,
        /// At most so many.
        most: u16,
    },
}

fn holds(set: &[u64; 4], byte: u8) -> bool {
    set.get(usize::from(byte >> 6)).is_some_and(|word| word >> (byte & 63) & 1 != 0)
}

impl Matcher {
    /// Builds a matcher for a pattern of the rule `rule`.
    pub fn build(rule: &str, pattern: &str) -> Result<Self, RuleError> {
        let hir = syntax::parse_with(pattern, &crate::automaton::syntax()).map_err(|error| RuleError::Pattern {
            rule: rule.to_owned(),
            pattern: pattern.to_owned(),
            why: error.to_string(),
        })?;
        let mut steps = Vec::new();
        if collect(&hir, &mut steps).is_some() && never_turns_back(&steps) {
            return Ok(Self::Steps(Cow::Owned(steps)));
        }
        Automaton::build(rule, pattern).map(Self::Automaton)
    }

    /// Where the match ends that starts at `at`, looking no further than `limit`.
    pub fn end(&self, text: &[u8], at: usize, limit: usize) -> Option<usize> {
        match self {
            Self::Steps(steps) => {
                let text = text.get(..limit)?;
                steps.iter().try_fold(at, |at, step| step.end(text, at))
            }
            Self::Automaton(automaton) => automaton.end(text, at, limit),
        }
    }

    /// Whether it can be used.
    pub fn is_sound(&self) -> bool {
        match self {
            Self::Steps(_) => true,
            Self::Automaton(automaton) => automaton.is_sound(),
        }
    }
}

impl Step {
    fn end(&self, text: &[u8], at: usize) -> Option<usize> {
        let rest = text.get(at..)?;
        match self {
            Self::Literal(literal) => rest.starts_with(literal).then(|| at + literal.len()),
            Self::Any(all) => all.iter().find(|it| rest.starts_with(it)).map(|it| at + it.len()),
            Self::Run { set, least, most } => {
                let run = rest.iter().take(usize::from(*most)).take_while(|byte| holds(set, **byte)).count();
                (run >= usize::from(*least)).then(|| at + run)
            }
        }
    }

    /// The bytes that it may start with, and whether it may be nothing at all.
    fn first(&self) -> ([u64; 4], bool) {
        let of = |bytes: &mut dyn Iterator<Item = u8>| bytes.fold([0; 4], with);
        match self {
            Self::Literal(literal) => (of(&mut literal.first().copied().into_iter()), false),
            Self::Any(all) => (of(&mut all.iter().filter_map(|it| it.first().copied())), false),
            Self::Run { set, least, .. } => (*set, *least == 0),
        }
    }
}

fn with(mut set: [u64; 4], byte: u8) -> [u64; 4] {
    if let Some(word) = set.get_mut(usize::from(byte >> 6)) {
        *word |= 1 << (byte & 63);
    }
    set
}

/// Turns a pattern into steps; `None` if it is more than a row of literals and runs.
fn collect(hir: &Hir, out: &mut Vec<Step>) -> Option<()> {
    match hir.kind() {
        HirKind::Empty => Some(()),
        HirKind::Literal(literal) => {
            out.push(Step::Literal(Cow::Owned(literal.0.to_vec())));
            Some(())
        }
        HirKind::Class(_) => run(hir, 1, 1, out),
        HirKind::Repetition(repeat) => repeated(repeat, out),
        HirKind::Capture(capture) => collect(&capture.sub, out),
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| collect(part, out)),
        HirKind::Alternation(branches) => any(branches, out),
        HirKind::Look(_) => None,
    }
}

fn run(hir: &Hir, least: u32, most: u32, out: &mut Vec<Step>) -> Option<()> {
    let set = match hir.kind() {
        HirKind::Class(Class::Bytes(class)) => {
            class.ranges().iter().flat_map(|range| range.start()..=range.end()).fold([0; 4], with)
        }
        HirKind::Literal(literal) => match literal.0.as_ref() {
            [byte] => with([0; 4], *byte),
            _ => return None,
        },
        HirKind::Capture(capture) => return run(&capture.sub, least, most, out),
        HirKind::Empty
        | HirKind::Class(Class::Unicode(_))
        | HirKind::Look(_)
        | HirKind::Repetition(_)
        | HirKind::Concat(_)
        | HirKind::Alternation(_) => return None,
    };
    out.push(Step::Run { set, least: u16::try_from(least).ok()?, most: u16::try_from(most).ok()? });
    Some(())
}

fn repeated(repeat: &Repetition, out: &mut Vec<Step>) -> Option<()> {
    // A lazy repeat takes as little as it can, which steps never do.
    if !repeat.greedy {
        return None;
    }
    let most = repeat.max?;
    if run(&repeat.sub, repeat.min, most, out).is_some() {
        return Some(());
    }
    // A group that is repeated a few times is written out.
    (repeat.min == most && most <= 8).then_some(())?;
    (0..most).try_for_each(|_| collect(&repeat.sub, out))
}

fn any(branches: &[Hir], out: &mut Vec<Step>) -> Option<()> {
    let literal = |hir: &Hir| {
        let mut steps = Vec::new();
        collect(hir, &mut steps)?;
        steps.iter().try_fold(Vec::new(), |mut bytes, step| match step {
            Step::Literal(more) => {
                bytes.extend_from_slice(more);
                Some(bytes)
            }
            Step::Any(_) | Step::Run { .. } => None,
        })
    };
    let all: Vec<Vec<u8>> = branches.iter().map(literal).collect::<Option<_>>()?;
    let starts = |a: &Vec<u8>, b: &Vec<u8>| a != b && b.starts_with(a);
    if all.iter().any(|a| a.is_empty() || all.iter().any(|b| starts(a, b))) {
        return None;
    }
    out.push(Step::Any(Cow::Owned(all.into_iter().map(Cow::Owned).collect())));
    Some(())
}

/// Whether taking as much as possible at each step is always right: no run can take what the next step needs.
fn never_turns_back(steps: &[Step]) -> bool {
    steps.iter().enumerate().all(|(at, step)| {
        let Step::Run { set, least, most } = step else { return true };
        if least == most {
            return true;
        }
        for next in steps.get(at + 1..).unwrap_or_default() {
            let (first, may_be_nothing) = next.first();
            if first.iter().zip(set).any(|(a, b)| a & b != 0) {
                return false;
            }
            if !may_be_nothing {
                return true;
            }
        }
        true
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PATTERNS: [&str; 11] = [
        "ghp_[0-9A-Za-z]{4}",
        "(?:sk|rk)_(?:live|test)_[0-9a-z]{2,5}",
        "[a-c]{1,3}\\.[a-c]{2}",
        "[a-c]{1,3}a",
        "(?:a|ab)c",
        "a{2,3}?b",
        "(?:ab){2}c?",
        "[ab]{0,2}c?[de]{1,2}",
        "x[a-z]?[0-9]",
        "(?i)abc[0-9]{2}",
        "a?b?c",
    ];

    proptest! {
        #[test]
        fn steps_do_what_an_automaton_does(text in "[a-e0-9_.xsklivetghp]{0,14}", which in 0..PATTERNS.len()) {
            let pattern = PATTERNS[which];
            let (matcher, automaton) = (Matcher::build("r", pattern).unwrap(), Automaton::build("r", pattern).unwrap());
            for at in 0..=text.len() {
                let limit = text.len();
                prop_assert_eq!(matcher.end(text.as_bytes(), at, limit), automaton.end(text.as_bytes(), at, limit));
            }
        }

        #[test]
        fn they_agree_on_texts_that_match(pair in prop::sample::select(&PATTERNS[..])
            .prop_flat_map(|it| (Just(it), proptest::string::bytes_regex(it).unwrap())), more in "[a-e0-9]{0,3}") {
            let (pattern, mut text) = pair;
            text.extend(more.bytes());
            let (matcher, automaton) = (Matcher::build("r", pattern).unwrap(), Automaton::build("r", pattern).unwrap());
            prop_assert_eq!(matcher.end(&text, 0, text.len()), automaton.end(&text, 0, text.len()));
        }
    }

    #[test]
    fn turns_to_an_automaton_where_steps_would_take_too_much() {
        let steps = |pattern: &str| matches!(Matcher::build("r", pattern), Ok(Matcher::Steps(_)));
        assert!(steps("ghp_[0-9A-Za-z]{36}") && steps("[a-z]{2,9}-(?:eu|us)[0-9]{1,4}"));
        assert!(!steps("[a-z]{2,9}z") && !steps("(?:a|ab)c") && !steps("a{1,2}?b"));
    }
}
