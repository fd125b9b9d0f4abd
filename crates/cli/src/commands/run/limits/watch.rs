//! Who watches what the kernel counts for no group of processes: memory, the disk and time. A run that takes too much is
//! ended as a whole, and told so. The watch is a thread of its own, so that nothing that a run prints, and nobody who does
//! not read it, can hold it up.

use super::usage::{Usage, size_of};
use super::{InForce, MIB};
use portcullis_sandbox::{Group, Killer};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often a run is looked at, at most.
const BEAT: Duration = Duration::from_millis(200);

/// A look that takes long is followed by a pause so many times as long.
const PAUSE: u32 = 10;

/// Why a run was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TooMuch {
    /// Bytes of memory.
    Memory(u64),
    /// Bytes written.
    Disk(u64),
    /// Bytes printed.
    Output(u64),
    /// How long it may run.
    Time(Duration),
}

impl std::fmt::Display for TooMuch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Memory(most) => write!(f, "it used more than {} MiB of memory (`limits.memory`)", most / MIB),
            Self::Disk(most) => write!(f, "it wrote more than {} MiB (`limits.disk`)", most / MIB),
            Self::Output(most) => write!(f, "it printed more than {} KiB (`limits.output`)", most / 1024),
            Self::Time(most) => write!(f, "it ran longer than {} seconds (`limits.time`)", most.as_secs()),
        }
    }
}

/// What is to be watched.
#[derive(Debug)]
pub(crate) struct Watch {
    /// The limits.
    pub(super) limits: InForce,
    /// Process 1 of the run, as it is numbered here.
    pub(super) first: u32,
    /// Folders that hold what is written to the disk.
    pub(super) folders: Vec<PathBuf>,
    /// File systems in memory, by their paths inside.
    pub(super) in_memory: Vec<PathBuf>,
    /// Its control group.
    pub(super) group: Arc<Group>,
    /// What the folders held before the command: it did not write that.
    pub(super) given: u64,
}

/// A watch that goes on.
#[derive(Debug)]
pub(crate) struct Watching {
    over: Sender<()>,
    thread: JoinHandle<Option<TooMuch>>,
    group: Arc<Group>,
    memory: u64,
}

impl Watch {
    /// How many bytes may be printed.
    pub(crate) fn output(&self) -> Option<u64> {
        self.limits.output
    }

    /// Begins. Who takes too much is ended by `killer`.
    pub(crate) fn begin(self, killer: Killer) -> std::io::Result<Watching> {
        let (over, end) = mpsc::channel();
        let began = Instant::now();
        let (group, memory) = (Arc::clone(&self.group), self.limits.memory);
        let work = move || {
            let mut pause = BEAT;
            loop {
                let left = self.limits.time.map(|most| most.saturating_sub(began.elapsed()));
                match end.recv_timeout(left.map_or(pause, |left| left.min(pause))) {
                    Err(RecvTimeoutError::Timeout) => {}
                    Ok(()) | Err(RecvTimeoutError::Disconnected) => return None,
                }
                let look = Instant::now();
                if let Some(too_much) = self.look(began) {
                    // It fails if the run has ended by itself.
                    killer.kill().ok();
                    return Some(too_much);
                }
                pause = BEAT.max(look.elapsed().saturating_mul(PAUSE));
            }
        };
        Ok(Watching { over, thread: thread::Builder::new().name("limits".to_owned()).spawn(work)?, group, memory })
    }

    /// Whether the run takes too much.
    fn look(&self, began: Instant) -> Option<TooMuch> {
        let InForce { memory, disk, time, .. } = self.limits;
        if let Some(most) = time.filter(|most| began.elapsed() >= *most) {
            return Some(TooMuch::Time(most));
        }
        let usage = Usage::below(self.first, &self.in_memory);
        // What the kernel counts for a group it counts at once, but it ends one process and not the run.
        if usage.memory > memory || self.group.ran_out_of_memory() {
            return Some(TooMuch::Memory(memory));
        }
        let until = time.and_then(|most| began.checked_add(most));
        let written =
            self.folders.iter().map(|folder| size_of(folder, until)).fold(usage.nameless, u64::saturating_add);
        (written.saturating_sub(self.given) > disk).then_some(TooMuch::Disk(disk))
    }
}

impl Watching {
    /// Ends the watch. Why it ended the run, if it did.
    pub(crate) fn end(self) -> Option<TooMuch> {
        drop(self.over);
        // A watch that broke down has said so, and watched until then.
        let too_much = self.thread.join().unwrap_or_default();
        too_much.or_else(|| self.group.ran_out_of_memory().then_some(TooMuch::Memory(self.memory)))
    }
}
