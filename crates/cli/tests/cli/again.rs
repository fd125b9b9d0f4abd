//! `portcullis run --continue`: another run on the layers of a session, as whoever runs the tests and as an ordinary user.

use crate::run::{Runner, runners};
use std::fs;
use std::process::{Output, Stdio};

fn run(runner: &Runner, options: &[&str], script: &str) -> Output {
    runner.command().arg("run").args(options).args(["--", "/bin/sh", "-c", script]).output().unwrap()
}

/// What it printed; and what it told, on standard error. That it succeeded is asserted.
fn says(runner: &Runner, options: &[&str], script: &str) -> (String, String) {
    let output = run(runner, options, script);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{script}: {}{}", text(&output.stdout), text(&output.stderr));
    (text(&output.stdout), text(&output.stderr))
}

fn of_project(runner: &Runner, name: &str) -> String {
    fs::read_to_string(runner.machine.project().join(name)).unwrap()
}

fn sessions(runner: &Runner) -> Vec<String> {
    let entries = fs::read_dir(runner.machine.state().join("sessions")).unwrap().flatten();
    let names = entries.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| !name.starts_with('.')).collect()
}

#[test]
fn the_next_run_sees_what_waits_and_what_became_of_what_was_applied() {
    for runner in runners() {
        runner.machine.write("src/a.rs", "one\n");
        let (_, told) = says(&runner, &[], "echo two > src/a.rs; echo '{}' > package.json; mkdir d; echo x > ~/note");
        assert!(told.contains("applied  2"), "{told}");
        runner.machine.write("src/a.rs", "three\n");
        let script = "cat src/a.rs package.json; ls -d d; echo four > src/a.rs; echo new > src/b.rs";
        let (said, told) = says(&runner, &["--continue"], script);
        assert_eq!(said, "three\n{}\nd\n");
        assert!(told.contains("it goes on; 1 change of it that nobody applied"), "{told}");
        assert_eq!(
            (of_project(&runner, "src/a.rs"), of_project(&runner, "src/b.rs")),
            ("four\n".into(), "new\n".into())
        );
        let ids = sessions(&runner);
        assert_eq!(ids.len(), 1, "one session: {ids:?}");
        // One change set, applied once and taken back as one.
        let apply = runner.command().args(["changes", "apply", "--all"]).output().unwrap();
        assert!(apply.status.success(), "{}", String::from_utf8_lossy(&apply.stdout));
        assert_eq!(of_project(&runner, "package.json"), "{}\n");
        let revert = runner.command().args(["revert"]).output().unwrap();
        let shown = String::from_utf8_lossy(&revert.stdout).into_owned() + &String::from_utf8_lossy(&revert.stderr);
        // A person wrote over what the first run had written, so that much stays.
        assert!(shown.contains("src/a.rs"), "{shown}");
        assert_eq!(of_project(&runner, "src/a.rs"), "three\n");
        assert!(!runner.machine.project().join("package.json").exists());
    }
}

#[test]
fn all_runs_are_taken_back_byte_for_byte() {
    for runner in runners() {
        runner.machine.write("src/a.rs", "one\n");
        runner.machine.write("src/gone.rs", "one\n");
        says(&runner, &[], "echo two > src/a.rs");
        says(&runner, &["--continue"], "cat src/a.rs >> src/c.rs; echo three > src/a.rs; rm src/gone.rs");
        says(&runner, &["--continue"], "test ! -e src/gone.rs; echo four >> src/c.rs; mv src/a.rs src/moved.rs");
        assert_eq!(of_project(&runner, "src/c.rs"), "two\nfour\n");
        let revert = runner.command().args(["revert"]).output().unwrap();
        assert!(revert.status.success(), "{}", String::from_utf8_lossy(&revert.stdout));
        assert_eq!(
            (of_project(&runner, "src/a.rs"), of_project(&runner, "src/gone.rs")),
            ("one\n".into(), "one\n".into())
        );
        let left: Vec<_> = fs::read_dir(runner.machine.project().join("src")).unwrap().collect();
        assert_eq!(left.len(), 2, "{left:?}");
    }
}

#[test]
fn what_a_person_changed_is_drift_and_not_overwritten() {
    for runner in runners() {
        runner.machine.write("package.json", "{}\n");
        says(&runner, &[], "echo '{1}' > package.json");
        runner.machine.write("package.json", "{2}\n");
        let (said, told) = says(&runner, &["--continue"], "cat package.json; echo '{3}' > package.json");
        assert_eq!(said, "{1}\n");
        assert!(told.contains("drifted  package.json: changed in the repository as well"), "{told}");
        let apply = runner.command().args(["changes", "apply", "--all"]).output().unwrap();
        assert!(!apply.status.success());
        assert_eq!(of_project(&runner, "package.json"), "{2}\n");
    }
}

#[test]
fn the_next_run_says_what_waits_until_somebody_has_said_something_about_it() {
    let runner = &runners()[0];
    let (_, told) = says(runner, &[], "echo '{}' > package.json; echo all: > Makefile");
    assert!(!told.contains("waiting"), "{told}");
    let id = sessions(runner).remove(0);
    let (_, told) = says(runner, &[], "true");
    assert!(told.contains(&format!("waiting  2 changes of session {id}: portcullis changes; or go on")), "{told}");
    let (_, told) = says(runner, &[&format!("--continue={id}")], "ls package.json Makefile");
    assert!(told.contains("2 changes of it that nobody applied"), "{told}");
    runner.machine.run(&["changes", "apply", "--all"]);
    assert!(!says(runner, &[], "true").1.contains("waiting"));
    says(runner, &[], "echo x > .envrc");
    assert!(says(runner, &[], "true").1.contains("waiting  1 change of session"));
    runner.machine.run(&["changes", "discard"]);
    assert!(!says(runner, &[], "true").1.contains("waiting"));
}

#[test]
fn a_session_that_runs_is_of_another_folder_or_was_thrown_away_is_not_gone_on_with() {
    let runner = &runners()[0];
    let refused = |options: &[&str], why: &str| {
        let output = run(runner, options, "true");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && told.contains(why) && told.contains("fix"), "{why}: {told}");
    };
    refused(&["--continue"], "there is no session yet");
    says(runner, &[], "echo '{}' > package.json");
    let id = sessions(runner).remove(0);
    let mut command = runner.command();
    command.args(["run", "--continue", "--", "/bin/sh", "-c", "echo ready; read line"]);
    let mut running = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(running.stdout.as_mut().unwrap()), &mut line).unwrap();
    refused(&["--continue"], "still runs");
    drop(running.stdin.take());
    running.wait().unwrap();
    let elsewhere = runner.machine.home().parent().unwrap().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let mut command = runner.command();
    command.args(["run", &format!("--continue={id}"), "--", "true"]).current_dir(&elsewhere);
    let told = String::from_utf8_lossy(&command.output().unwrap().stderr).into_owned();
    assert!(told.contains("worked in another folder") && told.contains(": cd "), "{told}");
    runner.machine.run(&["changes", "discard"]);
    refused(&[&format!("--continue={id}")], "was thrown away");
}

#[test]
fn a_run_that_was_killed_is_gone_on_with() {
    for runner in runners() {
        let mut command = runner.command();
        let script = "echo half > a.rs; echo '{}' > package.json; echo ready; sleep 60";
        command.args(["run", "--quiet", "--", "/bin/sh", "-c", script]);
        let mut running = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(running.stdout.as_mut().unwrap()), &mut line).unwrap();
        running.kill().unwrap();
        running.wait().unwrap();
        let (said, told) = says(&runner, &["--continue"], "cat a.rs package.json");
        assert_eq!(said, "half\n{}\n");
        assert!(told.contains("2 changes of it that nobody applied"), "{told}");
        // Nothing of it is applied by itself, this run's end or not.
        assert!(told.contains("a.rs: is left of an earlier run"), "{told}");
        assert!(!runner.machine.project().join("a.rs").exists());
        says(&runner, &["--continue"], "echo new > b.rs");
        assert!(!runner.machine.project().join("a.rs").exists() && runner.machine.project().join("b.rs").exists());
        // Until it is named.
        let apply = runner.command().args(["changes", "apply"]).output().unwrap();
        let shown = String::from_utf8_lossy(&apply.stdout).into_owned() + &String::from_utf8_lossy(&apply.stderr);
        assert!(runner.machine.project().join("a.rs").exists(), "{shown}");
        assert_eq!(of_project(&runner, "a.rs"), "half\n");
        assert!(!runner.machine.project().join("package.json").exists());
    }
}

#[test]
fn what_was_taken_back_or_held_waits_whatever_the_next_runs_do() {
    for runner in runners() {
        runner.machine.write("a.txt", "one\n");
        let is_as_before =
            || of_project(&runner, "a.txt") == "one\n" && !runner.machine.project().join("n.txt").exists();
        let waits = |told: &str| told.contains("a.txt, n.txt: is left of an earlier run");
        says(&runner, &[], "echo two > a.txt; echo two > n.txt");
        assert_eq!(of_project(&runner, "n.txt"), "two\n");
        assert!(runner.command().args(["revert"]).output().unwrap().status.success());
        assert!(is_as_before());
        let (_, told) = says(&runner, &["--continue"], "true");
        assert!(is_as_before() && waits(&told), "{told}");
        // Neither by changing it once more, nor by holding in between.
        let (said, told) = says(&runner, &["--continue"], "cat a.txt; echo more >> a.txt; echo new > b.txt");
        assert!(is_as_before() && waits(&told) && said == "two\n", "{told}");
        assert_eq!(of_project(&runner, "b.txt"), "new\n");
        says(&runner, &["--continue", "--hold"], "echo held > c.txt");
        let (_, told) = says(&runner, &["--continue"], "true");
        assert!(is_as_before() && told.contains("a.txt, c.txt, n.txt: is left"), "{told}");
        assert!(!runner.machine.project().join("c.txt").exists());
        let apply = runner.command().args(["changes", "apply"]).output().unwrap();
        assert!(apply.status.success(), "{}", String::from_utf8_lossy(&apply.stdout));
        assert_eq!(
            (of_project(&runner, "a.txt"), of_project(&runner, "c.txt")),
            ("two\nmore\n".into(), "held\n".into())
        );
        assert!(!says(&runner, &["--continue"], "true").1.contains("is left"));
    }
}

#[test]
fn what_a_person_removed_from_a_folder_made_anew_is_drift_and_does_not_come_back() {
    for runner in runners() {
        runner.machine.write("d/old.txt", "one\n");
        says(&runner, &[], "rm -rf d; mkdir d; echo x > d/n1.txt; echo x > d/n2.txt");
        let there = |name: &str| runner.machine.project().join(name).exists();
        assert!(there("d/n1.txt") && there("d/n2.txt") && !there("d/old.txt"));
        fs::remove_file(runner.machine.project().join("d/n2.txt")).unwrap();
        let (_, told) = says(&runner, &["--continue"], "echo y >> d/n1.txt; echo y >> d/n2.txt");
        assert!(told.contains("drifted  d/n2.txt"), "{told}");
        assert!(told.contains("d/n2.txt: was changed by somebody else"), "{told}");
        assert!(!there("d/n2.txt"));
        assert_eq!(of_project(&runner, "d/n1.txt"), "x\ny\n");
    }
}

#[test]
fn what_policy_denies_since_is_not_seen_in_the_layer_and_what_was_masked_is_never_applied() {
    for runner in runners() {
        runner.machine.write(".env", "TOKEN=planted\n");
        runner.machine.write("settings.toml", "password = 'planted'\n");
        runner.machine.write("private/notes.md", "planted\n");
        let script =
            "echo more >> settings.toml; echo more >> private/notes.md; rm -f .env; echo mine > .env; cat .env";
        assert_eq!(says(&runner, &["--hold"], script).0, "mine\n");
        // Named in the user's own policy, since a repository's is part of what the session sees.
        runner.machine.write_user_policy("[files]\ndeny = ['**/settings.toml', '**/private']\n");
        let (said, _) =
            says(&runner, &["--continue"], "cat settings.toml private/notes.md .env 2>/dev/null; ls private; true");
        assert_eq!(said, "mine\n", "the session's own file is its own, and what is denied since is empty");
        let output = runner.command().args(["changes", "apply", "--all"]).output().unwrap();
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(shown.contains("refused  .env"), "{shown}");
        assert_eq!(of_project(&runner, ".env"), "TOKEN=planted\n");
    }
}
