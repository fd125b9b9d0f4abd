//! Something is sent over, or asked of, the network.

use crate::{Host, Rest};
use serde::{Deserialize, Serialize};

/// What is done on the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NetOp {
    /// A name is looked up.
    Resolve,
    /// A connection is opened.
    Connect,
    /// A port is opened.
    Listen,
    /// A request is sent.
    Request,
    /// A reply came back.
    Response,
}

/// Something is sent over, or asked of, the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Net {
    /// What is done.
    pub op: NetOp,
    /// The other end.
    pub host: Host,
    /// Its port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Such as `tcp`, `https`, `dns`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// The HTTP method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The path of the URL, secrets replaced, without its query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_path: Option<String>,
    /// The HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Bytes that left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_out: Option<u64>,
    /// Bytes that came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_in: Option<u64>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Net {
    /// With what it can't do without; the rest is filled in where it is known.
    pub fn new(op: NetOp, host: Host) -> Self {
        Self {
            op,
            host,
            port: None,
            protocol: None,
            method: None,
            url_path: None,
            status: None,
            bytes_out: None,
            bytes_in: None,
            rest: Rest::new(),
        }
    }
}
