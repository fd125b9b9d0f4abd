//! What happened: one file per kind of event.
//!
//! A body is written as an object whose `kind` says which it is. A kind that this version does not know, or whose
//! fields it can't read, is kept whole as [`Opaque`]; policy denies what it does not understand.

mod approval;
mod config;
mod db;
mod file;
mod finding;
mod git;
mod incident;
mod ledger;
mod llm;
mod net;
mod note;
mod opaque;
mod package;
mod policy;
mod process;
mod secret;
mod session;
mod socket;
mod tool;

pub use approval::{Approval, ApprovalStep};
pub use config::{Config, ConfigOp};
pub use db::{Db, DbOp};
pub use file::{File, FileOp};
pub use finding::FindingNotice;
pub use git::{Git, GitOp};
pub use incident::{Incident, IncidentStep};
pub use ledger::{LedgerNotice, LedgerOp};
pub use llm::{CarriedFile, Llm, LlmOp, Redaction};
pub use net::{Net, NetOp};
pub use note::Note;
pub use opaque::Opaque;
pub use package::{Package, PackageOp};
pub use policy::{PolicyNotice, PolicyOp};
pub use process::{Process, ProcessOp};
pub use secret::{SecretOp, SecretUse};
pub use session::{Session, SessionOp};
pub use socket::{Socket, SocketOp};
pub use tool::{Tool, ToolOp};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// The field that says which kind a body is.
const KIND: &str = "kind";

/// A body as it is written: its kind among its fields.
#[derive(Serialize)]
struct Tagged<'a, B> {
    kind: &'a str,
    #[serde(flatten)]
    body: &'a B,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident($body:ty) = $kind:literal;)*) => {
        /// What happened.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Body {
            $($(#[$doc])* $variant($body),)*
            /// Something that this version does not know.
            Opaque(Opaque),
        }

        /// Every kind that this version knows.
        pub const KINDS: &[&str] = &[$($kind),*];

        impl Body {
            /// The kind as it is written in the ledger.
            pub fn kind(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $kind,)*
                    Self::Opaque(opaque) => &opaque.kind,
                }
            }

            fn from_fields(kind: String, fields: Map<String, Value>) -> Self {
                let known = match kind.as_str() {
                    $($kind => <$body>::deserialize(&fields).ok().map(Self::$variant),)*
                    _ => None,
                };
                known.unwrap_or_else(|| Self::Opaque(Opaque { kind, fields: fields.into_iter().collect() }))
            }
        }

        impl Serialize for Body {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(body) => Tagged { kind: $kind, body }.serialize(serializer),)*
                    Self::Opaque(Opaque { kind, fields }) => Tagged { kind, body: fields }.serialize(serializer),
                }
            }
        }

        $(impl From<$body> for Body {
            fn from(body: $body) -> Self {
                Self::$variant(body)
            }
        })*
    };
}

kinds! {
    /// A program starts or ends.
    Process(Process) = "process";
    /// A file is read, written or removed.
    File(File) = "file";
    /// Something is sent over, or asked of, the network.
    Net(Net) = "net";
    /// A model is asked.
    Llm(Llm) = "llm";
    /// An agent calls a tool.
    Tool(Tool) = "tool";
    /// A credential is leased, used, rotated or revoked.
    Secret(SecretUse) = "secret";
    /// A database is asked.
    Db(Db) = "db";
    /// A program of this machine is asked over a socket.
    Socket(Socket) = "socket";
    /// A repository is read or changed.
    Git(Git) = "git";
    /// A dependency is looked up, added or removed.
    Package(Package) = "package";
    /// A skill, MCP server, instruction file or setting is loaded or changed.
    Config(Config) = "config";
    /// An agent's run starts, ends or is stopped.
    Session(Session) = "session";
    /// A scan or review found something.
    Finding(FindingNotice) = "finding";
    /// A person is asked, and answers.
    Approval(Approval) = "approval";
    /// Something went wrong and is being dealt with.
    Incident(Incident) = "incident";
    /// The policy was loaded, changed or refused.
    Policy(PolicyNotice) = "policy";
    /// The ledger speaks of itself.
    Ledger(LedgerNotice) = "ledger";
    /// A person's note.
    Note(Note) = "note";
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        match fields.remove(KIND) {
            Some(Value::String(kind)) => Ok(Self::from_fields(kind, fields)),
            _ => Err(D::Error::custom("a body needs a field `kind` that is a string")),
        }
    }
}
