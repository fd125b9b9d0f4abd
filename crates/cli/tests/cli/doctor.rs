//! `portcullis doctor`

use crate::harness::Machine;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

fn check(machine: &Machine, id: &str) -> (i32, Value) {
    let (exit, report) = machine.json(&["doctor"]);
    let checks = report["checks"].as_array().unwrap().clone();
    (exit, checks.into_iter().find(|check| check["id"] == id).unwrap())
}

#[test]
fn a_machine_without_state_is_fine_and_stays_without() {
    let machine = Machine::new();
    let found = format!("{} will be created when it is needed", machine.state().display());
    assert_eq!(check(&machine, "state-folder"), (0, json!({ "id": "state-folder", "status": "ok", "found": found })));
    assert!(!machine.state().exists());
}

#[test]
fn a_state_folder_that_others_can_read_fails_and_says_how_to_mend_it() {
    let machine = Machine::new();
    fs::create_dir(machine.state()).unwrap();
    fs::set_permissions(machine.state(), fs::Permissions::from_mode(0o755)).unwrap();
    let text = machine.run(&["doctor"]);
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("[ROOT]/state")).collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    FAIL  state-folder     [ROOT]/state is open to other users (mode 755)
                           → chmod 700 [ROOT]/state
    ");
    assert!(text.starts_with("exit: 3\n"));

    fs::set_permissions(machine.state(), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(check(&machine, "state-folder").0, 0);
}

#[test]
fn agents_are_found_but_never_run() {
    let machine = Machine::new();
    let trace = machine.project().join("was-run");
    machine.program("claude", &format!("#!/bin/sh\necho >{}\n", trace.display()));
    let (_, agents) = check(&machine, "agents");
    assert_eq!(agents["found"], "Claude Code (version unknown)");
    assert!(!trace.exists());
}

#[test]
fn a_strange_answer_of_git_cannot_steer_the_terminal() {
    let machine = Machine::new();
    machine.program("git", "#!/bin/sh\nprintf 'git version 2.50.1\\033[2J'\n");
    let text = machine.run(&["doctor"]);
    let line = text.lines().find(|line| line.contains("git ")).unwrap();
    assert_eq!(line, "ok    git              2.50.1\\u{1b}[2J");
}

#[test]
fn without_a_home_it_says_what_to_name() {
    let machine = Machine::new();
    let output = machine.command(&["doctor"]).env_remove("HOME").env_remove("PORTCULLIS_HOME").output().unwrap();
    let text = machine.show(&output);
    assert!(text.starts_with("exit: 3\n"), "{text}");
    assert!(text.contains("→ name a folder with --home DIR or PORTCULLIS_HOME"), "{text}");
}
