//! What a run may use of this machine: what policy and `--limit` say, and for the rest what no work of an agent needs.

mod asked;
mod guard;
mod usage;
mod watch;

pub(crate) use asked::Asked;
pub(crate) use guard::Guard;
pub(crate) use watch::{TooMuch, Watch};

use super::outlet;
use portcullis_policy::RunLimits;
use portcullis_sandbox::{Group, Holds, Limits, Mount, Shares, Stream};
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
struct InForce {
    processes: u64,
    memory: u64,
    disk: u64,
    open_files: u64,
    output: Option<u64>,
    cpu_percent: Option<u64>,
    /// Whether memory was limited, and not only by what the machine has.
    memory_asked: bool,
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
            cpu_percent: asked.cpu_percent,
            memory_asked: asked.memory.is_some(),
            time: asked.time.map(Duration::from_secs),
        }
    }

    /// On this machine.
    fn here(asked: RunLimits) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
        Self::new(asked, memory_of_this_machine().unwrap_or(8 * GIB), processors)
    }

    /// Which of our streams have to be counted on their way.
    fn counted_streams(&self) -> Vec<Vec<Stream>> {
        self.output.map(|_| outlet::counted()).unwrap_or_default()
    }

    /// The control group of a run, as far as one can be had here.
    fn group(&self, session: &str) -> Group {
        let Self { processes, cpu_percent, .. } = *self;
        let memory = self.memory_asked.then_some(self.memory);
        Group::make(session, &Shares { processes, memory, cpu_percent })
    }

    /// On how many whole processors the run has to stay, where no group holds its processor time.
    fn processors(&self, holds: Holds) -> Option<usize> {
        let percent = self.cpu_percent.filter(|_| !holds.cpu)?;
        Some(usize::try_from(percent.div_ceil(100).max(1)).unwrap_or(usize::MAX))
    }

    /// What does not hold here as it was asked for.
    fn shortcoming(&self, holds: Holds) -> Option<String> {
        let processors = self.processors(holds)?;
        let percent = self.cpu_percent.filter(|percent| percent % 100 != 0)?;
        let count = if processors == 1 { "one processor".to_owned() } else { format!("{processors} processors") };
        Some(format!(
            "`limits.cpu-percent` is {percent}; without a control group the run is held to {count} (`portcullis doctor`)"
        ))
    }

    /// What the kernel counts without a group.
    fn counted(&self, holds: Holds) -> Limits {
        Limits {
            processes: Some(self.processes),
            open_files: Some(self.open_files),
            file_size: Some(LARGEST_FILE.min(self.disk)),
            processors: self.processors(holds),
            ..Limits::default()
        }
    }
}

/// Which of these are file systems in memory that a run can fill, by their paths inside.
fn in_memory(mounts: &[Mount]) -> Vec<PathBuf> {
    let place = |mount: &Mount| match mount {
        Mount::Memory { at, .. } => Some(at.clone()),
        Mount::Devices { at, shared_memory: 1.. } => Some(at.join("shm")),
        Mount::Folder { .. }
        | Mount::Link { .. }
        | Mount::Text { .. }
        | Mount::Show { .. }
        | Mount::Layered { .. }
        | Mount::Merged { .. }
        | Mount::Hidden { .. }
        | Mount::Closed { .. }
        | Mount::Socket { .. }
        | Mount::Devices { .. }
        | Mount::Processes { .. } => None,
    };
    mounts.iter().filter_map(place).collect()
}

/// What lies in folders that are the run's own from the start: a copy of the workspace, which it did not write.
fn given(mounts: &[Mount]) -> u64 {
    let is_shown = |mount: &&Mount| matches!(mount, Mount::Show { writable: true, .. });
    let shown: Vec<Mount> = mounts.iter().filter(is_shown).cloned().collect();
    on_disk(&shown).iter().map(|folder| usage::size_of(folder, None)).fold(0, u64::saturating_add)
}

/// Which folders outside hold what is written by the run, and what an agent keeps from run to run.
fn on_disk(mounts: &[Mount]) -> Vec<PathBuf> {
    let place = |mount: &Mount| match mount {
        Mount::Layered { changes, .. } => Some(changes.path.clone()),
        Mount::Show { from, writable: true, .. } => Some(from.path.clone()),
        Mount::Show { .. }
        | Mount::Memory { .. }
        | Mount::Devices { .. }
        | Mount::Folder { .. }
        | Mount::Link { .. }
        | Mount::Text { .. }
        | Mount::Merged { .. }
        | Mount::Hidden { .. }
        | Mount::Closed { .. }
        | Mount::Socket { .. }
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
        assert_eq!(limits.counted(Holds::default()).processes, Some(7));
        assert_eq!(limits.counted(Holds::default()).file_size, Some(MIB));
        assert_eq!(limits.counted(Holds::default()).open_files, Some(9));
        assert_eq!(limits.counted(Holds::default()).processors, None);
        assert_eq!(InForce::new(RunLimits::default(), 24 * GIB, 2).memory, 18 * GIB);
        assert_eq!(InForce::new(RunLimits::default(), 24 * GIB, 2).processes, 1152);
    }

    #[test]
    fn processor_time_that_no_group_holds_is_held_by_whole_processors_and_told_so() {
        let limits = |percent| InForce::new(RunLimits { cpu_percent: percent, ..RunLimits::default() }, GIB, 8);
        let (none, all) = (Holds::default(), Holds { memory: true, cpu: true });
        for (percent, processors, told) in [
            (None, None, false),
            (Some(0), Some(1), false),
            (Some(50), Some(1), true),
            (Some(100), Some(1), false),
            (Some(250), Some(3), true),
        ] {
            assert_eq!(limits(percent).counted(none).processors, processors, "{percent:?}");
            assert_eq!(limits(percent).shortcoming(none).is_some(), told, "{percent:?}");
            assert_eq!(limits(percent).counted(all).processors, None);
            assert_eq!(limits(percent).shortcoming(all), None);
        }
    }
}
