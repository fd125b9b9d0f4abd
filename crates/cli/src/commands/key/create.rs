//! `portcullis key create`: makes a key and shows it once.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::interface::Interface;
use crate::invocation::Invocation;
use crate::keys::{Book, Entry, name, now, timestamp};
use crate::output::View;
use crate::page::{Page, Tone};
use crate::{note, time};
use clap::Args;
use portcullis_gateway::who::{Holder, Pattern, fingerprint, fresh};
use serde::Serialize;

/// Makes a key for the gateway and shows it, which nobody can do again.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// What it is called: it stands on the record with everything that the key is used for
    #[arg(value_name = "NAME", value_parser = name)]
    name: String,
    /// How long it is good, such as `12h` or `30d`; without it, until it is revoked
    #[arg(long, value_name = "TIME", value_parser = time::seconds)]
    expires: Option<u64>,
    /// Which models it is for, such as `anthropic/claude-*`; may be given several times
    #[arg(long, value_name = "GLOB", value_parser = pattern)]
    models: Vec<Pattern>,
    /// Which interfaces it is for; may be given several times
    #[arg(long = "interface", value_name = "INTERFACE")]
    interfaces: Vec<Interface>,
}

fn pattern(text: &str) -> Result<Pattern, String> {
    Pattern::parse(text).map_err(str::to_owned)
}

/// The one place where a key is shown.
#[derive(Debug, Serialize)]
struct Created {
    name: String,
    key: String,
    expires: Option<String>,
}

impl View for Created {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Plain, &self.key).end();
    }
}

impl Create {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let Self { name, expires, models, interfaces } = self;
        let mut random = [0; 20];
        let no_key = |why: String| Failure::incomplete(format!("no key could be made: {why}"));
        getrandom::fill(&mut random).map_err(|error| no_key(error.to_string()))?;
        let key = fresh(random).ok_or_else(|| no_key("its checksum is not known".to_owned()))?;
        let created = now();
        let expires = expires.map(|length| created.saturating_add(length));
        let apis = interfaces.iter().map(|it| it.api()).collect();
        let holder = Holder { name: name.clone(), models, interfaces: apis };
        let fingerprint = fingerprint(key.expose());
        let entry = Entry { fingerprint, holder, interfaces, created, expires, revoked: None };
        let gate = Gate::open(invocation)?;
        Book::change(&invocation.home()?, |book| {
            if book.keys.iter().any(|other| other.holder.name == name && other.revoked.is_none()) {
                return Err(Failure::usage(format!("there is a key `{name}` already"))
                    .fix(format!("choose another name, or take that one back: portcullis key revoke {name}")));
            }
            // What can't be recorded is not made.
            note::record(invocation, &gate, "the key", format!("the key `{name}` of the gateway was made"))?;
            book.keys.push(entry);
            Ok(())
        })?;
        let until = expires.map(|at| time::shown(timestamp(at)));
        let shown = Created { name, key: key.expose().clone(), expires: until.clone() };
        invocation.output.show(&shown)?;
        if !invocation.output.is_json() {
            let until = until.map(|until| format!("; it is good until {until}")).unwrap_or_default();
            invocation.output.remark(&format!("this is shown once, and kept nowhere{until}"));
        }
        Ok(Exit::Success)
    }
}
