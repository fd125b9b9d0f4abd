//! What is asked: everything that a person has to see, written down when the agent asked. Secrets in it were replaced before.

use crate::ActionHash;
use portcullis_event::{AgentName, EventId, Reason, Timestamp, UserName};
use serde::{Deserialize, Serialize};

/// What somebody wants to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Exactly what.
    pub action: ActionHash,
    /// The event that policy asked about.
    pub event: EventId,
    /// When, by the clock on the wall.
    pub asked: Timestamp,
    /// The user in whose name the agent acts.
    pub user: Option<UserName>,
    /// The agent.
    pub agent: AgentName,
    /// Its run. What is granted more widely holds for it alone.
    pub session: String,
    /// What would happen, in one line.
    pub title: String,
    /// What would happen, in full.
    pub shown: Vec<Shown>,
    /// What it would do to the machine, one line each.
    pub effects: Vec<String>,
    /// Where it works.
    pub cwd: Option<String>,
    /// The repository.
    pub repository: Option<String>,
    /// The environment that it is meant for, such as `prod`.
    pub environment: Option<String>,
    /// The kind of the event, such as `tool`.
    pub kind: String,
    /// Why policy asks, with its lines.
    pub reasons: Vec<Reason>,
    /// How many people must say yes.
    pub needed: u32,
    /// The roles that may.
    pub roles: Vec<String>,
    /// What could be granted for a while instead, if it could.
    pub capability: Option<Capability>,
}

impl Request {
    /// What waits is counted by this: one kind of thing in one session, so that a program which tries many hosts does not keep its
    /// agent from asking about something else.
    pub fn queue(&self) -> String {
        format!("{} {}", self.kind, self.session)
    }
}

/// A piece of what would happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// What it is, such as `command`.
    pub name: String,
    /// As it would be handed on, with secrets replaced.
    pub text: String,
}

/// More than one action: all that are of one kind in one session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capability {
    /// What they have in common, hashed with the session that they belong to.
    pub scope: ActionHash,
    /// What they have in common, for a person to read.
    pub label: String,
}
