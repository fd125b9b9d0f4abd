//! More of the machine than a run may have. Each flood has a run of its own with a small limit, stops well below what
//! would do harm, and is measured from outside.

use super::{Attempt, Category, Got, Here, Proof, Way, attempt, nothing};
use crate::attempt::{Bound, Gauge};
use portcullis_sandbox::attempt as call;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::time::Duration;

const MIB: usize = 1 << 20;

/// How long a flood keeps what it has.
const KEPT: Duration = Duration::from_secs(2);

/// How long it stays that stays for too long.
const TOO_LONG: Duration = Duration::from_millis(3500);

/// How much memory and disk is asked for, in MiB, a few at a time.
const MUCH: usize = 192;
const AT_A_TIME: usize = 4;

const PROCESSES: Bound = Bound { gauge: Gauge::Processes, most: 80, limit: "processes=64" };
const MEMORY: Bound = Bound { gauge: Gauge::Memory, most: 144, limit: "memory=64MiB" };
const DISK: Bound = Bound { gauge: Gauge::Disk, most: 160, limit: "disk=32MiB" };
const NAMELESS: Bound = Bound { gauge: Gauge::Nameless, most: 160, limit: "disk=32MiB" };
const FILES: Bound = Bound { gauge: Gauge::Files, most: 260, limit: "open-files=256" };
const OUTPUT: Bound = Bound { gauge: Gauge::Output, most: 2048, limit: "output=1MiB" };
const CPU: Bound = Bound { gauge: Gauge::Cpu, most: 140, limit: "cpu-percent=100" };
const TIME: Bound = Bound { gauge: Gauge::Time, most: 2400, limit: "time=1s" };
const SURVIVORS: Bound = Bound { gauge: Gauge::Survivors, most: 0, limit: "time=1s" };

const fn flood(id: &'static str, loses: &'static str, bound: Bound, way: fn(&Here) -> Got) -> Attempt {
    attempt(Category::Floods, id, loses, Way::By(way), Proof::Beyond(bound))
}

pub(super) const ATTEMPTS: &[Attempt] = &[
    flood("flood-processes", "a machine on which nothing can be started any more", PROCESSES, |_| {
        call::fork_over_and_over(8, KEPT)?;
        nothing()
    }),
    flood("flood-threads", "the same, by threads of one process", PROCESSES, |_| {
        let thread = || std::thread::Builder::new().stack_size(64 << 10).spawn(|| std::thread::sleep(KEPT));
        let mut kept = Vec::new();
        while let (Ok(thread), 0..200) = (thread(), kept.len()) {
            kept.push(thread);
        }
        std::thread::sleep(KEPT);
        nothing()
    }),
    flood("flood-memory", "a machine without memory, on which any program of yours may be ended", MEMORY, |_| {
        take_memory(MUCH);
        nothing()
    }),
    flood("flood-memory-many", "the same, by many processes that each take little", MEMORY, |_| {
        call::by_many(8, || take_memory(MUCH / 8))?;
        nothing()
    }),
    flood("flood-memory-files", "the same, by files in memory", MEMORY, |here| {
        let path = std::path::Path::new(crate::scene::MEMORY).join(&here.plan.called);
        let file = File::create(&path)?;
        let filled = fill(&file, MUCH);
        std::thread::sleep(KEPT);
        fs::remove_file(&path)?;
        filled?;
        nothing()
    }),
    flood("flood-memory-nameless", "the same, by files in memory that have no name", MEMORY, |_| {
        let file = rustix::fs::memfd_create("flood", rustix::fs::MemfdFlags::CLOEXEC)?;
        let file = File::from(file);
        fill(&file, MUCH)?;
        std::thread::sleep(KEPT);
        nothing()
    }),
    flood("flood-disk", "a full disk", DISK, |here| {
        // None of them is larger than a file may be.
        for part in 0..8 {
            fill(&File::create(here.project(&format!("flood-{part}")))?, MUCH / 8)?;
        }
        std::thread::sleep(KEPT);
        nothing()
    }),
    flood("flood-disk-nameless", "the same, by files that were removed while they are open", NAMELESS, |here| {
        // None of them is larger than a file may be.
        let mut kept = Vec::new();
        for part in 0..8 {
            let path = here.project(&format!("flood-nameless-{part}"));
            let file = OpenOptions::new().create_new(true).write(true).open(&path)?;
            fs::remove_file(path)?;
            fill(&file, MUCH / 8)?;
            kept.push(file);
        }
        std::thread::sleep(KEPT);
        nothing()
    }),
    flood("flood-files", "the machine's table of open files, without which nothing works", FILES, |_| {
        let most = rustix::process::getrlimit(rustix::process::Resource::Nofile).maximum;
        let limit = rustix::process::Rlimit { current: most, maximum: most };
        rustix::process::setrlimit(rustix::process::Resource::Nofile, limit)?;
        let kept: Vec<File> = (0..1000).map_while(|_| File::open("/dev/null").ok()).collect();
        std::thread::sleep(KEPT);
        drop(kept);
        nothing()
    }),
    flood("flood-output", "whatever reads or keeps what the command prints", OUTPUT, |_| {
        let mut out = io::stdout();
        let line = [b'x'; 64];
        for _ in 0..(8 * MIB / line.len()) {
            out.write_all(&line)?;
        }
        nothing()
    }),
    flood("flood-cpu", "a machine that answers nobody else", CPU, |_| {
        call::by_many(4, spin)?;
        nothing()
    }),
    flood("flood-time", "an end: it goes on for ever", TIME, |_| {
        std::thread::sleep(TOO_LONG);
        nothing()
    }),
    flood("flood-daemons", "an end: what it left behind goes on, though the command has ended", SURVIVORS, |here| {
        leave_many(here)?;
        nothing()
    }),
    flood(
        "flood-daemons-ended",
        "an end: what it left behind goes on, though you have ended the command",
        SURVIVORS,
        |here| {
            leave_many(here)?;
            std::thread::sleep(TOO_LONG);
            nothing()
        },
    ),
];

/// Takes so many MiB, writes to all of it, and keeps it for a while.
fn take_memory(mebibytes: usize) {
    let mut kept = Vec::new();
    for _ in 0..mebibytes.div_ceil(AT_A_TIME) {
        kept.push(vec![1_u8; AT_A_TIME * MIB]);
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(KEPT);
    std::hint::black_box(&kept);
}

/// Does nothing, as fast as it can, on all processors if it may.
fn spin() {
    if let Ok(mut all) = rustix::thread::sched_getaffinity(None) {
        (0..64).for_each(|number| all.set(number));
        rustix::thread::sched_setaffinity(None, &all).ok();
    }
    let until = std::time::Instant::now() + KEPT;
    while std::time::Instant::now() < until {
        std::hint::spin_loop();
    }
}

/// Writes so many MiB.
fn fill(mut file: &File, mebibytes: usize) -> io::Result<()> {
    let piece = vec![1_u8; AT_A_TIME * MIB];
    for _ in 0..mebibytes.div_ceil(AT_A_TIME) {
        file.write_all(&piece)?;
        std::thread::sleep(Duration::from_millis(15));
    }
    Ok(())
}

fn leave_many(here: &Here) -> io::Result<()> {
    (0..8).try_for_each(|_| call::leave_behind(&here.plan.called))
}
