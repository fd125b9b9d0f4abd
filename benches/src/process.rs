//! Runs a program to its end and says what that cost, exactly.

use crate::machine;
use anyhow::{Context as _, bail};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What one run cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    /// CPU time of its first thread, which is all of it for a program that starts no other.
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
    pub(crate) succeeded: bool,
}

fn silently(command: &mut Command) -> anyhow::Result<Child> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    child.with_context(|| format!("could not start {}", command.get_program().display()))
}

/// Runs `command` without output. The kernel keeps an ended child's account until it is waited for, so it is read then.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<Run> {
    let start = Instant::now();
    let mut child = silently(command)?;
    let id = WaitId::Pid(Pid::from_child(&child));
    waitid(id, WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
    let wall = start.elapsed();
    let cpu = machine::exact_cpu(child.id());
    let succeeded = child.wait()?.success();
    Ok(Run { cpu: cpu?, wall, succeeded })
}

/// What one run with all its threads and children cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
    /// The most memory that it held, in bytes.
    pub(crate) memory: u64,
    /// Whether it ended by itself.
    pub(crate) ended: bool,
}

/// Runs `command` without output for at most so long.
pub(crate) fn measure(command: &mut Command, most: Duration) -> anyhow::Result<Cost> {
    let (before, start) = (machine::children_cpu()?, Instant::now());
    let mut child = silently(command)?;
    let (mut memory, mut ended) = (0, true);
    while child.try_wait()?.is_none() {
        memory = memory.max(peak(child.id()).unwrap_or(0));
        if start.elapsed() > most {
            child.kill()?;
            child.wait()?;
            ended = false;
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(Cost { cpu: machine::children_cpu()?.saturating_sub(before), wall: start.elapsed(), memory, ended })
}

/// The most memory that a process has held so far, in bytes.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// Runs a program that has to succeed, and returns what it printed.
pub(crate) fn succeed(command: &mut Command) -> anyhow::Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("could not start {}", command.get_program().display()))?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        bail!("{} ended with {}: {}", command.get_program().display(), output.status, error.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
