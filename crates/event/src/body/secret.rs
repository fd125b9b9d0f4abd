//! A credential is leased, used, rotated or revoked. The value itself is never here.

use crate::{Host, Rest, Timestamp};
use serde::{Deserialize, Serialize};

/// What is done with a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretOp {
    /// It is lent for a task.
    Lease,
    /// It is put into a request.
    Use,
    /// The lease is prolonged.
    Renew,
    /// The lease ends.
    Revoke,
    /// It is stored.
    Create,
    /// It is replaced by a new value.
    Rotate,
    /// It is removed.
    Delete,
    /// It was seen where it must not be.
    Expose,
}

/// A credential is leased, used, rotated or revoked. The value itself is never here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretUse {
    /// What is done.
    pub op: SecretOp,
    /// The name that it is stored under.
    pub name: String,
    /// Where it is kept, such as `vault` or `local`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Which value of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The lease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<String>,
    /// The host that it is used for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<Host>,
    /// When the lease ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Keyed fingerprint of the value, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl SecretUse {
    /// With what it can't do without; the rest is filled in where it is known.
    pub fn new(op: SecretOp, name: impl Into<String>) -> Self {
        Self {
            op,
            name: name.into(),
            source: None,
            version: None,
            lease: None,
            destination: None,
            expires: None,
            fingerprint: None,
            rest: Rest::new(),
        }
    }
}
