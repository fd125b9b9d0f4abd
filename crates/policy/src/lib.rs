//! What an agent may do: `portcullis.toml`, its layers, and a pure decision.
//!
//! Texts go in ([`Source`], [`Places`]), a [`ValidPolicy`] or a list of [`Diagnostic`]s comes out, and the policy
//! answers events. This crate does no I/O: it opens no file, reads no clock and asks nobody, so the same texts and the
//! same event always give the same answer.

mod checks;
mod config;
mod diagnostic;
mod example;
mod load;
mod loosening;
mod pattern;
mod policy;
mod read;
mod roles;
mod rules;
mod schema;
mod source;
mod tier;
mod usage;
mod validate;

pub use config::{ContentKeeping, Preset};
pub use diagnostic::{Diagnostic, DiagnosticSeverity};
pub use policy::{Decider, Keeping, RunLimits, ValidPolicy};
pub use schema::schema;
pub use source::{Format, Layer, Places, Source};
pub use usage::{Counters, Usage};
