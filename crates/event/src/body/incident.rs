//! Something went wrong and is being dealt with.

use crate::{EventId, Rest, UserName};
use serde::{Deserialize, Serialize};

/// Where an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IncidentStep {
    /// A detection rule fired.
    Alert,
    /// It is an incident.
    Opened,
    /// It can do no further harm.
    Contained,
    /// Its cause is gone.
    Eradicated,
    /// Work goes on.
    Recovered,
    /// It is over, and written up.
    Closed,
    /// Something was done about it.
    Action,
}

/// Something went wrong and is being dealt with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Where it stands.
    pub step: IncidentStep,
    /// What it is called, or the detection rule.
    pub name: String,
    /// Its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    /// The events that it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventId>,
    /// Who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<UserName>,
    /// What was done or said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Incident {
    /// With what it can't do without; the rest is filled in where it is known.
    pub fn new(step: IncidentStep, name: impl Into<String>) -> Self {
        Self { step, name: name.into(), incident: None, events: Vec::new(), by: None, note: None, rest: Rest::new() }
    }
}
