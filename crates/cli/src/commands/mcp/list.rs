//! `portcullis mcp list` and `forget`: what is known of servers, and which of those configured here go without the gate.

use crate::commands::trust;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone, widest};
use crate::servers::{self, By, Pins, Store};
use crate::surroundings;
use clap::Args;
use portcullis_event::{Config, ConfigOp};
use serde::Serialize;
use std::path::PathBuf;

/// Shows what is known of MCP servers, and which of those configured here are not behind the gate.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Those of other repositories as well
    #[arg(long)]
    all: bool,
}

/// Forgets what was approved of a server in this repository: at its next start it is new.
#[derive(Debug, Args)]
pub(crate) struct Forget {
    /// What it is called
    #[arg(value_name = "NAME", value_parser = servers::name)]
    name: String,
}

/// What there is.
#[derive(Debug, Serialize)]
struct Shown {
    servers: Vec<Row>,
    /// Configured for an agent, and started without the gate.
    without_the_gate: Vec<Configured>,
}

/// One that was seen.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    workspace: PathBuf,
    started_as: String,
    /// Whether it was learned within a run, where alone it counts.
    within_a_run: bool,
    /// Whether a person said yes to it.
    approved: bool,
    /// What it offers that a person approved, and what is used since it was new.
    by_person: usize,
    by_first_use: usize,
}

/// One that was not.
#[derive(Debug, Serialize)]
struct Configured {
    name: String,
    file: String,
}

impl List {
    pub(super) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let workspace = workspace(invocation)?;
        let all = Store::at(invocation.home()?).all()?;
        let servers = all.into_iter().filter(|pins| self.all || pins.workspace == workspace).map(Row::of).collect();
        let without_the_gate = trust::servers_without_gate(&workspace)?
            .into_iter()
            .map(|(name, file)| Configured { name, file })
            .collect();
        invocation.output.show(&Shown { servers, without_the_gate })?;
        Ok(Exit::Success)
    }
}

impl Forget {
    pub(super) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let workspace = workspace(invocation)?;
        let gate = Gate::open(invocation)?;
        let config = Config::new(ConfigOp::Block, "mcp-server".to_owned(), self.name.clone());
        gate.put_on_record(invocation, "forgetting a server", config)?;
        if !Store::at(invocation.home()?).forget(&self.name, &workspace)? {
            return Err(Failure::usage(format!("nothing is known of a server `{}` here", self.name))
                .fix("portcullis mcp list --all"));
        }
        invocation.output.remark(&format!("forgotten: {}", self.name));
        Ok(Exit::Success)
    }
}

/// The repository, or else the folder.
fn workspace(invocation: &Invocation) -> Result<PathBuf, Failure> {
    let place = surroundings::place(invocation);
    let root = place.repo.or(place.cwd).ok_or_else(|| Failure::incomplete("nobody knows which folder this is"))?;
    Ok(PathBuf::from(root.as_str()))
}

impl Row {
    fn of(pins: Pins) -> Self {
        let count = |by: By| pins.offers.values().filter(|it| it.by == by).count();
        let (by_person, by_first_use) = (count(By::Person), count(By::FirstUse));
        Self {
            started_as: servers::shown(&pins.launch),
            within_a_run: pins.within_a_run,
            approved: pins.approved,
            by_person,
            by_first_use,
            name: pins.name,
            workspace: pins.workspace,
        }
    }
}

impl View for Shown {
    fn write(&self, page: &mut Page) {
        if self.servers.is_empty() && self.without_the_gate.is_empty() {
            page.line("no servers");
        }
        let width = widest(self.servers.iter().map(|row| row.name.as_str())) + 2;
        for row in &self.servers {
            page.column(Tone::Strong, &row.name, width);
            let offers = row.by_person + row.by_first_use;
            page.put(Tone::Good, format!("{offers} pinned"));
            let place = if row.within_a_run { ", within runs" } else { "" };
            page.put(Tone::Faint, format!(" ({} by a person{place})  {}", row.by_person, row.started_as)).end();
        }
        for configured in &self.without_the_gate {
            page.put(Tone::Warning, "without the gate").put(Tone::Strong, format!("  {}", configured.name));
            page.put(Tone::Faint, format!("  in {}", configured.file)).end();
        }
        if !self.without_the_gate.is_empty() {
            page.put(Tone::Faint, "put them behind it: portcullis mcp wrap").end();
        }
    }
}
