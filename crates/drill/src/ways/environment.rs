//! Secrets in environments.

use super::{Attempt, Category, Got, Here, Proof, Way, attempt, failed, processes, whatever_can_be_read};
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;

const fn tries(id: &'static str, loses: &'static str, way: fn(&Here) -> Got) -> Attempt {
    attempt(Category::Environment, id, loses, Way::By(way), Proof::Secret)
}

pub(super) const ATTEMPTS: &[Attempt] = &[
    tries("environment-own", "tokens that whoever started the run had set", |_| {
        let all = std::env::vars_os().flat_map(|(name, value)| [name.into_vec(), value.into_vec()].concat());
        Ok(all.collect())
    }),
    tries("environment-own-start", "the same, as the kernel remembers it", |_| fs::read("/proc/self/environ")),
    tries("environment-parent", "the environment of the process that started this one", |_| {
        let parent = rustix::process::getppid().ok_or_else(|| failed("there is no parent"))?;
        fs::read(format!("/proc/{}/environ", parent.as_raw_nonzero()))
    }),
    tries("environment-first", "what our own first process was started with", |here| {
        // Without walls the first process is not ours; the one that stands for it is.
        let first = here.plan.victims.get(here.id).map_or(1, |victim| victim.process);
        whatever_can_be_read([1, first].iter().map(|process| format!("/proc/{process}/environ").into()))
    }),
    tries("environment-others", "the environments of all processes that can be seen", |_| {
        whatever_can_be_read(processes().into_iter().map(|process| process.join("environ")))
    }),
    tries("environment-threads", "the same, by their threads", |_| {
        let threads = processes().into_iter().flat_map(|process| {
            fs::read_dir(process.join("task")).into_iter().flatten().flatten().map(|task| task.path().join("environ"))
        });
        whatever_can_be_read(threads)
    }),
    tries("environment-first-memory", "what our own first process holds in memory", |here| {
        let victim = here.plan.victims.get(here.id).ok_or_else(|| failed("nobody is there"))?;
        super::first([1, victim.process].iter().map(|process| memory(*process)))
    }),
];

/// The stack of a process, where its environment lies.
fn memory(process: u32) -> Got {
    use std::os::unix::fs::FileExt as _;
    let folder = Path::new("/proc").join(process.to_string());
    let maps = fs::read_to_string(folder.join("maps"))?;
    let stack = maps.lines().find(|line| line.ends_with("[stack]")).ok_or_else(|| failed("it has no stack"))?;
    let ends = stack.split(' ').next().and_then(|range| range.split_once('-'));
    let (from, to) = ends.ok_or_else(|| failed("it can't be read"))?;
    let number = |text| u64::from_str_radix(text, 16).map_err(std::io::Error::other);
    let length = number(to)?.saturating_sub(number(from)?).min(1 << 20);
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    fs::File::open(folder.join("mem"))?.read_exact_at(&mut bytes, number(to)? - length)?;
    Ok(bytes)
}
