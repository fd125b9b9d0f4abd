//! A session: who ran, on which folders, and what has become of it. The words of `session.json`.

use crate::{ProcessMark, TreePath, text};
use portcullis_event::{Rest, SessionId, Timestamp};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// One run of an agent and where its changes lie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Session {
    /// Which one.
    pub id: SessionId,
    /// What it was called by whoever started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The command line, secrets replaced.
    pub command: Vec<String>,
    /// When it started.
    pub started: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// The exit status of the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<i32>,
    /// The folders that it could change.
    pub layers: Vec<Layer>,
    /// What has become of it.
    pub state: State,
    /// Whether it worked in the files themselves, and what is known about that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<Live>,
    /// The runs before this one, the first one first, if it was continued.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Earlier>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A session that works in the files themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Live {
    /// What was there before has not been compared yet with what is there now.
    Open,
    /// It has.
    Ended {
        /// How many names it changed that stayed so.
        changed: usize,
    },
}

impl Live {
    /// How many names it changed and are not held, as far as that is known; `None` if there are none.
    pub fn changed(self) -> Option<usize> {
        match self {
            Self::Open | Self::Ended { changed: 0 } => None,
            Self::Ended { changed } => Some(changed),
        }
    }
}

/// A run of a session before the last one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Earlier {
    /// The command line, secrets replaced.
    pub command: Vec<String>,
    /// When it started.
    pub started: Timestamp,
    /// When it ended. One that was killed did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// The exit status of the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<i32>,
}

/// A folder that the session saw, and the folder that took what was written to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Layer {
    /// Which part of the session's world it is.
    pub name: LayerName,
    /// The real folder.
    #[serde(with = "text::path")]
    pub lower: PathBuf,
    /// What was written, below the folder of the session.
    pub upper: TreePath,
    /// What the overlay needs for itself, below the folder of the session.
    pub work: TreePath,
    /// What was shown to the session in another form. What it wrote there, or below, is never applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub protected: Vec<TreePath>,
    /// Whether `upper` is a copy of the whole of `lower`, as it is where no layer can be mounted. Then what it does not hold
    /// was deleted, but for what is protected, which was left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub whole: bool,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Which part of a session's world a layer is. It says what the names in it mean: `hooks` in a git folder is not a
/// folder like any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LayerName {
    /// The workspace.
    Workspace,
    /// A git folder outside the workspace, as a linked worktree has it.
    Git,
    /// The home folder.
    Home,
}

impl LayerName {
    /// The name as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::Git => "git",
            Self::Home => "home",
        }
    }
}

/// What has become of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It runs, if that process still does; else it broke off.
    Running(ProcessMark),
    /// It ended; its changes wait.
    Ended,
    /// Some or all of its changes were applied.
    Applied,
    /// Its changes were thrown away.
    Discarded,
    /// What had been applied was taken back.
    Reverted,
}

impl State {
    /// Whether its process still runs.
    pub fn runs(&self) -> bool {
        match self {
            Self::Running(process) => process.is_alive(),
            Self::Ended | Self::Applied | Self::Discarded | Self::Reverted => false,
        }
    }
}
