//! Process 1: builds the walls around itself, starts the command when it is told to, reaps, and reports.

use super::{Besides, users};
use crate::control::{Control, Message};
use crate::error::{Doing as _, Error, Stage};
use crate::exit::Exit;
use crate::folders::{Mover, Offer};
use crate::join::server::Hall;
use crate::net;
use crate::root::Root;
use crate::root::translated::Translated;
use crate::spec::{Network, Spec, Stream, Terminal};
use crate::sys;
use crate::wall;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::{AsFd as _, OwnedFd};
use rustix::fs::{Mode, OFlags, open};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{DumpableBehavior, Pid, Signal, WaitOptions, WaitStatus, wait};
use rustix::pty::{ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::ffi::CString;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// The name under which process 1 shows up.
pub(crate) const NAME: &str = "portcullis-init";

/// Runs as process 1, to the end.
pub(super) fn run(
    spec: &Spec,
    translated: &Translated,
    (control, besides): (&Control, Besides<'_>),
    by_root: bool,
) -> ! {
    let status = match stages(spec, translated, (control, besides), by_root) {
        Ok(()) => 0,
        Err(error) => {
            // If nobody listens any more nobody needs to be told.
            control.send(&Message::Failed(error)).ok();
            1
        }
    };
    sys::exit(status)
}

fn stages(
    spec: &Spec,
    translated: &Translated,
    (control, besides): (&Control, Besides<'_>),
    by_root: bool,
) -> Result<(), Error> {
    become_user(spec, control, by_root)?;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).doing(Stage::User)?;
    let mut root = Root::new()?;
    root.build(&spec.mounts, translated)?;
    let sockets = root.enter()?;
    rustix::system::sethostname(spec.hostname.as_bytes()).doing(Stage::Namespaces)?;
    net::loopback()?;
    let mut opened = match spec.network {
        Network::None => Vec::new(),
        Network::Doors => net::doors()?.into_descriptors(),
    };
    if !besides.watched.is_empty() {
        opened.extend(crate::opened::watch(besides.watched)?);
    }
    opened.extend(sockets);
    let slave = match spec.terminal {
        Terminal::None => None,
        Terminal::Own { rows, columns } => {
            let (master, slave) = terminal(Path::new("/dev/pts/ptmx"), rows, columns)?;
            opened.push(master);
            Some(slave)
        }
    };
    let (outputs, written) = outputs(spec)?;
    opened.extend(outputs);
    // Trees of the machine outside, and whatever a caller left open, are out of reach already. Now they are gone.
    let inner_ends = written.iter().map(|(_, to)| to);
    let kept = opened.iter().chain(&slave).chain(inner_ends).map(sys::raw).chain([sys::raw(&control.descriptor())]);
    let kept = kept.chain(besides.entry.map(sys::raw));
    sys::close_all_but(&kept.collect::<Vec<_>>()).doing(Stage::Privileges)?;
    wall::limits::set(&spec.limits)?;
    confine(spec)?;
    control.send(&Message::Ready(opened))?;
    let Message::Start = control.receive()? else {
        return Err(Error::new(Stage::Control, "there is no word to start"));
    };
    // From here on whoever ends is noticed, so this comes before the first command.
    let children = sys::caught(&[libc::SIGCHLD]).doing(Stage::Control)?;
    let mut mover = Mover::new(spec);
    let offer = mover.offer()?;
    let Some(command) = sys::fork().doing(Stage::Command)? else {
        start(spec, (slave.as_ref(), &written), offer, control)
    };
    drop((slave, written));
    mover.listen(offer);
    let exit = match besides.entry {
        Some(entry) => Hall::new(spec, entry, children, mover).serve(command)?,
        None => reap(command, &children, mover)?,
    };
    control.send(&Message::Ended(exit))
}

/// From here on this is the user of the run, with every capability in its own namespaces and none elsewhere.
fn become_user(spec: &Spec, control: &Control, by_root: bool) -> Result<(), Error> {
    use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
    let identity = &spec.identity;
    if !by_root {
        let map = |inside, outside| format!("{inside} {outside} 1");
        return users::map_own(&map(identity.uid_inside, identity.uid), &map(identity.gid_inside, identity.gid));
    }
    let Message::Mapped = control.receive()? else {
        return Err(Error::new(Stage::Control, "the user was not mapped"));
    };
    let (uid, gid) =
        (rustix::process::Uid::from_raw(identity.uid_inside), rustix::process::Gid::from_raw(identity.gid_inside));
    set_thread_groups(&[]).doing(Stage::User)?;
    set_thread_res_gid(gid, gid, gid).doing(Stage::User)?;
    set_thread_res_uid(uid, uid, uid).doing(Stage::User)?;
    // A change of user makes a process one that can't look at itself in /proc; until the tree stands it has to.
    rustix::process::set_dumpable_behavior(DumpableBehavior::Dumpable).doing(Stage::User)
}

/// A terminal: both ends.
pub(crate) fn terminal(multiplexer: &Path, rows: u16, columns: u16) -> Result<(OwnedFd, OwnedFd), Error> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let master = open(multiplexer, flags, Mode::empty()).doing(Stage::Terminal)?;
    unlockpt(&master).doing(Stage::Terminal)?;
    let name: CString = ptsname(&master, Vec::new()).doing(Stage::Terminal)?;
    let slave = open(name.as_c_str(), flags, Mode::empty()).doing(Stage::Terminal)?;
    let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&master, size).doing(Stage::Terminal)?;
    Ok((master, slave))
}

/// Streams that stand together, and the end of the pipe that they are.
pub(crate) type Written<'a> = (&'a [Stream], OwnedFd);

/// Pipes for the streams that the caller reads: its ends, and those of the command.
pub(crate) fn outputs(spec: &Spec) -> Result<(Vec<OwnedFd>, Vec<Written<'_>>), Error> {
    let (mut outer, mut inner) = (Vec::new(), Vec::new());
    for streams in &spec.handed_out {
        let (from, to) = pipe_with(PipeFlags::CLOEXEC).doing(Stage::Terminal)?;
        outer.push(from);
        inner.push((streams.as_slice(), to));
    }
    Ok((outer, inner))
}

/// Everything that can be closed is closed, for process 1 as well.
pub(crate) fn confine(spec: &Spec) -> Result<(), Error> {
    sys::forget_start(NAME);
    wall::landlock::raise(&spec.writable)?;
    wall::privileges::drop_all()?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).doing(Stage::Privileges)?;
    wall::seccomp::install(spec.limits.processors.is_some())
}

/// Becomes the command.
fn start(spec: &Spec, (slave, written): (Option<&OwnedFd>, &[Written<'_>]), offer: Offer, control: &Control) -> ! {
    let error = match offer.accept().and_then(|()| become_command(spec, slave, written)) {
        Ok(never) => match never {},
        Err(error) => error,
    };
    control.send(&Message::Failed(error)).ok();
    sys::exit(127)
}

pub(crate) fn become_command(
    spec: &Spec,
    slave: Option<&OwnedFd>,
    written: &[Written<'_>],
) -> Result<std::convert::Infallible, Error> {
    sys::default_signals();
    rustix::process::setsid().doing(Stage::Terminal)?;
    if let Some(slave) = slave {
        sys::control_terminal(slave.as_fd()).doing(Stage::Terminal)?;
    }
    let Some((program, arguments)) = spec.command.split_first() else {
        return Err(Error::new(Stage::Spec, "there is no command"));
    };
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(spec.environment.iter().map(|(name, value)| (name, value)));
    command.current_dir(&spec.folder);
    for (stream, set) in streams(slave, written)? {
        match set {
            0 => command.stdin(stream),
            1 => command.stdout(stream),
            _ => command.stderr(stream),
        };
    }
    sys::close_on_exec_from(3).doing(Stage::Command)?;
    let error = command.exec();
    let errno = rustix::io::Errno::from_io_error(&error).unwrap_or(rustix::io::Errno::IO);
    Err(Error::system(Stage::Command, errno).at(program))
}

/// What the standard streams become: a terminal becomes the one inside; a folder would be a way out of the
/// tree, and a connection one onto the network.
fn streams(slave: Option<&OwnedFd>, written: &[Written<'_>]) -> Result<Vec<(Stdio, i32)>, Error> {
    let standard = [rustix::stdio::stdin(), rustix::stdio::stdout(), rustix::stdio::stderr()];
    let mut out = Vec::new();
    for (stream, number) in standard.into_iter().zip(0..) {
        let kind = rustix::fs::fstat(stream).map(|stat| rustix::fs::FileType::from_raw_mode(stat.st_mode));
        let is_terminal = rustix::termios::isatty(stream);
        let handed_out = match number {
            1 => Some(Stream::Output),
            2 => Some(Stream::Errors),
            _ => None,
        };
        let pipe = written.iter().find(|(streams, _)| handed_out.is_some_and(|stream| streams.contains(&stream)));
        let replaced = match (kind, slave, pipe) {
            (_, Some(slave), _) if is_terminal => Some(slave.try_clone().map(Stdio::from)),
            (_, _, Some((_, to))) => Some(to.try_clone().map(Stdio::from)),
            (Err(_), _, _) => Some(Ok(Stdio::null())),
            (Ok(kind), _, _) if is_terminal || kind.is_dir() || kind.is_block_device() => Some(Ok(Stdio::null())),
            (Ok(kind), _, _) if kind.is_socket() && !is_local(stream) => Some(Ok(Stdio::null())),
            (Ok(_), _, _) => None,
        };
        match replaced {
            Some(Ok(stream)) => out.push((stream, number)),
            Some(Err(error)) => return Err(Error::new(Stage::Terminal, error.to_string())),
            None => {}
        }
    }
    Ok(out)
}

/// Whether a socket is a connection between processes of this machine. Any other belongs to the network outside, or takes
/// datagrams: it could be used to speak to somebody else.
fn is_local(socket: rustix::fd::BorrowedFd<'_>) -> bool {
    use rustix::net::{AddressFamily, SocketType, sockopt};
    let connects = matches!(sockopt::socket_type(socket), Ok(SocketType::STREAM | SocketType::SEQPACKET));
    connects && sockopt::socket_domain(socket) == Ok(AddressFamily::UNIX)
}

/// Waits for everything that ends, until the command does, and moves folders meanwhile.
fn reap(command: Pid, children: &OwnedFd, mut mover: Mover) -> Result<Exit, Error> {
    loop {
        let mut waited = vec![PollFd::new(children, PollFlags::IN)];
        waited.extend(mover.descriptors().map(|asked| PollFd::from_borrowed_fd(asked, PollFlags::IN)));
        rustix::io::retry_on_intr(|| poll(&mut waited, None)).doing(Stage::Control)?;
        let came: Vec<PollFlags> = waited.iter().map(PollFd::revents).collect();
        let Some((ended, asked)) = came.split_first() else { continue };
        mover.turn(asked);
        if !ended.is_empty()
            && let Some(exit) = ended_among(children, command, |_, _| {})?
        {
            return Ok(exit);
        }
    }
}

/// Reaps whoever ended; how the command did, if it was among them. The others are told of.
pub(crate) fn ended_among(
    children: &OwnedFd,
    command: Pid,
    mut other: impl FnMut(Pid, WaitStatus),
) -> Result<Option<Exit>, Error> {
    // What is in there says only that somebody ended, perhaps several.
    rustix::io::retry_on_intr(|| rustix::io::read(children, &mut [0; 128])).doing(Stage::Control)?;
    while let Some((process, status)) = wait(WaitOptions::NOHANG).doing(Stage::Command)? {
        if process == command {
            return Ok(Some(of(status)));
        }
        other(process, status);
    }
    Ok(None)
}

pub(crate) fn of(status: WaitStatus) -> Exit {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Exit::Status(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::Signal(9),
    }
}
