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

/// A repository in the project, for checkpoints to be committed to.
fn repository(machine: &Machine) {
    git(machine, &["init", "-q", "."]);
    git(machine, &["config", "user.name", "ada"]);
    git(machine, &["config", "user.email", "ada@example.org"]);
}

/// Puts an older copy in the place of the whole state.
fn set_back(machine: &Machine, older: &Path) {
    fs::remove_dir_all(machine.state()).unwrap();
    copy(older, &machine.state());
    fs::set_permissions(machine.state(), fs::Permissions::from_mode(0o700)).unwrap();
}

/// A witness on the network, until it is dropped.
struct Serving {
    process: std::process::Child,
    url: String,
    key: String,
}

impl Serving {
    fn start(machine: &Machine) -> Self {
        let key = fs::read_to_string(machine.state().join("keys/ledger.pub")).unwrap();
        let mut process = machine
            .command(&["--json", "log", "witness", "serve", "--listen", "127.0.0.1:0", "--trust", key.trim()])
            .env("PORTCULLIS_HOME", machine.project().join("witness"))
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let listening: serde_json::Value = serde_json::from_str(&line).unwrap();
        let text = |field: &str| listening[field].as_str().unwrap().to_owned();
        Self { process, url: text("url"), key: text("key") }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn an_older_copy_of_the_whole_folder_is_found_by_comparing_with_git() {
    let machine = three_notes();
    repository(&machine);
    let output = with_git(&machine, &["log", "witness", "add", "--git", "."]);
    assert_eq!(output.status.code(), Some(0), "{}", machine.show(&output));
    let older = machine.project().join("older");
    copy(&machine.state(), &older);
    assert_eq!(machine.output(&["log", "add", "--text", "four"]).status.code(), Some(0));
    let output = with_git(&machine, &["log", "witness", "submit"]);
    insta::assert_snapshot!(machine.show(&output), @"
    exit: 0
    --- stdout
    witnessed through 5 records by git [ROOT]/project
    ");
    assert_eq!(with_git(&machine, &["log", "verify"]).status.code(), Some(0));

    set_back(&machine, &older);
    let output = with_git(&machine, &["log", "verify"]);
    assert!(machine.show(&output).contains("NOT INTACT"), "{}", machine.show(&output));
    assert_eq!(output.status.code(), Some(3));
    for command in [&["log", "status"][..], &["doctor"], &["log", "witness", "submit"]] {
        let shown = machine.show(&with_git(&machine, command));
        assert!(shown.starts_with("exit: 3\n") && shown.contains("the log was set back"), "{shown}");
    }
}

#[test]
fn a_witness_that_can_not_be_read_is_never_skipped_in_silence() {
    let machine = three_notes();
    repository(&machine);
    assert_eq!(with_git(&machine, &["log", "witness", "add", "--git", "."]).status.code(), Some(0));
    fs::remove_dir_all(machine.project().join(".git")).unwrap();
    let shown = machine.show(&with_git(&machine, &["log", "verify"]));
    assert!(shown.starts_with("exit: 3\n") && shown.contains("not every witness could be read"), "{shown}");
    for command in [&["log", "status"][..], &["doctor"]] {
        let shown = machine.show(&with_git(&machine, command));
        assert!(shown.starts_with("exit: 3\n") && shown.contains("not every witness could be read"), "{shown}");
    }
}

#[test]
fn a_damaged_list_of_witnesses_is_not_an_empty_one() {
    let machine = three_notes();
    fs::write(machine.state().join("witnesses.json"), "[{\"kind\":\"friend\"}]").unwrap();
    assert_eq!(machine.json(&["log", "verify"]).0, 3);
    assert_eq!(machine.json(&["log", "witness", "submit"]).0, 3);
    assert_eq!(machine.json(&["log", "status"]).0, 3);
}

#[test]
fn a_witness_on_the_network_signs_and_status_and_verify_say_so() {
    let machine = three_notes();
    let witness = Serving::start(&machine);
    let added = machine.json(&["log", "witness", "add", "--url", &witness.url, "--key", &witness.key]);
    assert_eq!(added, (0, json!({ "by": "portcullis/witness", "records": 4 })));
    let (_, status) = machine.json(&["log", "status"]);
    assert_eq!((&status["witnessed"][0]["through"], &status["records"]), (&json!(4), &json!(4)));
    let said = status["witness"].as_str().unwrap();
    assert!(said.starts_with("witnessed through 4 of 4 records, "), "{said}");
    assert!(said.ends_with(" s ago, by portcullis/witness"), "{said}");
    assert_eq!(machine.json(&["log", "verify", "--ask"]).1["witnessed_through"], 4);

    let name = witness.url.clone();
    drop(witness);
    assert_eq!(machine.json(&["log", "witness", "submit"]).0, 3, "nobody listens any more");
    assert_eq!(machine.json(&["log", "verify"]).0, 0, "what was signed before needs no network");
    let (exit, report) = machine.json(&["log", "verify", "--ask"]);
    assert_eq!((exit, &report["valid"], report["unread"].as_array().unwrap().len()), (3, &json!(true), 1));
    assert_eq!(machine.json(&["log", "witness", "remove", &name]), (0, json!({ "removed": name })));
    assert_eq!(machine.json(&["log", "witness", "remove", &name]).0, 2);
    assert_eq!(machine.json(&["log", "verify", "--ask"]).0, 0);
}

#[test]
fn only_asking_finds_a_copy_that_is_older_than_what_was_kept() {
    let machine = three_notes();
    let witness = Serving::start(&machine);
    assert_eq!(machine.json(&["log", "witness", "add", "--url", &witness.url, "--key", &witness.key]).0, 0);
    let older = machine.project().join("older");
    copy(&machine.state(), &older);
    assert_eq!(machine.output(&["log", "add", "--text", "four"]).status.code(), Some(0));
    assert_eq!(machine.json(&["log", "witness", "submit"]).0, 0);
    set_back(&machine, &older);
    assert_eq!(machine.json(&["log", "verify"]).1["valid"], true, "what was kept is as old as the copy");
    let (exit, report) = machine.json(&["log", "verify", "--ask"]);
    assert_eq!((exit, &report["valid"], &report["witnessed_through"]), (3, &json!(false), &json!(5)));
}

#[test]
fn a_witness_that_fails_at_first_stays_on_the_list() {
    let machine = three_notes();
    insta::assert_snapshot!(machine.run(&["log", "witness", "list"]), @"
    exit: 0
    --- stdout
    there is no witness on the list
      fix portcullis log witness add --git REPOSITORY, or --url, or --folder
    ");
    insta::assert_snapshot!(machine.run(&["log", "witness", "add", "--git", "nowhere"]), @"
    exit: 3
    --- stderr
    error: git rev-parse failed in [ROOT]/project/nowhere: No such file or directory (os error 2)
      why without a witness, nobody can tell if the whole ledger is exchanged for an older copy
      fix git [ROOT]/project/nowhere is on the list; once it is mended: portcullis log witness submit
    ");
    insta::assert_snapshot!(machine.run(&["log", "witness", "list"]), @"
    exit: 0
    --- stdout
    git [ROOT]/project/nowhere
    ");
}

#[test]
fn one_witness_that_fails_does_not_keep_the_ledger_from_the_others() {
    let machine = three_notes();
    repository(&machine);
    assert_eq!(with_git(&machine, &["log", "witness", "add", "--git", "nowhere"]).status.code(), Some(3));
    assert_eq!(with_git(&machine, &["log", "witness", "add", "--git", "."]).status.code(), Some(0));
    assert_eq!(machine.output(&["log", "add", "--text", "four"]).status.code(), Some(0));
    let output = with_git(&machine, &["log", "witness", "submit", "--json"]);
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &answer["witnesses"][1]["records"]), (Some(3), &json!(5)), "{answer}");
    assert!(answer["witnesses"][0]["error"].as_str().unwrap().starts_with("git "), "{answer}");
}

#[test]
fn what_is_no_witness_does_not_get_on_the_list() {
    let machine = three_notes();
    for arguments in [
        &[][..],
        &["--url", "http://127.0.0.1:1"],
        &["--url", "https://witness.example", "--key", "k"],
        &["--url", "http://ada@witness.example", "--key", "k"],
        &["--folder", "."],
        &["--git", ".", "--url", "http://127.0.0.1:1"],
        &["--folder", ".", "--key", "not a key"],
    ] {
        assert_eq!(machine.json(&[&["log", "witness", "add"], arguments].concat()).0, 2, "{arguments:?}");
    }
    assert_eq!(machine.json(&["log", "witness", "list"]).1, json!({ "witnesses": [] }));
    assert_eq!(machine.json(&["log", "witness", "submit"]).0, 2);
}

#[test]
fn without_a_witness_status_and_doctor_say_what_that_means() {
    let machine = three_notes();
    let status = machine.run(&["log", "status"]);
    let line = status.lines().find_map(|line| line.strip_prefix("witness  ")).unwrap();
    assert_eq!(line, "not witnessed: an older copy in its place would not be noticed");
    let (_, report) = machine.json(&["doctor"]);
    let check = report["checks"].as_array().unwrap().iter().find(|check| check["id"] == "witness").unwrap().clone();
    assert_eq!((&check["status"], check["found"].as_str().unwrap()), (&json!("warn"), line));
}

#[test]
fn another_user_watches_a_ledger_and_refuses_an_older_copy() {
    let machine = three_notes();
    let watcher = machine.project().join("watcher");
    let watch = |arguments: &[&str]| {
        let state = machine.state();
        let all = [&["log", "witness", "watch", state.to_str().unwrap()], arguments].concat();
        machine.command(&all).env("PORTCULLIS_HOME", &watcher).output().unwrap()
    };
    let older = machine.project().join("older");
    assert_eq!(watch(&["--share", "shared"]).status.code(), Some(0));
    let seen: serde_json::Value = serde_json::from_slice(&watch(&["--share", "shared", "--json"]).stdout).unwrap();
    let (folder, key) = (seen["folder"].as_str().unwrap(), seen["key"].as_str().unwrap());
    assert_eq!(seen["records"], 4);
    let added = machine.json(&["log", "witness", "add", "--folder", folder, "--key", key]);
    assert_eq!(added, (0, json!({ "by": "portcullis/witness", "records": 4 })));

    copy(&machine.state(), &older);
    assert_eq!(machine.output(&["log", "add", "--text", "four"]).status.code(), Some(0));
    let shown = machine.show(&watch(&["--share", "shared"]));
    let shown: Vec<&str> = shown.lines().take(4).collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    exit: 0
    --- stdout
    witnessed through 5 records by portcullis/witness
      folder [ROOT]/project/shared
    ");
    set_back(&machine, &older);
    assert_eq!(machine.json(&["log", "verify"]).1["valid"], false, "the folder remembers more");
    insta::assert_snapshot!(machine.show(&watch(&["--share", "shared"])), @"
    exit: 3
    --- stderr
    error: the log has 4 records, but portcullis/witness signed 5: records were removed
      at  [ROOT]/state
      why what does not hold together is not witnessed
      fix `portcullis log verify` says where it is wrong
    ");
}

#[test]
fn what_a_watcher_shares_can_be_read_by_all_and_holds_no_key() {
    let machine = three_notes();
    let watcher = machine.project().join("watcher");
    let state = machine.state();
    let mut command = machine.command(&["log", "witness", "watch", state.to_str().unwrap(), "--share", "shared"]);
    assert_eq!(command.env("PORTCULLIS_HOME", &watcher).status().unwrap().code(), Some(0));
    let mut left = vec![machine.project().join("shared")];
    let mut files = Vec::new();
    while let Some(path) = left.pop() {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        if path.is_dir() {
            assert_eq!(mode, 0o755, "{}", path.display());
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            assert_eq!(mode, 0o644, "{}", path.display());
            files.push(path.file_name().unwrap().to_owned());
        }
    }
    assert_eq!(files, ["checkpoint"]);
}

#[test]
fn a_witness_in_a_folder_that_has_seen_nothing_is_told_from_one_that_has() {
    let machine = three_notes();
    let witness = Serving::start(&machine);
    let shown = machine.run(&["log", "witness", "add", "--folder", ".", "--key", &witness.key]);
    assert!(shown.starts_with("exit: 3\n") && shown.contains("has not seen this log yet"), "{shown}");
}
