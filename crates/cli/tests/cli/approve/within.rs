//! Within a run: an agent asks there, and a person answers outside.

use super::*;
use std::io::{BufRead as _, BufReader, Read as _};

/// What an agent inside a run does: asks by its hook, tries all that it can to answer itself, waits for a person outside, and
/// asks again.
const INSIDE: &str = r#"
import json, os, subprocess, sys, time
program, state = sys.argv[1:3]
call = json.dumps({"session_id": "s-1", "cwd": os.getcwd(), "tool_name": "Bash", "tool_input": {"command": "make release"}})
def ask():
    done = subprocess.run([program, "hook", "claude-code", "PreToolUse"], input=call, capture_output=True, text=True)
    return done.returncode, done.stderr
status, told = ask()
assert status == 2 and "portcullis approve " in told, (status, told)
ticket = told.split("portcullis approve ")[1].split("`")[0]
assert ask()[1] == told
# Nothing of the state is here: not the store, not the key, not under another name.
for place in [state, os.path.expanduser("~/.local/share/portcullis"), "/proc/1/root" + state]:
    for name in ["approvals.db", "keys/approvals", "keys"]:
        assert not os.path.exists(os.path.join(place, name)), place
# Nobody answers from in here, at whatever terminal.
mine = os.environ.copy(); mine["PORTCULLIS_HOME"] = "/tmp/mine"
for environment in [None, mine]:
    for words in [[program, "approve", ticket, "--yes", "--hash", "0" * 16],
                  ["setsid", program, "approve", ticket], [program, "approve", "--watch"]]:
        done = subprocess.run(words, capture_output=True, text=True, env=environment)
        assert done.returncode != 0, (words, done)
assert ask()[0] == 2
print("tried", flush=True)
for _ in range(600):
    status, told = ask()
    if status == 0: break
    time.sleep(0.1)
assert status == 0, told
assert ask()[0] == 2, "once"
print("passed once")
"#;

#[test]
fn within_a_run_a_person_outside_answers_and_nobody_inside_can() {
    for runner in crate::run::runners() {
        let machine = &runner.machine;
        machine.write_user_policy("[commands]\nask = [\"make release\"]\n");
        let (program, state) = (runner.program.display().to_string(), machine.state().display().to_string());
        let (tried, told) = answered_from_outside(&runner, &[INSIDE, &program, &state], &[]);
        assert!(tried == "tried\n" && told.contains("passed once"), "{tried}{told}");
    }
}

/// Starts a program in a run that says a line once it waits, has the first ticket approved outside, and gives that line and all
/// that was said afterwards.
fn answered_from_outside(runner: &crate::run::Runner, program: &[&str], more: &[&str]) -> (String, String) {
    let mut command = runner.command();
    command.args(["run", "--", "python3", "-c"]).args(program);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut tried = String::new();
    said.read_line(&mut tried).unwrap();
    let list = runner.command().args(["approve", "--json"]).output().unwrap();
    let list: Value = serde_json::from_slice(&list.stdout).unwrap();
    let text = |name: &str| {
        list["approvals"].as_array().unwrap().last().unwrap()[name].as_str().unwrap_or_default().to_owned()
    };
    let mut answer = runner.command();
    answer.args(["approve", &text("id"), "--yes", "--hash", &text("action")]).args(more);
    let answered = apart(&answer);
    let mut told = [answered.stdout, answered.stderr].concat();
    said.read_to_end(&mut told).unwrap();
    told.extend(child.wait_with_output().unwrap().stderr);
    (tried, String::from_utf8_lossy(&told).into_owned())
}

/// Tries to reach a host until the door says something else than that a person has to be asked. There is no such host, so it
/// can't be looked up, which is tried only once policy has let it pass.
const REACHES_OUT: &str = r#"
import http.client, time
def get(method, path):
    proxy = http.client.HTTPConnection("127.0.0.1", 3128, timeout=30)
    proxy.request(method, "http://nowhere.invalid" + path)
    return proxy.getresponse().read().decode()
assert "portcullis approve" in get("GET", "/a")
print("tried", flush=True)
for _ in range(300):
    told = get("GET", "/a")
    if "portcullis approve" not in told: break
    time.sleep(0.1)
assert "portcullis approve" not in told, told
print("passed")
print("again:", "portcullis approve" in get("GET", "/a"), "other:", "portcullis approve" in get("POST", "/b"))
"#;

#[test]
fn a_connection_waits_for_a_person_too() {
    let runner = crate::run::runners().remove(0);
    runner.machine.write_user_policy("[network]\nboundary = \"ask\"\n");
    let (tried, told) = answered_from_outside(&runner, &[REACHES_OUT], &[]);
    assert!(tried == "tried\n" && told.contains("passed\nagain: True other: True"), "{tried}{told}");
    let (tried, told) = answered_from_outside(&runner, &[REACHES_OUT], &["--like"]);
    assert!(tried == "tried\n" && told.contains("passed\nagain: False other: False"), "{tried}{told}");
}
