//! Words near a place. A number of nine digits may be anything; beside `ssn` it is a social security number.
//!
//! Words are read as people write them in text and in code: `Social Security`, `social_security`, `socialSecurity`. Only what
//! is near a candidate is read, and nothing twice.

use super::rule::{self, UNSPACED};
use super::signature;
use std::collections::VecDeque;
use std::ops::Range;

/// How far before a place a word may end.
pub(super) const BEFORE: usize = 64;
/// How far behind it one may begin, in the same line.
pub(super) const AFTER: usize = 24;
/// Longest word that is looked up.
const LONGEST: usize = 96;
/// Most characters between the words of a phrase.
const GAP: usize = 3;

/// A word that was seen.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// Where it stands.
    pub(super) span: Range<usize>,
    /// The rules that it speaks for.
    pub(super) rules: &'static [u16],
    /// Whether a search begins with it.
    pub(super) trigger: bool,
}

/// The words near the places that are asked for, which come from left to right.
#[derive(Debug)]
pub(super) struct Context<'t> {
    text: &'t [u8],
    read: usize,
    seen: VecDeque<Seen>,
}

impl<'t> Context<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        Self { text, read: 0, seen: VecDeque::new() }
    }

    /// The word nearest to a place that speaks for a rule.
    pub(super) fn near(&mut self, rule: u16, place: &Range<usize>) -> Option<Range<usize>> {
        self.read_around(place);
        let for_rule = self.seen.iter().filter(|seen| seen.rules.contains(&rule));
        let distances = for_rule.filter_map(|seen| Some((self.distance(&seen.span, place)?, seen.span.clone())));
        distances.min_by_key(|(distance, _)| *distance).map(|(_, span)| span)
    }

    fn distance(&self, word: &Range<usize>, place: &Range<usize>) -> Option<usize> {
        let lines = |range: Range<usize>| memchr::memchr_iter(b'\n', self.text.get(range).unwrap_or_default()).count();
        if word.end <= place.start {
            let distance = place.start - word.end;
            (distance <= BEFORE && lines(word.end..place.start) <= 1).then_some(distance)
        } else {
            let distance = word.start.checked_sub(place.end)?;
            // A word in front is what people write; one behind counts less.
            (distance <= AFTER && lines(place.end..word.start) == 0).then_some(distance + BEFORE)
        }
    }

    fn read_around(&mut self, place: &Range<usize>) {
        let from = place.start.saturating_sub(BEFORE + LONGEST);
        let to = (place.end + AFTER).min(self.text.len());
        if self.read < from {
            self.seen.clear();
            self.read = token_start(self.text, from);
        }
        while self.seen.front().is_some_and(|seen| seen.span.end + BEFORE + LONGEST < from) {
            self.seen.pop_front();
        }
        while let Some(token) = next_token(self.text, self.read).filter(|token| token.start < to) {
            self.read = token.end;
            words_at(self.text, &token, &mut |seen| self.seen.push_back(seen));
        }
    }
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80
}

/// Whether a word begins at a place: after something that is no letter, or at a hump of a name such as `firstName`.
pub(super) fn begins_word(text: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| text.get(before)).copied().unwrap_or(b' ');
    let here = text.get(at).copied().unwrap_or(b' ');
    is_letter(here) && (!is_letter(before) || is_hump(text, at))
}

/// Whether a new word begins inside a run of letters: `t|N`, or `N|Na` as in `SSNName`.
fn is_hump(text: &[u8], at: usize) -> bool {
    let byte = |at: usize| text.get(at).copied().unwrap_or(b' ');
    let before = at.checked_sub(1).map_or(b' ', byte);
    let after_small = before.is_ascii_lowercase() && byte(at).is_ascii_uppercase();
    // `SSNs` is the plural of `SSN`.
    let small = byte(at + 1).is_ascii_lowercase() && byte(at + 2).is_ascii_lowercase();
    let last_capital = before.is_ascii_uppercase() && byte(at).is_ascii_uppercase() && small;
    after_small || last_capital
}

/// The start of the word that lies at a place, but not much before it.
fn token_start(text: &[u8], at: usize) -> usize {
    let lowest = at.saturating_sub(LONGEST);
    (lowest..=at)
        .rev()
        .find(|at| begins_word(text, *at) || !text.get(*at).is_some_and(|byte| is_letter(*byte)))
        .unwrap_or(at)
}

/// The next word at or after a place.
fn next_token(text: &[u8], from: usize) -> Option<Range<usize>> {
    let start = from + text.get(from..)?.iter().position(|byte| is_letter(*byte))?;
    let mut end = start + 1;
    while text.get(end).is_some_and(|byte| is_letter(*byte)) && !is_hump(text, end) && end - start < 4 * LONGEST {
        end += 1;
    }
    Some(start..end)
}

/// The phrases that begin with a word.
pub(super) fn words_at(text: &[u8], token: &Range<usize>, found: &mut dyn FnMut(Seen)) {
    let Some(bytes) = text.get(token.clone()).filter(|bytes| bytes.len() <= 4 * LONGEST) else { return };
    if !bytes.is_ascii() {
        unspaced_words(bytes, token.start, found);
    }
    if bytes.len() > LONGEST {
        return;
    }
    phrases_at(text, token, found);
    // `PhilHealth` is one word to its readers.
    let run = token.end
        + text.get(token.end..).unwrap_or_default().iter().take(LONGEST).take_while(|byte| is_letter(**byte)).count();
    if run > token.end && run - token.start <= LONGEST && !is_hump(text, token.start) {
        phrases_at(text, &(token.start..run), found);
    }
}

fn phrases_at(text: &[u8], token: &Range<usize>, found: &mut dyn FnMut(Seen)) {
    let lower = lower(text.get(token.clone()).unwrap_or_default());
    let singular = lower.strip_suffix(b"s").filter(|it| it.len() > 2);
    for word in [Some(lower.as_slice()), singular].into_iter().flatten() {
        for phrase in rule::phrases(signature::word(word)) {
            if let Some((first, rest)) = phrase.words.split_first()
                && first.as_bytes() == word
                && let Some(end) = phrase_end(text, token.end, rest)
            {
                found(Seen { span: token.start..end, rules: phrase.rules, trigger: phrase.trigger });
            }
        }
    }
}

fn lower(bytes: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.is_ascii() => text.to_lowercase().into_bytes(),
        _ => bytes.to_ascii_lowercase(),
    }
}

/// Where a phrase ends, if the rest of its words follow.
fn phrase_end(text: &[u8], end: usize, rest: &[&str]) -> Option<usize> {
    rest.iter().try_fold(end, |end, word| {
        let next = next_token(text, end)?;
        let joint = text.get(end..next.start)?;
        let near = joint.len() <= GAP && joint.iter().all(|byte| b" _-./'".contains(byte) || *byte >= 0x80);
        (near && lower(text.get(next.clone())?) == word.as_bytes()).then_some(next.end)
    })
}

fn unspaced_words(run: &[u8], start: usize, found: &mut dyn FnMut(Seen)) {
    for word in &UNSPACED {
        if let Some(at) = memchr::memmem::find(run, word.text.as_bytes()) {
            let span = start + at..start + at + word.text.len();
            found(Seen { span, rules: word.rules, trigger: word.trigger });
        }
    }
}

/// The word at a place, if one begins there.
pub(super) fn token_at(text: &[u8], at: usize) -> Option<Range<usize>> {
    if begins_word(text, at) { next_token(text, at) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::personal::rule::RULES;

    fn near(text: &str, id: &str) -> bool {
        let at = text.find('#').unwrap();
        let rule = RULES.iter().position(|rule| rule.id == id).unwrap();
        Context::new(text.as_bytes()).near(u16::try_from(rule).unwrap(), &(at..at + 1)).is_some()
    }

    #[test]
    fn reads_words_as_text_and_code_write_them() {
        for text in [
            "Social Security: #",
            "social_security=#",
            "socialSecurity(#)",
            "SOCIAL-SECURITY #",
            "userSSN: #",
            "ssn2 #",
            "SSNs: #",
            "SocialSecurityNumber = #",
            "# (SSN)",
            "ssn:\n #",
        ] {
            assert!(near(text, "personal-national-id-us-ssn"), "{text}");
        }
        for text in ["lessness #", "assn #", "social #", "social 5 security #", "ssn\n\n#", "#\nssn", "socialsecret #"]
        {
            assert!(!near(text, "personal-national-id-us-ssn"), "{text}");
        }
    }

    #[test]
    fn reads_words_of_other_scripts() {
        assert!(near("СНИЛС №#", "personal-national-id-ru-snils"));
        assert!(near("снилс: #", "personal-national-id-ru-snils"));
        assert!(near("他的身份证号码是#", "personal-national-id-cn-resident"));
        assert!(near("NUMÉRO DE SÉCURITÉ SOCIALE: #", "personal-national-id-fr-nir"));
    }

    #[test]
    fn a_word_counts_only_nearby() {
        let far = format!("ssn {} #", "x ".repeat(40));
        assert!(!near(&far, "personal-national-id-us-ssn"));
    }

    #[test]
    fn places_far_from_one_another_are_answered_in_one_go() {
        let text = format!("ssn 1{}ssn 2{}cpf 3", " .".repeat(500), " .".repeat(500));
        let mut context = Context::new(text.as_bytes());
        let rule = u16::try_from(RULES.iter().position(|rule| rule.id.ends_with("us-ssn")).unwrap()).unwrap();
        let answers: Vec<bool> = ['1', '2', '3']
            .map(|digit| {
                let at = text.find(digit).unwrap();
                context.near(rule, &(at..at + 1)).is_some()
            })
            .to_vec();
        assert_eq!(answers, [true, true, false]);
    }
}
