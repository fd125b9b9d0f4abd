//! `portcullis mcp`: a server behind the gate, and what it tries to get around it.

mod offers;
mod passing;
mod real;
mod remote;
mod within;

use crate::harness::Machine;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

/// A server that policy names, as far as nothing else is said.
const POLICY: &str = "[mcp]\nallow = [\"small\"]\n";

/// The small server on a machine.
struct Small {
    machine: Machine,
    place: tempfile::TempDir,
}

impl Small {
    fn new(policy: &str) -> Self {
        let machine = Machine::new();
        machine.write_user_policy(policy);
        let small = Self { machine, place: tempfile::tempdir().unwrap() };
        fs::write(small.file("server.py"), include_str!("server.py")).unwrap();
        small.offers(&json!({"tools": [tool("echo", "Says what it is told.")]}));
        small
    }

    fn file(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn offers(&self, what: &Value) {
        fs::write(self.file("offers.json"), what.to_string()).unwrap();
    }

    /// What the server heard, ever.
    fn heard(&self) -> String {
        fs::read_to_string(self.file("heard")).unwrap_or_default()
    }

    fn words(&self) -> Vec<String> {
        let file = |name: &str| self.file(name).to_string_lossy().into_owned();
        vec!["python3".to_owned(), file("server.py"), file("offers.json"), file("heard")]
    }

    fn start(&self) -> Client {
        self.start_as(&self.words())
    }

    fn start_as(&self, words: &[String]) -> Client {
        let mut command = self.machine.command(&["mcp", "run", "small", "--"]);
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped());
        Client::of(command.spawn().unwrap())
    }

    /// A session in which a client has asked for the tools.
    fn with_tools(&self) -> Client {
        let mut client = self.start();
        client.begins();
        client.ask("tools/list", &json!({}));
        client
    }

    /// The records of a kind, the oldest first.
    fn records(&self, kind: &str) -> Vec<Value> {
        let (_, log) = self.machine.json(&["log", "query", "--kind", kind]);
        let mut rows = log["rows"].as_array().unwrap_or_else(|| panic!("{log}")).clone();
        rows.sort_by_key(|row| row["index"].as_u64());
        rows
    }
}

fn tool(name: &str, description: &str) -> Value {
    json!({"name": name, "description": description, "inputSchema": {"type": "object"}})
}

/// A client of it.
struct Client {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    asked: u64,
}

impl Client {
    fn of(mut child: Child) -> Self {
        let (to, from) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, to, from, asked: 0 }
    }

    fn say(&mut self, message: &str) {
        let to = self.to.as_mut().unwrap();
        to.write_all(message.as_bytes()).and_then(|()| to.write_all(b"\n")).unwrap();
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("no message: {line}"))
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.asked += 1;
        self.say(&json!({"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params}).to_string());
        let answer = self.hear();
        assert_eq!(answer["id"], self.asked, "{answer}");
        answer
    }

    fn begins(&mut self) -> Value {
        let client = json!({"name": "claude-code", "version": "2"});
        let params = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client});
        let answer = self.ask("initialize", &params);
        self.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        answer
    }

    /// Calls a tool: what it answered, and whether that is an error.
    fn call(&mut self, tool: &str, input: &Value) -> (String, bool) {
        let answer = self.ask("tools/call", &json!({"name": tool, "arguments": input}));
        let result = &answer["result"];
        (result["content"][0]["text"].as_str().unwrap_or_default().to_owned(), result["isError"] == true)
    }

    /// The client ends; how the gate does.
    fn ends(mut self) -> i32 {
        drop(self.to.take());
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        drop(self.to.take());
        self.child.wait().ok();
    }
}
