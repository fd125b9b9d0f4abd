//! A piece of work in a process of its own, so that whatever becomes of it becomes of nothing else.

use crate::sys;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, setpgid, waitpid};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this status.
    Status(i32),
    /// By this signal.
    Signal(i32),
    /// It took too long and was ended.
    TooLong,
}

/// What came of it.
#[derive(Debug)]
pub struct Forked {
    /// How it ended.
    pub ended: Ended,
    /// What it said.
    pub said: Vec<u8>,
}

/// Does `work` in a copy of this process, which must have one thread; ends it after `longest`, and hears at most `most`
/// bytes. What it started in its own group of processes is ended with it.
pub fn fork_for(longest: Duration, most: usize, work: impl FnOnce() -> (i32, Vec<u8>)) -> io::Result<Forked> {
    let (from, to) = pipe_with(PipeFlags::CLOEXEC)?;
    let Some(child) = sys::fork()? else {
        drop(from);
        setpgid(None, None).ok();
        let (status, said) = catch_unwind(AssertUnwindSafe(work)).unwrap_or((1, b"it broke down".to_vec()));
        let mut left = said.as_slice();
        while let Ok(written @ 1..) = rustix::io::write(&to, left) {
            left = left.get(written..).unwrap_or_default();
        }
        sys::exit(status)
    };
    drop(to);
    // Both sides do it, since nobody knows who comes first.
    setpgid(Some(child), Some(child)).ok();
    let until = Instant::now() + longest;
    let mut said = Vec::new();
    let heard_all = hear(&from, until, most, &mut said)?;
    let in_time = heard_all && ends(child, until)?;
    kill_process_group(child, Signal::KILL).ok();
    let status = rustix::io::retry_on_intr(|| waitpid(Some(child), WaitOptions::empty()))?;
    let ended = match status.map(|(_, status)| (status.exit_status(), status.terminating_signal())) {
        _ if !in_time => Ended::TooLong,
        Some((Some(status), _)) => Ended::Status(status),
        Some((None, Some(signal))) => Ended::Signal(signal),
        Some((None, None)) | None => Ended::Signal(9),
    };
    Ok(Forked { ended, said })
}

/// Reads to the end. False if that does not come in time.
fn hear(from: &rustix::fd::OwnedFd, until: Instant, most: usize, said: &mut Vec<u8>) -> io::Result<bool> {
    let mut piece = [0; 4096];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let left = Timespec { tv_sec: left.as_secs().try_into().unwrap_or(0), tv_nsec: left.subsec_nanos().into() };
        match poll(&mut [PollFd::new(from, PollFlags::IN)], Some(&left)) {
            Ok(0) => return Ok(false),
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(errno.into()),
        }
        match rustix::io::read(from, &mut piece) {
            Ok(0) => return Ok(true),
            Ok(length) => {
                let room = most.saturating_sub(said.len()).min(length);
                said.extend(piece.get(..room).unwrap_or_default());
            }
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// Waits for the end without taking the status away.
fn ends(child: Pid, until: Instant) -> io::Result<bool> {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    loop {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        if waitid(WaitId::Pid(child), options)?.is_some() {
            return Ok(true);
        }
        if Instant::now() > until {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
