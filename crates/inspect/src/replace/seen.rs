//! Values that were replaced before, found by themselves.
//!
//! A password is recognised by the words around it. Once it was put back for the local side, it stands in commands and
//! answers without those words, and goes out again with the history of the conversation.

use super::limits::ReplaceError;
use super::table::Table;
use aho_corasick::{AhoCorasick, MatchKind};
use std::ops::Range;

/// A shorter value stands in too many places where it means something else.
const SHORTEST: usize = 6;

/// A value that is as long as this is what it is also in the middle of a word.
const UNMISTAKABLE: usize = 12;

/// Looks for all values of a table at once.
#[derive(Default)]
pub(super) struct Seen {
    /// Made for so many entries.
    entries: usize,
    finder: Option<AhoCorasick>,
    /// The entry that each pattern stands for.
    numbers: Vec<usize>,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seen").field("entries", &self.entries).finish_non_exhaustive()
    }
}

impl Seen {
    /// Where values stand in a text, and the numbers of their entries. None overlaps another.
    pub(super) fn find(&mut self, table: &Table, text: &str) -> Result<Vec<(Range<usize>, usize)>, ReplaceError> {
        if self.entries != table.len() {
            self.learn(table)?;
        }
        let Some(finder) = &self.finder else { return Ok(Vec::new()) };
        let found = finder.find_iter(text).filter(|found| stands_alone(text, found.range()));
        Ok(found.filter_map(|found| Some((found.range(), *self.numbers.get(found.pattern().as_usize())?))).collect())
    }

    fn learn(&mut self, table: &Table) -> Result<(), ReplaceError> {
        let (mut patterns, mut numbers) = (Vec::new(), Vec::new());
        for (number, entry) in (0..table.len()).filter_map(|number| Some((number, table.entry(number)?))) {
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
        // Of patterns that begin at one place the longest counts, or a part of a value would be replaced as another one.
        let mut builder = AhoCorasick::builder();
        let finder = (!patterns.is_empty()).then(|| builder.match_kind(MatchKind::LeftmostLongest).build(&patterns));
        let finder = finder.transpose().map_err(|_| ReplaceError::TooManyValues { limit: self.entries })?;
        (self.entries, self.finder, self.numbers) = (table.len(), finder, numbers);
        Ok(())
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
}
