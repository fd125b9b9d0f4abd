//! `portcullis init`: a commented policy that fits the repository.

use crate::agent_hooks::{self, Task};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gitignore;
use crate::hooks;
use crate::invocation::Invocation;
use crate::output::{View, write_out};
use crate::page::{Page, Tone};
use crate::policy_files::MAIN_FILE;
use crate::repository::{self, Repository};
use crate::whole::{self, Rights};
use clap::{Args, ValueEnum};
use portcullis_agents::Agent;
use portcullis_agents::registration::Scope;
use serde::Serialize;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Writes a commented portcullis.toml that fits this repository.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Replace a policy that is there already
    #[arg(long)]
    force: bool,
    /// Print what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Write the hooks that stop a secret before it is committed or pushed, and no policy
    #[arg(long, conflicts_with_all = ["force", "dry_run"])]
    hooks: bool,
    /// Make this agent ask us before it uses a tool: write our hook into its settings, and no policy
    #[arg(long, value_name = "NAME", value_parser = agent_hooks::names())]
    #[arg(conflicts_with_all = ["force", "hooks"])]
    agent: Vec<String>,
    /// Whose settings: your own, the repository's, or the machine's, which no user can change
    #[arg(long, value_enum, default_value_t = ScopeName::User, requires = "agent")]
    scope: ScopeName,
    /// Take the hook out of the agent's settings again
    #[arg(long, requires = "agent")]
    remove: bool,
}

/// Whose settings a hook is written into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ScopeName {
    /// Your own
    User,
    /// The repository's
    Project,
    /// The machine's
    Machine,
}

/// What was done.
#[derive(Debug, Serialize)]
struct Done {
    /// The policy.
    policy: String,
    /// Its text.
    text: String,
    /// Whether it was written.
    written: bool,
    /// The `.gitignore` that got a new entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    gitignore: Option<String>,
    found: Repository,
}

impl Init {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let cwd = invocation.cwd()?;
        let repository = repository::root_of(cwd, invocation.environment.home.as_deref());
        if self.hooks {
            return hooks::install(repository.as_deref(), invocation);
        }
        if !self.agent.is_empty() {
            let agents: Vec<Agent> = self.agent.iter().filter_map(|name| Agent::named(name)).collect();
            let scope = match self.scope {
                ScopeName::User => Scope::User,
                ScopeName::Project => Scope::Project,
                ScopeName::Machine => Scope::Machine,
            };
            let task = Task { scope, remove: self.remove, dry_run: self.dry_run };
            return agent_hooks::install(&agents, task, repository.as_deref(), invocation);
        }
        let root = repository.as_deref().unwrap_or(cwd);
        let path = root.join(MAIN_FILE);
        let found = Repository::look(root);
        let text = portcullis_policy::template(&found.facts());
        let mut done =
            Done { policy: path.to_string_lossy().into_owned(), text, written: false, gitignore: None, found };
        if self.dry_run && !invocation.output.is_json() {
            write_out(&done.text)?;
            return Ok(Exit::Success);
        }
        if !self.dry_run {
            write_policy(&path, &done.text, self.force)?;
            done.written = true;
            if repository.is_some() {
                done.gitignore = ignore_state(root)?.map(|path| path.to_string_lossy().into_owned());
            }
        }
        invocation.output.show(&done)?;
        Ok(Exit::Success)
    }
}

fn write_policy(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let written = match create(path, text.as_bytes()) {
        Err(error) if force && error.kind() == io::ErrorKind::AlreadyExists => {
            whole::replace(path, text.as_bytes(), Rights::Kept { or: 0o644 })
        }
        written => written,
    };
    written.map_err(|error| {
        if error.kind() != io::ErrorKind::AlreadyExists {
            return Failure::io("write the policy", Some(path), &error);
        }
        Failure::usage("there already is a policy")
            .at(path.to_string_lossy())
            .because("it may hold decisions that somebody made on purpose")
            .fix("look at what would be written: portcullis init --dry-run")
            .fix("replace it: portcullis init --force")
    })
}

/// Writes a new file; a file or a link that is there already is an error.
fn create(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(text)
}

/// Makes git ignore our own folder; gives the file if it was changed. A link is left alone, as git does not follow it.
fn ignore_state(root: &Path) -> Result<Option<PathBuf>, Failure> {
    let path = root.join(".gitignore");
    let failed = |error: io::Error| Failure::io("add .portcullis/ to .gitignore", Some(&path), &error);
    let text = match whole::if_there(fs::symlink_metadata(&path)).map_err(failed)? {
        Some(metadata) if !metadata.is_file() => return Ok(None),
        Some(_) => fs::read(&path).map_err(failed)?,
        None => Vec::new(),
    };
    match gitignore::with_entry(&text) {
        None => Ok(None),
        Some(longer) => {
            let added = longer.get(text.len()..).unwrap_or_default();
            let appended =
                File::options().append(true).create(true).open(&path).and_then(|mut file| file.write_all(added));
            appended.map_err(failed)?;
            Ok(Some(path))
        }
    }
}

impl View for Done {
    fn write(&self, page: &mut Page) {
        let (tone, word) = if self.written { (Tone::Good, "wrote") } else { (Tone::Plain, "would write") };
        page.put(tone, word).put(Tone::Plain, " ").put(Tone::Strong, &self.policy).end();
        let list = |names: &std::collections::BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
        let facts = [
            ("languages", list(&self.found.languages)),
            ("packages", list(&self.found.package_managers)),
            ("remotes", list(&self.found.remote_hosts)),
            ("production", list(&self.found.sensitive_folders)),
            ("branch", self.found.default_branch.clone().unwrap_or_default()),
        ];
        for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
            page.put(Tone::Faint, "  ").column(Tone::Faint, name, 12).put(Tone::Plain, value).end();
        }
        if let Some(path) = &self.gitignore {
            page.put(Tone::Good, "added").put(Tone::Plain, format!(" {} to {path}", gitignore::ENTRY)).end();
        }
        page.end().line("read it, change what does not fit, then: portcullis policy check");
    }
}
