//! How far two words of a phrase may lie apart. Shared with the build script, which writes the phrases down.

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
