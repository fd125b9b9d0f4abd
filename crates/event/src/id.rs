//! Identifiers: which event, which trace, which span.

use crate::ParseError;
use std::fmt;
use std::str::FromStr;

/// The id of an event: a UUID version 7, so ids sort roughly by time and are unique without asking anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct EventId(uuid::Uuid);

impl EventId {
    /// A new id. This is the one call in this crate that asks the system for the time and for randomness.
    pub fn fresh() -> Self {
        Self(uuid::Uuid::now_v7())
    }

    /// An id from 16 bytes, as the index stores it.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(uuid::Uuid::from_bytes(bytes))
    }

    /// The id's 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl FromStr for EventId {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let uuid = uuid::Uuid::try_parse(text).map_err(|_| ParseError::Id {
            what: "event id",
            why: "it is not a UUID like 0190163d-8694-739b-aea5-966c26f8ad91",
        })?;
        Ok(Self(uuid))
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! hex_ids {
    ($($(#[$doc:meta])* $name:ident, $bytes:literal, $what:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// From raw bytes, as OpenTelemetry carries them.
            pub const fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }
        }

        impl FromStr for $name {
            type Err = ParseError;
            fn from_str(text: &str) -> Result<Self, ParseError> {
                crate::hex::decode_exactly(text).map(Self).ok_or(ParseError::Id { what: $what, why: "it is not lower-case hex of the right length" })
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseError;
            fn try_from(text: String) -> Result<Self, ParseError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&crate::hex::Hex(&self.0), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    )*};
}

hex_ids! {
    /// A trace: everything that one request caused, across processes. The W3C form, 16 bytes.
    TraceId, 16, "trace id";
    /// A span: one step of a trace. The W3C form, 8 bytes.
    SpanId, 8, "span id";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trace_ids_read_back_as_written_and_nothing_else_is_read() {
        let id = TraceId::from_bytes([0xab; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "AB", "+b", &"AB".repeat(16), &"ab".repeat(15), &"+a".repeat(16)] {
            assert!(bad.parse::<TraceId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn fresh_event_ids_are_version_7_and_ascend() {
        let ids: Vec<EventId> = (0..100).map(|_| EventId::fresh()).collect();
        assert!(ids.is_sorted());
        assert!(ids.iter().all(|id| id.to_string().chars().nth(14) == Some('7')));
    }
}
