//! `portcullis key revoke`: has a key be none any more.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::keys::{Book, now};
use crate::note;
use crate::output::View;
use crate::page::{Page, Tone};
use clap::Args;
use serde::Serialize;

/// Has a key be none any more. A gateway that runs knows it with the next request, and with the next message on a web socket.
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// Which one
    #[arg(value_name = "NAME")]
    name: String,
}

#[derive(Debug, Serialize)]
struct Revoked {
    revoked: String,
}

impl View for Revoked {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Good, "revoked").put(Tone::Plain, " ").put(Tone::Strong, &self.revoked).end();
    }
}

impl Revoke {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let name = self.name;
        Book::change(&invocation.home()?, |book| {
            let is_meant = |it: &&mut crate::keys::Entry| it.holder.name == name && it.revoked.is_none();
            let entry = book.keys.iter_mut().find(is_meant).ok_or_else(|| {
                Failure::usage(format!("there is no key `{name}` that could be revoked")).fix("portcullis key list")
            })?;
            entry.revoked = Some(now());
            Ok(())
        })?;
        // It is none any more: that it can't be recorded must not keep it alive.
        let gate = Gate::open(invocation)?;
        note::record(invocation, &gate, "the key", format!("the key `{name}` of the gateway was revoked"))?;
        invocation.output.show(&Revoked { revoked: name })?;
        Ok(Exit::Success)
    }
}
