//! `portcullis log witness`: an older copy of a whole ledger is found out by whoever remembers more.

use crate::harness::Machine;
use crate::log::three_notes;
use serde_json::json;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn git(machine: &Machine, arguments: &[&str]) {
    let mut command = std::process::Command::new("git");
    command.args(arguments).current_dir(machine.project()).env("HOME", machine.home());
    assert!(command.output().unwrap().status.success());
}

/// Runs a command that needs the system's git.
fn with_git(machine: &Machine, arguments: &[&str]) -> std::process::Output {
    machine.command(arguments).env("PATH", std::env::var_os("PATH").unwrap()).output().unwrap()
}

#[test]
fn an_older_copy_of_the_whole_folder_is_found_by_comparing_with_git() {
    let machine = three_notes();
    git(&machine, &["init", "-q", "."]);
    git(&machine, &["config", "user.name", "ada"]);
    git(&machine, &["config", "user.email", "ada@example.org"]);
    let older = machine.project().join("older");
    copy(&machine.state(), &older);
    assert_eq!(machine.output(&["log", "add", "--text", "four"]).status.code(), Some(0));
    let output = with_git(&machine, &["log", "witness", "git"]);
    assert_eq!(output.status.code(), Some(0), "{}", machine.show(&output));
    assert_eq!(with_git(&machine, &["log", "verify", "--git", "."]).status.code(), Some(0));

    fs::remove_dir_all(machine.state()).unwrap();
    copy(&older, &machine.state());
    fs::set_permissions(machine.state(), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(machine.output(&["log", "verify"]).status.code(), Some(0), "by itself the older copy is intact");
    let output = with_git(&machine, &["log", "verify", "--git", "."]);
    assert!(machine.show(&output).contains("NOT INTACT"), "{}", machine.show(&output));
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(with_git(&machine, &["log", "witness", "git"]).status.code(), Some(3), "git remembers more");
}

#[test]
fn a_witness_on_the_network_signs_and_status_and_verify_say_so() {
    let machine = three_notes();
    let key = fs::read_to_string(machine.state().join("keys/ledger.pub")).unwrap();
    let mut witness = machine
        .command(&["--json", "log", "witness", "serve", "--listen", "127.0.0.1:0", "--trust", key.trim()])
        .env("PORTCULLIS_HOME", machine.project().join("witness"))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(witness.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let listening: serde_json::Value = serde_json::from_str(&line).unwrap();
    let (url, key) = (listening["url"].as_str().unwrap(), listening["key"].as_str().unwrap());
    let submitted = machine.json(&["log", "witness", "submit", url, "--key", key]);
    witness.kill().unwrap();
    witness.wait().unwrap();

    assert_eq!(submitted, (0, json!({ "by": "portcullis/witness", "records": 4 })));
    let (_, status) = machine.json(&["log", "status"]);
    assert_eq!((&status["witnessed"][0]["through"], &status["records"]), (&json!(4), &json!(4)));
    assert_eq!(machine.json(&["log", "verify"]).1["witnessed_through"], 4);
    assert_eq!(machine.json(&["log", "witness", "submit", url, "--key", key]).0, 3, "nobody listens any more");
}

#[test]
fn another_user_watches_a_ledger_and_refuses_an_older_copy() {
    let machine = three_notes();
    let watcher = machine.project().join("watcher");
    let watch = |ledger: &Path| {
        let mut command = machine.command(&["log", "witness", "watch", ledger.to_str().unwrap()]);
        machine.show(&command.env("PORTCULLIS_HOME", &watcher).output().unwrap())
    };
    let older = machine.project().join("older");
    copy(&machine.state(), &older);
    assert_eq!(machine.output(&["log", "add", "--text", "four"]).status.code(), Some(0));
    insta::assert_snapshot!(watch(&machine.state()), @"
    exit: 0
    --- stdout
    witnessed through 5 records by portcullis/witness
    ");
    fs::remove_dir_all(machine.state()).unwrap();
    copy(&older, &machine.state());
    insta::assert_snapshot!(watch(&machine.state()), @"
    exit: 3
    --- stderr
    error: the log has 4 records, but portcullis/witness signed 5: records were removed
      at  [ROOT]/state
      why what does not hold together is not witnessed
      fix `portcullis log verify` says where it is wrong
    ");
}
