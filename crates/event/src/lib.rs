//! The words that every part of Portcullis shares.
//!
//! An [`Event`] says who did what, where. It travels one road, and each stage of that road is a type of its own:
//! [`Event`] → [`Inspected`] → [`Decided`] → [`Recorded`] → [`Enforcement`]. A stage takes the one before it by value
//! and its fields are private, so a program that skips one does not compile.
//!
//! This crate does no I/O. It reads no clock, opens no file and asks nobody: times, ids and bytes are handed in.

mod actor;
mod body;
pub mod canonical;
mod change_class;
mod classification;
mod content;
mod decision;
mod error;
mod event;
mod facets;
mod finding;
mod hazard;
pub mod hex;
pub mod hidden;
mod host;
mod id;
mod name;
mod path;
mod place;
mod record;
mod rest;
mod risk;
mod road;
mod secret;
mod time;
mod vocabulary;

pub use actor::{Actor, Agent, Model};
pub use body::{
    Approval, ApprovalStep, Body, CarriedFile, Config, ConfigOp, Db, DbOp, File, FileOp, FindingNotice, Git, GitOp,
    Incident, IncidentStep, KINDS, LedgerNotice, LedgerOp, Llm, LlmOp, Net, NetOp, Note, Opaque, Package, PackageOp,
    PolicyNotice, PolicyOp, Process, ProcessOp, Redaction, SecretOp, SecretUse, Session, SessionOp, Socket, SocketOp,
    Tool, ToolOp,
};
pub use change_class::ChangeClass;
pub use classification::{Classification, DataClass, Severity};
pub use content::{Content, Sealed, SealedBytes};
pub use decision::{Decision, Mode, Obligation, Reason, SourceLine, Verdict};
pub use error::ParseError;
pub use event::{Event, SCHEMA_VERSION};
pub use facets::Facets;
pub use finding::{Confidence, Finding, FindingKind, Span};
pub use hazard::Hazard;
pub use host::Host;
pub use id::{EventId, SpanId, TraceId};
pub use name::{AgentName, CheckId, ModelId, RuleId, SessionId, ToolName, UserName};
pub use path::AbsPath;
pub use place::{Place, Sandbox};
pub use record::Record;
pub use rest::Rest;
pub use risk::Risk;
pub use road::{
    AuditFailure, Coverage, Decided, Enforcement, Inspected, Inspector, Judge, Receipt, Recorded, Recorder, Skipped,
};
pub use secret::Secret;
pub use time::Timestamp;
