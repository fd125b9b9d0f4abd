//! `portcullis sessions`: what is listed, and what is removed.

use crate::run::{Runner, runners};

fn run(runner: &Runner, script: &str) {
    let output = runner.command().args(["run", "--quiet", "--", "/bin/sh", "-c", script]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn shown(runner: &Runner, arguments: &[&str]) -> serde_json::Value {
    let output = runner.command().arg("sessions").args(arguments).arg("--json").output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn each_is_listed_with_what_waits_and_what_it_takes() {
    for runner in runners() {
        assert!(runner.machine.run(&["sessions"]).contains("no sessions"));
        run(&runner, "echo '{}' > package.json; echo all: > Makefile; head -c 300000 /dev/urandom > big.bin");
        let listed = shown(&runner, &[]);
        let row = &listed["sessions"][0];
        assert_eq!((&row["waiting"], &row["state"], &row["runs"]), (&3.into(), &"ended".into(), &1.into()), "{listed}");
        assert!(row["bytes"].as_u64().unwrap() > 300_000, "{listed}");
        let output = runner.command().arg("sessions").output().unwrap();
        let page = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(page.contains("3 waiting  /bin/sh -c"), "{page}");
    }
}

#[test]
fn only_what_nobody_needs_is_removed_and_that_is_recorded() {
    let runner = &runners()[0];
    run(runner, "echo '{}' > package.json");
    run(runner, "echo x > a.rs");
    run(runner, "echo y > b.rs");
    runner.machine.run(&["revert"]);
    run(runner, "echo x > Makefile");
    runner.machine.run(&["changes", "discard"]);
    assert_eq!(shown(runner, &[])["sessions"].as_array().unwrap().len(), 4);
    // What was thrown away goes; what was taken back could be applied again, and what was applied taken back.
    assert_eq!(shown(runner, &["--prune"])["removed"].as_array().unwrap().len(), 1);
    let listed = shown(runner, &["--prune", "--older-than", "0s"]);
    assert_eq!(listed["removed"].as_array().unwrap().len(), 1, "{listed}");
    let left = listed["sessions"].as_array().unwrap();
    assert_eq!((left.len(), &left[1]["waiting"]), (2, &1.into()), "{listed}");
    let log = runner.machine.run(&["log", "query"]);
    assert!(log.contains("sessions of which nothing waits are removed"), "{log}");
}
