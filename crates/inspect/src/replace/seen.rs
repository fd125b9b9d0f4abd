//! Values that were replaced before, found by themselves.
//!
//! A password is recognised by the words around it. Once it was put back for the local side, it stands in commands and
//! answers without those words, and goes out again with the history of the conversation.

use super::limits::ReplaceError;
use super::table::Table;
use aho_corasick::{AhoCorasick, Input, MatchKind};
use std::cmp::Reverse;
use std::ops::Range;
use std::sync::Arc;

/// A shorter value stands in too many places where it means something else.
const SHORTEST: usize = 6;

/// A value that is as long as this is what it is also in the middle of a word.
const UNMISTAKABLE: usize = 12;

/// So many values have an automaton of their own, which is made anew with each, until they join the others.
const FEW: usize = 64;

/// Looks for all values of a table at once.
#[derive(Debug, Default, Clone)]
pub(super) struct Seen {
    old: Arc<Values>,
    new: Arc<Values>,
}

/// Looks for some of them.
#[derive(Default)]
struct Values {
    /// Those of the table with these numbers.
    entries: Range<usize>,
    finder: Option<AhoCorasick>,
    /// The entry that each pattern stands for.
    numbers: Vec<usize>,
}

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Values").field("entries", &self.entries).finish_non_exhaustive()
    }
}

impl Seen {
    /// What looks for all values that are in the table now. It is handed out so that nobody waits while another one searches.
    pub(super) fn learned(&mut self, table: &Table) -> Result<Self, ReplaceError> {
        if self.new.entries.end != table.len() {
            if table.len() - self.old.entries.end > FEW {
                self.old = Arc::new(Values::of(table, 0..table.len())?);
            }
            self.new = Arc::new(Values::of(table, self.old.entries.end..table.len())?);
        }
        Ok(self.clone())
    }

    /// Where values stand in a text, and the numbers of their entries. None overlaps another. Of two that begin at one place
    /// the longest counts, or a part of a value would be replaced as another one.
    pub(super) fn find(&self, text: &str) -> Vec<(Range<usize>, usize)> {
        let (mut found, mut at) = (Vec::new(), 0);
        let (mut old, mut new) = (self.old.next(text, at), self.new.next(text, at));
        while let Some((span, number)) = first(old.as_ref(), new.as_ref()).cloned() {
            at = span.end;
            for (next, values) in [(&mut old, &self.old), (&mut new, &self.new)] {
                if next.as_ref().is_some_and(|(span, _)| span.start < at) {
                    *next = values.next(text, at);
                }
            }
            if stands_alone(text, span.clone()) {
                found.push((span, number));
            }
        }
        found
    }
}

/// A value that stands in a text, and the number of its entry.
type Place = (Range<usize>, usize);

/// The one that comes first.
fn first<'p>(old: Option<&'p Place>, new: Option<&'p Place>) -> Option<&'p Place> {
    let key = |(span, _): &Place| (span.start, Reverse(span.end));
    match (old, new) {
        (Some(one), Some(other)) if key(other) < key(one) => Some(other),
        (Some(one), Some(_) | None) => Some(one),
        (None, other) => other,
    }
}

impl Values {
    fn of(table: &Table, entries: Range<usize>) -> Result<Self, ReplaceError> {
        let (mut patterns, mut numbers) = (Vec::new(), Vec::new());
        for (number, entry) in entries.clone().filter_map(|number| Some((number, table.entry(number)?))) {
            let value = entry.value().expose();
            if value.len() < SHORTEST {
                continue;
            }
            let mut escaped = String::new();
            super::json::write_escaped(value, &mut escaped);
            if escaped != *value {
                numbers.push(number);
                patterns.push(escaped);
            }
            numbers.push(number);
            patterns.push(value.clone());
        }
        let mut builder = AhoCorasick::builder();
        let finder = (!patterns.is_empty()).then(|| builder.match_kind(MatchKind::LeftmostLongest).build(&patterns));
        let finder = finder.transpose().map_err(|_| ReplaceError::TooManyValues { limit: entries.end })?;
        Ok(Self { entries, finder, numbers })
    }

    /// The first of them at or behind a place.
    fn next(&self, text: &str, at: usize) -> Option<Place> {
        let found = self.finder.as_ref()?.find(Input::new(text).range(at..))?;
        Some((found.range(), *self.numbers.get(found.pattern().as_usize())?))
    }
}

/// Whether a short value is a word of its own.
fn stands_alone(text: &str, span: Range<usize>) -> bool {
    let is_part = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    let (before, inside, after) = (text.get(..span.start), text.get(span.clone()), text.get(span.end..));
    let [Some(before), Some(inside), Some(after)] = [before, inside, after] else { return false };
    let runs_on = is_part(before.chars().next_back()) && is_part(inside.chars().next())
        || is_part(after.chars().next()) && is_part(inside.chars().next_back());
    span.len() >= UNMISTAKABLE || !runs_on
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, Session};
    use portcullis_event::Secret;
    use proptest::prelude::*;

    fn session(values: &[&str]) -> Session {
        let session = Session::new(&Secret::new([7; 32]));
        for value in values {
            session.placeholder(Kind::Password, value).unwrap();
        }
        session
    }

    #[test]
    fn a_value_is_replaced_again_wherever_it_stands_by_itself() {
        let session = session(&["hunter2-of-old", "swordf"]);
        let placeholder = session.placeholder(Kind::Password, "hunter2-of-old").unwrap();
        let short = session.placeholder(Kind::Password, "swordf").unwrap();
        let put = |text: &str| session.replace_again(text, &[]).unwrap().text;
        assert_eq!(put("psql postgres://u:hunter2-of-old@h"), format!("psql postgres://u:{placeholder}@h"));
        assert_eq!(put("xhunter2-of-oldx"), format!("x{placeholder}x"));
        assert_eq!(put("a swordf, swordfish, 'swordf'"), format!("a {short}, swordfish, '{short}'"));
        assert_eq!(put("nothing of it"), "nothing of it");
    }

    #[test]
    fn a_value_within_json_within_a_text_has_the_same_placeholder() {
        let session = session(&["two\nlines \"quoted\""]);
        let placeholder = session.placeholder(Kind::Password, "two\nlines \"quoted\"").unwrap();
        let text = session.replace_again(r#"{"arguments": "two\nlines \"quoted\""}"#, &[]).unwrap().text;
        assert_eq!(text, format!(r#"{{"arguments": "{placeholder}"}}"#));
    }

    #[test]
    fn the_longest_of_two_values_counts_and_placeholders_stay_what_they_are() {
        let session = session(&["correct-horse", "correct-horse-battery"]);
        let long = session.placeholder(Kind::Password, "correct-horse-battery").unwrap();
        let once = session.replace_again("correct-horse-battery", &[]).unwrap().text;
        assert_eq!(once, long.as_str());
        assert_eq!(session.replace_again(&once, &[]).unwrap().text, once);
    }

    #[test]
    fn many_values_are_all_found_however_they_came() {
        let values: Vec<String> = (0..300).map(|number| format!("value-number-{number}-of-many")).collect();
        let session = session(&[]);
        for (number, value) in values.iter().enumerate() {
            let placeholder = session.placeholder(Kind::Password, value).unwrap();
            for old in [0, number / 2, number] {
                let text = format!("a {} b", values[old]);
                let put = session.replace_again(&text, &[]).unwrap();
                assert_eq!(put.replacements.len(), 1, "{number} {old}");
                assert!(old != number || put.text.contains(placeholder.as_str()));
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn values_that_came_one_after_the_other_are_found_like_those_that_came_at_once(
            values in proptest::collection::vec("(ab|ba|aab|[ab]){4,9}", 1..100), text in "(ab|ba|aab|[ab ]){0,60}"
        ) {
            let (one_by_one, at_once) = (session(&[]), session(&[]));
            for value in &values {
                one_by_one.placeholder(Kind::Password, value).unwrap();
                at_once.placeholder(Kind::Password, value).unwrap();
                one_by_one.replace_again(&text, &[]).unwrap();
            }
            let found = |session: &Session| {
                let all = session.replace_again(&text, &[]).unwrap().replacements;
                all.into_iter().map(|it| it.was).collect::<Vec<_>>()
            };
            prop_assert_eq!(found(&one_by_one), found(&at_once));
        }
    }
}
