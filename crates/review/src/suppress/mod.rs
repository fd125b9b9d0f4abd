//! What was found and need not be dealt with, and who said so.

mod inline;

pub(crate) use inline::allowed;

/// Why a finding need not be dealt with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suppressed {
    /// Who or what says so.
    pub by: By,
    /// The reason that was given, if one was.
    pub reason: Option<String>,
}

/// Who or what says that a finding need not be dealt with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// A comment beside it, by the words that it starts with.
    Comment(&'static str),
}
