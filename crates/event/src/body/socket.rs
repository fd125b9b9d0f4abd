//! Something is asked of a program of this machine, over a socket that it listens on.

use crate::{AbsPath, Rest};
use serde::{Deserialize, Serialize};

/// What is asked over a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SocketOp {
    /// A connection is made, and what is said on it is not read.
    Connect,
    /// Keys are listed.
    List,
    /// Something is signed.
    Sign,
    /// Something is read.
    Read,
    /// Anything else: what is behind the socket would be changed.
    Change,
}

/// Something is asked of a program of this machine, over a socket that it listens on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Socket {
    /// What is asked.
    pub op: SocketOp,
    /// Who is asked: `ssh-agent`, `docker`, `podman`, or `plain` for a socket that is passed through unread.
    pub service: String,
    /// What is asked, in a word of that service, such as `logs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verb: Option<String>,
    /// What it is asked about: a container, an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The socket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<AbsPath>,
    /// The fingerprint of the key that is to sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What that key is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_name: Option<String>,
    /// What the signature is for, such as `git`; nothing if it is to log in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The user that is logged in as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// By which names the server is known that is logged in to; none if nobody knows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<String>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Socket {
    /// With what it can't do without; the rest is filled in where it is known.
    pub fn new(op: SocketOp, service: impl Into<String>) -> Self {
        Self {
            op,
            service: service.into(),
            verb: None,
            object: None,
            path: None,
            key: None,
            key_name: None,
            namespace: None,
            user: None,
            servers: Vec::new(),
            rest: Rest::new(),
        }
    }
}
