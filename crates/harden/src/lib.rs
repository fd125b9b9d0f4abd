//! The settings that coding agents have of their own: which of them a policy asks for, in which file they stand, how they are
//! written there without touching anything else, and how it is proven that the tool will read them so.
//!
//! It does no I/O and decides nothing about events. What a policy wants is handed in as plain data ([`Wanted`]), what is in
//! files as texts ([`Files`]); what comes out is other texts and, for each setting, whether it holds ([`Proof`]). A setting is
//! one entry of a table ([`settings`]), and the book's page about it is made from the same entry.

mod attestation;
mod book;
mod change;
mod edit;
mod page;
mod pattern;
mod proof;
mod servers;
mod setting;
mod standards;
mod tool;
mod tools;
mod unknown;
mod wanted;

pub use attestation::{ATTESTATIONS, Attestation};
pub use book::{Base, Book, OsPath, Place, Scope};
pub use change::{Change, changed};
pub use edit::{Format, NotEditable};
pub use page::page;
pub use pattern::{Anchor, CommandPattern, FilePattern};
pub use proof::{Content, File, Files, Proof, prove};
pub use servers::{Became, Led, Way, lead};
pub use setting::{Hold, Setting};
pub use standards::SECURE_CODING;
pub use tool::Tool;
pub use tools::settings;
pub use unknown::{Doubt, doubts};
pub use wanted::{Servers, Wanted};
