//! Changes of a document: some parts become others, and everything in between stays what it is.

use std::ops::Range;

/// Parts of a source that are to become something else.
#[derive(Debug, Default)]
pub struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    /// Has a part become `text`. Parts must not overlap.
    pub fn put(&mut self, part: Range<usize>, text: impl Into<String>) {
        self.0.push((part, text.into()));
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same for a part of the source that begins at `start`.
    #[must_use]
    pub fn moved(mut self, start: usize) -> Self {
        for (part, _) in &mut self.0 {
            // A part in front of it does not lie in it, which is noticed when it is applied.
            *part =
                part.start.checked_sub(start).unwrap_or(usize::MAX)..part.end.checked_sub(start).unwrap_or(usize::MAX);
        }
        self
    }

    /// The source with the changes in it; `None` if two of them overlap or one does not lie in it.
    pub fn applied(mut self, source: &str) -> Option<String> {
        self.0.sort_by_key(|(part, _)| (part.start, part.end));
        let mut out = String::with_capacity(source.len() + 64);
        let mut copied = 0;
        for (part, text) in self.0 {
            out.push_str(source.get(copied..part.start)?);
            out.push_str(&text);
            copied = part.end;
        }
        out.push_str(source.get(copied..)?);
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(source: &str, edits: &[(Range<usize>, &str)]) -> Option<String> {
        let mut all = Edits::default();
        for (part, text) in edits {
            all.put(part.clone(), *text);
        }
        all.applied(source)
    }

    #[test]
    fn parts_change_and_the_rest_stays() {
        assert_eq!(applied("abcdef", &[(4..5, "X"), (0..2, ""), (2..2, "-")]).as_deref(), Some("-cdXf"));
        assert_eq!(applied("abc", &[]).as_deref(), Some("abc"));
    }

    #[test]
    fn parts_that_overlap_or_lie_elsewhere_change_nothing() {
        assert_eq!(applied("abcdef", &[(0..3, "x"), (2..4, "y")]), None);
        assert_eq!(applied("abc", &[(2..9, "x")]), None);
        assert_eq!(applied("aé", &[(2..3, "x")]), None);
    }
}
