//! What was used so far. The gateway counts; policy only compares.

/// Tokens, money and requests in a stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Tokens of prompts and replies together.
    pub tokens: u64,
    /// Millionths of a US dollar.
    pub microdollars: u64,
    /// Requests to models.
    pub requests: u64,
}

/// What the acting session used so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// In the last minute.
    pub minute: Counters,
    /// In this session.
    pub session: Counters,
    /// On this day, all sessions of the user together.
    pub day: Counters,
}
