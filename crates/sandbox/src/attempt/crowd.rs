//! Many processes, a bounded number of them: what a fork bomb is before it has gone far.

use crate::sys;
use std::io;
use std::time::Duration;

/// Lets every process there is fork, so many times over, and keeps all of them for a while. Without a limit there are two to
/// the power of `rounds` in the end.
pub fn fork_over_and_over(rounds: u32, kept: Duration) -> io::Result<()> {
    let first = std::process::id();
    let mut failed = None;
    for _ in 0..rounds {
        if let Err(errno) = sys::fork() {
            failed = Some(errno);
        }
    }
    std::thread::sleep(kept);
    if std::process::id() != first {
        sys::exit(0);
    }
    failed.map_or(Ok(()), |errno| Err(errno.into()))
}

/// Has the same work done by so many processes, this one included.
pub fn by_many(processes: u32, work: impl Fn()) -> io::Result<()> {
    for _ in 1..processes {
        if sys::fork()?.is_none() {
            work();
            sys::exit(0);
        }
    }
    work();
    Ok(())
}
