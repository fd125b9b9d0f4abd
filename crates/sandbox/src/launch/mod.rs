//! From a spec to a command that runs within walls.
//!
//! [`prepare`] starts process 1, which builds the walls and says so; nothing of the command exists yet. What the
//! caller has to settle (the decision in the ledger, whoever serves the doors) it settles now, and then lets go with
//! [`Prepared::start`]. Dropping either handle ends everything inside.

mod inner;
mod tier;
mod users;

use crate::control::{Control, Message};
use crate::error::{Doing as _, Error, Stage};
use crate::exit::Exit;
use crate::join::Entry;
use crate::net::Doors;
use crate::opened::Opened;
use crate::root::socket::LONGEST;
use crate::root::translated::Translated;
use crate::spec::{Mount, Network, Spec, Terminal};
use crate::sys::{NAMESPACES, NEW_TIME, Side};
use rustix::fd::{AsFd as _, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

pub(crate) use inner::{NAME, Written, become_command, confine, ended_among, of, outputs, terminal};
pub(crate) use tier::Ends;
pub use tier::Tier;
pub(crate) use users::{map_own, users_of};

/// The most sockets that are handed out.
const MOST_SOCKETS: usize = 16;

/// Walls that stand, with nobody inside yet.
#[derive(Debug)]
pub struct Prepared {
    inside: Inside,
    /// What was opened inside, if the spec asked for it.
    pub doors: Option<Doors>,
    /// The listening ends of the sockets of the spec, in its order.
    pub sockets: Vec<OwnedFd>,
    /// The outer end of its terminal, if it has one of its own.
    pub terminal: Option<OwnedFd>,
    /// What is written to the streams that the spec hands out, in its order.
    pub outputs: Vec<OwnedFd>,
    /// Which of the watched files are opened.
    pub opened: Option<Opened>,
}

/// A command that runs.
#[derive(Debug)]
pub struct Running {
    inside: Inside,
}

/// Process 1, seen from outside.
#[derive(Debug)]
struct Inside {
    control: Control,
    process: Pid,
    handle: OwnedFd,
    /// Who waits for process 1, if that is somebody else: the engine, our own child.
    engine: Option<OwnedFd>,
    ends: Ends,
    reaped: bool,
}

/// Builds the walls. The caller must have one thread only.
pub fn prepare(spec: &Spec) -> Result<Prepared, Error> {
    prepare_with(spec, Besides::default())
}

/// What there can be besides the command.
#[derive(Debug, Clone, Copy, Default)]
pub struct Besides<'a> {
    /// Where guests can be asked for, until the command ends.
    pub entry: Option<&'a Entry>,
    /// Files inside of which is noticed that they are opened.
    pub watched: &'a [std::path::PathBuf],
}

/// The same, with something besides.
pub fn prepare_with(spec: &Spec, besides: Besides<'_>) -> Result<Prepared, Error> {
    check(spec)?;
    let translated = Translated::prepare(&spec.identity, &spec.mounts)?;
    let (ours, theirs) = Control::pair()?;
    let by_root = rustix::process::geteuid().is_root();
    let (process, handle) = match crate::sys::clone(NAMESPACES | NEW_TIME).doing(Stage::Namespaces)? {
        Side::Child => {
            drop(ours);
            inner::run(spec, &translated, (&theirs, besides), by_root)
        }
        Side::Parent { child, handle } => (child, handle),
    };
    drop((theirs, translated));
    let mut prepared = Prepared::new(ours, process, handle, Ends::ByKilling);
    if by_root {
        let map = |inside, outside| format!("{inside} {outside} 1");
        let identity = &spec.identity;
        users::map(process, &map(identity.uid_inside, identity.uid), &map(identity.gid_inside, identity.gid))?;
        prepared.inside.control.send(&Message::Mapped)?;
    }
    let mut opened = prepared.ready()?;
    if spec.network == Network::Doors {
        prepared.doors = Some(Doors::from_descriptors(&mut opened).ok_or_else(too_little)?);
    }
    if !besides.watched.is_empty() {
        prepared.opened = Some(Opened::from_descriptors(&mut opened).ok_or_else(too_little)?);
    }
    prepared.take(spec, opened)?;
    Ok(prepared)
}

fn too_little() -> Error {
    Error::new(Stage::Control, "process 1 handed out too little")
}

pub(crate) fn check(spec: &Spec) -> Result<(), Error> {
    let refuse = |message: &str| Err(Error::new(Stage::Spec, message));
    if spec.command.is_empty() {
        return refuse("there is no command");
    }
    if spec.identity.uid == 0 || spec.identity.uid_inside == 0 {
        return refuse("nobody is root inside: what asks for root's number alone would be open");
    }
    let own = rustix::process::geteuid();
    if !own.is_root() && own.as_raw() != spec.identity.uid {
        return refuse("only root can run something as another user");
    }
    let sockets = || spec.mounts.iter().filter_map(Mount::socket);
    if sockets().count() > MOST_SOCKETS {
        return refuse("there are more sockets than can be handed out");
    }
    if sockets().any(|at| at.as_os_str().len() > LONGEST) {
        return refuse("the path of a socket is longer than any program can ask for");
    }
    if !spec.folder.is_absolute() {
        return refuse("the folder to start in must be an absolute path");
    }
    Ok(())
}

impl Prepared {
    pub(crate) fn new(control: Control, process: Pid, handle: OwnedFd, ends: Ends) -> Self {
        let inside = Inside { control, process, handle, engine: None, ends, reaped: false };
        Self { inside, doors: None, sockets: Vec::new(), terminal: None, outputs: Vec::new(), opened: None }
    }

    /// Says that process 1 is not the child that was started, but a process that this child has started.
    pub(crate) fn is_within(&mut self, first: Pid, handle: OwnedFd) {
        self.inside.process = first;
        self.inside.engine = Some(std::mem::replace(&mut self.inside.handle, handle));
    }

    /// Waits until the walls stand; what process 1 has opened.
    pub(crate) fn ready(&self) -> Result<std::vec::IntoIter<OwnedFd>, Error> {
        match self.inside.control.receive()? {
            Message::Ready(opened) => Ok(opened.into_iter()),
            Message::Failed(error) => Err(error),
            Message::Mapped | Message::Start | Message::Ended(_) => {
                Err(Error::new(Stage::Control, "process 1 said something else than that it is ready"))
            }
        }
    }

    /// The sockets, the terminal and the pipes that were asked for, in this order.
    pub(crate) fn take(&mut self, spec: &Spec, mut opened: std::vec::IntoIter<OwnedFd>) -> Result<(), Error> {
        let sockets = spec.mounts.iter().filter(|mount| mount.socket().is_some());
        self.sockets = sockets.map(|_| opened.next().ok_or_else(too_little)).collect::<Result<_, _>>()?;
        self.terminal = match spec.terminal {
            Terminal::None => None,
            Terminal::Own { .. } => Some(opened.next().ok_or_else(too_little)?),
        };
        self.outputs = opened.collect();
        if self.outputs.len() == spec.handed_out.len() { Ok(()) } else { Err(too_little()) }
    }

    /// What the walls are made of.
    pub fn tier(&self) -> Tier {
        match self.inside.ends {
            Ends::ByKilling if self.inside.engine.is_some() => Tier::Engine,
            Ends::ByKilling => Tier::Full,
            Ends::ByAsking => Tier::Degraded,
        }
    }

    /// Lets the command start.
    pub fn start(self) -> Result<Running, Error> {
        self.inside.control.send(&Message::Start)?;
        Ok(Running { inside: self.inside })
    }

    /// Process 1, and the command where it is there already and waits for the word to start.
    pub fn processes(&self) -> Vec<u32> {
        let first = self.process();
        let children = std::fs::read_to_string(format!("/proc/{first}/task/{first}/children")).unwrap_or_default();
        let children = children.split_ascii_whitespace().filter_map(|child| child.parse().ok());
        std::iter::once(first).chain(children).collect()
    }

    /// Process 1, as the system outside numbers it.
    pub fn process(&self) -> u32 {
        self.inside.process.as_raw_nonzero().get().unsigned_abs()
    }
}

impl Running {
    /// Becomes readable when there is something to hear, see [`Running::wait`].
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.inside.control.descriptor()
    }

    /// Waits for the command's end. Everything that it left running has ended too when this returns.
    pub fn wait(mut self) -> Result<Exit, Error> {
        let heard = self.inside.control.receive();
        let ended = self.inside.reap()?;
        match heard {
            Ok(Message::Ended(exit)) => Ok(exit),
            Ok(Message::Failed(error)) => Err(error),
            Ok(_) => Err(Error::new(Stage::Control, "process 1 said something else than how the command ended")),
            // Somebody ended process 1 itself.
            Err(_) if ended != Exit::Status(0) => Ok(ended),
            Err(error) => Err(error),
        }
    }

    /// Ends everything inside at once.
    pub fn kill(&self) -> Result<(), Error> {
        self.inside.kill()
    }

    /// Somebody else who can do that.
    pub fn killer(&self) -> Result<Killer, Error> {
        let handle = self.inside.handle.try_clone();
        handle
            .map(|handle| Killer { handle, ends: self.inside.ends })
            .map_err(|error| Error::system(Stage::Control, of_io(&error)))
    }
}

/// Can end a run, from any thread, and never means another one.
#[derive(Debug)]
pub struct Killer {
    handle: OwnedFd,
    ends: Ends,
}

impl Killer {
    /// Ends everything inside at once.
    pub fn kill(&self) -> Result<(), Error> {
        self.ends.end(&self.handle)
    }
}

fn of_io(error: &std::io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

impl Inside {
    fn kill(&self) -> Result<(), Error> {
        self.ends.end(&self.handle)
    }

    fn reap(&mut self) -> Result<Exit, Error> {
        let child = self.engine.as_ref().unwrap_or(&self.handle);
        let wait = || waitid(WaitId::PidFd(child.as_fd()), WaitIdOptions::EXITED);
        let status = rustix::io::retry_on_intr(wait).doing(Stage::Control)?;
        self.reaped = true;
        Ok(match status {
            Some(status) => match (status.exit_status(), status.terminating_signal()) {
                (Some(code), _) => Exit::Status(code),
                (None, Some(signal)) => Exit::Signal(signal),
                (None, None) => Exit::Signal(9),
            },
            None => Exit::Signal(9),
        })
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        if !self.reaped {
            // Nothing may be left behind, and nobody is here to be told of an error.
            self.kill().ok();
            self.reap().ok();
        }
    }
}
