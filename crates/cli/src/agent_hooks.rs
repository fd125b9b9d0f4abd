//! Coding agents' hooks: written into the agents' own settings, and taken out again.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::whole::{self, Rights};
use clap::builder::{PossibleValue, PossibleValuesParser};
use portcullis_agents::Agent;
use portcullis_agents::registration::{Base, Registration, Scope};
use serde::Serialize;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The names of agents that have a hook, as arguments.
pub(crate) fn names() -> PossibleValuesParser {
    Agent::ALL.map(|agent| PossibleValue::new(agent.name()).aliases(agent.other_names())).into()
}

/// Settings are written by people. What is larger than this was not.
const LARGEST: u64 = 4 * 1024 * 1024;

/// What is to be done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Task {
    pub(crate) scope: Scope,
    /// Take the hooks out instead.
    pub(crate) remove: bool,
    /// Show what would be written.
    pub(crate) dry_run: bool,
}

/// What was done.
#[derive(Debug, Serialize)]
struct Done {
    agents: Vec<One>,
}

/// One agent.
#[derive(Debug, Serialize)]
struct One {
    agent: &'static str,
    files: Vec<Written>,
    /// What its user still has to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    then: Option<&'static str>,
}

/// One file.
#[derive(Debug, Serialize)]
struct Written {
    path: String,
    state: State,
    /// The new text, where nothing is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Written,
    Removed,
    /// It was as it should be.
    Unchanged,
    /// It would be written.
    Shown,
}

/// Puts the hooks of these agents in, or takes them out.
pub(crate) fn install(
    agents: &[Agent],
    task: Task,
    root: Option<&Path>,
    invocation: &Invocation,
) -> Result<Exit, Failure> {
    let program = program()?;
    let mut done = Done { agents: Vec::new() };
    for agent in agents.iter().copied() {
        let files = Registration::of(agent, task.scope, &program);
        if files.is_empty() {
            return Err(nowhere(agent, &program));
        }
        let change = |file: &Registration| change(file, task, &base(file.base, root, invocation)?);
        let files = files.iter().map(change).collect::<Result<Vec<_>, Failure>>()?;
        done.agents.push(One { agent: agent.name(), files, then: then(agent).filter(|_| !task.remove) });
    }
    invocation.output.show(&done)?;
    Ok(Exit::Success)
}

/// This program, by the path that agents start it with. A path that another user can write would hand them the gate.
fn program() -> Result<String, Failure> {
    let path = std::env::current_exe().map_err(|error| Failure::io("find this program's path", None, &error))?;
    path.to_str().map(str::to_owned).ok_or_else(|| {
        Failure::usage("the path of this program is not text that settings can hold").at(path.to_string_lossy())
    })
}

fn base(base: Base, root: Option<&Path>, invocation: &Invocation) -> Result<PathBuf, Failure> {
    match base {
        Base::Home => invocation.environment.home.clone().ok_or_else(|| Failure::usage("HOME is not set")),
        Base::Repository => root.map(Path::to_owned).ok_or_else(|| Failure::usage("there is no git repository here")),
        Base::Root => Ok(PathBuf::from("/")),
    }
}

fn change(file: &Registration, task: Task, base: &Path) -> Result<Written, Failure> {
    let path = place(file, base)?;
    let text = read(&path)?;
    let not_editable = |error: portcullis_agents::registration::NotEditable| {
        Failure::usage(format!("the settings can't be changed: {error}"))
            .at(path.to_string_lossy())
            .because("what can't be read as a whole would be lost in part")
            .fix("mend the file and try again")
    };
    let new = match (task.remove, &text) {
        (false, text) => file.added_to(text.as_deref()).map_err(not_editable)?,
        (true, Some(text)) => file.taken_from(text).map_err(not_editable)?,
        (true, None) => None,
    };
    let shown = path.to_string_lossy().into_owned();
    let Some(new) = new else { return Ok(Written { path: shown, state: State::Unchanged, text: None }) };
    if task.dry_run {
        return Ok(Written { path: shown, state: State::Shown, text: Some(new) });
    }
    if new.is_empty() {
        fs::remove_file(&path).map_err(|error| Failure::io("remove the hook", Some(&path), &error))?;
    } else {
        replace(&path, &new, file.executable)
            .map_err(|error| Failure::io("write the settings", Some(&path), &error))?;
    }
    Ok(Written { path: shown, state: if task.remove { State::Removed } else { State::Written }, text: None })
}

/// The file itself. Links are common among one's own settings and followed there; in a repository they could lead anywhere.
pub(crate) fn place(file: &Registration, base: &Path) -> Result<PathBuf, Failure> {
    let path = base.join(&file.path);
    if file.base != Base::Repository {
        return Ok(fs::canonicalize(&path).unwrap_or(path));
    }
    let mut here = base.to_owned();
    for part in Path::new(&file.path) {
        here.push(part);
        if fs::symlink_metadata(&here).is_ok_and(|it| it.is_symlink()) {
            return Err(Failure::usage("a link stands where the settings belong")
                .at(here.to_string_lossy())
                .because("it could lead out of the repository"));
        }
    }
    Ok(path)
}

/// The text of settings, if there are some; nothing that is no plain file, and nothing that people did not write.
pub(crate) fn read(path: &Path) -> Result<Option<String>, Failure> {
    let failed = |error: io::Error| Failure::io("read the settings", Some(path), &error);
    let Some(metadata) = whole::if_there(fs::metadata(path)).map_err(failed)? else { return Ok(None) };
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err(Failure::usage("this is no file of settings").at(path.to_string_lossy()));
    }
    fs::read_to_string(path).map(Some).map_err(failed)
}

/// Puts settings in the place of those that stand there, with the rights that those had.
pub(crate) fn replace(path: &Path, text: &str, executable: bool) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    whole::replace(path, text.as_bytes(), Rights::Kept { or: if executable { 0o755 } else { 0o644 } })
}

fn nowhere(agent: Agent, program: &str) -> Failure {
    let events: Vec<&str> = portcullis_agents::hook::events(agent)
        .iter()
        .filter(|(_, kind)| *kind != portcullis_agents::hook::Kind::Other)
        .map(|(event, _)| *event)
        .collect();
    Failure::usage(format!("{} has no file of this scope that a hook could be written into", agent.name()))
        .fix("choose another scope with --scope")
        .fix(format!("or register `{program} hook {} EVENT` yourself, for {}", agent.name(), events.join(", ")))
}

/// What only the agent's user can do.
const fn then(agent: Agent) -> Option<&'static str> {
    match agent {
        Agent::ClaudeCode => Some(
            "set CLAUDE_CODE_DISABLE_TERMINAL_TITLE=1: it sends a prompt to be given a title without waiting for the hook",
        ),
        Agent::Codex => Some("start codex once and trust the hook with /hooks; it starts no other"),
        Agent::CopilotCli => Some("a hook that takes too long lets the call pass, whatever is set"),
        Agent::Cursor
        | Agent::VsCode
        | Agent::Gemini
        | Agent::Windsurf
        | Agent::Cline
        | Agent::Kiro
        | Agent::Goose
        | Agent::OpenCode
        | Agent::Droid
        | Agent::Devin
        | Agent::Antigravity => None,
    }
}

impl View for Done {
    fn write(&self, page: &mut Page) {
        for one in &self.agents {
            for file in &one.files {
                let (tone, word) = match file.state {
                    State::Written => (Tone::Good, "installed"),
                    State::Removed => (Tone::Good, "removed  "),
                    State::Unchanged => (Tone::Faint, "unchanged"),
                    State::Shown => (Tone::Plain, "would be "),
                };
                page.put(tone, word).put(Tone::Plain, format!("  {}  {}", one.agent, file.path)).end();
                if let Some(text) = &file.text {
                    page.lines(text);
                }
            }
            if let Some(then) = one.then {
                page.put(Tone::Warning, "then     ").put(Tone::Plain, format!("  {then}")).end();
            }
        }
    }
}
