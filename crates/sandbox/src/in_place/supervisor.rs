//! Answers what the filter asks, one question after the other. It waits for nobody longer than a moment.

use super::servers::Servers;
use super::view::{Opening, writable};
use super::{attributes, connections, kin};
use crate::caller::{Caller, ours, place_of};
use crate::net::WayOut;
use crate::sys::notify::{Call, Reply, receive, reply, reply_with};
use crate::wall::supervised::{AT_ANOTHER, SIGNALS};
use rustix::fd::{AsFd as _, BorrowedFd, OwnedFd};
use rustix::fs::inotify::{WatchFlags, add_watch};
use rustix::io::{Errno, Result};
use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer};
use std::path::PathBuf;

/// Whoever answers.
#[derive(Debug)]
pub(super) struct Supervisor {
    listener: OwnedFd,
    out: Option<WayOut>,
    readable: Vec<PathBuf>,
    writable: Vec<PathBuf>,
    servers: Servers,
}

impl Supervisor {
    /// For a run to which this is open.
    pub(super) fn new(listener: OwnedFd, out: Option<WayOut>, open: &[Opening]) -> Self {
        let readable = open.iter().map(|opening| opening.path.clone()).collect();
        Self { listener, out, readable, writable: writable(open), servers: Servers::default() }
    }

    /// Becomes readable when there is a question.
    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }

    /// Hears and answers one question. Whoever asked may be gone by now, which is nobody's loss.
    pub(super) fn turn(&mut self) {
        let Ok(call) = receive(self.listener.as_fd()) else { return };
        if call.number == libc::SYS_ioctl {
            if let Err(errno) = self.other_end(call) {
                reply(self.listener.as_fd(), call.id, Reply::Fail(errno)).ok();
            }
            return;
        }
        let answer = self.answer(call).unwrap_or_else(Reply::Fail);
        reply(self.listener.as_fd(), call.id, answer).ok();
    }

    fn answer(&mut self, call: Call) -> Result<Reply> {
        let caller = Caller::new(self.listener.as_fd(), call);
        let done = |()| Reply::Done(0);
        match call.number {
            libc::SYS_connect => connections::made(&caller, &self.servers, self.out.as_ref(), &self.writable).map(done),
            libc::SYS_bind => connections::bound(&caller, &mut self.servers, &self.writable).map(done),
            libc::SYS_listen => connections::heard(&caller, &mut self.servers).map(done),
            libc::SYS_inotify_add_watch => watch(&caller, &self.readable).map(Reply::Done),
            libc::SYS_setpriority | libc::SYS_ioprio_set => at_another(caller.signed(1)),
            number if AT_ANOTHER.contains(&number) => at_another(caller.signed(0)),
            number if SIGNALS.contains(&number) => signal(&caller, number),
            number => attributes::change(&caller, number, &self.writable).map(done),
        }
    }

    /// The inner end of a terminal whose outer end the caller has: it can't open it by its name, because it could open
    /// those of others as well then.
    fn other_end(&self, call: Call) -> Result<()> {
        let caller = Caller::new(self.listener.as_fd(), call);
        let terminal = caller.descriptor(caller.signed(0))?;
        let flags = OpenptFlags::from_bits_retain(caller.number(2)) | OpenptFlags::NOCTTY;
        let other = ioctl_tiocgptpeer(&terminal, flags)?;
        let close_on_exec = caller.number(2) & libc::O_CLOEXEC.unsigned_abs();
        reply_with(self.listener.as_fd(), call.id, other.as_fd(), close_on_exec)
    }
}

/// Whoever is told of what happens to a file knows when it is opened and changed, so it must be one that the run may see.
fn watch(caller: &Caller<'_>, readable: &[PathBuf]) -> Result<i32> {
    let flags = WatchFlags::from_bits_retain(caller.number(2));
    let path = caller.text(caller.argument(1))?;
    let file = caller.file(libc::AT_FDCWD, &path, !flags.contains(WatchFlags::DONT_FOLLOW))?;
    let place = place_of(&file)?;
    if !readable.iter().any(|open| place.starts_with(open)) {
        return Err(Errno::ACCESS);
    }
    let watches = caller.descriptor(caller.signed(0))?;
    // It was followed already, as far as it should be; our name for it is a link.
    add_watch(&watches, ours(&file), flags - WatchFlags::DONT_FOLLOW)
}

/// What is asked for lies in numbers alone, so the kernel may go on with it.
fn at_another(process: i32) -> Result<Reply> {
    if kin::is_ours(process) { Ok(Reply::Proceed) } else { Err(Errno::PERM) }
}

/// A signal, where Landlock can't keep it inside. A group whose first process is of the run has no others in it: groups are
/// within sessions, and a run begins one.
fn signal(caller: &Caller<'_>, number: i64) -> Result<Reply> {
    let process = caller.signed(0);
    match process {
        0 if number == libc::SYS_kill => Ok(Reply::Proceed),
        i32::MIN..=0 if number == libc::SYS_kill && process < -1 => at_another(process.saturating_neg()),
        i32::MIN..=0 => Err(Errno::PERM),
        _ if number == libc::SYS_tgkill || number == libc::SYS_rt_tgsigqueueinfo => at_another(caller.signed(1)),
        _ => at_another(process),
    }
}
