//! Labels, and sets of them that only grow.

use std::fmt;

/// What is to be known of a text that a model reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    /// People outside can have written it.
    Untrusted,
    /// It must not get to people outside.
    Sensitive,
}

impl Label {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Untrusted, Self::Sensitive];

    /// As it is written in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Untrusted => "untrusted",
            Self::Sensitive => "sensitive",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Untrusted => 1,
            Self::Sensitive => 2,
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of labels. Sets can be joined; there is no way to take a label out of one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Labels(u8);

impl Labels {
    /// No label.
    pub const NONE: Self = Self(0);
    /// One label.
    pub const UNTRUSTED: Self = Self(Label::Untrusted.bit());
    /// One label.
    pub const SENSITIVE: Self = Self(Label::Sensitive.bit());
    /// Both labels.
    pub const BOTH: Self = Self(Label::Untrusted.bit() | Label::Sensitive.bit());

    /// All labels of both.
    #[must_use]
    pub const fn join(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a label is in it.
    pub const fn holds(self, label: Label) -> bool {
        self.0 & label.bit() != 0
    }

    /// Whether there is no label in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The labels in it.
    pub fn iter(self) -> impl Iterator<Item = Label> {
        Label::ALL.into_iter().filter(move |label| self.holds(*label))
    }
}

impl FromIterator<Self> for Labels {
    fn from_iter<I: IntoIterator<Item = Self>>(all: I) -> Self {
        all.into_iter().fold(Self::NONE, Self::join)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joining_only_adds_and_asks_for_no_order() {
        let all = [Labels::NONE, Labels::UNTRUSTED, Labels::SENSITIVE, Labels::BOTH];
        for one in all {
            for other in all {
                let both = one.join(other);
                assert_eq!(both, other.join(one));
                assert!(one.iter().chain(other.iter()).all(|label| both.holds(label)));
            }
        }
    }
}
