//! Files of a group that a run does not have: they can be changed like any other, and what was not changed is no change. Only root
//! can give files to another group, so where the tests are not run by root there is nothing to show.

use crate::run::{Runner, runners};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A group that nobody here is in.
const ELSEWHERE: u32 = 54_777;

fn give(path: &Path) {
    std::os::unix::fs::lchown(path, None, Some(ELSEWHERE)).unwrap();
    if path.is_dir() && !path.is_symlink() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path());
        }
    }
}

/// A run, ready to be started, in a project of which everything has that group.
fn command(runner: &Runner, options: &[&str], script: &str) -> Command {
    let mut command = runner.command();
    give(&runner.machine.project());
    command.arg("run").args(options).args(["--", "/bin/sh", "-ec", script]);
    command
}

fn says(runner: &Runner, options: &[&str], script: &str) -> (String, String) {
    let Output { status, stdout, stderr } = command(runner, options, script).output().unwrap();
    let (said, told) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert!(status.success(), "{script}: {said}{told}");
    (said, told)
}

fn somewhere() -> Vec<Runner> {
    if !rustix::process::geteuid().is_root() {
        return Vec::new();
    }
    let runners = runners();
    for runner in &runners {
        for (name, text) in [("src/a.rs", "one\n"), ("src/b.rs", "one\n"), ("deep/er/c.md", "one\n"), ("run.sh", "x\n")]
        {
            runner.machine.write(name, text);
        }
        fs::set_permissions(runner.machine.project().join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    }
    runners
}

#[test]
fn they_can_be_changed_moved_and_removed_and_only_that_is_a_change() {
    for runner in somewhere() {
        let script = "echo two >> src/a.rs; mv src/b.rs deep/er/moved.rs; echo new > deep/er/new.md; test -x run.sh; \
                      chmod 700 run.sh; stat -c %a run.sh";
        let (said, told) = says(&runner, &["--hold"], script);
        assert_eq!(said, "700\n");
        assert!(!told.contains("which a run does not have"), "{told}");
        let output = runner.command().args(["changes", "--json"]).output().unwrap();
        let shown: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut paths: Vec<&str> =
            shown["changes"].as_array().unwrap().iter().map(|change| change["path"].as_str().unwrap()).collect();
        paths.sort_unstable();
        assert_eq!(paths, ["deep/er/moved.rs", "deep/er/new.md", "run.sh", "src/a.rs", "src/b.rs"]);
        let apply = runner.command().args(["changes", "apply", "--all"]).output().unwrap();
        assert!(apply.status.success(), "{}", String::from_utf8_lossy(&apply.stdout));
        let project = runner.machine.project();
        assert_eq!(fs::read_to_string(project.join("src/a.rs")).unwrap(), "one\ntwo\n");
        assert!(!project.join("src/b.rs").exists() && project.join("deep/er/moved.rs").exists());
        // Again, and on the same layers.
        assert_eq!(says(&runner, &["--continue"], "cat src/a.rs; echo three >> src/a.rs").0, "one\ntwo\n");
        assert_eq!(fs::read_to_string(project.join("src/a.rs")).unwrap(), "one\ntwo\nthree\n");
    }
}

#[test]
fn a_run_that_changes_nothing_leaves_nothing_and_keeps_nobody_from_working() {
    for runner in somewhere() {
        says(&runner, &[], "cat src/a.rs > /dev/null; ls -R . > /dev/null");
        let sessions = fs::read_dir(runner.machine.state().join("sessions")).unwrap().flatten();
        assert_eq!(sessions.filter(|it| !it.file_name().to_string_lossy().starts_with('.')).count(), 0);
        // Somebody works on a file that the session only has a copy of.
        let script = "echo ready; read line || true; echo more > src/other.rs";
        let mut running = command(&runner, &[], script);
        let mut running = running.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(running.stdout.as_mut().unwrap()), &mut line).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(30));
        fs::write(runner.machine.project().join("src/a.rs"), "of a person\n").unwrap();
        drop(running.stdin.take());
        let output = running.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains("1 change in session") && told.contains("applied  1"), "{told}");
        assert_eq!(fs::read_to_string(runner.machine.project().join("src/a.rs")).unwrap(), "of a person\n");
    }
}

#[test]
fn what_is_masked_is_not_copied_and_what_is_of_another_user_stays_theirs() {
    for runner in somewhere() {
        runner.machine.write(".env", "TOKEN=planted\n");
        runner.machine.write("theirs.rs", "theirs\n");
        let mut command = command(&runner, &["--hold"], "cat .env; cat theirs.rs; echo x >> theirs.rs");
        let theirs = runner.machine.project().join("theirs.rs");
        chown(&theirs, Some(54_999), Some(ELSEWHERE)).unwrap();
        fs::set_permissions(&theirs, fs::Permissions::from_mode(0o644)).unwrap();
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!said.contains("planted") && said.contains("theirs") && !output.status.success(), "{said}");
        assert_eq!(fs::metadata(&theirs).unwrap().uid(), 54_999);
    }
}

#[test]
fn a_run_that_was_killed_leaves_no_copies_among_its_changes() {
    for runner in somewhere() {
        let mut asks = runner.command();
        asks.args(["changes", "--json"]);
        let mut running = command(&runner, &[], "echo two >> src/a.rs; echo ready; sleep 60");
        let mut running = running.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(running.stdout.as_mut().unwrap()), &mut line).unwrap();
        running.kill().unwrap();
        running.wait().unwrap();
        fs::write(runner.machine.project().join("src/b.rs"), "of a person\n").unwrap();
        // Made ready before, because that gives everything to its user anew.
        let shown: serde_json::Value = serde_json::from_slice(&asks.output().unwrap().stdout).unwrap();
        let changes = shown["changes"].as_array().unwrap();
        assert_eq!((changes.len(), &changes[0]["path"]), (1, &"src/a.rs".into()), "{shown}");
    }
}
