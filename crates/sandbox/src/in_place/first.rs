//! Process 1 of a run in place: it raises the walls, starts the command when it is told to, answers what the filter asks,
//! adopts and reaps, and ends all of it when the command ends or nobody outside is there any more.
//!
//! It is within Landlock itself, in a domain around that of the command: from in there it can neither be signalled nor
//! traced. The filter is the command's alone, because whoever answers must not have to ask.

use super::supervisor::Supervisor;
use super::view::{Access, Opening, openings};
use super::{SCOPED, kin};
use crate::control::{Control, Message};
use crate::error::{Doing as _, Error, Stage};
use crate::exit::Exit;
use crate::launch::{NAME, Written, become_command, of, outputs, terminal};
use crate::net::WayOut;
use crate::root::socket::listening_in_place;
use crate::spec::{Mount, Spec, Terminal};
use crate::sys::{self, Side};
use crate::wall;
use crate::wall::supervised::Ground;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::OwnedFd;
use rustix::process::{DumpableBehavior, Pid, Signal};
use std::convert::Infallible;
use std::path::Path;

/// Runs as process 1, to the end.
pub(super) fn run(spec: &Spec, control: &Control, out: Option<WayOut>, by_root: bool) -> ! {
    let status = match stages(spec, control, out, by_root) {
        Ok(()) => 0,
        Err(error) => {
            // If nobody listens any more nobody needs to be told.
            control.send(&Message::Failed(error)).ok();
            1
        }
    };
    sys::exit(status)
}

fn stages(spec: &Spec, control: &Control, out: Option<WayOut>, by_root: bool) -> Result<(), Error> {
    let outside = rustix::process::getppid();
    // What is typed into the terminal outside is for others.
    rustix::process::setsid().doing(Stage::Control)?;
    become_user(spec, by_root)?;
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).doing(Stage::Command)?;
    let (outer, inner) = match spec.terminal {
        Terminal::None => (None, None),
        Terminal::Own { rows, columns } => {
            terminal(Path::new("/dev/ptmx"), rows, columns).map(|(outer, inner)| (Some(outer), Some(inner)))?
        }
    };
    let (outputs, written) = outputs(spec)?;
    let sockets = spec.mounts.iter().filter_map(Mount::socket);
    let sockets = sockets.map(|at| listening_in_place(at)).collect::<Result<Vec<_>, _>>()?;
    let opened: Vec<OwnedFd> = sockets.into_iter().chain(outer).chain(outputs).collect();
    let inner_ends = written.iter().map(|(_, to)| to);
    let kept = opened.iter().chain(&inner).chain(inner_ends).map(sys::raw).chain([sys::raw(&control.descriptor())]);
    sys::close_all_but(&kept.collect::<Vec<_>>()).doing(Stage::Privileges)?;
    wall::limits::set_in_place(&spec.limits, spec.identity.uid)?;
    sys::forget_start(NAME);
    let mut open = openings(&spec.mounts)?;
    // The command's own terminal, and no other one.
    if let Some(inner) = &inner {
        let path = crate::caller::place_of(inner).doing(Stage::Terminal)?;
        open.push(Opening { path, access: Access::Use });
    }
    confine(&open)?;
    let scoped = sys::landlock_version() >= Some(SCOPED) && outside.is_none_or(is_out_of_reach);
    let ground = Ground { scoped, stays: spec.limits.processors.is_some() };
    let news = sys::caught(&[libc::SIGCHLD, libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT])
        .doing(Stage::Control)?;
    let (ours, theirs) = Control::pair()?;
    let (command, _handle) = match sys::clone(0).doing(Stage::Command)? {
        Side::Child => {
            drop(ours);
            inside(spec, &open, (inner.as_ref(), &written), &theirs, ground)
        }
        Side::Parent { child, handle } => (child, handle),
    };
    drop((theirs, inner, written));
    let listener = match ours.receive()? {
        Message::Ready(opened) => opened.into_iter().next(),
        Message::Failed(error) => return Err(error),
        Message::Mapped | Message::Start | Message::Ended(_) => None,
    };
    let listener = listener.ok_or_else(|| Error::new(Stage::Seccomp, "the filter has no listener"))?;
    let supervisor = Supervisor::new(listener, out, &open);
    control.send(&Message::Ready(opened))?;
    let told = serve(&Family { control, command, inside: ours, news }, supervisor);
    kin::end(scoped);
    told.and_then(|message| message.map_or(Ok(()), |message| control.send(&message)))
}

/// From here on this is the user of the run.
fn become_user(spec: &Spec, by_root: bool) -> Result<(), Error> {
    use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
    if !by_root {
        return Ok(());
    }
    wall::privileges::forget_bounds()?;
    let identity = &spec.identity;
    let (uid, gid) = (rustix::process::Uid::from_raw(identity.uid), rustix::process::Gid::from_raw(identity.gid));
    set_thread_groups(&[]).doing(Stage::User)?;
    set_thread_res_gid(gid, gid, gid).doing(Stage::User)?;
    set_thread_res_uid(uid, uid, uid).doing(Stage::User)
}

/// Process 1's own walls: those of the command, and what it needs to answer.
fn confine(open: &[Opening]) -> Result<(), Error> {
    wall::privileges::drop_in_place()?;
    let needed = [("/proc", Access::Read), ("/dev/pts", Access::Use)];
    let needed = needed.map(|(path, access)| Opening { path: path.into(), access });
    let there = needed.into_iter().filter(|opening| opening.path.is_dir());
    wall::landlock::raise_alone(&open.iter().cloned().chain(there).collect::<Vec<_>>())?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).doing(Stage::Privileges)
}

/// Whether a process of the same user can't be signalled: then Landlock keeps signals inside.
fn is_out_of_reach(process: Pid) -> bool {
    rustix::process::test_kill_process(process) == Err(rustix::io::Errno::PERM)
}

/// The inner ends of what the command reads and writes: its terminal, and pipes.
type Streams<'a> = (Option<&'a OwnedFd>, &'a [Written<'a>]);

/// Becomes the command, behind walls that stand before it is told to start.
fn inside(spec: &Spec, open: &[Opening], streams: Streams<'_>, control: &Control, ground: Ground) -> ! {
    let error = match walls_and_command(spec, open, streams, control, ground) {
        Ok(never) => match never {},
        Err(error) => error,
    };
    control.send(&Message::Failed(error)).ok();
    sys::exit(127)
}

fn walls_and_command(
    spec: &Spec,
    open: &[Opening],
    (terminal, written): Streams<'_>,
    control: &Control,
    ground: Ground,
) -> Result<Infallible, Error> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).doing(Stage::Privileges)?;
    wall::landlock::raise_alone(open)?;
    let listener = wall::supervised::install(ground)?;
    control.send(&Message::Ready(vec![listener]))?;
    let Message::Start = control.receive()? else {
        return Err(Error::new(Stage::Control, "there is no word to start"));
    };
    become_command(spec, terminal, written)
}

/// Whom process 1 hears from.
struct Family<'a> {
    control: &'a Control,
    command: Pid,
    /// The other end is the command's, until it is the command.
    inside: Control,
    /// Readable when somebody ended, or asks for the end.
    news: OwnedFd,
}

/// Answers until the command has ended; says what is to be told about that. Nothing, if nobody is there to be told.
fn serve(family: &Family<'_>, mut supervisor: Supervisor) -> Result<Option<Message>, Error> {
    let mut starting = true;
    let mut asks = true;
    loop {
        let mut waited = vec![
            PollFd::from_borrowed_fd(family.control.descriptor(), PollFlags::IN),
            PollFd::new(&family.news, PollFlags::IN),
        ];
        if asks {
            waited.push(PollFd::from_borrowed_fd(supervisor.descriptor(), PollFlags::IN));
        }
        rustix::io::retry_on_intr(|| poll(&mut waited, None)).doing(Stage::Control)?;
        let came: Vec<PollFlags> = waited.iter().map(PollFd::revents).collect();
        let is = |index: usize| came.get(index).copied().unwrap_or(PollFlags::empty());
        if is(2).contains(PollFlags::IN) {
            supervisor.turn();
        } else if !is(2).is_empty() {
            // Everybody who could ask has ended.
            asks = false;
        }
        if !is(1).is_empty() {
            if asks_for_the_end(&family.news) {
                return Ok(Some(Message::Ended(Exit::Signal(libc::SIGKILL))));
            }
            if let Some(exit) = reaped(family.command) {
                return Ok(Some(how(family, exit)));
            }
        }
        if !is(0).is_empty() {
            match family.control.receive() {
                Ok(Message::Start) if starting => {
                    starting = false;
                    family.inside.send(&Message::Start)?;
                }
                // Whoever is outside asks for the end, or is gone.
                Ok(_) | Err(_) => return Ok(Some(Message::Ended(Exit::Signal(libc::SIGKILL)))),
            }
        }
    }
}

/// Whether what came is more than that somebody ended.
fn asks_for_the_end(news: &OwnedFd) -> bool {
    // `struct signalfd_siginfo` begins with the number of the signal.
    let mut bytes = [0; 128];
    let read = rustix::io::retry_on_intr(|| rustix::io::read(news, &mut bytes));
    read.is_ok() && bytes.first_chunk().map(|number| i32::from_ne_bytes(*number)) != Some(libc::SIGCHLD)
}

/// Reaps whoever ended; how the command did, if it is among them.
fn reaped(command: Pid) -> Option<Exit> {
    std::iter::from_fn(kin::ended).fold(
        None,
        |exit, (process, status)| {
            if process == command { Some(of(status)) } else { exit }
        },
    )
}

/// What became of the command: it may have said itself that it could not become one.
fn how(family: &Family<'_>, exit: Exit) -> Message {
    match family.inside.receive() {
        Ok(message @ Message::Failed(_)) => message,
        Ok(_) | Err(_) => Message::Ended(exit),
    }
}
