//! Why a person is asked.

use std::fmt;

/// The rule that holds a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HeldBy {
    /// Untrusted text, private text, and a way out or a lasting change come together.
    Together,
    /// A lasting change of the machine after untrusted text.
    Changes,
    /// Something is sent to somebody whom policy does not name, after untrusted text.
    Strangers,
    /// A page is fetched from a host that neither policy nor the user named, after untrusted text.
    Links,
    /// What is sent holds private text that was read.
    Flow,
}

/// A call that is held, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// The rule.
    pub by: HeldBy,
    /// Why, in a sentence that names the label and where it comes from.
    pub why: String,
}

impl Held {
    pub(crate) fn new(by: HeldBy, why: impl Into<String>) -> Self {
        Self { by, why: why.into() }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}
