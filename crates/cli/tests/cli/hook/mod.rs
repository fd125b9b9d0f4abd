//! `portcullis hook`: the whole program, as an agent starts it.

mod judged;
mod results;
mod settings;
mod within;

use crate::harness::Machine;
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

const POLICY: &str = "[commands]\ndeny = [\"shred\"]\nask = [\"make release\"]\n\n[tools]\ndeny = [\"WebSearch\"]\n";

/// Starts the hook as an agent does: what it is told comes on standard input.
pub(crate) fn hook(machine: &Machine, agent: &str, event: &str, sent: &[u8]) -> Output {
    let mut command = machine.command(&["hook", agent, event]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A hook that answers without reading to the end closes its side.
    drop(child.stdin.take().unwrap().write_all(sent));
    child.wait_with_output().unwrap()
}

/// Put together here, so that this file holds no token.
fn token() -> String {
    format!("{}{}", "AKIA", "QZ3R7XK5LMT2WVYB")
}

fn machine() -> Machine {
    let machine = Machine::new();
    machine.write_user_policy(POLICY);
    machine
}

fn claude(machine: &Machine, tool: &str, input: &Value) -> (Option<i32>, Value, String) {
    let sent = json!({
        "session_id": "s-1", "cwd": machine.project(), "hook_event_name": "PreToolUse", "tool_name": tool,
        "tool_input": input, "tool_use_id": "toolu_1",
    });
    read(&hook(machine, "claude-code", "PreToolUse", sent.to_string().as_bytes()))
}

fn read(output: &Output) -> (Option<i32>, Value, String) {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let value = if stdout.is_empty() { Value::Null } else { serde_json::from_str(&stdout).unwrap() };
    (output.status.code(), value, String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn what_policy_allows_is_answered_with_silence() {
    let (status, answer, told) = claude(&machine(), "Bash", &json!({"command": "ls"}));
    assert_eq!((status, answer, told.as_str()), (Some(0), Value::Null, ""));
}

#[test]
fn what_policy_denies_is_denied_with_its_line_and_recorded() {
    let machine = machine();
    let (status, answer, told) = claude(&machine, "WebSearch", &json!({"query": "x"}));
    assert_eq!(status, Some(2));
    let decision = &answer["hookSpecificOutput"];
    assert_eq!(decision["permissionDecision"], "deny");
    let why = decision["permissionDecisionReason"].as_str().unwrap();
    assert!(why.contains("WebSearch") && why.contains("portcullis.toml:6"), "{why}");
    assert_eq!(told.trim(), why);
    let (_, found) = machine.json(&["log", "query", "--verdict", "deny"]);
    let text = found.to_string();
    assert!(text.contains("claude-code") && text.contains("WebSearch"), "{text}");
}

#[test]
fn what_can_not_be_read_is_denied_before_and_passed_over_after() {
    let machine = machine();
    for sent in ["", "{", "[]", "{\"tool_name\":\"Bash\",\"tool_name\":\"Read\"}", "\u{0}"] {
        let (status, answer, told) = read(&hook(&machine, "claude-code", "PreToolUse", sent.as_bytes()));
        assert_eq!(status, Some(2), "{sent}");
        assert_eq!(answer["hookSpecificOutput"]["permissionDecision"], "deny", "{sent}");
        assert!(told.contains("can't be judged"), "{told}");
        let (status, answer, _) = read(&hook(&machine, "cursor", "beforeShellExecution", sent.as_bytes()));
        assert_eq!((status, &answer["permission"]), (Some(0), &json!("deny")), "{sent}");
        let (status, answer, _) = read(&hook(&machine, "claude-code", "Stop", sent.as_bytes()));
        assert_eq!((status, answer), (Some(0), Value::Null), "{sent}");
    }
}

#[test]
fn an_agent_goes_by_its_other_names_as_well() {
    let machine = machine();
    for (agent, event) in [("claude", "PreToolUse"), ("gemini", "BeforeTool"), ("copilot", "preToolUse")] {
        let output = hook(&machine, agent, event, b"{");
        let said = [output.stdout, output.stderr].concat();
        assert!(String::from_utf8_lossy(&said).contains("can't be judged"), "{agent}");
    }
    let (status, _, told) = read(&hook(&machine, "clod", "PreToolUse", b"{"));
    assert!(status == Some(2) && told.contains("clod"), "{told}");
}

#[test]
fn an_event_that_the_agent_does_not_have_is_told_loudly() {
    let (status, _, told) = read(&hook(&machine(), "claude-code", "pretooluse", b"{}"));
    assert_eq!(status, Some(2));
    assert!(told.contains("no event `pretooluse`") && told.contains("PreToolUse"), "{told}");
}

#[test]
fn without_a_policy_or_a_ledger_nothing_passes() {
    let machine = machine();
    machine.write_user_policy("[commands]\ndeny = 7\n");
    let (status, _, told) = claude(&machine, "Bash", &json!({"command": "ls"}));
    assert_eq!(status, Some(2));
    assert!(told.contains("portcullis.toml"), "{told}");
    machine.write_user_policy(POLICY);
    claude(&machine, "Bash", &json!({"command": "ls"}));
    std::fs::write(machine.state().join("ledger"), "no ledger").unwrap_or_default();
    for entry in std::fs::read_dir(machine.state()).unwrap().flatten() {
        if entry.path().is_dir() {
            std::fs::remove_dir_all(entry.path()).unwrap();
            std::fs::write(entry.path(), "in the way").unwrap();
        }
    }
    let (status, _, told) = claude(&machine, "Bash", &json!({"command": "ls"}));
    assert_eq!(status, Some(2), "{told}");
}

#[test]
fn an_agent_that_sends_nothing_is_denied_in_time() {
    let machine = machine();
    let mut command = machine.command(&["hook", "codex", "PreToolUse"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stdin = child.stdin.take();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < Duration::from_mins(1), "it waits for ever");
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(stdin);
    let (status, answer, told) = read(&child.wait_with_output().unwrap());
    assert_eq!(status, Some(2));
    assert_eq!(answer["hookSpecificOutput"]["permissionDecision"], "deny");
    assert!(told.contains("in time"), "{told}");
}

#[test]
fn a_prompt_with_a_secret_is_not_handed_over() {
    let machine = machine();
    let secret = token();
    let sent = json!({"hook_event_name": "UserPromptSubmit", "prompt": format!("use {secret} for it")}).to_string();
    let (status, answer, told) = read(&hook(&machine, "claude-code", "UserPromptSubmit", sent.as_bytes()));
    assert_eq!((status, &answer["decision"]), (Some(2), &json!("block")));
    assert!(told.contains("aws") && !told.contains(&secret), "{told}");
    let plain = json!({"hook_event_name": "UserPromptSubmit", "prompt": "fix the login page"}).to_string();
    let (status, answer, _) = read(&hook(&machine, "claude-code", "UserPromptSubmit", plain.as_bytes()));
    assert_eq!((status, answer), (Some(0), Value::Null));
}
