//! Where something happens: machine, repository, process, sandbox.

use crate::{AbsPath, Rest};
use serde::{Deserialize, Serialize};

/// The surroundings of an event. All of it is optional: a gate says what it knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The machine's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// The operating system, such as `linux`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// The repository's root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<AbsPath>,
    /// The branch that is checked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The commit that is checked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The working directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<AbsPath>,
    /// The process that acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// The environment that it is meant for: `dev`, `staging`, `prod`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The walls around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<Sandbox>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

/// The sandbox that an agent runs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sandbox {
    /// Which walls: `namespaces`, `landlock`, `oci`, `gvisor`.
    pub kind: String,
    /// Hash of the profile that built them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}
