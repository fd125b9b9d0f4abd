//! What a run may use of this machine, and who watches that.
//!
//! Processes, open files and the size of one file are counted by the kernel. Memory, the layer's size and time are
//! watched from here, because without control groups of one's own the kernel counts them for no group of processes. A
//! run that takes too much is ended as a whole, and told so.

use portcullis_policy::RunLimits;
use portcullis_sandbox::Limits;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// How often memory and time are looked at.
const BEAT: Duration = Duration::from_millis(200);
/// Every how many beats the layer is measured, which takes longer.
const BEATS_PER_MEASURE: u32 = 15;

/// Files that are open in one process.
const OPEN_FILES: u64 = 16_384;
/// The largest file.
const LARGEST_FILE: u64 = 2 * GIB;
/// Everything that is written.
const DISK: u64 = 32 * GIB;

/// The limits in force: what policy says, and for the rest what no work of an agent needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InForce {
    processes: u64,
    memory: u64,
    disk: u64,
    time: Option<Duration>,
}

/// Why a run was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TooMuch {
    /// Bytes of memory.
    Memory(u64),
    /// Bytes written.
    Disk(u64),
    /// How long it may run.
    Time(Duration),
}

impl std::fmt::Display for TooMuch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Memory(most) => write!(f, "it used more than {} MiB of memory (`limits.memory`)", most / MIB),
            Self::Disk(most) => write!(f, "it wrote more than {} MiB (`limits.disk`)", most / MIB),
            Self::Time(most) => write!(f, "it ran longer than {} seconds (`limits.time`)", most.as_secs()),
        }
    }
}

impl InForce {
    /// The limits for a machine with so much memory and so many processors.
    pub(super) fn new(asked: RunLimits, memory: u64, processors: u64) -> Self {
        Self {
            processes: asked.processes.unwrap_or(1024 + 64 * processors),
            // More than the machine can give is no limit.
            memory: asked.memory.unwrap_or(u64::MAX).min((memory / 4 * 3).max(GIB)),
            disk: asked.disk.unwrap_or(DISK),
            time: asked.time.map(Duration::from_secs),
        }
    }

    /// On this machine.
    pub(super) fn here(asked: RunLimits) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
        Self::new(asked, memory_of_this_machine().unwrap_or(8 * GIB), processors)
    }

    /// What the kernel counts.
    pub(super) fn counted(&self) -> Limits {
        Limits {
            processes: Some(self.processes),
            open_files: Some(OPEN_FILES),
            file_size: Some(LARGEST_FILE.min(self.disk)),
            ..Limits::default()
        }
    }
}

/// Watches a run from outside.
#[derive(Debug)]
pub(super) struct Watch {
    limits: InForce,
    /// Process 1 of the run, as it is numbered here.
    first: u32,
    layers: Vec<PathBuf>,
    began: Instant,
    beats: u32,
}

impl Watch {
    pub(super) fn new(limits: InForce, first: u32, layers: Vec<PathBuf>) -> Self {
        Self { limits, first, layers, began: Instant::now(), beats: 0 }
    }

    /// How long to wait before the next look.
    pub(super) const fn beat() -> Duration {
        BEAT
    }

    /// Whether the run took too much.
    pub(super) fn look(&mut self) -> Option<TooMuch> {
        self.beats = self.beats.wrapping_add(1);
        if let Some(most) = self.limits.time
            && self.began.elapsed() > most
        {
            return Some(TooMuch::Time(most));
        }
        if memory_below(self.first) > self.limits.memory {
            return Some(TooMuch::Memory(self.limits.memory));
        }
        let measures = self.beats.is_multiple_of(BEATS_PER_MEASURE);
        let written = || self.layers.iter().map(|layer| size_of(layer)).sum::<u64>();
        (measures && written() > self.limits.disk).then_some(TooMuch::Disk(self.limits.disk))
    }
}

fn memory_of_this_machine() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.split_ascii_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// The memory of a process and all that came from it. Whatever loses its parent inside becomes a child of process 1, so
/// nothing is left out.
fn memory_below(first: u32) -> u64 {
    let (mut total, mut left) = (0_u64, vec![first]);
    while let Some(process) = left.pop() {
        total = total.saturating_add(memory_of(process));
        let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { continue };
        for thread in threads.flatten() {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            left.extend(children.split_ascii_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
    }
    total
}

/// What only this process has, and its shared memory.
fn memory_of(process: u32) -> u64 {
    let Ok(status) = fs::read_to_string(format!("/proc/{process}/status")) else { return 0 };
    let kib = status.lines().filter_map(|line| {
        let rest = line.strip_prefix("RssAnon:").or_else(|| line.strip_prefix("RssShmem:"))?;
        rest.split_ascii_whitespace().next()?.parse::<u64>().ok()
    });
    kib.sum::<u64>() * 1024
}

/// How much a folder takes on the disk.
fn size_of(folder: &Path) -> u64 {
    let (mut total, mut left) = (0_u64, vec![folder.to_owned()]);
    while let Some(folder) = left.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            total = total.saturating_add(metadata.blocks() * 512);
            if metadata.is_dir() {
                left.push(entry.path());
            }
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_can_ask_for_less_or_more() {
        let asked =
            RunLimits { processes: Some(7), memory: Some(GIB), disk: Some(MIB), time: Some(5), cpu_percent: None };
        let limits = InForce::new(asked, 64 * GIB, 8);
        assert_eq!(limits.counted().processes, Some(7));
        assert_eq!(limits.counted().file_size, Some(MIB));
        assert_eq!(InForce::new(RunLimits::default(), 24 * GIB, 2).memory, 18 * GIB);
        assert_eq!(InForce::new(RunLimits::default(), 24 * GIB, 2).processes, 1152);
    }

    #[test]
    fn memory_of_all_that_came_from_a_process_is_counted() {
        let kept = vec![1_u8; 32 << 20];
        assert!(memory_below(std::process::id()) >= kept.len() as u64);
    }
}
