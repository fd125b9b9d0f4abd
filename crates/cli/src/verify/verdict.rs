//! What an issuer said.

use std::fmt;

/// What an issuer said about a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It works.
    Live,
    /// It does not work.
    NotLive,
    /// Nobody knows, and why.
    Unknown(Reason),
}

/// Why nobody knows whether a secret is live. None of it quotes a request or an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The secret holds characters that the request has no place for.
    DoesNotFit,
    /// The host has no address.
    NoSuchHost,
    /// No connection came about.
    NoConnection,
    /// The certificate is not to be trusted, or what was said is no TLS.
    NotSecure,
    /// No answer in time.
    TooSlow,
    /// The answer is no HTTP.
    NoHttp,
    /// The answer is that the question belongs elsewhere, which is not followed.
    Redirected,
    /// Too many questions in too little time.
    Busy,
    /// The issuer is in trouble.
    Trouble(u16),
    /// The answer proves neither.
    Undecided(u16),
    /// The host did not answer others before.
    GivenUp,
    /// So many questions were asked already.
    TooMany,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DoesNotFit => f.write_str("it holds characters that the question has no place for"),
            Self::NoSuchHost => f.write_str("the issuer's host has no address"),
            Self::NoConnection => f.write_str("there is no connection to the issuer"),
            Self::NotSecure => f.write_str("the connection to the issuer is not secure"),
            Self::TooSlow => f.write_str("the issuer did not answer in time"),
            Self::NoHttp => f.write_str("the answer is no HTTP"),
            Self::Redirected => f.write_str("the issuer sends us elsewhere, where we do not go"),
            Self::Busy => f.write_str("the issuer asks for patience"),
            Self::Trouble(status) => write!(f, "the issuer is in trouble (status {status})"),
            Self::Undecided(status) => write!(f, "the answer proves neither (status {status})"),
            Self::GivenUp => f.write_str("the issuer's host did not answer before"),
            Self::TooMany => f.write_str("it was not asked, because there were too many questions"),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Live => f.write_str("live"),
            Self::NotLive => f.write_str("not live"),
            Self::Unknown(reason) => write!(f, "unknown: {reason}"),
        }
    }
}
