//! How far two words of a phrase may lie apart. Shared with the build script, which works out how long phrases can be.

/// How far the next word may lie away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gap {
    /// Directly behind: only punctuation, markup and line ends between.
    Next,
    /// Directly behind, with a colon, a comma or a dash between.
    Colon,
    /// A few words away, in the same sentence.
    Near,
    /// In the same sentence.
    Sentence,
    /// In the same passage, a few sentences away.
    Passage,
}

impl Gap {
    /// How many bytes may lie between.
    pub(crate) fn most(self) -> usize {
        match self {
            Self::Next | Self::Colon => 8,
            Self::Near => 28,
            Self::Sentence => 90,
            Self::Passage => 260,
        }
    }
}
