//! `portcullis doctor`: what works on this machine, and how to mend what does not.

use crate::doctor::{
    Check, Status, agents, clock, engines, git, hooks, kernel, ledger, limits, policy, settings, state, walls,
};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone, widest};
use clap::Args;
use serde::Serialize;
use std::path::Path;

/// Says what works on this machine, and how to mend what does not. It changes nothing and runs no agent.
#[derive(Debug, Args)]
pub(crate) struct Doctor {}

/// Every check, and the worst of them.
#[derive(Debug, Serialize)]
struct Report {
    status: Status,
    checks: Vec<Check>,
}

impl Doctor {
    pub(crate) fn run(invocation: &Invocation) -> Result<Exit, Failure> {
        let checks = examine(invocation);
        let status = checks.iter().map(|check| check.status).max().unwrap_or(Status::Fail);
        invocation.output.show(&Report { status, checks })?;
        Ok(match status {
            Status::Ok | Status::Warn => Exit::Success,
            Status::Fail => Exit::Incomplete,
        })
    }
}

fn examine(invocation: &Invocation) -> Vec<Check> {
    let folders = invocation.environment.path_folders();
    let mut checks = match invocation.home() {
        Ok(home) => [state::check(&home), ledger::check(&home)].concat(),
        Err(failure) => vec![Check::fail("state-folder", failure.what, failure.fix.join("; "))],
    };
    checks.extend(policy::check(invocation));
    checks.extend(kernel::check(Path::new("/")));
    checks.extend(walls::check());
    checks.extend(engines::check());
    checks.extend(limits::check());
    checks.extend(clock::check(std::env::current_exe().ok().as_deref()));
    checks.extend(git::check(&folders));
    checks.extend(agents::check(&folders));
    checks.extend(hooks_of_agents(invocation));
    checks.extend(invocation.home().iter().flat_map(settings::check));
    checks
}

fn hooks_of_agents(invocation: &Invocation) -> Vec<Check> {
    let home = invocation.environment.home.clone();
    let repository =
        invocation.environment.cwd.as_deref().and_then(|cwd| crate::repository::root_of(cwd, home.as_deref()));
    let places = hooks::Places { root: "/".into(), home, repository };
    let program = std::env::current_exe().ok().and_then(|path| path.to_str().map(str::to_owned));
    program.map(|program| hooks::check(&places, &program)).unwrap_or_default()
}

impl View for Report {
    fn write(&self, page: &mut Page) {
        let width = widest(self.checks.iter().map(|check| check.id)) + 2;
        for check in &self.checks {
            let (tone, word) = match check.status {
                Status::Ok => (Tone::Good, "ok"),
                Status::Warn => (Tone::Warning, "warn"),
                Status::Fail => (Tone::Bad, "FAIL"),
            };
            page.column(tone, word, 6).column(Tone::Strong, check.id, width).put(Tone::Plain, &check.found).end();
            if let Some(remedy) = &check.remedy {
                page.column(Tone::Plain, "", 6 + width).put(Tone::Faint, "→ ").put(Tone::Plain, remedy).end();
            }
        }
        let count = |status| self.checks.iter().filter(|check| check.status == status).count();
        let (warnings, failures) = (count(Status::Warn), count(Status::Fail));
        page.end();
        page.line(match (failures, warnings) {
            (0, 0) => "everything works".to_owned(),
            (0, _) => format!("everything that is needed today works; {warnings} to look at"),
            (_, _) => format!("{failures} to mend, {warnings} to look at"),
        });
    }
}
