//! The event: who did what, where.

use crate::{Actor, Body, Classification, Content, EventId, Place, Rest, SpanId, Timestamp, TraceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the vocabulary that this crate writes.
pub const SCHEMA_VERSION: u32 = 1;

/// One thing that happened, or that an agent asks to do. Parsed once, at a gate; from here on no string is parsed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Unique, and roughly in order of time.
    pub id: EventId,
    /// When, by the clock of the machine where it happened. The ledger's order does not depend on it.
    pub time: Timestamp,
    /// The trace that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceId>,
    /// The step of the trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<SpanId>,
    /// The event that caused this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<EventId>,
    /// Who.
    pub actor: Actor,
    /// Where.
    pub place: Place,
    /// What.
    pub what: Body,
    /// How bad, how private.
    #[serde(default)]
    pub class: Classification,
    /// Private text, by name. Sealed or left out before it is written.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub content: BTreeMap<String, Content>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Event {
    /// An event that says who did what at which time; everything else can be filled in.
    pub fn new(id: EventId, time: Timestamp, actor: Actor, what: impl Into<Body>) -> Self {
        Self {
            id,
            time,
            trace: None,
            span: None,
            parent: None,
            actor,
            place: Place::default(),
            what: what.into(),
            class: Classification::default(),
            content: BTreeMap::new(),
            rest: Rest::new(),
        }
    }
}
