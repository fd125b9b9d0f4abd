//! Secret files that git tracks, and what git in a run makes of the masks in their place.

use crate::run::{Runner, refused, refused_root, runners};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Command;

fn git(folder: &Path, arguments: &[&str]) -> String {
    // Whoever runs the test need not own what the runner owns.
    let own = ["-c", "safe.directory=*", "-c", "user.name=A", "-c", "user.email=a@b"];
    let output = Command::new("git").current_dir(folder).args(own).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A repository with two commits, in which secrets are tracked.
fn set_up(folder: &Path) {
    git(folder, &["init", "-q", "-b", "main"]);
    git(folder, &["config", "user.name", "A"]);
    git(folder, &["config", "user.email", "a@b"]);
    fs::create_dir_all(folder.join("deep/.aws")).unwrap();
    for (name, text) in [
        ("a.rs", "one\n"),
        (".npmrc", "//registry.npmjs.org/:_authToken=planted\n"),
        ("deep/tests.pem", "planted key\n"),
        ("deep/.aws/credentials", "planted too\n"),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "one"]);
    fs::write(folder.join("b.rs"), "b\n").unwrap();
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "two"]);
}

fn says(runner: &Runner, flags: &[&str], script: &str) -> String {
    let output = runner.command().arg("run").args(flags).args(["--", "sh", "-ec", script]).output().unwrap();
    let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script}: {said}{told}");
    said.into_owned()
}

/// What a session leaves alone and what it commits; `folder` is the working tree.
fn commits_hold_no_masks(runner: &Runner, folder: &Path, flags: &[&str]) {
    let masked = says(runner, flags, "cat .npmrc deep/tests.pem; git status --porcelain; git ls-files -t | grep -c ^S");
    assert!(masked.matches("masked by Portcullis").count() == 2 && masked.ends_with("\n3\n"), "{masked}");
    let before = git(folder, &["ls-tree", "-r", "HEAD", "--", ".npmrc", "deep"]);
    let script = "echo two > a.rs; git commit -q -am three; git rebase -q --onto HEAD~2 HEAD~1; echo three > a.rs; git add -A; \
        git commit -q -m four; git stash list; git status --porcelain";
    assert_eq!(says(runner, flags, script), "");
    let applied = runner.command().args(["changes", "apply", "git-state"]).output().unwrap();
    assert!(applied.status.success(), "{}", runner.machine.show(&applied));
    assert_eq!(git(folder, &["log", "--format=%s"]), "four\nthree\none\n", "{}", runner.machine.show(&applied));
    assert_eq!(git(folder, &["ls-tree", "-r", "HEAD", "--", ".npmrc", "deep"]), before);
    assert_eq!(git(folder, &["show", "HEAD:.npmrc"]), "//registry.npmjs.org/:_authToken=planted\n");
    // Outside git looks at all of them as before.
    assert_eq!(git(folder, &["ls-files", "-v"]).lines().filter(|line| !line.starts_with("H ")).count(), 0);
    fs::write(folder.join(".npmrc"), "changed by its owner\n").unwrap();
    assert!(git(folder, &["status", "--porcelain", "--", ".npmrc"]).starts_with(" M"));
}

#[test]
fn a_commit_of_all_that_changed_holds_no_mask_and_the_tree_is_clean_for_git() {
    for runner in runners() {
        set_up(&runner.machine.project());
        commits_hold_no_masks(&runner, &runner.machine.project(), &[]);
    }
}

#[test]
fn nor_in_a_linked_working_tree() {
    for runner in runners() {
        let main = runner.machine.home().parent().unwrap().join("main");
        fs::create_dir(&main).unwrap();
        set_up(&main);
        fs::remove_dir(runner.machine.project()).ok();
        git(&main, &["worktree", "add", "-q", runner.machine.project().to_str().unwrap(), "-b", "work"]);
        commits_hold_no_masks(&runner, &runner.machine.project(), &[]);
    }
}

#[test]
fn nor_in_a_live_run() {
    for runner in runners() {
        set_up(&runner.machine.project());
        runner.machine.write_user_policy("[sandbox]\nworkspace = 'on-request'\n");
        commits_hold_no_masks(&runner, &runner.machine.project(), &["--live"]);
    }
}

#[test]
fn without_namespaces_what_is_left_out_of_the_copy_is_not_removed_by_a_commit() {
    for runner in [Some(refused()), refused_root()].into_iter().flatten() {
        let folder = runner.machine.project();
        set_up(&folder);
        let script = "echo two > a.rs; git commit -q -am three; git status --porcelain";
        assert_eq!(says(&runner, &[], script), "");
        let applied = runner.command().args(["changes", "apply", "git-state"]).output().unwrap();
        assert!(applied.status.success(), "{}", runner.machine.show(&applied));
        assert_eq!(git(&folder, &["log", "-1", "--format=%s"]), "three\n");
        assert_eq!(git(&folder, &["show", "HEAD:deep/tests.pem"]), "planted key\n");
        assert_eq!(git(&folder, &["ls-files", "-t"]).matches("S ").count(), 0);
    }
}

#[test]
fn root_in_somebody_else_s_repository_leaves_its_index_theirs() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let runner = &runners()[0];
    let folder = runner.machine.project();
    set_up(&folder);
    runners()[1].hand_over(&folder);
    says(runner, &[], "echo two > a.rs; git commit -q -am three; git status --porcelain");
    let applied = runner.command().args(["changes", "apply", "git-state"]).output().unwrap();
    assert!(applied.status.success(), "{}", runner.machine.show(&applied));
    let owner = fs::metadata(&folder).unwrap().uid();
    for name in [".git", ".git/index", ".git/refs/heads/main"] {
        assert_eq!(fs::metadata(folder.join(name)).unwrap().uid(), owner, "{name}");
    }
    assert_eq!(git(&folder, &["show", "HEAD:.npmrc"]), "//registry.npmjs.org/:_authToken=planted\n");
}

#[test]
fn a_commit_that_takes_a_mask_all_the_same_waits_where_commits_do_not() {
    for (name, runner) in [".npmrc", "deep/tests.pem"].into_iter().cycle().zip(runners().into_iter().chain(runners())) {
        let folder = runner.machine.project();
        set_up(&folder);
        runner.machine.write_user_policy("[changes]\nallow = ['git-state']\n");
        let before = git(&folder, &["rev-parse", "HEAD"]);
        let script = format!("git update-index --no-skip-worktree {name}; git add {name}; git commit -qm x");
        let output = runner.command().args(["run", "--", "sh", "-c", &script]).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains(&format!("holds a commit with {name}, which was masked in the run")), "{told}");
        assert_eq!(git(&folder, &["rev-parse", "HEAD"]), before);
    }
}

#[test]
fn what_a_session_wrote_is_told_again_when_it_goes_on_and_a_run_that_only_looks_leaves_nothing() {
    for runner in runners() {
        set_up(&runner.machine.project());
        assert_eq!(says(&runner, &[], "git status --porcelain"), "");
        assert!(!String::from_utf8_lossy(&runner.command().arg("changes").output().unwrap().stdout).contains("index"));
        says(&runner, &["--hold"], "echo two > a.rs; git commit -q -am three");
        let script = "git ls-files -t | grep -c ^S; git status --porcelain; echo four > b.rs; git commit -q -am four";
        assert_eq!(says(&runner, &["--hold", "--continue"], script), "3\n");
        let applied = runner.command().args(["changes", "apply", "git-state", "code"]).output().unwrap();
        assert!(applied.status.success(), "{}", runner.machine.show(&applied));
        assert_eq!(git(&runner.machine.project(), &["show", "HEAD:deep/tests.pem"]), "planted key\n");
        assert_eq!(git(&runner.machine.project(), &["ls-files", "-t"]).matches("S ").count(), 0);
    }
}
