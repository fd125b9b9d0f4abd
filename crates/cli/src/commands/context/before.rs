//! What an agent would see if it was started here now, within a run.

use super::shown::plural;
use crate::agents::AGENTS;
use crate::commands::run::Hidden;
use crate::commands::trust::{self, Server};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::instructions;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone, widest};
use crate::policy_files::PolicyFiles;
use crate::repository;
use portcullis_event::Reason;
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};

/// So many hidden files are shown to a person; all of them are in the JSON.
const SHOWN: usize = 40;

/// What there is to be seen.
#[derive(Debug, Serialize)]
struct Seen {
    folder: PathBuf,
    instructions: Vec<Instructions>,
    hidden: Vec<HiddenFile>,
    servers: Vec<Server>,
}

/// A file of instructions.
#[derive(Debug, Serialize)]
struct Instructions {
    path: PathBuf,
    /// The agents that load it by themselves.
    agents: Vec<&'static str>,
    length: u64,
    /// Why it can't be read in a run, if it can't.
    #[serde(skip_serializing_if = "Option::is_none")]
    hidden: Option<Why>,
}

/// A file, or a folder, that can't be read.
#[derive(Debug, Serialize)]
struct HiddenFile {
    path: PathBuf,
    #[serde(flatten)]
    why: Why,
}

#[derive(Debug, Serialize)]
struct Why {
    why: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<String>,
}

impl From<Reason> for Why {
    fn from(reason: Reason) -> Self {
        Self { why: reason.message, line: reason.source.map(|source| source.to_string()) }
    }
}

pub(super) fn show(invocation: &Invocation) -> Result<Exit, Failure> {
    let policy = PolicyFiles::find(invocation)?.load()?;
    let (cwd, home) = (invocation.cwd()?, invocation.environment.home.as_deref());
    let root = repository::root_of(cwd, home);
    let workspace = root.as_deref().unwrap_or(cwd);
    let state = invocation.home()?.path().to_owned();
    let hiding = Hidden { policy: &policy, workspace, home: home.unwrap_or(Path::new("/tmp")), state: &state };
    let mut hidden: Vec<HiddenFile> = hiding
        .below(workspace, usize::MAX)
        .into_iter()
        .map(|(path, reason)| HiddenFile { path: workspace.join(path), why: reason.into() })
        .collect();
    hidden.sort_by(|one, other| one.path.cmp(&other.path));
    let of = |(path, agents): (PathBuf, Vec<&'static str>)| {
        let length = fs::metadata(&path).map(|about| about.len()).unwrap_or_default();
        let is_taken = home.is_some_and(|home| is_taken_along(&path, home));
        let hidden = hiding.against(&path).filter(|_| !is_taken).map(Why::from);
        Instructions { path, agents, length, hidden }
    };
    let instructions = instructions::loaded(cwd, root.as_deref(), home).into_iter().map(of).collect();
    let servers = trust::servers(workspace, home)?;
    invocation.output.show(&Seen { folder: cwd.to_owned(), instructions, hidden, servers })?;
    Ok(Exit::Success)
}

/// Whether a file of the user's own is handed to its agent in a run.
fn is_taken_along(path: &Path, home: &Path) -> bool {
    let folders = AGENTS.iter().flat_map(|agent| agent.folders);
    folders
        .flat_map(|folder| folder.taken.iter().map(|name| home.join(folder.outside).join(name)))
        .any(|it| path.starts_with(it))
}

impl View for Seen {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Strong, "what an agent would see").put(Tone::Plain, format!(" in {}", self.folder.display()));
        page.put(Tone::Faint, ", within portcullis run").end();
        let paths: Vec<String> = self.instructions.iter().map(|it| it.path.display().to_string()).collect();
        let width = widest(paths.iter().map(String::as_str)) + 2;
        page.end().put(Tone::Strong, "instructions").end();
        for (path, it) in paths.iter().zip(&self.instructions) {
            page.put(Tone::Plain, "  ").column(Tone::Plain, path, width).column(
                Tone::Plain,
                format!("{} bytes", it.length),
                14,
            );
            page.put(Tone::Faint, it.agents.join(", "));
            if let Some(Why { why, .. }) = &it.hidden {
                page.put(Tone::Warning, format!("  hidden: {why}"));
            }
            page.end();
        }
        if self.instructions.is_empty() {
            page.put(Tone::Faint, "  none that agents load by themselves").end();
        }
        page.end().put(Tone::Strong, "MCP servers").end();
        for Server { name, file, behind_the_gate } in &self.servers {
            page.put(Tone::Plain, format!("  {name}")).put(Tone::Faint, format!("  in {file}"));
            page.put(Tone::Warning, if *behind_the_gate { "" } else { "  without the gate" }).end();
        }
        if self.servers.is_empty() {
            page.put(Tone::Faint, "  none").end();
        }
        page.end().put(Tone::Strong, "hidden").end();
        for HiddenFile { path, why: Why { why, line } } in self.hidden.iter().take(SHOWN) {
            page.put(Tone::Plain, format!("  {}", path.display())).put(Tone::Faint, format!("  {why}"));
            page.put(Tone::Faint, line.as_ref().map(|line| format!(" ({line})")).unwrap_or_default()).end();
        }
        match self.hidden.len() {
            0 => drop(page.put(Tone::Faint, "  nothing").end()),
            count if count > SHOWN => {
                let more = u64::try_from(count - SHOWN).unwrap_or(u64::MAX);
                page.put(Tone::Faint, format!("  and {}; --json shows all", plural(more, "other"))).end();
            }
            _ => {}
        }
    }
}
