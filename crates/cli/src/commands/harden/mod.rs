//! `portcullis harden`: what policy says, written into the agents' own settings.

mod attest;
mod show;
mod undo;
mod verify;

use crate::agent_hooks;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::harden::kept::{Keeping, Kept, Step};
use crate::harden::places::Roots;
use crate::harden::plan::{self, Edit, Meant};
use crate::harden::wanted::wanted;
use crate::invocation::Invocation;
use crate::policy_files::PolicyFiles;
use crate::whole;
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Subcommand, ValueEnum};
use portcullis_event::{AbsPath, Config, ConfigOp, hex};
use portcullis_harden::{Scope, Tool, Wanted};
use portcullis_policy::{Layer, ValidPolicy};
use sha2::{Digest as _, Sha256};
use show::{Plan, State};
use std::fs::{self, Permissions};
use std::io::{self, BufRead as _, IsTerminal as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Writes what your policy says into the agents' own settings: it shows what would change, asks, and can be taken back.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Harden {
    #[command(subcommand)]
    command: Option<Sub>,
    #[command(flatten)]
    which: Which,
    /// Show what would be written, and write nothing
    #[arg(long, conflicts_with_all = ["yes", "undo"])]
    dry_run: bool,
    /// Write it without asking
    #[arg(long)]
    yes: bool,
    /// Take back what was written
    #[arg(long)]
    undo: bool,
}

#[derive(Debug, Subcommand)]
enum Sub {
    /// Prove each setting: read the files as the tool reads them, and say what does not hold
    Verify(verify::Verify),
    /// Write down that you looked at a setting that stands in a web page
    Attest(attest::Attest),
}

/// Which settings are meant.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// Whose settings: your own, the repository's, or the machine's, which no user can change
    #[arg(long, value_enum, value_delimiter = ',', default_value = "user")]
    scope: Vec<ScopeName>,
    /// Which tools; without it, those that are used here
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = names())]
    tool: Vec<String>,
}

/// Whose settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ScopeName {
    /// Your own
    User,
    /// The repository's
    Project,
    /// The machine's
    Managed,
}

fn names() -> PossibleValuesParser {
    Tool::ALL.map(|tool| PossibleValue::new(tool.name()).aliases(tool.other_names())).into()
}

impl Which {
    fn meant(&self, roots: &Roots, invocation: &Invocation) -> Result<Meant, Failure> {
        let of = |name: &ScopeName| match name {
            ScopeName::User => Scope::User,
            ScopeName::Project => Scope::Project,
            ScopeName::Managed => Scope::Managed,
        };
        let mut scopes: Vec<Scope> = self.scope.iter().map(of).collect();
        scopes.sort();
        scopes.dedup();
        if scopes.contains(&Scope::Project) && roots.repository.is_none() {
            return Err(Failure::usage("there is no git repository here").fix("choose another scope with --scope"));
        }
        let named: Vec<Tool> = self.tool.iter().filter_map(|name| Tool::named(name)).collect();
        let tools = if named.is_empty() { used(roots, invocation) } else { named };
        Ok(Meant { scopes, tools })
    }
}

/// The tools that are used here: a program of theirs on the search path, or a folder that they make.
fn used(roots: &Roots, invocation: &Invocation) -> Vec<Tool> {
    let folders = invocation.environment.path_folders();
    let is_used = |tool: &Tool| {
        let program = |name: &&str| folders.iter().any(|folder| folder.join(name).is_file());
        tool.programs().iter().any(program) || tool.folders().iter().any(|it| roots.home.join(it).is_dir())
    };
    Tool::ALL.into_iter().filter(is_used).collect()
}

/// Stands for a repository in what is said of none in particular.
const ANY_REPOSITORY: &str = "/any-repository";

/// What the policy in force wants.
pub(super) struct Asked {
    policy: ValidPolicy,
    /// Of the repository's settings.
    inside: Wanted,
    /// Of all others: what a repository says is no matter of other repositories.
    outside: Wanted,
}

impl Asked {
    pub(super) fn of(invocation: &Invocation) -> Result<Self, Failure> {
        let mut files = PolicyFiles::find(invocation)?;
        let policy = files.load()?;
        let inside = wanted(&policy, &files.places);
        files.sources.retain(|source| source.layer != Layer::Repository);
        // Wherever this is run, what is meant in a repository is meant in any.
        files.places.repository = AbsPath::parse(ANY_REPOSITORY).ok();
        let outside = wanted(&files.load()?, &files.places);
        Ok(Self { policy, inside, outside })
    }

    pub(super) fn wanted(&self, scope: Scope) -> &Wanted {
        match scope {
            Scope::Project | Scope::Local => &self.inside,
            Scope::Managed | Scope::User => &self.outside,
        }
    }
}

impl Harden {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        match self.command {
            Some(Sub::Verify(verify)) => return verify.run(invocation),
            Some(Sub::Attest(attest)) => return attest.run(invocation),
            None => {}
        }
        let roots = Roots::find(invocation)?;
        if self.undo {
            return undo::run(&self.which, self.yes, invocation);
        }
        let meant = self.which.meant(&roots, invocation)?;
        let asked = Asked::of(invocation)?;
        let edits = plan::plan(&meant, &|scope| asked.wanted(scope), &roots)?;
        if self.dry_run || edits.is_empty() {
            invocation.output.show(&Plan::of(&edits, State::Shown, &meant))?;
            return Ok(Exit::Success);
        }
        if meant.scopes.contains(&Scope::Managed) && !rustix::process::geteuid().is_root() {
            return Err(Failure::usage("the machine's settings belong to root")
                .because("several tools ignore settings of the machine that somebody else could have written")
                .fix("sudo portcullis harden --scope managed"));
        }
        if !self.yes && !agreed(&Plan::of(&edits, State::Shown, &meant), invocation)? {
            return Ok(Exit::Findings);
        }
        let gate = Gate::with(asked.policy, invocation)?;
        write(&edits, &gate, invocation)?;
        invocation.output.show(&Plan::of(&edits, State::Written, &meant))?;
        Ok(Exit::Success)
    }
}

/// Shows it and asks the person at the terminal.
fn agreed(view: &impl crate::output::View, invocation: &Invocation) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() || invocation.output.is_json() {
        return Err(Failure::usage("nobody is there to be asked")
            .because("settings that steer agents are not changed without a person's yes")
            .fix("look at what would be written: --dry-run")
            .fix("say yes beforehand: --yes"));
    }
    invocation.output.show(view)?;
    invocation.output.remark("write this? y or n");
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    Ok(read.is_ok() && matches!(answer.trim(), "y" | "yes"))
}

/// Writes a plan. Each file is on the record before it is changed, and what was in it is kept.
fn write(edits: &[Edit], gate: &Gate, invocation: &Invocation) -> Result<(), Failure> {
    let keeping = Keeping::of(&invocation.home()?);
    for edit in edits {
        record(&edit.path, edit.tool.name(), &edit.after, gate, invocation)?;
        let mut kept = keeping.get(&edit.path)?.unwrap_or_else(|| Kept {
            path: edit.path.clone(),
            tool: edit.tool.name().to_owned(),
            scope: edit.place.scope.name().to_owned(),
            steps: Vec::new(),
            folders: missing_folders(&edit.path),
        });
        kept.add(Step { before: edit.before.clone(), after: edit.after.clone() });
        keeping.put(&kept)?;
        unchanged(&edit.path, edit.before.as_deref())?;
        agent_hooks::replace(&edit.path, &edit.after, false)
            .map_err(|error| Failure::io("write the settings", Some(&edit.path), &error))?;
        if edit.place.scope == Scope::Managed {
            open_to_readers(&kept.folders)?;
        }
    }
    Ok(())
}

/// The machine's settings are read by everybody, whatever the mask of whoever wrote them.
fn open_to_readers(folders: &[PathBuf]) -> Result<(), Failure> {
    folders.iter().filter(|folder| folder.is_dir()).try_for_each(|folder| {
        fs::set_permissions(folder, Permissions::from_mode(0o755))
            .map_err(|error| Failure::io("let others read the settings", Some(folder), &error))
    })
}

/// Puts on the record that a file of settings is about to become this.
fn record(path: &Path, tool: &str, text: &str, gate: &Gate, invocation: &Invocation) -> Result<(), Failure> {
    let what = Config {
        path: AbsPath::from_os(path).ok(),
        source: Some("portcullis harden".to_owned()),
        hash: Some(hex::encode(&Sha256::digest(text.as_bytes()))),
        ..Config::new(ConfigOp::Change, "settings", tool)
    };
    gate.put_on_record(invocation, "the change of settings", what).map(|_| ())
}

/// The folders that are not there yet, the innermost first.
fn missing_folders(path: &Path) -> Vec<PathBuf> {
    let folders = path.ancestors().skip(1).take_while(|folder| folder.symlink_metadata().is_err());
    folders.map(Path::to_owned).collect()
}

/// That nobody changed a file since the plan was made.
fn unchanged(path: &Path, before: Option<&str>) -> Result<(), Failure> {
    let now = whole::if_there(fs::read_to_string(path))
        .map_err(|error| Failure::io("read the settings", Some(path), &error))?;
    if now.as_deref() == before {
        return Ok(());
    }
    Err(Failure::incomplete("the settings were changed meanwhile").at(path.to_string_lossy()).fix("try again"))
}
