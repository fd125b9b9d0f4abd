//! What can be wrong with a word when it is read at the edge.

/// A value that is not what its type promises. The message names the value's rule, never a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// A name is empty, too long, or holds control characters.
    #[error("not a valid {what}: {why}")]
    Name {
        /// What was being read, such as "session id".
        what: &'static str,
        /// The rule that the text breaks.
        why: &'static str,
    },
    /// A host name or address is malformed or ambiguous.
    #[error("not a valid host: {0}")]
    Host(&'static str),
    /// A path is not absolute or holds a NUL byte.
    #[error("not a valid absolute path: {0}")]
    Path(&'static str),
    /// An identifier has the wrong length or alphabet.
    #[error("not a valid {what}: {why}")]
    Id {
        /// Which identifier.
        what: &'static str,
        /// The rule that the text breaks.
        why: &'static str,
    },
    /// Bytes that are not a record, or not one that this version can carry.
    #[error("not a valid record: {0}")]
    Record(String),
}
