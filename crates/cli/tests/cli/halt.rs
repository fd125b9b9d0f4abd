//! `portcullis halt`, on a session that runs.

use crate::harness::Machine;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

#[test]
fn a_halted_session_is_gone_with_all_that_it_started() {
    let machine = Machine::new();
    let marker = format!("88{}", std::process::id());
    let script = format!("(setsid sleep {marker} &) ; echo ready; trap '' TERM INT HUP; sleep {marker}");
    let mut command = machine.command(&["run", "--quiet", "--", "/bin/sh", "-c", &script]);
    let mut run = command.env("PATH", "/usr/bin:/bin").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(run.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    let shown = machine.run(&["halt", "--all", "--reason", "a test"]);
    assert!(shown.contains("exit: 0") && shown.contains("halted "), "{shown}");
    assert!(!run.wait().unwrap().success());
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        assert!(!line.starts_with(format!("sleep\0{marker}").as_bytes()));
    }
    let log = machine.run(&["log", "query"]);
    assert!(log.contains("session"), "{log}");
    assert!(machine.run(&["halt", "--all"]).contains("no session runs"));
}

#[test]
fn a_session_that_does_not_run_or_is_none_can_not_be_halted() {
    let machine = Machine::new();
    assert!(
        machine.run(&["halt", "abc"]).starts_with("exit: 3") || machine.run(&["halt", "abc"]).starts_with("exit: 2")
    );
}
