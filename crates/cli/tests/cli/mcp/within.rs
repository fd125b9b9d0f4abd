//! A server behind the gate within a run: it runs inside, and what it says is ruled about outside.

use super::{Client, POLICY};
use crate::run::{Runner, runners};
use serde_json::json;
use std::fs;
use std::process::Stdio;

/// The small server in a project, and a client outside that speaks with it through a run.
fn client(runner: &Runner, offers: &serde_json::Value) -> Client {
    runner.machine.write("server.py", include_str!("server.py"));
    runner.machine.write("offers.json", offers.to_string());
    runner.hand_over(&runner.machine.project());
    let program = runner.program.display().to_string();
    let mut command = runner.command();
    let script = format!("exec {program} mcp run small -- python3 server.py offers.json heard");
    command.args(["run", "--quiet", "--", "sh", "-c", &script]);
    Client::of(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap())
}

fn records(runner: &Runner) -> String {
    let output = runner.command().args(["log", "query", "--json"]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn it_is_decided_and_recorded_outside() {
    for runner in runners() {
        runner.machine.write_user_policy(&format!("{POLICY}[tools]\ndeny = [\"small/wipe\"]\n"));
        let offers = json!({"tools": [super::tool("echo", "Says it."), super::tool("wipe", "Cleans a table.")]});
        let mut client = client(&runner, &offers);
        assert_eq!(client.begins()["result"]["serverInfo"]["name"], "small");
        client.ask("tools/list", &json!({}));
        assert_eq!(client.call("echo", &json!({"a": "x\ny"})), (r#"{"a": "x\ny"}"#.to_owned(), false));
        let (told, is_error) = client.call("wipe", &json!({}));
        assert!(is_error && told.contains("small/wipe"), "{told}");
        client.ends();
        let log = records(&runner);
        assert!(log.contains("echo small") && log.contains("mcp-offer small/wipe"), "{log}");
        let mut command = runner.command();
        let output = command.args(["mcp", "list", "--all", "--json"]).output().unwrap();
        let listed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let known = &listed["servers"][0];
        assert_eq!((&known["by_first_use"], &known["within_a_run"]), (&1.into(), &true.into()), "{listed}");
    }
}

#[test]
fn what_nobody_approved_is_not_started_inside_either() {
    for runner in runners() {
        let mut client = client(&runner, &json!({"tools": []}));
        let told = client.begins()["error"]["message"].to_string();
        assert!(told.contains("portcullis approve"), "{told}");
        client.ends();
        assert!(!runner.machine.project().join("heard").exists());
    }
}

#[test]
fn the_door_stands_up_to_whoever_is_inside() {
    for runner in runners() {
        runner.machine.write_user_policy(POLICY);
        let script = r#"
import socket, json, struct
def door():
    s = socket.socket(socket.AF_UNIX); s.settimeout(10); s.connect("/run/portcullis/servers.sock"); return s
def say(data):
    s = door()
    try:
        s.sendall(data); s.shutdown(socket.SHUT_WR)
        return s.recv(1 << 20)
    except OSError as error:
        return str(error).encode()
wanted = json.dumps({"server": "small", "command": ["x"], "client": "c"}).encode() + b"\n"
for bad in [b"", b"{", b"\n", b"[]\n", b'{"server":"small"}\n', wanted.replace(b"}", b',"approved":true}'), b"\xff" * 100, b"a" * (3 << 20),
            wanted.replace(b"small", b"../x"), wanted.replace(b"small", b"a b")]:
    answer = say(bad)
    assert b'"refused":null' not in answer, (bad[:60], answer)
for frame in [b"", b"c", b"c\xff\xff\xff\xff", b"c\0\0\0\x05ab", b"z\0\0\0\0", b"s\0\0\0\x01\xff"]:
    say(wanted + frame)
held = []
for _ in range(60):
    try: held.append(door())
    except OSError: pass
for s in held: s.close()
import time; time.sleep(6)
s = door(); s.sendall(wanted); f = s.makefile("rb")
assert json.loads(f.readline()) == {"refused": None}
def frame(side, text):
    s.sendall(side + struct.pack(">I", len(text)) + text)
    out = []
    while True:
        head = f.read(5); body = f.read(struct.unpack(">I", head[1:])[0])
        if head[:1] == b"e": return out
        out.append((head[:1], body))
call = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}'
(side, text), = frame(b"c", call)
assert side == b"c" and b"has not offered" in text, text
assert frame(b"s", b'{"jsonrpc":"2.0","id":9,"result":{}}') == []
print("stood")
"#;
        let output = runner.command().args(["run", "--", "python3", "-c", script]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("stood"), "{said}{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn what_a_server_does_inside_stays_inside() {
    for runner in runners() {
        runner.machine.write_user_policy(POLICY);
        let planted = runner.machine.home().join("planted");
        fs::write(&planted, "planted").unwrap();
        let offers = json!({"tools": [super::tool("echo", "Says it.")]});
        let mut client = client(&runner, &offers);
        client.begins();
        client.ends();
        assert!(!runner.machine.project().join("heard").exists(), "what it wrote lies in the layer of the session");
    }
}
