//! What a command would do, as values.

use portcullis_event::{AbsPath, GitOp, Hazard, Host};
use serde::Serialize;

/// How sure it is that the effect happens when the command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// It may happen, depending on what is not known.
    Possible,
    /// It happens unless the command fails before, or another branch is taken.
    Likely,
    /// It is what the command is for.
    Certain,
}

/// How much of a path is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Known {
    /// It is this very path.
    Exactly,
    /// It holds `*` or `?` and stands for every path that fits.
    Pattern,
    /// It begins like this; `…` stands for what is not known.
    Partly,
}

/// A file or a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Target {
    /// Where it is.
    pub path: AbsPath,
    /// How much of that is known.
    pub known: Known,
}

impl Target {
    /// A path that is known.
    pub fn exactly(path: AbsPath) -> Self {
        Self { path, known: Known::Exactly }
    }
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Something is fetched.
    In,
    /// Something is sent.
    Out,
    /// Somebody else can connect.
    Listen,
    /// A name is looked up.
    Lookup,
}

/// One thing that would happen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "effect", rename_all = "kebab-case")]
pub enum What {
    /// A file's contents are read.
    Read {
        /// The file.
        #[serde(flatten)]
        file: Target,
    },
    /// The names in a folder are read.
    List {
        /// The folder.
        #[serde(flatten)]
        file: Target,
    },
    /// A file is made or changed.
    Write {
        /// The file.
        #[serde(flatten)]
        file: Target,
    },
    /// A file or a folder is removed.
    Delete {
        /// The file.
        #[serde(flatten)]
        file: Target,
        /// With everything below it.
        recursive: bool,
    },
    /// The rights of a file change.
    Mode {
        /// The file.
        #[serde(flatten)]
        file: Target,
    },
    /// A program is started.
    Execute {
        /// Its words, as far as they are known.
        argv: Vec<String>,
    },
    /// Something goes over the network.
    Network {
        /// Which way.
        direction: Direction,
        /// The other end; for a port that is opened, the address.
        host: Host,
        /// Its port.
        #[serde(skip_serializing_if = "Option::is_none")]
        port: Option<u16>,
        /// Such as `https`.
        protocol: String,
    },
    /// A repository changes, or goes elsewhere.
    Git {
        /// What is done.
        op: GitOp,
        /// The remote's name.
        #[serde(skip_serializing_if = "Option::is_none")]
        remote: Option<String>,
        /// The references that change.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        refs: Vec<String>,
        /// Whether history on the other side is overwritten.
        force: bool,
    },
    /// A credential is used.
    Credential {
        /// The variable or file that holds it.
        name: String,
        /// For which host.
        #[serde(skip_serializing_if = "Option::is_none")]
        host: Option<Host>,
    },
    /// A variable is set for programs that run.
    Environment {
        /// The variable.
        name: String,
    },
    /// A dependency is installed or removed.
    Package {
        /// Whether it is removed.
        removed: bool,
        /// Such as `npm`.
        ecosystem: String,
        /// The package.
        name: String,
        /// Its version.
        #[serde(skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// Where it comes from, if not from the usual place.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<Host>,
    },
    /// A tool is called whose meaning is not known.
    Tool {
        /// The server that offers it.
        #[serde(skip_serializing_if = "Option::is_none")]
        server: Option<String>,
        /// The tool.
        name: String,
        /// Paths among the arguments.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        paths: Vec<AbsPath>,
        /// Hosts among the arguments.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        hosts: Vec<Host>,
    },
    /// A danger that lies in how the rest comes together.
    Danger {
        /// Which.
        hazard: Hazard,
        /// What it is here.
        why: String,
    },
}

/// One thing that would happen, where it stands and how sure it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// What.
    #[serde(flatten)]
    pub what: What,
    /// How sure.
    pub confidence: Confidence,
    /// Where the command begins that does it, in bytes of the text.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// Everything that a command or a tool call would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Effects {
    /// In the order in which they would happen; each is there once.
    pub list: Vec<Effect>,
}

impl Effects {
    /// The dangers.
    pub fn hazards(&self) -> impl Iterator<Item = Hazard> + '_ {
        self.list.iter().filter_map(|effect| match &effect.what {
            What::Danger { hazard, .. } => Some(*hazard),
            What::Read { .. }
            | What::List { .. }
            | What::Write { .. }
            | What::Delete { .. }
            | What::Mode { .. }
            | What::Execute { .. }
            | What::Network { .. }
            | What::Git { .. }
            | What::Credential { .. }
            | What::Environment { .. }
            | What::Package { .. }
            | What::Tool { .. } => None,
        })
    }

    /// Whether it would do anything that could not be told.
    pub fn is_resolved(&self) -> bool {
        !self.hazards().any(|hazard| matches!(hazard, Hazard::Unresolved | Hazard::UnresolvedCode))
    }
}
