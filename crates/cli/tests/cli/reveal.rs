//! `scan --reveal`: who is shown what was found, and where.

use crate::approve::terminal::at_a_terminal;
use crate::harness::Machine;

/// Put together here, so that this file holds no token.
fn token() -> String {
    format!("{}{}", "AKIA", "QZ3R7XK5LMT2WVYB")
}

fn machine() -> Machine {
    let machine = Machine::new();
    machine.write("deploy.py", format!("KEY = '{}'\n", token()));
    machine
}

fn notes(machine: &Machine) -> String {
    machine.json(&["log", "query", "--kind", "note"]).1.to_string()
}

#[test]
fn a_person_is_shown_what_was_found_after_a_yes_and_it_is_on_the_record() {
    let machine = machine();
    let shown = at_a_terminal(&machine, "y\n", &["scan", "--reveal"]);
    assert!(shown.contains("deploy.py:1:8: ") && shown.contains(&token()), "{shown}");
    assert!(notes(&machine).contains("a person had the value shown that a scan found"));
    // The record holds what was done, and nothing of the value.
    assert!(!notes(&machine).contains(&token()));
}

#[test]
fn without_a_yes_nothing_is_shown() {
    let machine = machine();
    for typed in ["\n", "n\n", "yep\n"] {
        let shown = at_a_terminal(&machine, typed, &["scan", "--reveal"]);
        assert!(shown.contains("deploy.py:1:8: ") && !shown.contains(&token()), "{shown}");
    }
    assert!(!notes(&machine).contains("shown"));
}

#[test]
fn what_was_found_can_not_steer_the_terminal() {
    let machine = Machine::new();
    machine.write("deploy.sh", "export DB_PASSWORD='k9$\u{1b}[2Jq8Zt!vR4mW'\n");
    let shown = at_a_terminal(&machine, "y\n", &["scan", "--reveal", "--each"]);
    assert!(!shown.contains("\u{1b}[2J"), "{shown}");
}

#[test]
fn neither_a_pipe_nor_an_agent_is_shown_anything() {
    let machine = machine();
    let output = machine.output(&["scan", "--reveal"]);
    let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(!output.status.success() && told.contains("error") && !told.contains(&token()), "{told}");
    let mut command = machine.command(&["scan", "--reveal"]);
    let output = command.env("CLAUDECODE", "1").output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("an agent can't answer for a person") && told.contains("CLAUDECODE"), "{told}");
    for (more, refused) in [("--format=json", "--format"), ("--write-baseline=b.toml", "--write-baseline")] {
        let output = machine.output(&["scan", "--reveal", more]);
        assert!(String::from_utf8_lossy(&output.stderr).contains(refused), "{more}");
    }
}
