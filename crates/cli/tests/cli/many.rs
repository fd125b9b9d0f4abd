//! Many sessions, at once and one after the other: all are served and recorded, and nothing of them is left.

use crate::run::{Runner, runners};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

const MANY: usize = 100;

/// What a run could leave behind that is not part of its session.
#[derive(Debug, PartialEq, Eq)]
struct Traces {
    /// Lines of our own table of mounts that speak of the machine of the test.
    mounts: Vec<String>,
    /// Names in folders that all programs share, if they are of its user and speak of it.
    shared: BTreeSet<PathBuf>,
    /// Names right below the state, and below the home.
    state: BTreeSet<PathBuf>,
    /// Groups of processes that are named after us.
    groups: BTreeSet<PathBuf>,
}

impl Traces {
    fn of(runner: &Runner) -> Self {
        let root = runner.machine.home().parent().unwrap().to_owned();
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let mounts = mounts.lines().filter(|line| line.contains(root.to_str().unwrap())).map(str::to_owned).collect();
        let sessions: Vec<String> =
            names(&runner.machine.state().join("sessions")).iter().map(|path| name(path)).collect();
        let of_a_session = |path: &PathBuf| sessions.iter().any(|session| name(path).contains(session));
        let shared = ["/tmp", "/var/tmp", "/dev/shm", "/run"].iter().flat_map(|folder| names(Path::new(folder)));
        let state = [names(&runner.machine.state()), names(&runner.machine.home())].concat();
        let groups = ["", "/pids", "/memory", "/cpu", "/unified"];
        let groups = groups.iter().flat_map(|group| names(Path::new(&format!("/sys/fs/cgroup{group}"))));
        Self {
            mounts,
            shared: shared.filter(of_a_session).collect(),
            state: state.into_iter().collect(),
            groups: groups.filter(|group| of_a_session(group)).collect(),
        }
    }
}

fn names(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// A process that can't be mistaken for a later one of the same number.
fn identity(process: u32) -> Option<(u32, String)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    Some((process, stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(19)?.to_owned()))
}

/// What came from a process, itself included.
fn below(process: u32) -> Vec<u32> {
    let mut all = vec![process];
    for thread in names(Path::new(&format!("/proc/{process}/task"))) {
        let children = fs::read_to_string(thread.join("children")).unwrap_or_default();
        all.extend(children.split_ascii_whitespace().flat_map(|child| below(child.parse().unwrap())));
    }
    all
}

#[test]
fn a_hundred_at_once_are_all_served_and_leave_nothing() {
    for runner in runners() {
        assert!(runner.command().args(["run", "--quiet", "--", "true"]).status().unwrap().success());
        let before = Traces::of(&runner);
        let script = |number| {
            let work = format!("echo {number} > made-{number}; (setsid sleep 60 &); cat made-{number}");
            // All of them are there at the same time: each waits for a word.
            format!("{work}; read word; sha256sum /bin/sh > /tmp/sum; exit {}", number % 7)
        };
        // Handing over files to an ordinary user would get in the way of sessions that are there already.
        let commands: Vec<_> = (0..MANY).map(|_| runner.command()).collect();
        let start = |(number, mut command): (usize, std::process::Command)| {
            command.args(["run", "--quiet", "--", "/bin/sh", "-c", &script(number)]);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let mut runs: Vec<Child> = commands.into_iter().enumerate().map(start).collect();
        let mut inside = Vec::new();
        for (number, run) in runs.iter_mut().enumerate() {
            let mut line = [0; 8];
            let text = format!("{number}\n");
            let heard = line.get_mut(..text.len()).unwrap();
            std::io::Read::read_exact(run.stdout.as_mut().unwrap(), heard).unwrap();
            assert_eq!(heard, text.as_bytes());
            inside.extend(below(run.id()).into_iter().filter_map(identity));
        }
        // Each has at least itself, its first process and its shell.
        assert!(inside.len() >= 3 * MANY, "{}", inside.len());
        for (number, mut run) in runs.into_iter().enumerate() {
            drop(run.stdin.take());
            let output = run.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(i32::try_from(number % 7).unwrap()), "{output:?}");
        }
        let left: Vec<_> = inside.iter().filter(|it| identity(it.0).as_ref() == Some(it)).collect();
        assert!(left.is_empty(), "{left:?}");
        assert_eq!(Traces::of(&runner), before);
        all_ended_and_recorded(&runner, MANY + 1);
    }
}

/// Each session's start and end are in a ledger that is whole, and no session is left as if it ran.
fn all_ended_and_recorded(runner: &Runner, sessions: usize) {
    let json = |arguments: &[&str]| -> serde_json::Value {
        let output = runner.command().args(arguments).arg("--json").output().unwrap();
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let list = json(&["changes", "list"]);
    assert_eq!(list["damaged"], serde_json::json!([]));
    assert!(!list["sessions"].to_string().contains("running"), "{list:#}");
    let verified = runner.command().args(["log", "verify"]).output().unwrap();
    assert!(verified.status.success(), "{verified:?}");
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    let records = said.split_ascii_whitespace().find_map(|word| word.parse::<usize>().ok()).unwrap();
    assert!(records >= 2 * sessions, "{said}");
}

#[test]
fn what_a_killed_run_leaves_is_no_process_and_no_mount() {
    for runner in runners() {
        assert!(runner.command().args(["run", "--quiet", "--", "true"]).status().unwrap().success());
        let before = Traces::of(&runner);
        let mut command = runner.command();
        // With a control group, where one can be had.
        command.args(["run", "--quiet", "--limit", "cpu-percent=100", "--"]);
        command.args(["/bin/sh", "-c", "(setsid sleep 60 &); echo here; sleep 60"]);
        let mut run = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut word = [0; 5];
        std::io::Read::read_exact(run.stdout.as_mut().unwrap(), &mut word).unwrap();
        let inside: Vec<_> = below(run.id()).into_iter().filter_map(identity).collect();
        assert!(inside.len() >= 3);
        run.kill().unwrap();
        run.wait().unwrap();
        // The kernel ends them when their parent is gone, which takes a moment.
        while inside.iter().any(|it| identity(it.0).as_ref() == Some(it) && !is_dead(it.0)) {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert!(runner.command().args(["run", "--quiet", "--", "true"]).status().unwrap().success());
        assert_eq!(Traces::of(&runner), before);
    }
}

/// Whether only its parent has not heard of its end yet.
fn is_dead(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    fs::metadata(format!("/proc/{process}")).map_or(true, |it| it.nlink() == 0)
        || stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with(['Z', 'X']))
}
