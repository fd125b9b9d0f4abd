//! What can be seen from outside of processes that have a certain name.

use crate::attempt::Gauge;
use crate::round::PROGRAM;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::ChildStdout;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const MIB: u64 = 1 << 20;

/// For how long something has to be held that counts as reached. A limit that is looked at now and then is passed for a
/// moment before it holds.
const MOMENT: Duration = Duration::from_millis(600);

/// How the kernel calls file systems in memory.
const IN_MEMORY: u64 = 0x0102_1994;

/// All processes, by their names, at one time.
#[derive(Debug)]
pub(super) struct Sight(BTreeMap<String, Vec<PathBuf>>);

impl Sight {
    pub(super) fn now() -> Self {
        let mut all = BTreeMap::<String, Vec<PathBuf>>::new();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            if let Ok(name) = fs::read_to_string(entry.path().join("comm")) {
                all.entry(name.trim_end().to_owned()).or_default().push(entry.path());
            }
        }
        Self(all)
    }

    fn called(&self, name: &str) -> &[PathBuf] {
        self.0.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Ends all processes of a name, and says how many there were.
    pub(super) fn end_all(&self, name: &str) -> u64 {
        let processes = self.called(name);
        for process in processes {
            let number = process.file_name().and_then(|number| number.to_str()?.parse().ok());
            if let Some(process) = number.and_then(rustix::process::Pid::from_raw) {
                rustix::process::kill_process(process, rustix::process::Signal::KILL).ok();
            }
        }
        processes.len() as u64
    }
}

/// What was seen of one flood.
#[derive(Debug)]
pub(super) struct Measured {
    printed: Arc<AtomicU64>,
    processes: u64,
    memory: Vec<(Instant, u64)>,
    disk: u64,
    nameless: u64,
    files: u64,
    cpu: Vec<(Instant, u64)>,
    seen: Option<(Instant, Instant)>,
    pub(super) survivors: u64,
}

impl Measured {
    /// What the run prints is read to the end, so that nobody waits for it.
    pub(super) fn new(out: Option<ChildStdout>) -> Self {
        let printed = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&printed);
        std::thread::spawn(move || {
            let mut piece = vec![0; 64 << 10];
            let Some(mut out) = out else { return };
            while let Ok(length @ 1..) = out.read(&mut piece) {
                counter.fetch_add(length as u64, Ordering::Relaxed);
            }
        });
        Self {
            printed,
            processes: 0,
            memory: Vec::new(),
            disk: 0,
            nameless: 0,
            files: 0,
            cpu: Vec::new(),
            seen: None,
            survivors: 0,
        }
    }

    /// Adds what is seen now. To look into what thousands of processes have open takes long, so that is done only where it
    /// counts.
    pub(super) fn add(&mut self, sight: &Sight, called: &str, gauge: Gauge, on_disk: u64) {
        let processes = sight.called(called);
        let now = Instant::now();
        let mut ticks = 0;
        let (mut threads, mut memory, mut without_name, mut files) = (0, 0, 0, BTreeSet::new());
        for process in processes {
            let status = fs::read_to_string(process.join("status")).unwrap_or_default();
            threads += number(&status, "Threads:");
            memory += (number(&status, "RssAnon:") + number(&status, "RssShmem:")) * 1024;
            ticks += cpu_time(process);
            if matches!(gauge, Gauge::Files | Gauge::Memory | Gauge::Nameless) {
                self.files = self.files.max(open_files(process, &mut files));
            }
        }
        for (_, in_memory, has_no_name, bytes) in files {
            match (in_memory, has_no_name) {
                (true, _) => memory += bytes,
                (false, true) => without_name += bytes,
                (false, false) => {}
            }
        }
        self.processes = self.processes.max(threads);
        self.memory.push((now, memory));
        self.disk = self.disk.max(on_disk);
        if !processes.is_empty() {
            self.cpu.push((now, ticks));
            self.nameless = self.nameless.max(without_name);
            self.seen = Some(self.seen.map_or((now, now), |(first, _)| (first, now)));
        }
    }

    /// How much was reached.
    pub(super) fn of(&self, gauge: Gauge) -> u64 {
        match gauge {
            Gauge::Processes => self.processes,
            Gauge::Memory => held(&self.memory) / MIB,
            Gauge::Disk => self.disk / MIB,
            Gauge::Nameless => self.nameless / MIB,
            Gauge::Output => self.printed.load(Ordering::Relaxed) / 1024,
            Gauge::Files => self.files,
            Gauge::Cpu => busiest(&self.cpu),
            Gauge::Time => {
                let lasted = self.seen.map(|(first, last)| last.saturating_duration_since(first));
                lasted.map_or(0, |lasted| u64::try_from(lasted.as_millis()).unwrap_or(u64::MAX))
            }
            Gauge::Survivors => self.survivors,
        }
    }
}

/// The highest level that was held for longer than a moment.
fn held(levels: &[(Instant, u64)]) -> u64 {
    let from = |index: usize| {
        let rest = levels.get(index..).unwrap_or_default();
        let (begin, _) = rest.first()?;
        // As far as the first look that is late enough: without one nobody knows.
        let end = rest.iter().position(|(at, _)| at.saturating_duration_since(*begin) >= MOMENT)?;
        rest.get(..=end)?.iter().map(|(_, level)| *level).min()
    };
    (0..levels.len()).filter_map(from).max().unwrap_or(0)
}

/// Ticks of processor time that a process has used; there are a hundred in a second.
fn cpu_time(process: &Path) -> u64 {
    let stat = fs::read_to_string(process.join("stat")).unwrap_or_default();
    let Some((_, rest)) = stat.rsplit_once(')') else { return 0 };
    // Its own and the kernel's for it are the 12th and 13th behind the name.
    rest.split_ascii_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
}

/// The most processor time over a second, in percent of one processor.
fn busiest(times: &[(Instant, u64)]) -> u64 {
    const SPAN: Duration = Duration::from_secs(1);
    let from = |(index, (begin, ticks)): (usize, &(Instant, u64))| {
        let late = |(at, _): &&(Instant, u64)| at.saturating_duration_since(*begin) >= SPAN;
        let (end, later) = times.get(index..)?.iter().find(late)?;
        let milliseconds = u64::try_from(end.saturating_duration_since(*begin).as_millis()).ok()?.max(1);
        Some(later.saturating_sub(*ticks).saturating_mul(1000) / milliseconds)
    };
    times.iter().enumerate().filter_map(from).max().unwrap_or(0)
}

fn number(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_ascii_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// An open file: which it is, whether it lies in memory, whether it has no name, and its bytes.
type Open = ((u64, u64), bool, bool, u64);

/// How many files a process has open; what they take is added to `files`.
fn open_files(process: &Path, files: &mut BTreeSet<Open>) -> u64 {
    let mut count = 0;
    for entry in fs::read_dir(process.join("fd")).into_iter().flatten().flatten() {
        count += 1;
        let Ok(metadata) = fs::metadata(entry.path()) else { continue };
        if metadata.is_file() {
            let in_memory = rustix::fs::statfs(entry.path()).is_ok_and(|it| it.f_type.unsigned_abs() == IN_MEMORY);
            let which = (metadata.dev(), metadata.ino());
            files.insert((which, in_memory, metadata.nlink() == 0, metadata.blocks() * 512));
        }
    }
    count
}

/// How much a folder takes on the disk.
pub(super) fn size_of(folder: &Path) -> u64 {
    let (mut total, mut left) = (0, vec![folder.to_owned()]);
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            // The program of a round is no flood, though walls may make copies of it.
            if entry.file_name() != PROGRAM {
                total += metadata.blocks() * 512;
            }
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
    fn a_level_counts_that_was_held_for_longer_than_a_moment() {
        let start = Instant::now();
        let levels = |levels: &[u64]| -> Vec<(Instant, u64)> {
            (0u32..).zip(levels).map(|(at, level)| (start + Duration::from_millis(100) * at, *level)).collect()
        };
        assert_eq!(held(&levels(&[1, 9, 9, 1, 1, 1, 1, 1, 1, 1])), 1);
        assert_eq!(held(&levels(&[1, 8, 9, 9, 9, 9, 9, 8, 1, 1])), 8);
        assert_eq!(held(&levels(&[9, 9])), 0);
    }

    #[test]
    fn a_process_is_seen_by_its_name() {
        let own = fs::read_to_string("/proc/self/comm").unwrap();
        let sight = Sight::now();
        let mut measured = Measured::new(None);
        measured.add(&sight, own.trim_end(), Gauge::Files, 7 * MIB);
        assert!(measured.of(Gauge::Processes) >= 1 && measured.of(Gauge::Files) >= 3);
        assert_eq!((measured.of(Gauge::Disk), measured.of(Gauge::Survivors)), (7, 0));
        assert_eq!(sight.end_all("nobody is called so"), 0);
    }
}
