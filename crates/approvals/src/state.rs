//! Where a ticket stands, and what can become of it.
//!
//! requested → granted (by n of m) → used; or refused, expired, revoked. Each transition takes what there was by value, and only
//! what can still change has any: a [`Closed`] ticket has none.

use crate::{Moment, Window};
use portcullis_event::{Timestamp, UserName};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use std::time::Duration;

/// Where a ticket stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "kebab-case")]
pub enum State {
    /// Somebody must still say yes.
    Waiting(Waiting),
    /// Enough people did, and nothing came of it yet.
    Granted(Granted),
    /// It is over.
    Closed(Closed),
}

/// Somebody's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// Who.
    pub by: UserName,
    /// In which role.
    pub role: String,
    /// When, by the clock on the wall.
    pub at: Timestamp,
    /// What they said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Somebody must still say yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    needed: NonZeroU32,
    votes: Vec<Vote>,
    window: Window,
}

/// Enough people said yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Granted {
    votes: Vec<Vote>,
    window: Window,
}

/// It is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// How it ended.
    pub end: End,
    /// Who said yes before.
    pub votes: Vec<Vote>,
    /// Who ended it, if a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Vote>,
    /// How long this is still told to whoever asks the same again.
    window: Window,
    /// The hook events of the agent that the one use has passed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    passed: Vec<String>,
}

/// How a ticket ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// What was approved happened.
    Used,
    /// Somebody said no.
    Refused,
    /// Nobody answered in time, or nothing came of the yes in time.
    Expired,
    /// The yes was taken back.
    Revoked,
}

/// Why an answer does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotCounted {
    /// One person is one voice.
    #[error("the same person has said yes already")]
    Twice,
    /// There is nothing to answer any more.
    #[error("it does not wait for an answer any more")]
    Over,
    /// There is nothing to take back.
    #[error("there is nothing that could be taken back")]
    NothingToRevoke,
}

/// An agent that asks twice about one call, by two hook events, does so within this.
const ONE_CALL: Duration = Duration::from_mins(1);

impl State {
    /// A new one: so many people must say yes, within this time.
    pub fn requested(needed: NonZeroU32, window: Window) -> Self {
        Self::Waiting(Waiting { needed, votes: Vec::new(), window })
    }

    /// As it stands now: what ran out is over.
    #[must_use]
    pub fn at(self, now: &Moment) -> Self {
        match self {
            Self::Waiting(Waiting { votes, window, .. }) if !window.holds(now) => expired(votes, window),
            Self::Granted(Granted { votes, window }) if !window.holds(now) => expired(votes, window),
            state @ (Self::Waiting(_) | Self::Granted(_) | Self::Closed(_)) => state,
        }
    }

    /// As it stands once whoever asked is gone.
    #[must_use]
    pub fn ended(self) -> Self {
        match self {
            Self::Waiting(Waiting { votes, window, .. }) | Self::Granted(Granted { votes, window }) => {
                expired(votes, window)
            }
            Self::Closed(closed) => Self::Closed(closed),
        }
    }

    /// Its name.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Waiting(_) => "waiting",
            Self::Granted(_) => "granted",
            Self::Closed(closed) => closed.end.word(),
        }
    }

    /// Who said yes.
    pub fn votes(&self) -> &[Vote] {
        match self {
            Self::Waiting(Waiting { votes, .. })
            | Self::Granted(Granted { votes, .. })
            | Self::Closed(Closed { votes, .. }) => votes,
        }
    }

    /// For how long what it is now holds.
    pub fn window(&self) -> &Window {
        match self {
            Self::Waiting(Waiting { window, .. })
            | Self::Granted(Granted { window, .. })
            | Self::Closed(Closed { window, .. }) => window,
        }
    }
}

fn expired(votes: Vec<Vote>, window: Window) -> State {
    State::Closed(Closed { end: End::Expired, votes, by: None, window, passed: Vec::new() })
}

impl End {
    /// Its name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl Waiting {
    /// How many more people must say yes.
    pub fn missing(&self) -> u32 {
        self.needed.get().saturating_sub(u32::try_from(self.votes.len()).unwrap_or(u32::MAX))
    }

    /// Somebody says yes; a grant holds for `length`.
    pub fn grant(mut self, vote: Vote, now: &Moment, length: Duration) -> Result<State, NotCounted> {
        if self.votes.iter().any(|other| other.by == vote.by) {
            return Err(NotCounted::Twice);
        }
        self.votes.push(vote);
        Ok(if self.missing() == 0 {
            State::Granted(Granted { votes: self.votes, window: Window::starting(now, length) })
        } else {
            State::Waiting(self)
        })
    }

    /// Somebody says no, and one no is enough.
    pub fn refuse(self, vote: Vote) -> Closed {
        Closed { end: End::Refused, votes: self.votes, by: Some(vote), window: self.window, passed: Vec::new() }
    }

    /// Whoever asked, or somebody who may, takes it off the list.
    pub fn revoke(self, vote: Vote) -> Closed {
        Closed { end: End::Revoked, votes: self.votes, by: Some(vote), window: self.window, passed: Vec::new() }
    }
}

impl Granted {
    /// What was approved happens now. `event` is the hook event of the agent that passes.
    pub fn used(self, event: &str, now: &Moment) -> Closed {
        let window = Window::starting(now, ONE_CALL);
        Closed { end: End::Used, votes: self.votes, by: None, window, passed: vec![event.to_owned()] }
    }

    /// The yes is taken back.
    pub fn revoke(self, vote: Vote) -> Closed {
        Closed { end: End::Revoked, votes: self.votes, by: Some(vote), window: self.window, passed: Vec::new() }
    }
}

impl Closed {
    /// Whether this is still told to whoever asks the same again.
    pub fn is_told(&self, now: &Moment) -> bool {
        self.end == End::Refused && self.window.holds(now)
    }

    /// The same call, asked about once more by another hook event of the same agent. An agent that has two of them lets a call
    /// happen only if both pass, and each passes once, so this adds no use.
    pub fn passes_again(mut self, event: &str, now: &Moment) -> Option<Self> {
        let is_new = !self.passed.iter().any(|passed| passed == event);
        if self.end != End::Used || !is_new || !self.window.holds(now) {
            return None;
        }
        self.passed.push(event.to_owned());
        Some(self)
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
