//! Other processes, and the terminal.

use super::{Attempt, Category, Got, Here, Proof, Way, attempt, first, nothing};
use portcullis_sandbox::attempt as call;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal, setpriority_process};
use std::fs::OpenOptions;
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;

const fn tries(id: &'static str, loses: &'static str, proof: Proof, way: fn(&Here) -> Got) -> Attempt {
    attempt(Category::Processes, id, loses, Way::By(way), proof)
}

pub(super) const ATTEMPTS: &[Attempt] = &[
    tries("process-signal", "any program of yours is ended", Proof::Victim, |here| {
        kill_process(victim(here)?, Signal::KILL)?;
        nothing()
    }),
    tries("process-signal-handle", "any program of yours is ended, by a handle of it", Proof::Victim, |here| {
        let handle = pidfd_open(victim(here)?, PidfdFlags::empty())?;
        pidfd_send_signal(&handle, Signal::KILL)?;
        nothing()
    }),
    tries("process-stop", "any program of yours stands still", Proof::Victim, |here| {
        kill_process(victim(here)?, Signal::STOP)?;
        nothing()
    }),
    tries("process-priority", "any program of yours is slowed down", Proof::Victim, |here| {
        setpriority_process(Some(victim(here)?), 15)?;
        nothing()
    }),
    tries(
        "process-trace",
        "whatever a program of yours holds in memory, as a debugger reads it",
        Proof::Secret,
        |here| trace(here, false),
    ),
    tries("process-trace-seize", "the same, without stopping it first", Proof::Secret, |here| trace(here, true)),
    tries("process-read-memory", "whatever a program of yours holds in memory", Proof::Secret, |here| {
        let it = memory(here)?;
        call::read_memory(it.process, it.address, usize::try_from(it.length).unwrap_or(0))
    }),
    tries("process-write-memory", "what a program of yours does", Proof::Word, |here| {
        let it = memory(here)?;
        call::write_memory(it.process, it.address, b"x")?;
        nothing()
    }),
    tries("process-take-descriptor", "whatever a program of yours has open", Proof::Secret, |here| {
        let it = memory(here)?;
        let taken = call::take_descriptor(it.process, it.descriptor)?;
        let mut bytes = Vec::new();
        std::fs::File::from(taken).read_to_end(&mut bytes)?;
        Ok(bytes)
    }),
    tries(
        "process-descriptor-of-first",
        "what our own first process has open, the doors among it",
        Proof::Word,
        |here| {
            let mut processes = vec![1];
            // Without walls the first process is not ours.
            processes.extend(here.victim().ok());
            first(processes.iter().flat_map(|process| (0..16).map(|number| call::take_descriptor(*process, number))))?;
            nothing()
        },
    ),
    tries("process-type", "commands in your terminal, as if you had typed them", Proof::Word, |_| {
        call::push_character(io::stdin().as_fd(), b' ')?;
        nothing()
    }),
    tries("process-type-by-name", "the same, by the terminal's name", Proof::Word, |here| {
        let named = [std::path::Path::new("/dev/tty"), &here.plan.terminal];
        first(named.iter().map(|path| {
            let terminal = OpenOptions::new().read(true).open(path)?;
            call::push_character(terminal.as_fd(), b' ')
        }))?;
        nothing()
    }),
    tries("process-paste", "commands in the console, by pasting them", Proof::Word, |_| {
        call::console_paste(io::stdin().as_fd())?;
        nothing()
    }),
    tries("process-write-terminal", "what you see in another terminal, and what it does", Proof::Call, |here| {
        let mut terminal = OpenOptions::new().write(true).open(&here.plan.terminal)?;
        terminal.write_all(format!("{}.", here.id).as_bytes())?;
        nothing()
    }),
    tries("process-group", "signals that were meant for others, by joining their group", Proof::Word, |here| {
        rustix::process::setpgid(None, Some(rustix::process::getpgid(Some(victim(here)?))?))?;
        nothing()
    }),
    tries(
        "process-outlive",
        "whatever it likes, for as long as it likes: it stays when you have ended it",
        Proof::Survivor,
        |here| {
            call::leave_behind(&here.plan.called)?;
            nothing()
        },
    ),
    tries("process-limits", "limits of any program of yours", Proof::Word, |here| {
        let resource = rustix::process::Resource::Core;
        let limit = rustix::process::getrlimit(resource);
        rustix::process::prlimit(Some(victim(here)?), resource, limit)?;
        nothing()
    }),
];

fn victim(here: &Here) -> io::Result<Pid> {
    let process = i32::try_from(here.victim()?).map_err(io::Error::other)?;
    Pid::from_raw(process).ok_or_else(|| super::failed("no process has this number"))
}

fn memory(here: &Here) -> io::Result<crate::plan::Victim> {
    here.plan.victims.get(here.id).copied().ok_or_else(|| super::failed("nobody is there"))
}

fn trace(here: &Here, seize: bool) -> Got {
    let it = memory(here)?;
    call::memory_by_tracing(it.process, seize, it.address, usize::try_from(it.length).unwrap_or(0))
}
