//! What the kernel counts for us: limits that hold for each process and, in a namespace of users of their own, for all.

use crate::error::{Doing as _, Error, Stage};
use crate::spec::Limits;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Sets every limit, hard ones, so that nobody inside can raise them.
pub(crate) fn set(limits: &Limits) -> Result<(), Error> {
    let asked = [
        (Resource::Nproc, limits.processes),
        (Resource::As, limits.address_space),
        (Resource::Nofile, limits.open_files),
        (Resource::Fsize, limits.file_size),
        (Resource::Cpu, limits.cpu_seconds),
        // A dump of memory would be a copy of whatever the command was told.
        (Resource::Core, Some(0)),
        (Resource::Rtprio, Some(0)),
        (Resource::Memlock, Some(8 << 20)),
    ];
    for (resource, limit) in asked {
        let Some(limit) = limit else { continue };
        let hard = getrlimit(resource).maximum.map_or(limit, |most| most.min(limit));
        setrlimit(resource, Rlimit { current: Some(hard), maximum: Some(hard) }).doing(Stage::Limits)?;
    }
    limits.processors.map_or(Ok(()), |processors| run_on(processors.max(1)))
}

/// Leaves so many of the processors that this process may run on. Which ones differs from run to run, so that runs at the
/// same time do not share some and leave the others idle.
fn run_on(processors: usize) -> Result<(), Error> {
    let usable = sched_getaffinity(None).doing(Stage::Limits)?;
    let all: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|number| usable.is_set(*number)).collect();
    // Process 1 has this number inside of every run, but its clock goes on.
    let first = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic).tv_nsec.unsigned_abs() / 1000;
    let first = usize::try_from(first).unwrap_or(0) % all.len().max(1);
    let mut chosen = CpuSet::new();
    all.iter().cycle().skip(first).take(processors.min(all.len())).for_each(|number| chosen.set(*number));
    sched_setaffinity(None, &chosen).doing(Stage::Limits)
}

/// The same in place, where the kernel counts all processes of the user, those outside included.
pub(crate) fn set_in_place(limits: &Limits, user: u32) -> Result<(), Error> {
    let outside = threads_of(user);
    set(&Limits { processes: limits.processes.map(|most| most.saturating_add(outside)), ..*limits })
}

/// How many threads a user has now. Whoever starts or ends meanwhile makes the limit a little wider or narrower.
fn threads_of(user: u32) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(entries) = std::fs::read_dir("/proc") else { return 0 };
    let is_process = |name: &std::ffi::OsStr| name.as_encoded_bytes().iter().all(u8::is_ascii_digit);
    let processes = entries.flatten().filter(|entry| is_process(&entry.file_name()));
    let of_user = processes.filter(|entry| entry.metadata().is_ok_and(|it| it.uid() == user));
    // The links of a folder of threads are `.`, `..` and one for each.
    let threads = of_user.filter_map(|entry| entry.path().join("task").metadata().ok()).map(|it| it.nlink());
    threads.map(|links| links.saturating_sub(2)).sum()
}
