//! Where a control group can be made.

use super::Controller;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Of which version a hierarchy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

/// A group below which one can be made, and what is counted there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) parent: PathBuf,
    pub(super) version: Version,
    pub(super) controllers: Vec<Controller>,
}

const CONTROLLERS: [(&str, Controller); 3] =
    [("pids", Controller::Processes), ("memory", Controller::Memory), ("cpu", Controller::Cpu)];

/// The limits of a group of version 2.
const LIMITS: [&str; 4] = ["memory.max", "memory.high", "pids.max", "cpu.max"];

/// Those of this machine.
pub(super) fn here() -> Vec<Place> {
    let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
    find(&read("/proc/self/cgroup"), &read("/proc/self/mountinfo"), &is_ours)
}

/// Reads the groups that this process is in, and where hierarchies are mounted.
fn find(own: &str, mounts: &str, is_ours: &dyn Fn(&Path) -> bool) -> Vec<Place> {
    let mounts: Vec<Mounted> = mounts.lines().filter_map(Mounted::parse).collect();
    own.lines()
        .flat_map(|line| {
            let mut words = line.splitn(3, ':').skip(1);
            match (words.next(), words.next()) {
                (Some(""), Some(path)) => version_two(path, &mounts, is_ours).into_iter().collect(),
                (Some(names), Some(path)) => version_one(names, path, &mounts),
                (None, _) | (_, None) => Vec::new(),
            }
        })
        .collect()
}

/// A hierarchy that is mounted as a whole.
struct Mounted<'a> {
    at: &'a str,
    kind: &'a str,
    options: &'a str,
}

impl<'a> Mounted<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (before, behind) = line.split_once(" - ")?;
        let mut before = before.split(' ').skip(3);
        let (root, at) = (before.next()?, before.next()?);
        let mut behind = behind.split(' ');
        let (kind, options) = (behind.next()?, behind.nth(1)?);
        (root == "/").then_some(Self { at, kind, options })
    }
}

/// Only the root of a hierarchy: whoever made a group in this version counts on nobody else making one in it.
fn version_one(names: &str, path: &str, mounts: &[Mounted<'_>]) -> Vec<Place> {
    if path != "/" {
        return Vec::new();
    }
    let place = |name: &str| {
        let (_, controller) = CONTROLLERS.iter().find(|(known, _)| *known == name)?;
        let is_it = |mount: &&Mounted| mount.kind == "cgroup" && mount.options.split(',').any(|it| it == name);
        let parent = PathBuf::from(mounts.iter().find(is_it)?.at);
        Some(Place { parent, version: Version::One, controllers: vec![*controller] })
    };
    names.split(',').filter_map(place).collect()
}

/// The nearest group around ours that is ours to divide. None of those that are left on the way may have limits, for a run
/// would escape them.
fn version_two(path: &str, mounts: &[Mounted<'_>], is_ours: &dyn Fn(&Path) -> bool) -> Option<Place> {
    let top = Path::new(mounts.iter().find(|mount| mount.kind == "cgroup2")?.at);
    let own = top.join(path.trim_start_matches('/'));
    for folder in own.ancestors().take_while(|folder| folder.starts_with(top) && is_ours(folder)) {
        let divided = fs::read_to_string(folder.join("cgroup.subtree_control")).unwrap_or_default();
        let has = |name: &str| divided.split_ascii_whitespace().any(|it| it == name);
        let controllers: Vec<_> = CONTROLLERS.iter().filter(|(name, _)| has(name)).map(|(_, it)| *it).collect();
        if !controllers.is_empty() {
            return Some(Place { parent: folder.to_owned(), version: Version::Two, controllers });
        }
        if has_limits(folder) {
            return None;
        }
    }
    None
}

fn has_limits(group: &Path) -> bool {
    let is_set = |file: &&str| fs::read_to_string(group.join(*file)).is_ok_and(|text| !text.starts_with("max"));
    LIMITS.iter().any(is_set)
}

/// Whether a group was given to this user: it belongs to them, or it is marked as one that is handed over.
fn is_ours(group: &Path) -> bool {
    let user = rustix::process::geteuid();
    let belongs = !user.is_root() && fs::metadata(group).is_ok_and(|it| it.uid() == user.as_raw());
    let mut value = [0_u8; 8];
    let marked = ["trusted.delegate", "user.delegate"].iter().any(|name| {
        rustix::fs::getxattr(group, *name, &mut value).is_ok_and(|length| value.get(..length) == Some(b"1"))
    });
    belongs || marked
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n\
        32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n\
        39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n\
        40 31 0:37 /inner /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n";

    #[test]
    fn of_version_one_only_the_root_of_a_hierarchy_is_divided() {
        let own = "9:name=systemd:/\n8:pids:/\n4:memory:/\n1:cpu,cpuacct:/somebodys/group\n";
        let places = find(own, MOUNTS, &|_| true);
        let pids = Place {
            parent: "/sys/fs/cgroup/pids".into(),
            version: Version::One,
            controllers: vec![Controller::Processes],
        };
        assert_eq!(places, [pids]);
        assert_eq!(find("1:cpu,cpuacct:/\n", MOUNTS, &|_| true)[0].parent, Path::new("/sys/fs/cgroup/cpu"));
    }

    /// A tree of groups: `user/app/own`, of which the first is divided.
    fn tree() -> (tempfile::TempDir, String) {
        let top = tempfile::tempdir().unwrap();
        let own = top.path().join("user/app/own");
        fs::create_dir_all(&own).unwrap();
        fs::write(top.path().join("user/cgroup.subtree_control"), "memory pids\n").unwrap();
        fs::write(own.join("memory.max"), "max\n").unwrap();
        fs::write(own.join("cpu.max"), "max 100000\n").unwrap();
        let mounts = format!("24 23 0:21 / {} rw - cgroup2 cgroup2 rw\n", top.path().display());
        (top, mounts)
    }

    #[test]
    fn of_version_two_the_nearest_group_that_is_divided_is_taken() {
        let (top, mounts) = tree();
        let found = find("0::/user/app/own\n", &mounts, &|_| true);
        let controllers = vec![Controller::Processes, Controller::Memory];
        assert_eq!(found, [Place { parent: top.path().join("user"), version: Version::Two, controllers }]);
    }

    #[test]
    fn no_limit_is_escaped_and_no_group_of_others_is_divided() {
        let (top, mounts) = tree();
        assert_eq!(find("0::/user/app/own\n", &mounts, &|group| !group.ends_with("user")), []);
        assert_eq!(find("0::/user/app/own\n", &mounts, &|group| !group.ends_with("app")), []);
        assert_eq!(find("0::/../../etc\n", "", &|_| true), []);
        for (file, text) in [("memory.max", "1073741824\n"), ("cpu.max", "50000 100000\n"), ("pids.max", "9\n")] {
            let path = top.path().join("user/app").join(file);
            fs::write(&path, text).unwrap();
            assert_eq!(find("0::/user/app/own\n", &mounts, &|_| true), [], "{file}");
            fs::remove_file(path).unwrap();
        }
    }
}
