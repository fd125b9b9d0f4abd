//! What an agent may do: `portcullis.toml`, its layers, and a pure decision.
//!
//! Texts go in ([`Source`], [`Places`]), a [`ValidPolicy`] or a list of [`Diagnostic`]s comes out, and the policy
//! answers events. This crate does no I/O: it opens no file, reads no clock and asks nobody, so the same texts and the
//! same event always give the same answer.

mod approval_rules;
mod change_rules;
mod checks;
mod config;
mod diagnostic;
mod effect_rules;
mod example;
mod explain;
mod file_rules;
mod gateway_rules;
mod host_rules;
mod injection;
mod lists;
mod load;
mod loosening;
mod marker_rules;
mod model_terms;
mod pattern;
mod policy;
mod read;
mod roles;
mod rules;
mod scan;
mod schema;
pub mod shorthand;
mod show;
mod socket_rules;
mod source;
mod table;
mod taint_rules;
mod template;
mod tier;
mod usage;
mod validate;

pub use change_rules::ChangeAnswer;
pub use checks::Considered;
pub use config::{AskedBy, Boundary, ContentKeeping, Keys, Listen, Preset, Require, Workspace};
pub use diagnostic::{Diagnostic, DiagnosticSeverity};
pub use effect_rules::HazardAnswer;
pub use explain::{CheckTrace, Explanation};
pub use file_rules::{FileList, FileRule};
pub use gateway_rules::{Each, GatewayLimit, GatewayPrice, GatewayRate, GatewaySum, ModelRoute};
pub use injection::InjectionModel;
pub use lists::Section;
pub use model_terms::{AgreedTerms, ModelTerms, SaidBy, Trains, terms_page};
pub use policy::{Decider, Keeping, RunLimits, ValidPolicy};
pub use roles::{Action, ApprovalTarget, Authorization, Role};
pub use scan::VerifyDenied;
pub use schema::schema;
pub use socket_rules::{HASHED_SERVER, SocketDoors};
pub use source::{Format, Layer, Places, Source};
pub use table::{TestReport, TestResult};
pub use taint_rules::TaintRule;
pub use template::{RepositoryFacts, template};
pub use usage::{Counters, Usage};
