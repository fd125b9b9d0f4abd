//! UNIX sockets that policy opens: which ones there are, where they are found inside, and the road that what is asked there
//! takes.

use super::egress::{RunRoad, denial};
use super::world::World;
use crate::commands::hook::door;
use crate::failure::Failure;
use crate::servers;
use portcullis_event::{AbsPath, Enforcement, Note, Socket, SocketOp};
use portcullis_gateway::egress::Denial;
use portcullis_gateway::sockets::agent::KnownHosts;
use portcullis_gateway::sockets::{Answer, Door, Kind, Notice, Road, Service, Settings, Sockets};
use portcullis_policy::{HASHED_SERVER, ValidPolicy};
use portcullis_sandbox::Mount;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where sockets of the system are, and what that is called as well.
const RUN: &str = "/run";
const ALSO_RUN: &str = "/var/run";

/// A socket that a run has a door for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Opened {
    service: Service,
    /// The real one.
    outside: PathBuf,
    /// Where it is found inside.
    at: PathBuf,
}

/// Sockets that policy opens and that are there, and those that are not.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) opened: Vec<Opened>,
    /// What there is to say about those that are not there.
    pub(super) missing: Vec<String>,
}

/// Looks for the sockets that policy opens.
pub(super) fn find(policy: &ValidPolicy, workspace: &Path) -> Result<Found, Failure> {
    let doors = policy.socket_doors();
    let mut found = Found::default();
    if doors.ssh_agent {
        let agent = env::var_os("SSH_AUTH_SOCK").map(PathBuf::from);
        found.add(Service::SshAgent, agent.into_iter().collect(), "/run/ssh-agent.sock", "the SSH agent");
    }
    if doors.docker {
        let places = [named("DOCKER_HOST"), Some("/var/run/docker.sock".into()), own("docker.sock")];
        found.add(Service::Engine(Kind::Docker), flat(places), "/run/docker.sock", "Docker");
    }
    if doors.podman {
        let places = [named("CONTAINER_HOST"), own("podman/podman.sock"), Some("/run/podman/podman.sock".into())];
        found.add(Service::Engine(Kind::Podman), flat(places), "/run/podman/podman.sock", "Podman");
    }
    for path in doors.plain {
        let outside = PathBuf::from(path.as_str());
        if outside.starts_with(workspace) {
            return Err(Failure::usage("a socket of the workspace can't be passed through")
                .at(path.as_str())
                .because("in there everything that is new is a change of yours, and a socket can't be one")
                .fix("have it made elsewhere, such as below /run/user, and name that path in `sockets.plain`"));
        }
        let at = outside.strip_prefix(ALSO_RUN).map_or_else(|_| outside.clone(), |below| Path::new(RUN).join(below));
        found.add(Service::Plain, vec![outside], at, path.as_str());
    }
    Ok(found)
}

impl Found {
    fn add(&mut self, service: Service, places: Vec<PathBuf>, at: impl Into<PathBuf>, called: &str) {
        let is_socket = |path: &PathBuf| fs::metadata(path).is_ok_and(|it| it.file_type().is_socket());
        match places.into_iter().filter(|path| path.is_absolute()).find(is_socket) {
            Some(outside) => self.opened.push(Opened { service, outside, at: at.into() }),
            None => self.missing.push(format!("policy opens {called}, and there is no socket of it")),
        }
    }
}

fn flat<const N: usize>(places: [Option<PathBuf>; N]) -> Vec<PathBuf> {
    places.into_iter().flatten().collect()
}

/// A socket that a variable names as a URL.
fn named(variable: &str) -> Option<PathBuf> {
    env::var(variable).ok()?.strip_prefix("unix://").map(PathBuf::from)
}

/// A socket of this user's.
fn own(name: &str) -> Option<PathBuf> {
    env::var_os("XDG_RUNTIME_DIR").map(|folder| PathBuf::from(folder).join(name))
}

impl Opened {
    /// Where it is found in a run in place, whose own folders are elsewhere.
    fn at_in_place(&self, index: usize, files: &Path) -> PathBuf {
        let name = self.at.file_name().unwrap_or(OsStr::new("socket")).to_string_lossy();
        files.join(format!("{index}-{name}"))
    }

    /// The variable by which programs find it.
    fn variable(&self, at: &Path) -> Option<(OsString, OsString)> {
        let url = || OsString::from(format!("unix://{}", at.display()));
        match self.service {
            Service::SshAgent => Some(("SSH_AUTH_SOCK".into(), at.into())),
            Service::Engine(Kind::Docker) => Some(("DOCKER_HOST".into(), url())),
            Service::Engine(Kind::Podman) => Some(("CONTAINER_HOST".into(), url())),
            Service::Plain => None,
        }
    }

    /// What is said about it at the start, and whether what is said there is read.
    pub(super) fn told(&self) -> (String, bool) {
        match self.service {
            Service::SshAgent => ("ssh-agent: keys and signatures that policy names".to_owned(), true),
            Service::Engine(kind) => (format!("{}: questions that policy names, nothing else", kind.name()), true),
            Service::Plain => (format!("{} is passed through unread", self.outside.display()), false),
        }
    }
}

impl World<'_> {
    /// The pieces of the tree, and the variables.
    pub(super) fn socket_mounts(&self) -> Vec<Mount> {
        let mut mounts: Vec<Mount> = self.sockets.iter().map(|it| Mount::Socket { at: it.at.clone() }).collect();
        if !mounts.is_empty() {
            mounts.push(Mount::Link { at: ALSO_RUN.into(), to: RUN.into() });
        }
        // The last two: gates of MCP servers ask there, and hooks of agents.
        mounts.push(Mount::Socket { at: servers::door::PLACE.into() });
        mounts.push(Mount::Socket { at: door::PLACE.into() });
        mounts
    }

    pub(super) fn socket_variables(&self) -> Vec<(OsString, OsString)> {
        self.sockets.iter().filter_map(|it| it.variable(&it.at)).collect()
    }

    /// The same in place.
    pub(super) fn socket_mounts_in_place(&self, files: &Path) -> Vec<Mount> {
        let sockets = self.sockets.iter().enumerate();
        sockets.map(|(index, it)| Mount::Socket { at: it.at_in_place(index, files) }).collect()
    }

    pub(super) fn socket_variables_in_place(&self, files: &Path) -> Vec<(OsString, OsString)> {
        let sockets = self.sockets.iter().enumerate();
        sockets.filter_map(|(index, it)| it.variable(&it.at_in_place(index, files))).collect()
    }
}

/// Opens the broker behind the doors that a run has handed out, in their order.
pub(super) fn open(opened: &[Opened], listeners: Vec<OwnedFd>, road: Arc<RunRoad>) -> std::io::Result<Option<Sockets>> {
    if opened.is_empty() {
        return Ok(None);
    }
    let doors = opened.iter().zip(listeners).map(|(it, listener)| Door {
        listener: listener.into(),
        service: it.service,
        outside: it.outside.clone(),
    });
    let road = SocketRoad { known_hosts: known_hosts(), asked: road.gate().policy().servers_of_logins(), run: road };
    Sockets::open(doors.collect(), Arc::new(road), Settings::default()).map(Some)
}

/// What is known of servers: by this user, and by the machine.
fn known_hosts() -> KnownHosts {
    let own = env::var_os("HOME").map(|home| PathBuf::from(home).join(".ssh/known_hosts"));
    let mut known = KnownHosts::default();
    for file in own.into_iter().chain([PathBuf::from("/etc/ssh/ssh_known_hosts")]) {
        // A server that is not known by a name can still be named by its key.
        known.add(&fs::read_to_string(file).unwrap_or_default());
    }
    known
}

/// The road of one run, as the broker of sockets travels it.
#[derive(Debug)]
struct SocketRoad {
    run: Arc<RunRoad>,
    known_hosts: KnownHosts,
    /// The servers that policy names: names under a hash can only be compared with those.
    asked: Vec<String>,
}

impl Road for SocketRoad {
    fn ask(&self, asked: &Socket) -> Answer {
        match self.run.pass(asked.clone()) {
            Enforcement::Allow(_) | Enforcement::AllowWithChanges(..) => Answer::Allow,
            Enforcement::Ask(_, _, reasons) | Enforcement::Deny(reasons) => {
                let denial = denial(&reasons);
                self.run.remember(&target(asked), denial.clone(), 1);
                Answer::Deny(denial)
            }
        }
    }

    fn shows_key(&self, fingerprint: &str, name: &str) -> bool {
        self.run.gate().policy().against_key(fingerprint, name).is_none()
    }

    fn servers(&self, host_key: &[u8]) -> Vec<String> {
        let known = self.known_hosts.names(host_key, &self.asked);
        let another = known.another.then(|| HASHED_SERVER.to_owned());
        known.names.into_iter().chain(another).collect()
    }

    fn told(&self, notice: &Notice) {
        let text = match notice {
            Notice::Again { asked, denial, times } => {
                return self.run.remember(&target(asked), Denial { ..denial.clone() }, *times);
            }
            Notice::Malformed { service, why } => format!("what was asked of {service} was refused: {why}"),
            Notice::Unanswered { service, why } => format!("{service} gave no answer: {why}"),
            Notice::Crowded { service } => format!("more was asked of {service} than is taken at once"),
        };
        self.run.record(Note::new(text));
    }
}

/// What was asked, in a few words.
fn target(asked: &Socket) -> String {
    let what = match asked.op {
        SocketOp::Connect => asked.path.as_ref().map(AbsPath::to_string),
        SocketOp::List => Some("list of keys".to_owned()),
        SocketOp::Sign => Some(match (&asked.namespace, &asked.user) {
            (Some(namespace), _) => format!("signature for {namespace}"),
            (None, user) => format!("login as {}", user.as_deref().unwrap_or("somebody")),
        }),
        SocketOp::Read | SocketOp::Change => asked.verb.clone(),
    };
    let object = asked.object.as_deref().map(|object| format!(" of {object}")).unwrap_or_default();
    format!("{}: {}{object}", asked.service, what.unwrap_or_default())
}
