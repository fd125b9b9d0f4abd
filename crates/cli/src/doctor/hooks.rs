//! Whether agents ask us: each hook that is registered is started as its agent starts it, and must say no to what can't be
//! read. A hook that an agent can't start is one that it goes on without.
//!
//! Only a command line that this program would have written itself is started: settings of a repository may come from
//! anybody.

use super::Check;
use crate::agent_hooks;
use portcullis_agents::Agent;
use portcullis_agents::hook::{self, Answer, Kind};
use portcullis_agents::registration::{Base, Registration, Scope};
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const ID: &str = "hooks";

/// Where settings are looked for.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    pub(crate) root: PathBuf,
    pub(crate) home: Option<PathBuf>,
    pub(crate) repository: Option<PathBuf>,
}

/// Looks at every hook that agents are given, and starts those of `program`.
pub(crate) fn check(places: &Places, program: &str) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut working = Vec::new();
    for agent in Agent::ALL {
        for scope in [Scope::Machine, Scope::User, Scope::Project] {
            for file in Registration::of(agent, scope, program) {
                let Some(base) = places.base(&file) else { continue };
                let found = agent_hooks::place(&file, base).and_then(|path| Ok((agent_hooks::read(&path)?, path)));
                let (text, path) = match found {
                    Ok((Some(text), path)) => (text, path),
                    Ok((None, _)) => continue,
                    Err(failure) => {
                        let place = failure.place.as_deref().unwrap_or_default();
                        checks.push(Check::warn(
                            ID,
                            format!("{}: {}: {place}", agent.name(), failure.what),
                            "look at it: its agent reads it as well",
                        ));
                        continue;
                    }
                };
                match look(agent, &file, &path, &text) {
                    Look::NotOurs => {}
                    Look::Works => working.push(format!("{} ({})", agent.name(), path.display())),
                    Look::Problem(check) => checks.push(check),
                }
            }
        }
    }
    if !working.is_empty() {
        checks.insert(0, Check::ok(ID, working.join(", ")));
    }
    if checks.is_empty() {
        checks.push(Check::ok(ID, "no agent asks before it uses a tool; `init --agent` makes it"));
    }
    checks
}

enum Look {
    /// There is no hook of ours in it.
    NotOurs,
    Works,
    Problem(Check),
}

fn look(agent: Agent, file: &Registration, path: &Path, text: &str) -> Look {
    let mend = format!("portcullis init --agent {}", agent.name());
    match file.added_to(Some(text)) {
        Ok(None) => {}
        Ok(Some(_)) if !text.contains(" hook ") || !text.contains("portcullis") => return Look::NotOurs,
        Ok(Some(_)) => {
            let found = format!("{}: {} is not as this program would write it", agent.name(), path.display());
            return Look::Problem(Check::warn(ID, found, format!("look at it, and then: {mend}")));
        }
        Err(_) if !text.contains("portcullis") => return Look::NotOurs,
        Err(error) => {
            let found = format!("{}: {}: {error}", agent.name(), path.display());
            return Look::Problem(Check::fail(ID, found, "mend the file; the agent may not read it either"));
        }
    }
    let broken = file.commands().into_iter().find(|(event, command)| !says_no(agent, event, command));
    broken.map_or(Look::Works, |(event, _)| {
        let found = format!("{}: the hook for {event} in {} does not answer", agent.name(), path.display());
        Look::Problem(Check::fail(ID, found, format!("the agent goes on without it: {mend}")))
    })
}

/// Whether a hook that is handed nothing says no as its agent expects it, or nothing where there is nothing to stop.
fn says_no(agent: Agent, event: &str, command: &str) -> bool {
    let why = "Portcullis".to_owned();
    let answer = match hook::kind(agent, event) {
        Kind::Before | Kind::Permission | Kind::Prompt => Answer::Deny(why),
        Kind::After => Answer::Replace(why.clone().into(), why),
        Kind::Other => Answer::Abstain,
    };
    let expected = hook::reply(agent, event, &answer);
    let Some(output) = start(command) else { return false };
    let said = [output.stdout, output.stderr].concat();
    let tells = expected.stdout.contains("Portcullis") || expected.stderr.contains("Portcullis");
    let told = String::from_utf8_lossy(&said).contains("Portcullis");
    tells == told && output.status.code() == Some(i32::from(expected.status))
}

/// Starts a hook. What it puts on record is no part of anybody's ledger: its state is a folder that goes again.
fn start(command: &str) -> Option<Output> {
    let state = std::env::temp_dir().join(format!("portcullis-doctor-{}", portcullis_event::EventId::fresh()));
    DirBuilder::new().mode(0o700).create(&state).ok()?;
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", command]).env("PORTCULLIS_HOME", &state).stdin(Stdio::null());
    let output = shell.output().ok();
    fs::remove_dir_all(&state).ok();
    output
}

impl Places {
    fn base(&self, file: &Registration) -> Option<&Path> {
        match file.base {
            Base::Root => Some(&self.root),
            Base::Home => self.home.as_deref(),
            Base::Repository => self.repository.as_deref(),
        }
    }
}
