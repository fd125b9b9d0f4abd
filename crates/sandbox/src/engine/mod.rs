//! The same spec carried out by an OCI runtime, for machines on which containers have to be started by one.
//!
//! The runtime makes the namespaces and puts the tree together, as a bundle says that is written from the spec. What it starts
//! is process 1 of ours, in the same program, which does the rest as in any run: it binds the doors and sockets, gives up every
//! capability, raises Landlock and the filter, says that it is ready, and starts the command when it is told to. So whatever the
//! runtime itself would let through, those two walls hold, and nobody inside speaks to the runtime.
//!
//! It is driven by an ordinary user. The runtime maps that user as the only one there is; process 1 then enters a namespace
//! of users below it, so nobody inside has the number of root, and the network belongs to a namespace that is out of reach.

mod bundle;
mod first;

pub use first::run_if_first;

use crate::control::Control;
use crate::error::{Doing as _, Error, Stage};
use crate::launch::{Ends, Prepared, check};
use crate::net::Doors;
use crate::spec::{Network, Spec};
use crate::sys::{self, Side};
use rustix::fd::{AsFd as _, BorrowedFd, OwnedFd};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// An OCI runtime, and where a run by it is written down.
#[derive(Debug, Clone)]
pub struct Engine {
    /// The runtime's program.
    pub program: PathBuf,
    /// A fresh folder of the caller's for the bundle.
    pub bundle: PathBuf,
    /// What the container is called.
    pub name: String,
    /// This very program.
    pub own_program: PathBuf,
}

/// Where descriptors are found in process 1: its control, its spec, and the caller's streams.
const CONTROL: i32 = 3;
const SPEC: i32 = 4;
const STREAMS: [i32; 3] = [5, 6, 7];
/// How many that are.
const PRESERVED: &str = "5";

/// How often the runtime is asked for the first process, every hundredth of a second.
const PATIENCE: u32 = 1000;

/// Builds the walls by way of an engine. The caller must have one thread only, and must not be root.
pub fn prepare_by(engine: &Engine, spec: &Spec) -> Result<Prepared, Error> {
    check(spec)?;
    if rustix::process::geteuid().is_root() || spec.identity.instead_of.is_some() {
        return Err(Error::new(Stage::Spec, "an engine is driven by an ordinary user, not by root"));
    }
    let text = serde_json::to_vec(spec).map_err(|error| Error::new(Stage::Spec, error.to_string()))?;
    bundle::write(engine, spec)?;
    let written = memory(&text)?;
    let (ours, theirs) = Control::pair()?;
    let (runtime, waits) = match sys::clone(0).doing(Stage::Command)? {
        Side::Child => {
            drop(ours);
            let error = become_runtime(engine, theirs.descriptor(), &written);
            theirs.send(&crate::control::Message::Failed(error)).ok();
            sys::exit(127)
        }
        Side::Parent { child, handle } => (child, handle),
    };
    drop((theirs, written));
    let mut prepared = Prepared::new(ours, runtime, waits, Ends::ByKilling);
    let mut opened = prepared.ready().map_err(|error| told(engine, error))?;
    // From here on the first process of the container is meant: with it everything inside ends, and the runtime with that.
    let first = first_process(engine)?;
    let handle = pidfd_open(first, PidfdFlags::empty()).doing(Stage::Control)?;
    prepared.is_within(first, handle);
    if spec.network == Network::Doors {
        let doors = Doors::from_descriptors(&mut opened);
        prepared.doors = Some(doors.ok_or_else(|| Error::new(Stage::Control, "process 1 handed out too little"))?);
    }
    prepared.take(spec, opened)?;
    Ok(prepared)
}

/// A file that has no name, read from its beginning.
fn memory(text: &[u8]) -> Result<OwnedFd, Error> {
    let file = memfd_create("spec", MemfdFlags::CLOEXEC).doing(Stage::Control)?;
    let mut left = text;
    while !left.is_empty() {
        let count = rustix::io::write(&file, left).doing(Stage::Control)?;
        left = left.get(count..).unwrap_or_default();
    }
    rustix::fs::seek(&file, rustix::fs::SeekFrom::Start(0)).doing(Stage::Control)?;
    Ok(file)
}

fn become_runtime(engine: &Engine, control: BorrowedFd<'_>, spec: &OwnedFd) -> Error {
    let streams = [rustix::stdio::stdin(), rustix::stdio::stdout(), rustix::stdio::stderr()];
    let wanted = [control, spec.as_fd()].into_iter().chain(streams).zip([CONTROL, SPEC].into_iter().chain(STREAMS));
    if let Err(errno) = sys::hand_on(&wanted.collect::<Vec<_>>()) {
        return Error::system(Stage::Command, errno);
    }
    // If whoever started it goes, it goes; process 1 notices by itself.
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL)).ok();
    let mut command = Command::new(&engine.program);
    command.args(runtime_options(engine)).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.env("XDG_RUNTIME_DIR", engine.bundle.join("state"));
    // What the runtime has to say is in its log; its streams are not the command's.
    command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let error = command.exec();
    let errno = rustix::io::Errno::from_io_error(&error).unwrap_or(rustix::io::Errno::IO);
    Error::system(Stage::Command, errno).at(&engine.program)
}

fn runtime_options(engine: &Engine) -> Vec<OsString> {
    let path = |name: &str| engine.bundle.join(name).into_os_string();
    let mut options: Vec<OsString> = vec!["--root".into(), path("state"), "--log".into(), path("log")];
    if engine.program.file_name().is_some_and(|name| name == "crun") {
        options.push("--cgroup-manager=disabled".into());
    }
    options.extend(["run".into(), "--bundle".into(), engine.bundle.clone().into_os_string()]);
    options.extend(["--pid-file".into(), path("pid"), "--preserve-fds".into(), PRESERVED.into()]);
    options.push(engine.name.clone().into());
    options
}

/// What the runtime said, if process 1 said nothing.
fn told(engine: &Engine, error: Error) -> Error {
    let log = std::fs::read_to_string(engine.bundle.join("log")).unwrap_or_default();
    let last: String =
        log.lines().next_back().unwrap_or_default().chars().filter(|c| !c.is_control()).take(400).collect();
    if error.stage != Stage::Control || last.is_empty() {
        return error;
    }
    Error::new(Stage::Namespaces, format!("the engine says: {last}")).at(&engine.program)
}

/// Which process is the first of the container. The runtime writes it down when it has started it, which may be a moment after
/// that process has said that it is ready.
fn first_process(engine: &Engine) -> Result<Pid, Error> {
    let file = engine.bundle.join("pid");
    for _ in 0..PATIENCE {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        if let Some(first) = text.trim().parse().ok().and_then(Pid::from_raw) {
            return Ok(first);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Err(Error::new(Stage::Control, "the engine does not say which process is the first").at(&file))
}
