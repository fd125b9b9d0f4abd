//! A control group of a run's own, where one can be had: then the kernel counts memory, processes and processor time for
//! all that the run starts, together.
//!
//! A group belongs to whoever made it. So a run's group is made only below one that is ours to divide: in version 2 one that
//! was delegated to this user, in version 1 the root of a hierarchy. Never does a run leave a group that limits it.
//!
//! To move a process into a group makes it wait for all processors, some milliseconds. So there is a group only where memory or
//! processor time was asked for; processes alone are counted as well without one.
//!
//! It is not what limits rest on: where there is none, what the kernel counts for each process and what is added up from
//! outside still holds. [`Holds`] says what a group adds.

mod places;

use places::{Place, Version};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How the names of all groups begin.
const PREFIX: &str = "portcullis-";

/// Over how long processor time is counted, in microseconds.
const PERIOD: u64 = 100_000;

/// The least processor time in one period that the kernel takes.
const LEAST: u64 = 1_000;

/// How often, and how long after one another, an emptied group is tried to be removed.
const TRIES: u32 = 20;
const BETWEEN_TRIES: Duration = Duration::from_millis(2);

/// What all processes of a run may use together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// Processes and threads.
    pub processes: u64,
    /// Bytes of memory.
    pub memory: Option<u64>,
    /// Percent of one processor.
    pub cpu_percent: Option<u64>,
}

/// What a group can count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Controller {
    Processes,
    Memory,
    Cpu,
}

/// What the kernel holds a run to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Holds {
    /// Memory.
    pub memory: bool,
    /// Processor time.
    pub cpu: bool,
}

/// The group of one run: a folder in each hierarchy. They are removed when this goes.
#[derive(Debug)]
pub struct Group(Vec<Folder>);

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    version: Version,
    holds: Vec<Controller>,
}

impl Group {
    /// Makes one, as far as it can be had here, and removes those that killed runs have left. `name` is the run's.
    pub fn make(name: &str, shares: &Shares) -> Self {
        Self::at(places::here(), name, shares)
    }

    fn at(places: Vec<Place>, name: &str, shares: &Shares) -> Self {
        let Some(own) = mark(std::process::id()) else { return Self(Vec::new()) };
        let folders = places.into_iter().filter_map(|place| {
            sweep(&place.parent);
            if !place.controllers.iter().any(|controller| shares.ask_for(*controller)) {
                return None;
            }
            let path = place.parent.join(format!("{PREFIX}{}-{own}-{name}", std::process::id()));
            fs::create_dir(&path).ok()?;
            let mut folder = Folder { path, version: place.version, holds: Vec::new() };
            for controller in place.controllers {
                if folder.limit(controller, shares).is_ok_and(|set| set) {
                    folder.holds.push(controller);
                }
            }
            // Dropping it removes it.
            folder.holds.iter().any(|controller| shares.ask_for(*controller)).then_some(folder)
        });
        Self(folders.collect())
    }

    /// Puts a process into the group, and so all that it will start. What can't be held after all is let go.
    pub fn admit(&mut self, process: u32) {
        self.0.retain(|folder| fs::write(folder.path.join("cgroup.procs"), process.to_string()).is_ok());
    }

    /// What it holds a run to.
    pub fn holds(&self) -> Holds {
        let any = |controller| self.0.iter().any(|folder| folder.holds.contains(&controller));
        Holds { memory: any(Controller::Memory), cpu: any(Controller::Cpu) }
    }

    /// Whether the kernel had to end a process because there was no memory left for the run.
    pub fn ran_out_of_memory(&self) -> bool {
        self.0.iter().filter(|folder| folder.holds.contains(&Controller::Memory)).any(Folder::ran_out_of_memory)
    }
}

impl Shares {
    /// Whether a group is worth having for this.
    fn ask_for(&self, controller: Controller) -> bool {
        match controller {
            Controller::Processes => false,
            Controller::Memory => self.memory.is_some(),
            Controller::Cpu => self.cpu_percent.is_some(),
        }
    }
}

impl Folder {
    /// Sets a limit. False if there is none to set.
    fn limit(&self, controller: Controller, shares: &Shares) -> io::Result<bool> {
        let set = |file: &str, value: String| fs::write(self.path.join(file), value);
        match (controller, self.version) {
            (Controller::Processes, _) => set("pids.max", shares.processes.to_string())?,
            (Controller::Memory, version) => {
                let Some(most) = shares.memory else { return Ok(false) };
                match version {
                    Version::One => {
                        set("memory.limit_in_bytes", most.to_string())?;
                        // Not there where swap is not counted.
                        set("memory.memsw.limit_in_bytes", most.to_string()).ok();
                    }
                    Version::Two => {
                        set("memory.max", most.to_string())?;
                        set("memory.swap.max", "0".to_owned()).ok();
                        // All of them are ended and not one of them.
                        set("memory.oom.group", "1".to_owned()).ok();
                    }
                }
            }
            (Controller::Cpu, version) => {
                let Some(percent) = shares.cpu_percent else { return Ok(false) };
                let quota = percent.saturating_mul(PERIOD / 100).clamp(LEAST, u64::from(u32::MAX));
                match version {
                    Version::One => {
                        set("cpu.cfs_period_us", PERIOD.to_string())?;
                        set("cpu.cfs_quota_us", quota.to_string())?;
                    }
                    Version::Two => set("cpu.max", format!("{quota} {PERIOD}"))?,
                }
            }
        }
        Ok(true)
    }

    fn ran_out_of_memory(&self) -> bool {
        let file = match self.version {
            Version::One => "memory.oom_control",
            Version::Two => "memory.events",
        };
        let text = fs::read_to_string(self.path.join(file)).unwrap_or_default();
        let count = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
        count.is_some_and(|count| count.trim() != "0")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        for _ in 0..TRIES {
            match fs::remove_dir(&self.path) {
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => std::thread::sleep(BETWEEN_TRIES),
                // What is left is removed by the next run.
                Ok(()) | Err(_) => return,
            }
        }
    }
}

/// Removes groups whose makers are gone. Only an empty one can be removed, so whatever still runs keeps its group.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
        let mut words = rest.split('-');
        let maker = words.next().and_then(|word| word.parse().ok());
        let is_alive = maker.is_some_and(|maker| mark(maker).as_deref() == words.next());
        if !is_alive {
            fs::remove_dir(entry.path()).ok();
        }
    }
}

/// When a process was started, which tells it apart from a later one of the same number.
fn mark(process: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The second field is a name in parentheses that may hold anything; the start is the 20th behind it.
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARES: Shares = Shares { processes: 7, memory: Some(1 << 20), cpu_percent: Some(150) };

    fn place(parent: &Path, version: Version) -> Place {
        let controllers = vec![Controller::Processes, Controller::Memory, Controller::Cpu];
        Place { parent: parent.to_owned(), version, controllers }
    }

    fn said(group: &Group, file: &str) -> String {
        fs::read_to_string(group.0[0].path.join(file)).unwrap_or_default()
    }

    /// A folder that is no control group holds files, so it can't be removed like one.
    fn forget(group: &Group) {
        for folder in &group.0 {
            fs::remove_dir_all(&folder.path).unwrap();
        }
    }

    #[test]
    fn limits_are_written_in_the_words_of_each_version() {
        let folder = tempfile::tempdir().unwrap();
        let one = Group::at(vec![place(folder.path(), Version::One)], "one", &SHARES);
        assert_eq!(one.holds(), Holds { memory: true, cpu: true });
        assert_eq!((said(&one, "pids.max"), said(&one, "memory.limit_in_bytes")), ("7".into(), "1048576".into()));
        assert_eq!(
            (said(&one, "cpu.cfs_quota_us"), said(&one, "cpu.cfs_period_us")),
            ("150000".into(), "100000".into())
        );
        let two = Group::at(vec![place(folder.path(), Version::Two)], "two", &SHARES);
        assert_eq!((said(&two, "memory.max"), said(&two, "memory.oom.group")), ("1048576".into(), "1".into()));
        assert_eq!(said(&two, "cpu.max"), "150000 100000");
        forget(&one);
        forget(&two);
    }

    #[test]
    fn no_processor_time_is_held_where_none_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let group = Group::at(vec![place(folder.path(), Version::Two)], "x", &Shares { cpu_percent: None, ..SHARES });
        assert_eq!(group.holds(), Holds { memory: true, cpu: false });
        forget(&group);
    }

    #[test]
    fn there_is_no_group_where_nothing_is_asked_for_that_needs_one() {
        let folder = tempfile::tempdir().unwrap();
        let nothing = Shares { memory: None, cpu_percent: None, ..SHARES };
        let group =
            Group::at(vec![place(folder.path(), Version::One), place(folder.path(), Version::Two)], "x", &nothing);
        assert!(group.0.is_empty() && fs::read_dir(folder.path()).unwrap().next().is_none());
    }

    #[test]
    fn that_memory_ran_out_is_read_off_the_kernels_count() {
        let folder = tempfile::tempdir().unwrap();
        for (version, file) in [(Version::One, "memory.oom_control"), (Version::Two, "memory.events")] {
            let group = Group::at(vec![place(folder.path(), version)], "x", &SHARES);
            assert!(!group.ran_out_of_memory());
            fs::write(group.0[0].path.join(file), "under_oom 0\noom_kill 0\n").unwrap();
            assert!(!group.ran_out_of_memory());
            fs::write(group.0[0].path.join(file), "oom 2\noom_kill 1\n").unwrap();
            assert!(group.ran_out_of_memory());
            forget(&group);
        }
    }

    #[test]
    fn what_a_killed_run_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let own = mark(std::process::id()).unwrap();
        let of = |name: &str| folder.path().join(name);
        let kept = [format!("portcullis-{}-{own}-other", std::process::id()), "system.slice".to_owned()];
        let gone = ["portcullis-4194304-1-x".to_owned(), format!("portcullis-{}-1-x", std::process::id())];
        for name in kept.iter().chain(&gone) {
            fs::create_dir(of(name)).unwrap();
        }
        fs::create_dir_all(of("portcullis-4194304-2-busy").join("not-empty")).unwrap();
        sweep(folder.path());
        assert!(kept.iter().all(|name| of(name).exists()) && of("portcullis-4194304-2-busy").exists());
        assert!(!gone.iter().any(|name| of(name).exists()));
    }

    #[test]
    fn a_group_that_was_never_used_is_gone_when_it_goes() {
        let group = Group::make("a-test", &SHARES);
        let paths: Vec<PathBuf> = group.0.iter().map(|folder| folder.path.clone()).collect();
        assert!(paths.iter().all(|path| path.exists()));
        drop(group);
        assert!(!paths.iter().any(|path| path.exists()));
    }
}
