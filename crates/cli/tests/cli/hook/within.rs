//! The hook within a run, which asks outside.

use super::*;

/// What a hook answers within a run, and what the ledger outside holds of it.
#[test]
fn within_a_run_it_is_decided_and_recorded_outside() {
    for runner in crate::run::runners() {
        runner.machine.write_user_policy("[tools]\ndeny = [\"WebSearch\"]\n");
        let program = runner.program.display().to_string();
        let ask = |tool: &str| {
            let sent = json!({"session_id": "s-1", "tool_name": tool, "tool_input": {"file_path": "a.rs"}}).to_string();
            let script = format!("echo '{sent}' | {program} hook claude-code PreToolUse");
            runner.command().args(["run", "--", "sh", "-c", &script]).output().unwrap()
        };
        let output = ask("WebSearch");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("\"deny\"") && said.contains("portcullis.toml:2"), "{said}{told}");
        assert_eq!(ask("Read").status.code(), Some(0));
        let log = String::from_utf8_lossy(&runner.command().args(["log", "query", "--json"]).output().unwrap().stdout)
            .into_owned();
        assert!(log.contains("WebSearch") && log.contains("claude-code"), "{log}");
    }
}

#[test]
fn the_door_of_hooks_stands_up_to_whoever_is_inside() {
    for runner in crate::run::runners() {
        let script = r#"
import socket, threading, json
place = "/run/portcullis/hook.sock"
def say(data, end=True):
    s = socket.socket(socket.AF_UNIX); s.settimeout(10); s.connect(place)
    try:
        s.sendall(data)
        if end: s.shutdown(socket.SHUT_WR)
        return s.recv(1 << 20)
    except OSError as error:
        return str(error).encode()
for bad in [b"", b"{", b"\n", b"[]\n{}", b'{"agent":"x","event":"y"}\n{}', b'{"agent":"codex","event":"nope"}\n{}',
            b'{"agent":"codex","event":"PreToolUse","allow":true}\n{}', b"\xff" * 1000, b"a" * (20 << 20)]:
    assert not say(bad) or b"stdout" not in say(bad), bad[:40]
held = []
for _ in range(40):
    s = socket.socket(socket.AF_UNIX); s.connect(place); held.append(s)
del held
import time; time.sleep(3)
answer = json.loads(say(b'{"agent":"codex","event":"PreToolUse"}\n{"tool_name":"Read","tool_input":{"file_path":"a.rs"}}'))
assert answer == {"stdout": "", "stderr": "", "status": 0}, answer
answer = json.loads(say(b'{"agent":"codex","event":"PreToolUse"}\nnot json'))
assert answer["status"] == 2, answer
print("stood")
"#;
        let output = runner.command().args(["run", "--", "python3", "-c", script]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("stood"), "{said}{}", String::from_utf8_lossy(&output.stderr));
    }
}
