//! How much a session keeps, and why it would not keep more.

/// How much a session may keep. What would go beyond is an error: a value that can't be replaced must not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many values.
    pub values: usize,
    /// How long one value may be, in bytes.
    pub value_length: usize,
    /// How long all values together may be, in bytes.
    pub total_length: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { values: 100_000, value_length: 256 << 10, total_length: 64 << 20 }
    }
}

/// Why a text could not be replaced. None of it quotes the text. Whoever gets this must not send the text on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplaceError {
    /// The session already keeps as many values as it may.
    #[error("the session already keeps {limit} values, which is as many as it may")]
    TooManyValues {
        /// How many it may keep.
        limit: usize,
    },
    /// The values of the session are as long as they may be.
    #[error("the values of the session would be longer than {limit} bytes")]
    TooManyBytes {
        /// How long they may be.
        limit: usize,
    },
    /// One value is too long.
    #[error("a value of {length} bytes is longer than the {limit} that a session keeps")]
    ValueTooLong {
        /// How long it is.
        length: usize,
        /// How long it may be.
        limit: usize,
    },
    /// A hit does not lie inside of the text, or begins inside of a character.
    #[error("a hit at {start}..{end} does not fit the text of {length} bytes")]
    NotInText {
        /// Where it begins.
        start: u64,
        /// Where it ends.
        end: u64,
        /// Where the text ends.
        length: u64,
    },
    /// A hit came after the text that it lies in was let go.
    #[error("a hit at {start} came after the text up to {released} was let go")]
    TooLate {
        /// Where it begins.
        start: u64,
        /// How much was let go.
        released: u64,
    },
    /// A stream would have to be held back further than allowed.
    #[error("more than {limit} bytes of a stream would have to be held back")]
    HeldTooLong {
        /// How much may be held back.
        limit: usize,
    },
    /// Every placeholder that was tried belongs to another value. Only a broken key does that.
    #[error("no placeholder could be made that is not taken")]
    NoneFree,
}
