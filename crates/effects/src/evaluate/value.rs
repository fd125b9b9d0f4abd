//! A value of which parts may not be known, and where it comes from.
//!
//! What is not known is held by code points that Unicode keeps free and that no text may hold; a text that holds them
//! all the same is read as unknown there, which is the careful side.

use std::ops::{BitOr, BitOrAssign};

/// The code points that stand for what is not known.
pub(crate) mod markers {
    /// Any text at all.
    pub(crate) const HOLE: char = '\u{fdd0}';
    /// An unquoted `*`.
    pub(crate) const STAR: char = '\u{fdd1}';
    /// An unquoted `?`, or a set in brackets.
    pub(crate) const ANY: char = '\u{fdd2}';
    /// A variable that is not set: nothing, if nothing sets it.
    pub(crate) const UNSET: char = '\u{fdd3}';
    /// A name or a number, without `/`.
    pub(crate) const NAME: char = '\u{fdd4}';

    /// Whether a character is none that a text may hold.
    pub(crate) fn is_reserved(c: char) -> bool {
        ('\u{fdd0}'..='\u{fdef}').contains(&c)
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Taint(u8);

impl Taint {
    pub(crate) const NONE: Self = Self(0);
    /// It came over the network.
    pub(crate) const NETWORK: Self = Self(1);
    /// It was decoded.
    pub(crate) const DECODED: Self = Self(2);
    /// It holds a credential.
    pub(crate) const SECRET: Self = Self(4);
    /// A program made it that is not known well enough.
    pub(crate) const FOREIGN: Self = Self(8);

    /// A shell printed it that is fed from elsewhere.
    pub(crate) const SHELL: Self = Self(16);

    /// `echo` printed it, which reads escapes in some shells and not in others.
    pub(crate) const ECHOED: Self = Self(32);

    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for Taint {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Taint {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

/// A text of which parts may not be known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) text: String,
    pub(crate) taint: Taint,
}

/// No value grows longer than this.
const LONGEST: usize = 256 * 1024;

impl Value {
    /// What is known.
    pub(crate) fn of(text: impl Into<String>) -> Self {
        Self { text: text.into(), taint: Taint::NONE }
    }

    /// A text from outside, in which no marker may stand.
    pub(crate) fn from_outside(text: &str) -> Self {
        Self::of(text.replace(markers::is_reserved, "\u{fdd0}"))
    }

    /// Nothing is known of it.
    pub(crate) fn hole() -> Self {
        Self::of(markers::HOLE)
    }

    /// A name of which nothing else is known.
    pub(crate) fn name() -> Self {
        Self::of(markers::NAME)
    }

    pub(crate) fn tainted(mut self, taint: Taint) -> Self {
        self.taint |= taint;
        self
    }

    /// Whether every character is known.
    pub(crate) fn is_known(&self) -> bool {
        !self.text.contains(markers::is_reserved)
    }

    /// Whether a part is not known; a pattern is.
    pub(crate) fn has_hole(&self) -> bool {
        self.text.contains([markers::HOLE, markers::UNSET, markers::NAME])
    }

    pub(crate) fn has_pattern(&self) -> bool {
        self.text.contains([markers::STAR, markers::ANY])
    }

    /// Whether nothing of it is known, so that it may stand for several words or for none.
    pub(crate) fn may_be_several(&self) -> bool {
        !self.text.is_empty() && self.text.chars().all(|c| matches!(c, markers::HOLE | markers::STAR))
    }

    /// The text, if it is known. Patterns are written as they were.
    pub(crate) fn known(&self) -> Option<String> {
        (!self.has_hole()).then(|| self.shown())
    }

    /// For people and for policy.
    pub(crate) fn shown(&self) -> String {
        if self.is_known() {
            return self.text.clone();
        }
        self.text
            .chars()
            .map(|c| match c {
                markers::STAR => '*',
                markers::ANY => '?',
                c if markers::is_reserved(c) => '…',
                c => c,
            })
            .collect()
    }

    pub(crate) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    /// Whether it is this marker, and nothing else.
    pub(crate) fn is_only(&self, marker: char) -> bool {
        self.text.strip_prefix(marker) == Some("")
    }

    pub(crate) fn starts_with(&self, text: &str) -> bool {
        self.text.starts_with(text)
    }

    /// What follows `prefix`.
    pub(crate) fn behind(&self, prefix: &str) -> Option<Self> {
        let text = self.text.strip_prefix(prefix)?.to_owned();
        Some(Self { text, taint: self.taint })
    }

    pub(crate) fn push(&mut self, other: &Self) {
        self.taint |= other.taint;
        if self.text.len() + other.text.len() > LONGEST {
            if !self.text.ends_with(markers::HOLE) {
                self.text.push(markers::HOLE);
            }
            return;
        }
        self.text.push_str(&other.text);
    }

    /// Values with a text between them.
    pub(crate) fn join<'a>(values: impl IntoIterator<Item = &'a Self>, between: &str) -> Self {
        let mut out = Self::default();
        for (at, value) in values.into_iter().enumerate() {
            if at > 0 {
                out.push(&Self::of(between));
            }
            out.push(value);
        }
        out
    }

    pub(crate) fn lower(&self) -> Self {
        Self { text: self.text.to_lowercase(), taint: self.taint }
    }

    pub(crate) fn upper(&self) -> Self {
        Self { text: self.text.to_uppercase(), taint: self.taint }
    }

    /// The same text as a program would print it: patterns are plain characters there.
    pub(crate) fn printed(&self) -> Self {
        let text = self.text.replace(markers::STAR, "*").replace(markers::ANY, "?");
        Self { text, taint: self.taint }
    }

    /// Pieces between separators.
    pub(crate) fn split(&self, separators: &[char]) -> Vec<Self> {
        let pieces = self.text.split(separators).filter(|piece| !piece.is_empty());
        pieces.map(|piece| Self { text: piece.to_owned(), taint: self.taint }).collect()
    }
}
