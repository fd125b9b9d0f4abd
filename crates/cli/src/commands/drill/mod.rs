//! `portcullis drill`: attacks the walls of `portcullis run`, as your policy builds them, and says what held.

mod report;

use crate::commands::run::EngineChoice;
use crate::doctor::walls;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::whole;
use clap::{Args, Subcommand};
use portcullis_drill::{Attempt, Category, Ground, Launch, Problem, Start};
use portcullis_sandbox::Tier;
use report::{Entry, List, Report};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Attacks the walls of `run` as your policy builds them, harmlessly, and says what held.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Drill {
    /// Only attempts of this category; can be given more than once
    #[arg(long, value_name = "CATEGORY", value_parser = category)]
    only: Vec<Category>,
    /// Say what would be tried, and what each attempt would mean
    #[arg(long)]
    list: bool,
    /// Attack the walls of another program: what stands before a command, separated by blanks
    #[arg(long, value_name = "COMMAND")]
    through: Option<String>,
    /// Attack the walls of `run --engine` with this engine
    #[arg(long, value_name = "ENGINE", value_enum, conflicts_with = "through")]
    engine: Option<EngineChoice>,
    /// Attack a run that works in the files themselves: what is in them when it has ended counts
    #[arg(long, conflicts_with_all = ["through", "engine"])]
    live: bool,
    #[command(subcommand)]
    role: Option<Role>,
}

/// What this program is while a drill goes on. A drill starts these itself.
#[derive(Debug, Subcommand)]
enum Role {
    /// Makes the attempts
    #[command(hide = true)]
    Inside {
        /// Where things are
        plan: String,
    },
    /// Starts something carelessly
    #[command(hide = true)]
    Stage {
        /// The terminal that controls it
        #[arg(long)]
        terminal: PathBuf,
        /// The folder of the scene
        #[arg(long)]
        root: PathBuf,
        /// A port where somebody listens
        #[arg(long)]
        port: u16,
        /// What to start
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
    /// Holds a secret and waits
    #[command(hide = true)]
    Victim {
        /// The file that it holds open
        file: PathBuf,
    },
}

fn category(text: &str) -> Result<Category, String> {
    let names = Category::ALL.map(Category::name);
    let found = Category::ALL.into_iter().find(|category| category.name() == text);
    found.ok_or_else(|| format!("the categories are {}", names.join(", ")))
}

impl Drill {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let role = |result: std::io::Result<()>| match result {
            Ok(()) => Ok(Exit::Success),
            Err(error) => Err(Failure::io("take part in a drill", None, &error)),
        };
        match self.role {
            Some(Role::Inside { plan }) => role(portcullis_drill::run_inside(&plan)),
            Some(Role::Victim { file }) => role(portcullis_drill::run_victim(&file)),
            Some(Role::Stage { terminal, root, port, command }) => {
                role(Err(portcullis_drill::run_stage(&Start { terminal, root, port, command })))
            }
            None => self.drill(invocation),
        }
    }

    fn drill(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let is_wanted = |attempt: &&Attempt| self.only.is_empty() || self.only.contains(&attempt.category);
        let wanted = |attempt: &&Attempt| is_wanted(attempt) && !(self.live && attempt.is_what_live_is_for());
        let attempts: Vec<&'static Attempt> = portcullis_drill::all().filter(wanted).collect();
        if self.list {
            invocation.output.show(&List(attempts.iter().map(|attempt| Entry::of(attempt)).collect()))?;
            return Ok(Exit::Success);
        }
        // Before anything else is started: walls are built by somebody who is alone.
        let tier = match self.through {
            Some(_) => "not ours",
            None if self.engine.is_some() => Tier::Engine.kind(),
            None => walls::best().map_or("none", Tier::kind),
        };
        // What can't be recorded is not done.
        let gate = Gate::open(invocation)?;
        let program = std::env::current_exe().map_err(|error| Failure::io("find this program", None, &error))?;
        let through = self.through.as_ref().map(|words| words.split_whitespace().map(OsString::from).collect());
        let walls = match &through {
            Some(walls) => walls,
            None => &our_walls(invocation, &program, (self.engine, self.live))?,
        };
        let report = rounds(invocation, &program, walls, (through.is_none(), tier), &attempts)?;
        let engine = self.engine.map(|engine| format!(" by {}", engine.name()));
        let other = engine.or(self.live.then(|| " of a live run".to_owned()));
        let place = self.through.as_deref().map(|walls| format!(" through `{walls}`")).or(other).unwrap_or_default();
        crate::note::record(invocation, &gate, "the drill", format!("drill{place}: {}", report.sentence()))?;
        invocation.output.show(&report)?;
        Ok(report.exit())
    }
}

/// `portcullis run` with the same policy.
fn our_walls(
    invocation: &Invocation,
    program: &Path,
    (engine, live): (Option<EngineChoice>, bool),
) -> Result<Vec<OsString>, Failure> {
    let mut walls = vec![program.as_os_str().to_owned()];
    if let Some(policy) = &invocation.policy {
        walls.extend(["--policy".into(), invocation.cwd()?.join(policy).into_os_string()]);
    }
    walls.push("run".into());
    walls.extend(engine.into_iter().flat_map(|engine| ["--engine".into(), engine.name().into()]));
    walls.extend(live.then(|| "--live".into()));
    walls.push("--".into());
    Ok(walls)
}

/// Both rounds: without walls and within them.
fn rounds(
    invocation: &Invocation,
    program: &Path,
    walls: &[OsString],
    (ours, tier): (bool, &'static str),
    attempts: &[&'static Attempt],
) -> Result<Report, Failure> {
    let home = invocation.home()?;
    let folder = home.path().join("drill");
    let ground = Ground::hold(&folder)
        .map_err(|error| Failure::io("hold the folder that drills are made in", Some(&folder), &error))?;
    let project = policy_of_repository(invocation)?;
    let mut launch = Launch {
        program,
        inside: &["drill", "inside"],
        stage: &["drill", "stage"],
        victim: &["drill", "victim"],
        walls: Vec::new(),
        limits_at: None,
        environment: environment(invocation),
        folder: &folder,
        project: &project,
    };
    let bare = portcullis_drill::round(&launch, attempts).map_err(|problem| not_held("without walls", &problem));
    launch.walls = walls.to_vec();
    // Other walls take no limits of ours.
    launch.limits_at = ours.then(|| walls.len().saturating_sub(1));
    let walled = bare.and_then(|bare| {
        let walled = portcullis_drill::round(&launch, attempts);
        walled.map(|walled| (bare, walled)).map_err(|problem| not_held("within the walls", &problem))
    });
    // Each round has removed what it built, whatever came of it.
    drop(ground);
    let (bare, walled) = walled?;
    Ok(Report::of(attempts, &bare, &walled, tier))
}

fn not_held(which: &str, problem: &Problem) -> Failure {
    let failure = Failure::incomplete(format!("the round {which} could not be held: {}", problem.what));
    let said = problem.said.trim();
    if said.is_empty() { failure } else { failure.because(said.lines().take(6).collect::<Vec<_>>().join(" / ")) }
}

/// What whoever starts a drill would hand to `run`, as far as it has to do with policy.
fn environment(invocation: &Invocation) -> Vec<(OsString, OsString)> {
    let known = &invocation.environment;
    let config = known.config_home.clone().or_else(|| Some(known.home.as_ref()?.join(".config")));
    let path = known.path.clone().map(|path| ("PATH".into(), path));
    let config = config.map(|config| ("XDG_CONFIG_HOME".into(), config.into_os_string()));
    path.into_iter().chain(config).collect()
}

/// The policy of the repository in which the drill is started holds for its project as well.
fn policy_of_repository(invocation: &Invocation) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    const NAME: &str = "portcullis.toml";
    let cwd = invocation.cwd()?;
    let root = crate::repository::root_of(cwd, invocation.environment.home.as_deref());
    let file = root.as_deref().unwrap_or(cwd).join(NAME);
    let bytes = whole::if_there(std::fs::read(&file))
        .map_err(|error| Failure::io("read the repository's policy", Some(&file), &error))?;
    Ok(bytes.map(|bytes| (NAME.to_owned(), bytes)).into_iter().collect())
}
