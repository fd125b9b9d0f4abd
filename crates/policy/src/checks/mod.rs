//! The checks: one file each. A check looks at an event and a storey of the policy and says what it has to say.
//!
//! There are two sorts of answers. A *gate* knows the kind of the event and can let it pass. A *guard* (findings, spend,
//! environments …) only ever stops or changes it. An event that no gate answers is denied, whatever the guards say.

mod answers;

pub use answers::Considered;
pub(crate) use answers::{Answers, check_id};

use crate::tier::Tier;
use crate::usage::Usage;
pub(crate) use findings::key as finding_key;
use portcullis_event::{Actor, Body, Event, Inspected};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) inspected: &'a Inspected,
    pub(crate) usage: &'a Usage,
}

impl<'a> Asked<'a> {
    pub(crate) fn event(self) -> &'a Event {
        self.inspected.event()
    }

    pub(crate) fn body(self) -> &'a Body {
        &self.event().what
    }

    pub(crate) fn actor(self) -> &'a Actor {
        &self.event().actor
    }

    /// Whether an agent acts, and not a person or Portcullis itself.
    pub(crate) fn by_agent(self) -> bool {
        !self.actor().agents.is_empty()
    }
}

/// A check of one storey.
type Check = fn(&Tier, Asked<'_>, &mut Answers);

macro_rules! checks {
    ($($name:ident,)*) => {
        $(pub(crate) mod $name;)*

        /// Every check that is asked on every storey, by name.
        pub(crate) const CHECKS: &[(&str, Check)] = &[$((stringify!($name), $name::answer),)*];
    };
}

checks! {
    agents,
    commands,
    config,
    data,
    database,
    environments,
    files,
    findings,
    git,
    mcp,
    models,
    network,
    packages,
    sandbox,
    secrets,
    skills,
    sockets,
    spend,
    tools,
}

pub(crate) mod bookkeeping;

/// Asks every check on every storey.
pub(crate) fn ask(tiers: &[Tier], asked: Asked<'_>, out: &mut Answers) {
    out.begin(bookkeeping::ID);
    bookkeeping::answer(asked, out);
    for (storey, tier) in tiers.iter().enumerate() {
        out.highest = storey == 0;
        for (name, check) in CHECKS {
            out.begin(name);
            check(tier, asked, out);
        }
    }
    out.finish();
}
