//! `portcullis key`: who may use the gateway.

mod create;
mod list;
mod revoke;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use clap::Subcommand;

/// Who may use the gateway: keys that it asks for, what each is for, and until when.
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Make a key, and show it this once
    Create(create::Create),
    /// Which keys there are, what they are for, and when they were used
    List(list::List),
    /// Have a key be none any more, at once
    Revoke(revoke::Revoke),
}

impl Key {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        match self {
            Self::Create(create) => create.run(invocation),
            Self::List(list::List {}) => list::List::run(invocation),
            Self::Revoke(revoke) => revoke.run(invocation),
        }
    }
}
