//! `portcullis log`: the ledger.

mod add;
mod check;
mod erase;
mod export;
mod follow;
mod import;
mod prove;
mod prune;
mod publish;
mod query;
mod rotate_key;
mod show;
mod stats;
mod status;
mod verify;
mod witness;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use clap::Subcommand;

/// The record of everything that was decided.
#[derive(Debug, Subcommand)]
pub(crate) enum Log {
    /// Put a note of yours on the record
    Add(add::Add),
    /// Find records
    Query(Box<query::Query>),
    /// Show one record, all of it
    Show(show::Show),
    /// Show records as they come in
    Follow(Box<follow::Follow>),
    /// Count records over time
    Stats(stats::Stats),
    /// Say how far the ledger goes
    Status(status::Status),
    /// Check that nothing was changed, removed or added
    Verify(verify::Verify),
    /// Prove that a record is in the ledger, or that the ledger continues what it once was
    Prove(prove::Prove),
    /// Check a proof, without any ledger
    Check(check::Check),
    /// Write the ledger to a folder that any static file server can serve
    Publish(publish::Publish),
    /// Write the ledger in an open format, or push it to a collector
    Export(export::Export),
    /// Convert an export into another format; nothing is added to your ledger
    Import(import::Import),
    /// Let somebody else remember how far the ledger has come
    #[command(subcommand)]
    Witness(Box<witness::Witness>),
    /// Drop what is older than the policy's retention allows
    Prune(prune::Prune),
    /// Replace the key that signs
    RotateKey(rotate_key::RotateKey),
    /// Destroy the private text of a session; the records and their proofs stay
    Erase(erase::Erase),
}

impl Log {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        match self {
            Self::Add(add) => add.run(invocation),
            Self::Query(query) => query.run(invocation),
            Self::Show(show) => show.run(invocation),
            Self::Follow(follow) => follow.run(invocation),
            Self::Stats(stats) => stats.run(invocation),
            Self::Status(status::Status {}) => status::Status::run(invocation),
            Self::Prove(prove) => prove.run(invocation),
            Self::Check(check) => check.run(invocation),
            Self::Publish(publish) => publish.run(invocation),
            Self::Export(export) => export.run(invocation),
            Self::Import(import) => import.run(invocation),
            Self::RotateKey(rotate_key::RotateKey {}) => rotate_key::RotateKey::run(invocation),
            Self::Erase(erase) => erase.run(invocation),
            Self::Witness(witness) => witness.run(invocation),
            Self::Prune(prune) => prune.run(invocation),
            Self::Verify(verify) => verify.run(invocation),
        }
    }
}
