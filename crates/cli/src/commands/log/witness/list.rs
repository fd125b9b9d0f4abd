//! `portcullis log witness list`: who is shown this ledger.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone, widest};
use crate::witnessed;
use clap::Args;
use portcullis_ledger::witness::KnownWitness;
use serde::Serialize;

/// Lists the witnesses.
#[derive(Debug, Args)]
pub(crate) struct List {}

/// All witnesses.
#[derive(Debug, Serialize)]
struct Listed {
    witnesses: Vec<Named>,
}

/// A witness and the name that it can be removed by.
#[derive(Debug, Serialize)]
struct Named {
    name: String,
    #[serde(flatten)]
    witness: KnownWitness,
}

impl List {
    pub(crate) fn run(invocation: &Invocation) -> Result<Exit, Failure> {
        let all = witnessed::known(&invocation.home()?).all()?;
        let witnesses = all.into_iter().map(|witness| Named { name: witness.to_string(), witness }).collect();
        invocation.output.show(&Listed { witnesses })?;
        Ok(Exit::Success)
    }
}

impl View for Listed {
    fn write(&self, page: &mut Page) {
        let width = widest(self.witnesses.iter().map(|named| named.name.as_str())) + 2;
        for named in &self.witnesses {
            let key = match &named.witness {
                KnownWitness::Http { key, .. } | KnownWitness::Folder { key, .. } => key.as_str(),
                KnownWitness::Git { .. } => "",
            };
            page.column(Tone::Strong, &named.name, width).put(Tone::Faint, key).end();
        }
        if self.witnesses.is_empty() {
            page.line("there is no witness on the list");
            page.put(Tone::Good, "  fix ").put(Tone::Plain, witnessed::REMEDY).end();
        }
    }
}
