//! Who acts: the chain from a person, through an agent, to the agents that it started.

use crate::{AgentName, ModelId, Rest, SessionId, UserName};
use serde::{Deserialize, Serialize};

/// The chain of those who act. `agents` runs from the one that the person started to the one that acted; it is empty
/// when the person acted themselves, or when a service did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The person on whose behalf it happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub human: Option<UserName>,
    /// The agents in between, the acting one last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<Agent>,
    /// A part of Portcullis, or a machine account, that acts by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Actor {
    /// A person who acts with their own hands.
    pub fn human(name: UserName) -> Self {
        Self { human: Some(name), ..Self::default() }
    }

    /// A part of Portcullis that acts by itself.
    pub fn service(name: impl Into<String>) -> Self {
        Self { service: Some(name.into()), ..Self::default() }
    }

    /// The agent that acted: the last of the chain.
    pub fn acting_agent(&self) -> Option<&Agent> {
        self.agents.last()
    }

    /// The session that all of this belongs to: that of the agent which the person started.
    pub fn session(&self) -> Option<&SessionId> {
        self.agents.first().and_then(|agent| agent.session.as_ref())
    }
}

/// A coding agent, or one that it started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Which agent, such as `claude-code`.
    pub name: AgentName,
    /// The run of the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// The agent's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The model that it thinks with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Model>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Agent {
    /// An agent of which only name and session are known.
    pub fn new(name: AgentName, session: Option<SessionId>) -> Self {
        Self { name, session, version: None, model: None, rest: Rest::new() }
    }
}

/// A model and who serves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// The model as its provider names it.
    pub name: ModelId,
    /// Who serves it, such as `anthropic` or `self-hosted`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}
