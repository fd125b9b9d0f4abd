//! What a run may use of this machine: what policy and `--limit` say, and for the rest what no work of an agent needs.

mod asked;
mod usage;
mod watch;

pub(crate) use asked::Asked;
pub(super) use watch::{TooMuch, Watch};

use super::outlet;
use portcullis_policy::RunLimits;
use portcullis_sandbox::{Limits, Mount, Stream};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// Files that are open in one process.
const OPEN_FILES: u64 = 16_384;
/// The largest file.
const LARGEST_FILE: u64 = 2 * GIB;
/// Everything that is written.
const DISK: u64 = 32 * GIB;

/// The limits in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InForce {
    processes: u64,
    memory: u64,
    disk: u64,
    open_files: u64,
    output: Option<u64>,
    time: Option<Duration>,
}

impl InForce {
    /// The limits for a machine with so much memory and so many processors.
    fn new(asked: RunLimits, memory: u64, processors: u64) -> Self {
        Self {
            processes: asked.processes.unwrap_or(1024 + 64 * processors),
            // More than the machine can give is no limit.
            memory: asked.memory.unwrap_or(u64::MAX).min((memory / 4 * 3).max(GIB)),
            disk: asked.disk.unwrap_or(DISK),
            open_files: asked.open_files.unwrap_or(OPEN_FILES),
            // Whoever starts a run chose where its output goes: a terminal, a program that reads it, a file.
            output: asked.output,
            time: asked.time.map(Duration::from_secs),
        }
    }

    /// On this machine.
    pub(super) fn here(asked: RunLimits) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
        Self::new(asked, memory_of_this_machine().unwrap_or(8 * GIB), processors)
    }

    /// Which of our streams have to be counted on their way.
    pub(super) fn counted_streams(&self) -> Vec<Vec<Stream>> {
        self.output.map(|_| outlet::counted()).unwrap_or_default()
    }

    /// What the kernel counts.
    pub(super) fn counted(&self) -> Limits {
        Limits {
            processes: Some(self.processes),
            open_files: Some(self.open_files),
            file_size: Some(LARGEST_FILE.min(self.disk)),
            ..Limits::default()
        }
    }
}

/// Which of these are file systems in memory that a run can fill, by their paths inside.
pub(super) fn in_memory(mounts: &[Mount]) -> Vec<PathBuf> {
    let place = |mount: &Mount| match mount {
        Mount::Memory { at, .. } => Some(at.clone()),
        Mount::Devices { at, .. } => Some(at.join("shm")),
        Mount::Folder { .. }
        | Mount::Link { .. }
        | Mount::Text { .. }
        | Mount::Show { .. }
        | Mount::Layered { .. }
        | Mount::Merged { .. }
        | Mount::Hidden { .. }
        | Mount::Processes { .. } => None,
    };
    mounts.iter().filter_map(place).collect()
}

fn memory_of_this_machine() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.split_ascii_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_can_ask_for_less_or_more() {
        let asked = RunLimits {
            processes: Some(7),
            memory: Some(GIB),
            disk: Some(MIB),
            open_files: Some(9),
            ..RunLimits::default()
        };
        let limits = InForce::new(asked, 64 * GIB, 8);
        assert_eq!(limits.counted().processes, Some(7));
        assert_eq!(limits.counted().file_size, Some(MIB));
        assert_eq!(limits.counted().open_files, Some(9));
        assert_eq!(InForce::new(RunLimits::default(), 24 * GIB, 2).memory, 18 * GIB);
        assert_eq!(InForce::new(RunLimits::default(), 24 * GIB, 2).processes, 1152);
    }
}
