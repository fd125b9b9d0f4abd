//! What `portcullis doctor` looks at: one file per area. A check looks, it never changes anything that stays, and it
//! runs no agent. Each file of the machine that is read is read below a root that tests can replace.

pub(crate) mod agents;
pub(crate) mod clock;
pub(crate) mod engines;
pub(crate) mod git;
pub(crate) mod hooks;
pub(crate) mod kernel;
pub(crate) mod ledger;
pub(crate) mod limits;
pub(crate) mod policy;
pub(crate) mod settings;
pub(crate) mod state;
pub(crate) mod walls;

use serde::Serialize;

/// How a check came out. Ordered from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Status {
    /// Works.
    Ok,
    /// Works, but not as well as it could, or something that is planned will need it.
    Warn,
    /// Something that exists today does not work.
    Fail,
}

/// The outcome of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    /// A stable name for scripts, such as `state-folder`.
    pub(crate) id: &'static str,
    /// How it came out.
    pub(crate) status: Status,
    /// What is there, in a few words.
    pub(crate) found: String,
    /// How to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remedy: Option<String>,
}

impl Check {
    pub(crate) fn ok(id: &'static str, found: impl Into<String>) -> Self {
        Self { id, status: Status::Ok, found: found.into(), remedy: None }
    }

    pub(crate) fn warn(id: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { id, status: Status::Warn, found: found.into(), remedy: Some(remedy.into()) }
    }

    pub(crate) fn fail(id: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { id, status: Status::Fail, found: found.into(), remedy: Some(remedy.into()) }
    }
}
