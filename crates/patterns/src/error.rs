//! Why a rule can't be used.

/// Why a rule can't be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RuleError {
    /// The file is not a rule file.
    #[error("not a rule file: {0}")]
    File(String),
    /// A field holds what it may not hold.
    #[error("rule `{rule}`: {what}")]
    Field {
        /// The rule.
        rule: String,
        /// What is wrong.
        what: String,
    },
    /// A pattern can't be compiled.
    #[error("rule `{rule}`: pattern `{pattern}`: {why}")]
    Pattern {
        /// The rule.
        rule: String,
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        why: String,
    },
    /// An example names a class of characters that does not exist.
    #[error("example `{example}`: {why}")]
    Example {
        /// The example, as it was written.
        example: String,
        /// What is wrong with it.
        why: String,
    },
}
