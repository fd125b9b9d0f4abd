//! What came from process 1: who belongs to it, and how all of it ends.
//!
//! Process 1 adopts whoever loses its parent, so nobody gets away by having two parents one after the other.

use crate::sys;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, wait};
use std::fs;
use std::time::Duration;

/// Whether a process or thread belongs to the run: it came from this process.
pub(super) fn is_ours(number: i32) -> bool {
    let first = std::process::id();
    let mut now = match u32::try_from(number) {
        Ok(number) if number != 0 => number,
        Ok(_) | Err(_) => return false,
    };
    if status(now, "Tgid:") == Some(first) {
        return false;
    }
    // No family is older than there are numbers.
    for _ in 0..4096 {
        match status(now, "PPid:") {
            Some(parent) if parent == first => return true,
            Some(parent) if parent > 1 => now = parent,
            Some(_) | None => return false,
        }
    }
    false
}

fn status(process: u32, word: &str) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    text.lines().find_map(|line| line.strip_prefix(word))?.trim().parse().ok()
}

/// Ends all of it, and waits until it has ended. `scoped`: signals reach nobody else.
pub(super) fn end(scoped: bool) {
    loop {
        if scoped {
            // It is tried again below; meanwhile nothing worse happens than that something lives a little longer.
            sys::kill_all_within_reach().ok();
        } else {
            end_descendants();
        }
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some(_)) | Err(Errno::INTR) => {}
                Ok(None) => break,
                // Nobody is left.
                Err(_) => return,
            }
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn end_descendants() {
    let mut left = vec![std::process::id()];
    while let Some(process) = left.pop() {
        let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { continue };
        for thread in threads.flatten() {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            for child in children.split_ascii_whitespace().filter_map(|child| child.parse::<i32>().ok()) {
                left.extend(u32::try_from(child));
                if let Some(child) = Pid::from_raw(child) {
                    // It may be gone already. It stands still first, so that it has no more children; both signals are
                    // sent before its own children are looked for.
                    kill_process(child, Signal::STOP).ok();
                    kill_process(child, Signal::KILL).ok();
                }
            }
        }
    }
}

/// Whoever has ended, one after the other; nothing when all others still run.
pub(super) fn ended() -> Option<(Pid, WaitStatus)> {
    rustix::io::retry_on_intr(|| wait(WaitOptions::NOHANG)).ok().flatten()
}
