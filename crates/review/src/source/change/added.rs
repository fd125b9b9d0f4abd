//! Which lines of a text were not there before.
//!
//! A line counts as added if it stands there more often than in every text before. A line that only moved was not added,
//! which is what matters here: a secret that moves was not leaked by the move.

use portcullis_event::Span;
use std::collections::HashMap;

/// Which lines of a text are added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Added(Vec<bool>);

impl Added {
    /// Compares a text with those before it.
    pub(crate) fn between(before: &[&[u8]], new: &[u8]) -> Self {
        let mut counts: HashMap<&[u8], (u32, u32)> = HashMap::new();
        for line in lines(new) {
            counts.entry(line).or_default().0 += 1;
        }
        for text in before {
            let mut here: HashMap<&[u8], u32> = HashMap::new();
            for line in lines(text).filter(|line| counts.contains_key(line)) {
                *here.entry(line).or_default() += 1;
            }
            for (line, count) in here {
                counts.entry(line).and_modify(|(_, most)| *most = count.max(*most));
            }
        }
        Self(lines(new).map(|line| counts.get(line).is_some_and(|(new, before)| new > before)).collect())
    }

    /// Whether any line of a span is added.
    pub(crate) fn touches(&self, span: &Span) -> bool {
        let (first, last) = (span.line.saturating_sub(1) as usize, span.end_line as usize);
        self.0.get(first..last.min(self.0.len())).is_none_or(|lines| lines.contains(&true))
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn added(before: &[&str], new: &str) -> Vec<usize> {
        let before: Vec<&[u8]> = before.iter().map(|text| text.as_bytes()).collect();
        let added = Added::between(&before, new.as_bytes());
        added.0.iter().enumerate().filter(|(_, added)| **added).map(|(line, _)| line + 1).collect()
    }

    #[test]
    fn a_line_that_moves_is_not_added_and_one_that_is_repeated_is() {
        assert_eq!(added(&["a\nb\nc\n"], "c\na\nb\n"), [0; 0]);
        assert_eq!(added(&["a\nb\n"], "a\nx\nb\n"), [2]);
        assert_eq!(added(&["a\nb\n"], "a\nb\na\n"), [1, 3]);
        assert_eq!(added(&[], "a\nb"), [1, 2]);
        assert_eq!(added(&["a\nb\n", "c\n"], "a\nb\nc\nd\n"), [4]);
        assert_eq!(added(&["a\r\n"], "a\n"), [1]);
    }

    #[test]
    fn a_span_over_several_lines_is_added_if_one_of_them_is() {
        let added = Added::between(&[b"a\nb\nc\n"], b"a\nB\nc\n");
        let span = |line, end_line| Span { line, column: 1, end_line, end_column: 2 };
        assert!(added.touches(&span(1, 2)) && added.touches(&span(2, 3)) && !added.touches(&span(3, 3)));
        assert!(added.touches(&span(90, 91)), "what is not known counts as added");
    }

    proptest! {
        #[test]
        fn nothing_is_added_to_itself_in_any_order(mut lines in prop::collection::vec("[ab]{0,2}", 0..12), seed in any::<u64>()) {
            let before = lines.join("\n");
            let length = lines.len().max(1);
            lines.rotate_left(usize::try_from(seed % 13).unwrap() % length);
            prop_assert_eq!(added(&[&before], &lines.join("\n")), Vec::<usize>::new());
        }
    }
}
