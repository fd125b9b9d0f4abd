//! `portcullis run`: an agent, or any command, within walls.
//!
//! The order matters. The walls are built first, by a copy of this process that has read no key and started no thread;
//! then the ledger is opened and the start decided and recorded; only then does the command exist.

mod after;
mod again;
mod agent;
mod background;
mod before;
mod clean_code;
mod connection;
mod controls;
pub(crate) mod egress;
mod engine;
mod environment;
pub(crate) mod etc;
mod face;
mod foreign;
mod hidden;
pub(crate) mod identity;
mod in_place;
pub(crate) mod limits;
mod live;
mod masks;
mod models;
mod named;
mod observe;
mod outlet;
mod program;
mod relay;
mod settle;
mod sockets;
mod summary;
mod temporary;
mod title;
mod unseen;
mod walls;
mod workspace;
pub(crate) mod world;

pub(crate) use engine::Choice as EngineChoice;

use crate::approvals::Desk;
use crate::commands::hook::door;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::policy_files::PolicyFiles;
use crate::servers;
use crate::sessions;
use crate::surroundings;
use after::Over;
use background::Log;
use before::Before;
use clap::Args;
pub(crate) use egress::RunRoad;
pub(crate) use hidden::Hidden;
use limits::{Asked, Guard, Watch};
use models::OfModels;
use portcullis_changes::{LockedSession, TreePath};
use portcullis_event::{Actor, Agent, Host, Place, Sandbox, Session, SessionId, SessionOp};
use portcullis_policy::Boundary;
use portcullis_sandbox::{Opened, Prepared, Signals, Tier};
use relay::{Carried, Ended};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Instant, SystemTime};
use summary::AgentBegins;
use temporary::Temporary;
use title::Title;
use walls::{Walls, Wanted, walls};
use world::World;

/// The exit status of what was ended by the signal that nothing can catch, which is how runs are halted.
const KILLED: i32 = 128 + 9;

/// Runs an agent, or any command, within walls.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Say nothing about the run itself
    #[arg(long, short)]
    quiet: bool,
    /// Hand this variable in; with `=VALUE`, with this value
    #[arg(long, value_name = "NAME[=VALUE]")]
    env: Vec<String>,
    /// A limit below that of policy, such as `memory=2GiB` or `time=10m`
    #[arg(long, value_name = "NAME=VALUE")]
    limit: Vec<Asked>,
    /// Begin without what the agent kept in earlier runs, and keep nothing
    #[arg(long)]
    fresh: bool,
    /// Apply nothing when the command ends, also what policy would let through by itself
    #[arg(long)]
    hold: bool,
    /// Work in the files themselves: what the command writes is there at once, and can't be taken back
    #[arg(long, conflicts_with_all = ["hold", "again", "engine"])]
    live: bool,
    /// Go on with a session: the last one of this repository, or the one that is named. What it changed is there
    #[arg(long = "continue", value_name = "ID", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    again: Option<String>,
    /// Show in the title of your terminal how the run stands: session, what was denied, for how long
    #[arg(long)]
    status: bool,
    /// Say at the end what policy would have to allow for what was denied. Nothing is let through for that
    #[arg(long, conflicts_with = "detach")]
    observe: bool,
    /// With --observe: write what is proposed into the policy, once you have said yes
    #[arg(long, requires = "observe")]
    write: bool,
    /// Give the session a name, or join the one that runs here under it: the same walls, another command
    #[arg(long, value_parser = named::name, conflicts_with = "engine")]
    name: Option<String>,
    /// Go on in the background, until the command ends or is halted by its name
    #[arg(long, requires = "name", conflicts_with = "attach")]
    detach: bool,
    /// Follow what the session of that name prints
    #[arg(long, requires = "name", conflicts_with_all = ["command", "again"])]
    attach: bool,
    /// Said by ourselves, to the process that goes on in the background
    #[arg(long, hide = true, requires = "name")]
    behind: bool,
    /// Have the walls built by this OCI runtime
    #[arg(long, value_name = "ENGINE", value_enum, conflicts_with = "name")]
    engine: Option<engine::Choice>,
    /// Ask another server in the place of one that serves models, such as `api.openai.com=http://127.0.0.1:8000`
    #[arg(long = "upstream", value_name = "HOST=URL", value_parser = models::upstream)]
    upstreams: Vec<models::Elsewhere>,
    /// The command and its arguments
    #[arg(
        value_name = "COMMAND",
        required_unless_present = "attach",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    command: Vec<OsString>,
}

impl Run {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        if let Some(name) = &self.name
            && let Some(exit) = self.under(name, invocation)?
        {
            return Ok(exit);
        }
        let mut files = PolicyFiles::find(invocation)?;
        files.sources.extend(Asked::source(&self.limit));
        let policy = files.load()?;
        Asked::check(&policy)?;
        let workspace = workspace::find(invocation)?;
        let who = identity::of(&workspace)?;
        let home = invocation.home()?;
        home.ensure()?;
        let state = apart(home.path(), &workspace)?;
        let store = sessions::store(invocation)?;
        let is_live = self.is_live(&policy)?;
        if is_live {
            live::check(&workspace)?;
        }
        crate::live::mend_here(invocation, &store, &workspace, is_live)?;
        let name = self.name.as_deref().map(|name| named::taken(&store, name, &workspace)).transpose()?;
        let (mut session, from) = self.session(invocation, &store, (&workspace, who, is_live))?;
        if session.session().name != self.name {
            session.update(|session| session.name.clone_from(&self.name))?;
        }
        drop(name);
        let id = session.session().id.clone();
        let guard = Guard::new(policy.limits(), &id);
        let sockets = sockets::find(&policy, &workspace)?;
        sockets.missing.iter().for_each(|missing| invocation.output.remark(missing));
        let world = World {
            invocation,
            policy: &policy,
            workspace: &workspace,
            who,
            session: session.folder(),
            guard: &guard,
            behind: self.behind,
            state: &state,
            sockets: &sockets.opened,
            agent: agent::known(&self.command),
        };
        if matches!(from, Before::Nothing(_)) {
            world.hand_over_layers()?;
        }
        let mut seen = world.look()?;
        let live = is_live.then(|| live::Live::look(&world, &seen)).transpose()?;
        world.shows_program(&self.command, &seen)?;
        let protected =
            seen.workspace.paths.iter().filter_map(|(path, _)| TreePath::parse(path.as_os_str().as_bytes()));
        let protected: Vec<TreePath> = protected.collect();
        // Where there is no layer, nothing has to be copied into one.
        if let Some(group) = identity::foreign_group(&workspace, &who).filter(|_| !is_live) {
            foreign::place(session.folder(), (group, who), &protected, invocation)?;
        }
        seen.over_git = world.leave_masked_alone(&seen)?;
        let observer = self.observe.then(|| observe::Observer::new(&seen, &workspace));
        let watched = observer.as_ref().map(observe::Observer::watched).unwrap_or_default();
        let mut variables = self.variables()?;
        let stand_ins = models::stand_ins(&variables);
        let kept = world.agent.map(|agent| world.kept(agent, &seen, self.fresh)).transpose()?;
        let of_agent = AgentBegins {
            stand_ins: stand_ins.iter().map(|it| it.variable).collect(),
            engine: self.engine.map(engine::Choice::name),
            sockets: sockets.opened.iter().map(sockets::Opened::told).collect(),
            ..world.of_agent(kept.as_ref(), &variables)
        };
        let rest = of_agent.on_record().into_iter().chain(from.on_record()).collect();
        variables.extend(stand_ins.iter().map(models::StandIn::set));
        let engine = self.engine.map(|choice| choice.engine(session.folder())).transpose()?;
        let (kept, command) = (kept.as_ref(), self.command.as_slice());
        let asked =
            Wanted { seen: &seen, live: live.as_ref(), kept, command, variables, engine: engine.as_ref(), watched };
        let Walls { raised, tier, spec, temporary, protected } = Walls::raise(&world, asked, protected)?;
        let trusted = temporary.as_ref().map_or_else(|| world.trusted(), Temporary::trusted);
        let shortcoming = guard.shortcoming();
        let began = Instant::now();
        protect(&mut session, protected, tier)?;
        if let Some(live) = &live {
            live.begin(&mut session)?;
        }
        let boundary = boundary(policy.boundary());
        let begins = summary::Begins::new(&id, &workspace, &seen, (boundary, &from), (of_agent, tier));
        let begins = begins.called(self.name.as_deref()).live(live.as_ref().map(|live| live.closed));
        let gate = Gate::with(policy, invocation)?;
        let desk = Desk::at(invocation.home()?);
        crate::commands::trust::refuse_drift(&gate, invocation, &workspace)?;
        // Nothing is told between what a program paints on a terminal of its own.
        let told_on = raised.as_ref().is_ok_and(|it| it.terminal.is_none()).then_some(invocation.output);
        let (actor, place) = (self.actor(&id)?, place(invocation, tier));
        let running = Started { invocation, road: Arc::new(RunRoad::new((gate, desk), actor, place, told_on)), began };
        let start = Session { command: words(&self.command), rest, ..Session::new(SessionOp::Start) };
        let prepared = match raised {
            Ok(prepared) => prepared,
            // That it is not enough is for policy to say, and for the ledger to keep.
            Err(refused) => {
                running.road.record_session(start)?;
                return Err(walls(&refused));
            }
        };
        let watch = guard.watch(&prepared, &spec)?;
        self.announce(invocation, &begins, tier, shortcoming.as_deref());
        running.road.record_session(start)?;
        let log = if self.behind { Some(Log::open(session.folder())?) } else { None };
        let title = if self.status { Title::take(id.as_str(), Arc::clone(&running.road)) } else { None };
        let own = agent::known(&self.command).and_then(|known| Host::parse(known.host()?).ok());
        let of_models = OfModels { stand_ins, trusted, elsewhere: self.upstreams.clone(), own };
        let carried = Carried { streams: &spec.handed_out, log, title };
        let Finished { exit, was_stopped, road, opened } =
            running.carry_on(prepared, &mut session, watch, (carried, &sockets.opened, of_models))?;
        if let Some(engine) = &engine {
            // What it was built from; nothing of the session is in there.
            std::fs::remove_dir_all(&engine.bundle).ok();
        }
        if let Some(temporary) = &temporary {
            temporary.bring_back(session.folder(), who)?;
        }
        let over = Over { road: &road, from: &from, tier, is_held: self.hold || was_stopped };
        let done = self.wind_up(invocation, &mut session, &over)?;
        if let Some(observer) = &observer {
            observer.tell(invocation, &road.attempted(), opened.as_ref(), self.write)?;
        }
        session.thin(done.settled.sets.iter().map(|(set, _)| set))?;
        // What an earlier run of it had applied can still be taken back.
        if !done.has_changed && session.session().earlier.is_empty() && !self.behind {
            session.remove()?;
        }
        exit
    }

    /// Says what the run is, or if nothing is to be said only what has to be heard all the same.
    fn announce(&self, invocation: &Invocation, begins: &summary::Begins<'_>, tier: Tier, shortcoming: Option<&str>) {
        let output = invocation.output;
        if !self.quiet {
            output.beside(begins);
            if let Some(shortcoming) = shortcoming {
                output.remark(shortcoming);
            }
            return;
        }
        begins.unread().for_each(|told| output.remark(told));
        if tier == Tier::Degraded {
            output.remark("the walls are degraded: this machine refuses namespaces (`portcullis doctor`)");
        }
    }

    /// Who acts in the run: the person, by way of the agent.
    fn actor(&self, id: &SessionId) -> Result<Actor, Failure> {
        let mut actor = surroundings::actor()?;
        actor.agents.push(Agent::new(agent::of(&self.command), Some(id.clone())));
        Ok(actor)
    }

    /// The variables that were asked for by name.
    fn variables(&self) -> Result<Vec<(OsString, OsString)>, Failure> {
        self.env.iter().map(|asked| environment::asked(asked)).collect()
    }
}

/// A run that has ended.
struct Finished {
    /// How the command ended.
    exit: Result<Exit, Failure>,
    /// Whether it was ended from outside: then nobody knows how far it got.
    was_stopped: bool,
    /// The gate, and what was denied.
    road: Arc<RunRoad>,
    /// Which of the watched files were opened.
    opened: Option<Opened>,
}

/// A run whose walls stand.
struct Started<'a> {
    invocation: &'a Invocation,
    road: Arc<RunRoad>,
    began: Instant,
}

impl Started<'_> {
    /// Tells and records that the run was ended, and why. It has ended already, so nothing depends on the record.
    fn halted(&self, why: &str) {
        self.invocation.output.remark(&format!("the run was ended: {why}"));
        let halt = Session { reason: Some(why.to_owned()), ..Session::new(SessionOp::Halt) };
        self.road.record_session(halt).ok();
    }

    /// Lets the command start, and stays until it has ended. A command that could not be started has a session as well.
    fn carry_on(
        self,
        mut prepared: Prepared,
        session: &mut LockedSession,
        watch: Watch,
        (carried, sockets, of_models): (Carried<'_>, &[sockets::Opened], OfModels),
    ) -> Result<Finished, Failure> {
        // Before any thread is started: they all leave these signals to this one.
        let signals = Signals::catch().map_err(|error| walls(&error))?;
        let doors = prepared.doors.take().ok_or_else(|| Failure::incomplete("the run has no doors"))?;
        let models = models::open(&self.road, self.invocation, of_models)?;
        let broker = egress::open(doors, Arc::clone(&self.road), models)
            .map_err(|error| Failure::incomplete(error.to_string()))?;
        let opened = prepared.opened.take();
        let mut listeners = std::mem::take(&mut prepared.sockets);
        if listeners.len() > sockets.len()
            && let Some(hooks) = listeners.pop()
        {
            let (road, home) = (|| Arc::clone(&self.road), surroundings::home(self.invocation)?);
            door::open(hooks, road(), home.clone())
                .map_err(|error| Failure::incomplete(format!("nobody can answer the hooks of agents: {error}")))?;
            if let Some(servers) = listeners.pop() {
                servers::door::open(servers, road(), home)
                    .map_err(|error| Failure::incomplete(format!("nobody can stand before MCP servers: {error}")))?;
            }
        }
        let sockets = sockets::open(sockets, listeners, Arc::clone(&self.road))
            .map_err(|error| Failure::incomplete(format!("the broker of sockets can't begin: {error}")))?;
        let ended = relay::to_the_end(prepared, &signals, watch, carried).map_err(|error| walls(&error));
        broker.stop();
        drop(sockets);
        self.road.end_requests();
        let exit = ended.map(|Ended { exit, too_much, withheld }| {
            for (what, times) in withheld {
                self.invocation.output.remark(&format!("{what} was kept from your terminal, {times} times"));
            }
            if let Some(too_much) = too_much {
                self.halted(&too_much.to_string());
            }
            exit
        });
        let status = exit.as_ref().map(|exit| i32::from(exit.code())).ok();
        let duration = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let end = Session { status, duration_us: Some(duration), ..Session::new(SessionOp::End) };
        self.road.record_session(end)?;
        // A session that is about to go need not be written down.
        let of = session.session();
        let stays = !of.earlier.is_empty() || of.name.is_some() || of.live.is_some();
        if stays || !session.is_untouched() {
            session.ended(SystemTime::now().into(), status)?;
        }
        let was_stopped = status == Some(KILLED);
        Ok(Finished { exit: exit.map(|exit| Exit::OfChild(exit.code())), was_stopped, road: self.road, opened })
    }
}

/// Where the run takes place: within walls of this kind.
fn place(invocation: &Invocation, tier: Tier) -> Place {
    let sandbox = Sandbox { kind: tier.kind().to_owned(), profile: None, rest: portcullis_event::Rest::new() };
    Place { sandbox: Some(sandbox), ..surroundings::place(invocation) }
}

/// How far the command can reach, in a sentence.
fn boundary(boundary: Boundary) -> &'static str {
    match boundary {
        Boundary::Open => "every host that policy does not deny",
        Boundary::Ask => "the hosts that policy allows, and others once you approve them",
        Boundary::AllowList => "the hosts that policy allows",
        Boundary::AirGapped => "the hosts that policy names as your own",
        Boundary::LocalOnly => "nothing leaves this machine",
    }
}

/// Where the ledger, its keys and all sessions really are: whoever reads that can sign what never happened. It must not be
/// part of what the command works on.
fn apart(state: &Path, workspace: &Path) -> Result<PathBuf, Failure> {
    let real = std::fs::canonicalize(state).map_err(|error| Failure::io("find your state", Some(state), &error))?;
    if !real.starts_with(workspace) {
        return Ok(real);
    }
    Err(Failure::usage("the folder for your state lies in the workspace")
        .at(real.to_string_lossy())
        .because("the ledger and its keys would be shown to the command")
        .fix("name a folder elsewhere with --home DIR or PORTCULLIS_HOME"))
}

/// What is masked is never applied: it was not the real file that was changed.
fn protect(session: &mut LockedSession, protected: Vec<TreePath>, tier: Tier) -> Result<(), Failure> {
    let update = |session: &mut portcullis_changes::Session| {
        if let Some(workspace) = session.layers.first_mut() {
            // What an earlier run was shown in another form stays that, whatever policy says today.
            workspace.protected.extend(protected);
            workspace.protected.sort();
            workspace.protected.dedup();
            workspace.whole = tier == Tier::Degraded;
        }
    };
    Ok(session.update(update)?)
}

fn words(command: &[OsString]) -> Vec<String> {
    command.iter().map(|word| word.to_string_lossy().into_owned()).collect()
}
