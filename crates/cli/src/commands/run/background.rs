//! A run that goes on when whoever started it has gone: a process of its own session, whose output goes to a file.
//!
//! It is the same program, started again with its standard streams where we want them. It says by one byte that the command runs
//! and goes on; what it told until then is told here, and if the command ended at once, how.

use super::controls::Controls;
use crate::exit::Exit;
use crate::failure::Failure;
use portcullis_changes::{SessionFolder, SessionStore, State};
use portcullis_sandbox::Stream;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::fs::{MemfdFlags, Mode, OFlags, fstat, ftruncate, memfd_create};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The file in the folder of a session.
const NAME: &str = "output.log";

/// How long it may get before what is in it goes.
const LONGEST: i64 = 16 << 20;

/// What stands where something was dropped.
const DROPPED: &[u8] = b"portcullis: what was printed before this was dropped\n";

/// How often it is looked for more.
const PAUSE: Duration = Duration::from_millis(100);

/// What is read at a time.
const PIECE: usize = 64 << 10;

/// How long a command has to show that it goes on.
const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

/// Standard output, which is the log, and whoever waits to hear that the command goes on.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    file: OwnedFd,
    waiting: Option<OwnedFd>,
}

impl Log {
    /// Writes to the log of the session from here on. What is told of the run still goes to whoever waits.
    pub(super) fn open(session: &SessionFolder) -> Result<Self, Failure> {
        let path = session.path().join(NAME);
        let failed = |errno: Errno| Failure::io("write the output of the run", Some(&path), &errno.into());
        let flags = OFlags::CREATE | OFlags::WRONLY | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::open(&path, flags, Mode::RUSR | Mode::WUSR).map_err(failed)?;
        let waiting = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), 3).map_err(failed)?;
        rustix::stdio::dup2_stdout(&file).map_err(failed)?;
        Ok(Self { path, file, waiting: Some(waiting) })
    }

    /// Lets go of whoever waits, unless the command has ended by now.
    pub(super) fn let_go(&mut self, end: BorrowedFd<'_>) {
        let mut waited = [PollFd::from_borrowed_fd(end, PollFlags::IN)];
        if rustix::io::retry_on_intr(|| poll(&mut waited, Some(&AT_ONCE))) != Ok(0) {
            return;
        }
        if let Some(waiting) = self.waiting.take() {
            // Whoever waited may be gone; then it is told to nobody.
            rustix::io::write(&waiting, b"S").ok();
            rustix::stdio::dup2_stderr(&self.file).ok();
        }
    }

    /// The command has ended. If that was at once, what it printed is told to whoever waits.
    pub(super) fn over(&self) {
        if self.waiting.is_some() {
            let printed = File::open(&self.path).and_then(|mut log| io::copy(&mut log, &mut io::stderr()));
            printed.ok();
        }
    }

    /// A server prints for days; nobody reads all of that.
    pub(super) fn keep_short(&self) {
        let is_long = fstat(&self.file).is_ok_and(|stat| stat.st_size > LONGEST);
        if is_long && ftruncate(&self.file, 0).is_ok() {
            rustix::io::write(&self.file, DROPPED).ok();
        }
    }
}

/// All that the command prints goes through us: what is its own is never a file of our state.
pub(super) fn streams() -> Vec<Vec<Stream>> {
    vec![vec![Stream::Output, Stream::Errors]]
}

/// Starts this program again to carry the run out, and stays until the command runs.
pub(super) fn start() -> Result<Exit, Failure> {
    let failed = |error: io::Error| Failure::io("start in the background", None, &error);
    let told = memfd_create("told", MemfdFlags::CLOEXEC).map_err(|errno| failed(errno.into()))?;
    let (from, to) = pipe_with(PipeFlags::CLOEXEC).map_err(|errno| failed(errno.into()))?;
    let mut told = File::from(told);
    let mut behind = {
        let mut command = Command::new(std::env::current_exe().map_err(failed)?);
        command.args(arguments()).stdin(Stdio::null()).stdout(to).stderr(told.try_clone().map_err(failed)?);
        command.spawn().map_err(failed)?
        // Our own copy of the pipe goes with the command.
    };
    let mut word = [0];
    let has_started = File::from(from).read(&mut word).map_err(failed)? == 1;
    let exit = if has_started {
        Exit::Success
    } else {
        let status = behind.wait().map_err(failed)?;
        Exit::OfChild(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
    };
    let mut text = Vec::new();
    told.seek(SeekFrom::Start(0)).and_then(|_| told.read_to_end(&mut text)).map_err(failed)?;
    io::stderr().write_all(&text).map_err(failed)?;
    Ok(exit)
}

/// Our own arguments, with another word in the place of `--detach`. It stands before the command, so the first is ours.
fn arguments() -> Vec<OsString> {
    let mut arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    if let Some(detach) = arguments.iter_mut().find(|argument| *argument == "--detach") {
        *detach = "--behind".into();
    }
    arguments
}

/// Leaves the session of whoever started us, so that nothing of theirs ends us.
pub(super) fn leave() -> Result<(), Failure> {
    rustix::process::setsid().map(drop).map_err(|errno| Failure::io("start in the background", None, &errno.into()))
}

/// Shows what a session prints, from the beginning, until it has ended. The status is that of its command.
pub(super) fn follow(store: &SessionStore, session: &SessionFolder) -> Result<Exit, Failure> {
    let path = session.path().join(NAME);
    let Ok(file) = File::open(&path) else {
        return Err(Failure::usage("this session prints to where it was started")
            .because("only what was started with --detach is written down"));
    };
    let mut following = Following { path, file, read: 0, controls: Controls::new() };
    let id = session.session().id.as_str();
    loop {
        // Looked at before it is read to the end: what was printed last is not missed.
        let now = store.open(id)?;
        following.show().map_err(|error| Failure::io("show what it prints", None, &error))?;
        match &now.session().state {
            state if state.runs() => std::thread::sleep(PAUSE),
            State::Running(_) => return Ok(Exit::OfChild(128 + 9)),
            State::Ended | State::Applied | State::Discarded | State::Reverted => {
                let status = now.session().status.and_then(|status| u8::try_from(status).ok());
                return Ok(Exit::OfChild(status.unwrap_or(1)));
            }
        }
    }
}

struct Following {
    path: PathBuf,
    file: File,
    read: u64,
    controls: Controls,
}

impl Following {
    fn show(&mut self) -> io::Result<()> {
        if length(&self.path)? < self.read {
            (self.file, self.read) = (File::open(&self.path)?, 0);
        }
        let (mut piece, to_terminal) = (vec![0; PIECE], rustix::termios::isatty(rustix::stdio::stdout()));
        loop {
            let length = self.file.read(&mut piece)?;
            if length == 0 {
                return io::stdout().flush();
            }
            self.read += length as u64;
            let read = piece.get(..length).unwrap_or_default();
            if to_terminal {
                io::stdout().write_all(&self.controls.pass(read))?;
            } else {
                io::stdout().write_all(read)?;
            }
        }
    }
}

fn length(path: &Path) -> io::Result<u64> {
    Ok(std::fs::metadata(path)?.len())
}
