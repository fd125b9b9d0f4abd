//! How much of this machine a run uses, as it can be seen from outside.
//!
//! Memory is what processes have for themselves, what lies in file systems in memory, and files in memory without a name.
//! On the disk it is what layers hold, and files that were removed while somebody has them open. What the kernel keeps for
//! a process, such as what waits in a pipe, nobody can see from here; only a control group counts it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What the smallest file takes: its entry and its inode are not counted as blocks.
const SMALLEST: u64 = 4096;

/// What a run uses.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Usage {
    /// Bytes of memory.
    pub(super) memory: u64,
    /// Bytes on the disk, in files that have no name any more.
    pub(super) nameless: u64,
}

impl Usage {
    /// Of a process and all that came from it. Whatever loses its parent inside becomes a child of process 1, so nothing is
    /// left out.
    pub(super) fn below(first: u32, in_memory: &[PathBuf]) -> Self {
        let mut usage = Self::default();
        let (mut seen, mut mounted) = (BTreeSet::new(), None);
        for process in processes_below(first) {
            usage.memory = usage.memory.saturating_add(memory_of(process));
            // All of them see the same tree. The first process itself lets nobody look.
            mounted = mounted.or_else(|| in_file_systems(process, in_memory));
            nameless(process, &mut seen, &mut usage);
        }
        usage.memory = usage.memory.saturating_add(mounted.unwrap_or(0));
        usage
    }
}

fn processes_below(first: u32) -> Vec<u32> {
    let (mut all, mut left) = (Vec::new(), vec![first]);
    while let Some(process) = left.pop() {
        all.push(process);
        let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { continue };
        for thread in threads.flatten() {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            left.extend(children.split_ascii_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
    }
    all
}

/// What only this process has, and its shared memory. What is mapped from a file system in memory is counted there again,
/// which is the safe side.
fn memory_of(process: u32) -> u64 {
    let Ok(status) = fs::read_to_string(format!("/proc/{process}/status")) else { return 0 };
    let kib = status.lines().filter_map(|line| {
        let rest = line.strip_prefix("RssAnon:").or_else(|| line.strip_prefix("RssShmem:"))?;
        rest.split_ascii_whitespace().next()?.parse::<u64>().ok()
    });
    kib.fold(0, u64::saturating_add).saturating_mul(1024)
}

/// What lies in file systems in memory, as this process sees them; `None` if it is gone or lets nobody look.
fn in_file_systems(process: u32, paths: &[PathBuf]) -> Option<u64> {
    let root = PathBuf::from(format!("/proc/{process}/root"));
    let used = |path: &PathBuf| {
        let stat = rustix::fs::statvfs(root.join(path.strip_prefix("/").unwrap_or(path))).ok()?;
        Some(stat.f_blocks.saturating_sub(stat.f_bfree).saturating_mul(stat.f_frsize))
    };
    paths.iter().map(used).try_fold(0, |sum: u64, used| Some(sum.saturating_add(used?)))
}

/// Adds the files that a process has open and that have no name, each once.
fn nameless(process: u32, seen: &mut BTreeSet<(u64, u64)>, usage: &mut Usage) {
    let Ok(open) = fs::read_dir(format!("/proc/{process}/fd")) else { return };
    for entry in open.flatten() {
        let path = entry.path();
        let Ok(metadata) = fs::metadata(&path) else { continue };
        if metadata.nlink() > 0 || !metadata.is_file() || !seen.insert((metadata.dev(), metadata.ino())) {
            continue;
        }
        let bytes = metadata.blocks().saturating_mul(512);
        // A name that begins like this can't be had in the tree of a run.
        let in_memory =
            fs::read_link(&path).is_ok_and(|name| name.as_os_str().as_encoded_bytes().starts_with(b"/memfd:"));
        let sum = if in_memory { &mut usage.memory } else { &mut usage.nameless };
        *sum = sum.saturating_add(bytes);
    }
}

/// How much a folder takes on the disk. Whoever makes more files than can be looked at in time must not gain time by it, so
/// this ends when there is none left.
pub(super) fn size_of(folder: &Path, until: Option<Instant>) -> u64 {
    let (mut total, mut left) = (0_u64, vec![folder.to_owned()]);
    while let Some(folder) = left.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            if until.is_some_and(|until| Instant::now() >= until) {
                return total;
            }
            let Ok(metadata) = entry.metadata() else { continue };
            total = total.saturating_add(metadata.blocks().saturating_mul(512).max(SMALLEST));
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
    use std::io::Write as _;

    #[test]
    fn memory_of_all_that_came_from_a_process_is_counted() {
        let kept = vec![1_u8; 32 << 20];
        assert!(Usage::below(std::process::id(), &[]).memory >= kept.len() as u64);
    }

    #[test]
    fn files_without_a_name_are_counted() {
        let before = Usage::below(std::process::id(), &[]);
        let flags = rustix::fs::MemfdFlags::CLOEXEC;
        let mut in_memory = fs::File::from(rustix::fs::memfd_create("kept", flags).unwrap());
        in_memory.write_all(&vec![1; 8 << 20]).unwrap();
        let mut on_disk = tempfile::tempfile().unwrap();
        on_disk.write_all(&vec![1; 4 << 20]).unwrap();
        on_disk.sync_all().unwrap();
        let after = Usage::below(std::process::id(), &[]);
        assert!(after.memory >= before.memory.saturating_sub(1 << 20) + (8 << 20), "{before:?} {after:?}");
        assert!(after.nameless >= before.nameless + (4 << 20), "{before:?} {after:?}");
    }

    #[test]
    fn what_lies_in_a_file_system_is_counted_and_who_is_gone_counts_for_none() {
        assert!(in_file_systems(std::process::id(), &["/".into()]).unwrap() > 0);
        assert_eq!(in_file_systems(u32::MAX, &["/".into()]), None);
    }

    #[test]
    fn many_empty_files_are_not_nothing() {
        let folder = tempfile::tempdir().unwrap();
        for name in 0..100 {
            fs::write(folder.path().join(name.to_string()), "").unwrap();
        }
        assert!(size_of(folder.path(), None) >= 100 * SMALLEST);
        assert_eq!(size_of(folder.path(), Some(Instant::now())), 0);
    }
}
