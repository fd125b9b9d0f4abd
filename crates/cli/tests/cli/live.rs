//! `portcullis run --live`: work goes on in the files themselves, and what would run something later is as it was when it has ended.

use crate::run::{Runner, refused, runners};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// A run in the files themselves.
fn live(runner: &Runner, script: &str) -> Output {
    runner.command().args(["run", "--live", "--", "/bin/sh", "-c", script]).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// That a script fails, each line of it by itself.
fn all_fail(runner: &Runner, script: &str) {
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let output = live(runner, line);
        assert!(!output.status.success(), "{line}: {}{}", String::from_utf8_lossy(&output.stdout), told(&output));
    }
}

fn has(runner: &Runner, name: &str) -> bool {
    runner.machine.project().join(name).symlink_metadata().is_ok()
}

fn text(runner: &Runner, name: &str) -> String {
    fs::read_to_string(runner.machine.project().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Everything below a folder: names, permissions and contents.
fn everything(folder: &Path) -> Vec<(String, u32, Vec<u8>)> {
    use std::os::unix::fs::PermissionsExt as _;
    let (mut found, mut left) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(path) = left.pop() {
        let metadata = path.symlink_metadata().unwrap();
        let contents = if metadata.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            Vec::new()
        } else if metadata.is_symlink() {
            fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
        } else {
            fs::read(&path).unwrap()
        };
        found.push((path.display().to_string(), metadata.permissions().mode(), contents));
    }
    found.sort();
    found
}

/// A project with something of everything that is guarded.
fn set_up(runner: &Runner) {
    let machine = &runner.machine;
    for (name, words) in [
        ("src/main.rs", "fn main() {}\n"),
        ("CLAUDE.md", "as it was\n"),
        (".claude/settings.json", "{}\n"),
        (".github/workflows/ci.yml", "as it was\n"),
        ("part/.vscode/tasks.json", "as it was\n"),
        (".env", "TOKEN=planted\n"),
        ("Makefile", "all:\n"),
    ] {
        machine.write(name, words);
    }
    for folder in ["", "nested"] {
        let folder = machine.project().join(folder);
        fs::create_dir_all(&folder).unwrap();
        git(&folder, &["init", "-q", "-b", "main"]);
        git(&folder, &["config", "user.name", "A"]);
        git(&folder, &["config", "user.email", "a@b"]);
    }
    git(&machine.project(), &["add", "src"]);
    git(&machine.project(), &["commit", "-q", "-m", "one"]);
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let safe = ["-c", "safe.directory=*"];
    let output = Command::new("git").current_dir(folder).args(safe).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_is_written_is_there_at_once_and_told_and_recorded() {
    for runner in runners() {
        set_up(&runner);
        let script = "echo '// more' >> src/main.rs; mkdir new; echo 1 > new/a.rs; mv new/a.rs new/b.rs; \
                      touch begun; while ! [ -e seen ]; do sleep 0.02; done; rm begun seen; echo x > data.json";
        let mut child = runner.command().args(["run", "--live", "--", "/bin/sh", "-c", script]).spawn().unwrap();
        let began = Instant::now();
        while !has(&runner, "begun") {
            assert!(began.elapsed() < Duration::from_mins(1), "it never began");
            std::thread::sleep(Duration::from_millis(10));
        }
        // It still runs, and what it wrote is there. What is written outside is there inside.
        assert!(text(&runner, "src/main.rs").ends_with("// more\n") && has(&runner, "new/b.rs"));
        runner.machine.write("seen", "");
        runner.hand_over(&runner.machine.project());
        assert!(child.wait().unwrap().success());
        assert_eq!((has(&runner, "seen"), has(&runner, "data.json")), (false, true));
        let log = runner.command().args(["log", "export"]).output().unwrap();
        let log = String::from_utf8_lossy(&log.stdout).into_owned();
        assert!(log.contains("worked in the files themselves: 4 changed there, 0 held"), "{log}");
        assert!(log.contains("modified src/main.rs (stayed)") && log.contains("added new/b.rs (stayed)"), "{log}");
        let shown = runner.command().arg("changes").output().unwrap();
        let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
        assert!(shown.contains("live: 4 names were changed in the files themselves"), "{shown}");
        let reverted = runner.command().arg("revert").output().unwrap();
        assert_eq!(reverted.status.code(), Some(3));
        assert!(String::from_utf8_lossy(&reverted.stdout).contains("4 names that it changed"), "{reverted:?}");
    }
}

#[test]
fn it_says_that_it_is_live_and_one_that_changes_nothing_leaves_nothing_behind() {
    let runner = &runners()[0];
    set_up(runner);
    let before = everything(&runner.machine.project());
    let said = told(&live(runner, "cat CLAUDE.md; git status; git log -1"));
    assert!(said.contains("it works in your files themselves, and that can't be taken back"), "{said}");
    assert!(!said.contains("in a layer"), "{said}");
    let sessions = fs::read_dir(runner.machine.state().join("sessions")).unwrap().count();
    assert_eq!((everything(&runner.machine.project()), sessions), (before, 0));
}

#[test]
fn what_is_guarded_and_there_can_be_neither_changed_nor_moved_nor_replaced() {
    for runner in runners() {
        set_up(&runner);
        let before = everything(&runner.machine.project());
        all_fail(
            &runner,
            "grep planted .env
             echo x >> CLAUDE.md
             rm CLAUDE.md
             mv CLAUDE.md other.md
             echo x > other && mv other CLAUDE.md
             ln -sf src/main.rs CLAUDE.md
             ln CLAUDE.md other.md
             chmod 777 CLAUDE.md
             touch -d 2001-01-01 CLAUDE.md
             truncate -s 0 .env
             rm .env
             mv .env env
             mv .claude other
             rm -r .claude
             echo x > .claude/settings.json
             echo x > .claude/settings.local.json
             mkdir .claude/skills
             echo x > .github/workflows/other.yml
             mv .github/workflows .github/other
             mv .git other
             rm -r .git
             mv nested/.git nested/other
             echo x > nested/.git/hooks/post-checkout
             echo x >> nested/.git/config
             echo x > nested/.git/info/attributes
             rm -r part
             umount CLAUDE.md
             mount --bind src .claude
             unshare --user --map-root-user --mount true",
        );
        let left = ["other", "other.md"].map(|name| runner.machine.project().join(name));
        for name in &left {
            fs::remove_file(name).ok();
        }
        assert_eq!(everything(&runner.machine.project()), before);
    }
}

#[test]
fn what_was_not_there_is_taken_out_again_and_waits() {
    for runner in runners() {
        set_up(&runner);
        let before = everything(&runner.machine.project());
        let names = [
            ".envrc",
            ".env.local",
            ".mcp.json",
            "AGENTS.md",
            ".vscode/tasks.json",
            ".CURSOR/mcp.json",
            ".husky/pre-commit",
            "deep/er/.claude/settings.json",
            "portcullis.toml",
            "conftest.py",
            "src/.git/hooks/post-checkout",
            ".gitattributes",
            "hooks/pre-commit",
        ];
        let lines = names.map(|name| format!("mkdir -p $(dirname {name}); echo evil > {name}; "));
        let script = lines.concat();
        let output =
            live(&runner, &format!("{script} rm -rf deep/er/empty; chmod 0500 .husky; chmod 0 deep/er/.claude"));
        let said = told(&output);
        assert!(output.status.success() && said.contains("waits    .envrc"), "{said}");
        for name in names {
            assert!(!has(&runner, name), "{name}: {said}");
        }
        // What it made on the way there is no more than empty folders.
        for folder in ["deep/er", "deep", "src/.git", "hooks"] {
            fs::remove_dir(runner.machine.project().join(folder)).ok();
        }
        assert_eq!(everything(&runner.machine.project()), before, "{said}");
        // Whoever looked at it can have it.
        runner.command().args(["changes", "apply", "AGENTS.md"]).output().unwrap();
        assert_eq!((text(&runner, "AGENTS.md").as_str(), has(&runner, ".envrc")), ("evil\n", false));
    }
}

#[test]
fn a_folder_that_gets_another_name_takes_nothing_with_it_and_makes_no_room() {
    for runner in runners() {
        set_up(&runner);
        let script = "mv part moved && mkdir -p part/.vscode && echo evil > part/.vscode/tasks.json && \
                      mv nested other && git init -q nested && echo evil > nested/.git/hooks/pre-push && \
                      grep -c planted -r . ; true";
        let output = live(&runner, script);
        assert!(output.status.success(), "{}", told(&output));
        assert_eq!(text(&runner, "part/.vscode/tasks.json"), "as it was\n");
        assert!(text(&runner, "nested/.git/config").contains("a@b") && !has(&runner, "nested/.git/hooks/pre-push"));
        assert!(!has(&runner, "moved/.vscode") && !has(&runner, "other/.git"));
        assert!(told(&output).contains("put back nested/.git, part/.vscode"), "{}", told(&output));
        // A link in the place of the folder: what belongs below it can't go back, and that is told.
        let output =
            live(&runner, "mv part again && ln -s src part && mkdir src/.vscode && echo evil > src/.vscode/tasks.json");
        assert!(told(&output).contains("look at  part/.vscode: could not be put back"), "{}", told(&output));
        assert_eq!(text(&runner, "again/.vscode/tasks.json"), "as it was\n");
        assert!(!has(&runner, "src/.vscode"));
    }
}

#[test]
fn what_may_be_changed_and_waits_is_as_it_was_in_the_end() {
    for runner in runners() {
        set_up(&runner);
        let project = runner.machine.project();
        // Another name of something that is closed, by which it can be written.
        fs::hard_link(project.join("CLAUDE.md"), project.join("alias.txt")).unwrap();
        std::os::unix::fs::symlink("src/main.rs", project.join("AGENTS.md")).unwrap();
        let script = "echo evil >> Makefile; echo evil > alias.txt; rm AGENTS.md; ln -s Makefile AGENTS.md; \
                      echo two >> src/main.rs; chmod u+s src/main.rs; ln -s /etc/passwd out; echo '#!/bin/sh' > tool; chmod +x tool";
        let output = live(&runner, script);
        assert!(output.status.success(), "{}", told(&output));
        assert_eq!(
            (text(&runner, "Makefile").as_str(), text(&runner, "CLAUDE.md").as_str()),
            ("all:\n", "as it was\n")
        );
        assert_eq!(fs::read_link(project.join("AGENTS.md")).unwrap(), Path::new("src/main.rs"));
        let mode = std::os::unix::fs::MetadataExt::mode(&project.join("src/main.rs").metadata().unwrap());
        assert_eq!((mode & 0o7000, text(&runner, "src/main.rs").ends_with("two\n")), (0, true));
        assert!(!has(&runner, "out") && !has(&runner, "tool"), "{}", told(&output));
        let shown = runner.command().args(["changes", "diff", "Makefile"]).output().unwrap();
        assert!(String::from_utf8_lossy(&shown.stdout).contains("+evil"), "{shown:?}");
        runner.command().args(["changes", "apply", "Makefile"]).output().unwrap();
        assert_eq!(text(&runner, "Makefile"), "all:\nevil\n");
    }
}

#[test]
fn names_that_are_too_deep_or_too_long_to_be_looked_at_hide_nothing() {
    for runner in runners() {
        set_up(&runner);
        let script = "python3 - <<'END'
import os
start = os.getcwd()
for name, times in (('x' * 200, 40), ('d', 140)):
    os.chdir(start)
    for _ in range(times):
        os.mkdir(name)
        os.chdir(name)
    open('.envrc', 'w').write('evil')
END";
        let output = live(&runner, script);
        assert!(output.status.success(), "{}", told(&output));
        let found = Command::new("find").arg(runner.machine.project()).args(["-name", ".envrc"]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&found.stdout), "", "{}", told(&output));
    }
}

#[test]
fn commits_wait_and_git_s_settings_and_hooks_are_never_reached() {
    for runner in runners() {
        set_up(&runner);
        let project = runner.machine.project();
        let output = live(
            &runner,
            "echo two > src/main.rs; git commit -q -a -m two; echo evil > .git/hooks/pre-commit; git config core.pager evil; \
             echo other > .git/commondir; git log --format=%s",
        );
        assert!(!has(&runner, ".git/commondir") && !has(&runner, ".git/hooks/pre-commit"), "{}", told(&output));
        assert!(!text(&runner, ".git/config").contains("evil"));
        assert_eq!(
            (git(&project, &["log", "--format=%s"]).as_str(), text(&runner, "src/main.rs").as_str()),
            ("one\n", "two\n")
        );
        let second = live(&runner, "echo three > src/main.rs; git commit -q -a -m three && git log --format=%s");
        assert_eq!(String::from_utf8_lossy(&second.stdout), "three\none\n", "{}", told(&second));
        let applied = runner.command().args(["changes", "apply", "git-state"]).output().unwrap();
        assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
        runner.hand_over(&project);
        assert_eq!(git(&project, &["log", "--format=%s"]), "three\none\n");
        assert_eq!(git(&project, &["status", "--short", "src"]), "");
    }
}

#[test]
fn what_a_killed_run_left_is_held_by_the_next_command() {
    for runner in runners() {
        set_up(&runner);
        let script = "echo evil > .envrc; echo evil >> Makefile; touch begun; sleep 60";
        let mut child = runner.command().args(["run", "--live", "--", "/bin/sh", "-c", script]).spawn().unwrap();
        let began = Instant::now();
        while !has(&runner, "begun") {
            assert!(began.elapsed() < Duration::from_mins(1), "it never began");
            std::thread::sleep(Duration::from_millis(10));
        }
        // Somebody else may not begin beside it.
        let second = live(&runner, "true");
        assert!(told(&second).contains("works in these files"), "{}", told(&second));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(has(&runner, ".envrc"));
        let next = runner.command().args(["run", "--", "/bin/sh", "-c", "test ! -e .envrc"]).output().unwrap();
        assert!(
            next.status.success() && told(&next).contains("was killed; what it changed was looked at now"),
            "{}",
            told(&next)
        );
        assert_eq!((has(&runner, ".envrc"), text(&runner, "Makefile").as_str()), (false, "all:\n"));
        // Nothing of ours is left in the files, neither then nor before.
        assert_eq!(
            fs::read_dir(runner.machine.project()).unwrap().count(),
            10,
            "{:?}",
            everything(&runner.machine.project())
        );
    }
}

#[test]
fn policy_says_whether_runs_are_live_and_nobody_below_it_can_say_otherwise() {
    let runner = &runners()[0];
    set_up(runner);
    let machine = &runner.machine;
    let plain = |words: &[&str]| {
        let script = ["--", "/bin/sh", "-c", "echo x >> src/main.rs; echo x > y.json"];
        let output = runner.command().arg("run").args(words).args(script).output().unwrap();
        (output.status.code(), told(&output))
    };
    machine.write_user_policy("[sandbox]\nworkspace = 'layered'\n");
    let (status, said) = plain(&["--live"]);
    assert_eq!(status, Some(2));
    assert!(said.contains("policy has every run work in a layer") && said.contains("portcullis.toml:2"), "{said}");
    // A repository can ask for less, and not for more.
    machine.write_user_policy("");
    machine.write("portcullis.toml", "[sandbox]\nworkspace = 'live'\n");
    let (_, said) = plain(&[]);
    assert!(!said.contains("works in your files"), "{said}");
    machine.write("portcullis.toml", "[sandbox]\nworkspace = 'layered'\n");
    assert_eq!(plain(&["--live"]).0, Some(2));
    fs::remove_file(machine.project().join("portcullis.toml")).unwrap();
    machine.write_user_policy("[sandbox]\nworkspace = 'live'\n");
    let (_, said) = plain(&[]);
    assert!(said.contains("works in your files") && has(runner, "y.json"), "{said}");
    assert!(machine.run(&["doctor"]).contains("runs work in your files themselves"));
    // Whoever asks for less gets it.
    let (_, said) = plain(&["--hold"]);
    assert!(!said.contains("works in your files"), "{said}");
    let (_, said) = plain(&["--engine", "crun"]);
    assert!(said.contains("builds no walls for a live run"), "{said}");
    // What policy lets an agent change is not closed, and what it denies never stays.
    machine.write_user_policy(
        "[sandbox]\nworkspace = 'live'\n[changes]\nallow = ['instructions', 'build-script']\ndeny = ['dependency']\n",
    );
    let output = live(runner, "echo more >> CLAUDE.md; echo more >> Makefile; echo x > Cargo.toml");
    assert_eq!(
        (text(runner, "CLAUDE.md").as_str(), text(runner, "Makefile").as_str()),
        ("as it was\nmore\n", "all:\nmore\n")
    );
    assert!(!has(runner, "Cargo.toml"), "{}", told(&output));
    machine.write_user_policy("[sandbox]\nworkspace = 'live'\n[files]\nprotect = ['src/**']\n");
    all_fail(runner, "echo x >> src/main.rs");
}

#[test]
fn where_it_could_not_be_as_tight_there_is_none() {
    let runner = refused();
    set_up(&runner);
    let output = live(&runner, "echo x > y.json");
    assert!(told(&output).contains("names in your files are closed by mounts"), "{}", told(&output));
    assert!(!has(&runner, "y.json"));
    let runner = &runners()[0];
    set_up(runner);
    fs::rename(runner.machine.project().join(".git"), runner.machine.project().join("git")).unwrap();
    runner.machine.write(".git", "gitdir: git\n");
    let output = live(runner, "true");
    assert!(told(&output).contains("git's own folder lies in the workspace under another name"), "{}", told(&output));
    fs::remove_file(runner.machine.project().join(".git")).unwrap();
    // A repository's folder by any other name is closed, and one that is made is taken out again.
    all_fail(runner, "echo x > git/hooks/post-checkout");
    live(runner, "git init -q --bare made");
    assert!(!has(runner, "made/HEAD"));
    let output = runner.command().args(["run", "--continue", "--", "true"]).output().unwrap();
    assert!(told(&output).contains("worked in the files themselves"), "{}", told(&output));
}
