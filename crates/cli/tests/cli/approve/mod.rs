//! `portcullis approve`: what policy asks about, from the agent's call to the one time that it passes, and every way around it
//! that we could think of.

mod alike;
mod around;
pub(crate) mod terminal;
mod within;

use crate::harness::Machine;
use crate::hook::hook;
use serde_json::{Value, json};
use std::fs;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

const POLICY: &str =
    "[commands]\nallow = [\"ls\", \"make\", \"touch\"]\nask = [\"make release\"]\ndeny = [\"shred\"]\n";

fn machine() -> Machine {
    let machine = Machine::new();
    machine.write_user_policy(POLICY);
    machine
}

/// What an agent that can't ask its user is told: the exit status and the reason.
fn codex(machine: &Machine, session: &str, input: &Value) -> (i32, String) {
    call(machine, "codex", session, input, &machine.project())
}

fn call(machine: &Machine, agent: &str, session: &str, input: &Value, cwd: &std::path::Path) -> (i32, String) {
    let sent = json!({"session_id": session, "cwd": cwd, "tool_name": "Bash", "tool_input": input, "tool_use_id": "1"});
    let output = hook(machine, agent, "PreToolUse", sent.to_string().as_bytes());
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn release() -> Value {
    json!({"command": "make release"})
}

/// The ticket that an agent was told.
pub(crate) fn ticket(told: &str) -> String {
    let (_, behind) = told.split_once("portcullis approve ").unwrap_or_else(|| panic!("no ticket: {told}"));
    behind.chars().take_while(|c| *c != '`').collect()
}

/// Asks, and gives the ticket.
fn asked(machine: &Machine) -> String {
    let (status, told) = codex(machine, "s-1", &release());
    assert_eq!(status, 2, "{told}");
    ticket(&told)
}

/// Runs something as a person would, and not below whatever started these tests: that may be an agent.
fn as_person(machine: &Machine, words: &[&str]) -> Output {
    let as_usual = machine.command(&[]);
    let program = as_usual.get_program().to_owned();
    let mut words = words.iter().map(|word| if *word == "portcullis" { program.clone() } else { word.into() });
    let mut command = Command::new(words.next().unwrap());
    command.args(words).current_dir(machine.project());
    command.envs(as_usual.get_envs().filter_map(|(name, value)| Some((name, value?))));
    apart(&command)
}

/// Runs a command below the first process, once everything that started it is gone.
fn apart(command: &Command) -> Output {
    let place = tempfile::tempdir().unwrap();
    let file = |name: &str| place.path().join(name);
    let script = "parent=$$; out=$1; shift
        ( while [ -d /proc/$parent ]; do :; done; \"$@\" >\"$out/stdout\" 2>\"$out/stderr\"; echo $? >\"$out/new\"; \
          /bin/mv \"$out/new\" \"$out/status\" ) </dev/null >/dev/null 2>&1 &";
    let mut shell = Command::new("/bin/sh");
    shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.args(["-c", script, "sh"]).arg(place.path()).arg(command.get_program()).args(command.get_args());
    shell.current_dir(command.get_current_dir().unwrap());
    assert!(shell.stdin(Stdio::null()).status().unwrap().success());
    while !file("status").exists() {
        thread::sleep(Duration::from_millis(5));
    }
    let code: i32 = fs::read_to_string(file("status")).unwrap().trim().parse().unwrap();
    let read = |name: &str| fs::read(file(name)).unwrap();
    let status = std::os::unix::process::ExitStatusExt::from_raw(code << 8);
    Output { status, stdout: read("stdout"), stderr: read("stderr") }
}

fn person(machine: &Machine, arguments: &[&str]) -> (i32, String) {
    let output = as_person(machine, &[&["portcullis"], arguments].concat());
    let told = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8_lossy(&told).into_owned())
}

/// The hash that a script has to name.
fn hash(machine: &Machine, ticket: &str) -> String {
    let (_, text) = person(machine, &["approve", ticket, "--json"]);
    let shown: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
    shown["action"].as_str().unwrap().to_owned()
}

pub(crate) fn approve(machine: &Machine, ticket: &str) {
    let hash = hash(machine, ticket);
    let (status, told) = person(machine, &["approve", ticket, "--yes", "--hash", &hash]);
    assert_eq!(status, 0, "{told}");
}

/// The steps of approvals that are on the ledger, the oldest first.
fn steps(machine: &Machine) -> Vec<String> {
    let (_, log) = machine.json(&["log", "query", "--kind", "approval"]);
    let mut rows: Vec<(u64, String)> = log["rows"]
        .as_array()
        .unwrap_or_else(|| panic!("{log}"))
        .iter()
        .map(|row| (row["index"].as_u64().unwrap(), row["op"].as_str().unwrap().to_owned()))
        .collect();
    rows.sort();
    rows.into_iter().map(|(_, step)| step).collect()
}

#[test]
fn what_is_asked_about_passes_once_after_a_person_said_yes() {
    let machine = machine();
    let first = asked(&machine);
    assert_eq!(asked(&machine), first, "the same call has the same ticket");
    approve(&machine, &first);
    assert_eq!(codex(&machine, "s-1", &release()), (0, String::new()));
    let (status, told) = codex(&machine, "s-1", &release());
    assert_eq!(status, 2);
    assert_ne!(ticket(&told), first, "it is asked anew: {told}");
    assert_eq!(steps(&machine), ["requested", "granted", "used", "requested"]);
}

#[test]
fn a_no_is_told_with_its_reason_and_a_revoked_yes_is_none() {
    let machine = machine();
    let first = asked(&machine);
    let (status, told) = person(&machine, &["approve", &first, "--refuse", "--note", "not on a Friday"]);
    assert_eq!(status, 0, "{told}");
    let (_, told) = codex(&machine, "s-1", &release());
    assert!(told.contains("a person said no") && told.contains("not on a Friday"), "{told}");

    let second = ticket(&codex(&machine, "s-2", &release()).1);
    approve(&machine, &second);
    assert_eq!(person(&machine, &["approve", "--revoke", &second]).0, 0);
    let (status, told) = codex(&machine, "s-2", &release());
    assert_eq!(status, 2);
    assert_ne!(ticket(&told), second);
    assert_eq!(steps(&machine), ["requested", "refused", "requested", "granted", "revoked", "requested"]);
}

#[test]
fn nothing_is_made_where_nothing_is_asked() {
    let machine = machine();
    assert_eq!(codex(&machine, "s-1", &json!({"command": "ls"})).0, 0);
    assert!(!machine.state().join("approvals.db").exists());
    assert_eq!(machine.run(&["approve"]), "exit: 0\n--- stdout\nnothing waits for you\n");
    assert!(!machine.state().join("approvals.db").exists());
}

#[test]
fn what_waits_is_listed_in_a_line_and_as_json() {
    let machine = machine();
    let first = asked(&machine);
    let told = machine.run(&["approve"]);
    assert!(told.contains(&format!("{first}  waits    codex  Bash: make release  (for ")), "{told}");
    let (status, list) = machine.json(&["approve"]);
    let row = &list["approvals"][0];
    assert_eq!((status, row["id"].as_str().unwrap(), row["state"]["stage"].as_str().unwrap()), (0, &*first, "waiting"));
    assert_eq!((row["session"].as_str(), row["agent"].as_str()), (Some("s-1"), Some("codex")));
}

#[test]
fn where_policy_says_so_also_an_agent_that_can_ask_gets_a_ticket() {
    let machine = machine();
    let (status, told) = call(&machine, "claude-code", "s-1", &release(), &machine.project());
    assert_eq!((status, told.as_str()), (0, ""), "it asks its own user");
    machine.write_user_policy(&format!("{POLICY}[approvals]\nby = \"ticket\"\n"));
    let (status, told) = call(&machine, "claude-code", "s-1", &release(), &machine.project());
    assert_eq!(status, 2);
    approve(&machine, &ticket(&told));
    assert_eq!(call(&machine, "claude-code", "s-1", &release(), &machine.project()).0, 0);
}

/// Cursor tells of one command by two hooks, and says differently where it runs.
#[test]
fn one_yes_passes_both_hooks_of_one_call_and_no_second_call() {
    let machine = machine();
    machine.write_user_policy(&format!("{POLICY}[approvals]\nby = \"ticket\"\n"));
    let project = machine.project();
    let ask = |event: &str, more: Value| {
        let mut sent = json!({"conversation_id": "s-1", "hook_event_name": event, "workspace_roots": [project]});
        sent.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let output = hook(&machine, "cursor", event, sent.to_string().as_bytes());
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        (said["permission"] == "allow", said["agent_message"].as_str().unwrap_or_default().to_owned())
    };
    let tool = || {
        let input = json!({"command": "make release", "working_directory": project});
        ask("preToolUse", json!({"tool_name": "Shell", "tool_input": input}))
    };
    let shell = || ask("beforeShellExecution", json!({"command": "make release", "cwd": project}));
    let first = ticket(&tool().1);
    assert_eq!(ticket(&shell().1), first);
    approve(&machine, &first);
    assert_eq!((tool().0, shell().0, tool().0, shell().0), (true, true, false, false));
}
