//! How much weight a signal has.

use portcullis_event::{Confidence, Severity};

/// How much weight a signal has. Ordered: the strongest of many wins by `max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Worth knowing beside other signals.
    Note,
    /// Worth the eyes of a person.
    Alert,
    /// Sure enough to hold the text back.
    Block,
}

impl Tier {
    /// One tier less; nothing is left of a note.
    pub(crate) fn lower(self) -> Option<Self> {
        match self {
            Self::Note => None,
            Self::Alert => Some(Self::Note),
            Self::Block => Some(Self::Alert),
        }
    }

    /// One tier more.
    pub(crate) fn higher(self) -> Self {
        match self {
            Self::Note => Self::Alert,
            Self::Alert | Self::Block => Self::Block,
        }
    }

    /// How sure that is.
    pub fn confidence(self) -> Confidence {
        match self {
            Self::Note => Confidence::Low,
            Self::Alert => Confidence::Medium,
            Self::Block => Confidence::High,
        }
    }

    /// How bad that is.
    pub fn severity(self) -> Severity {
        match self {
            Self::Note => Severity::Low,
            Self::Alert => Severity::Medium,
            Self::Block => Severity::High,
        }
    }
}
