//! A server that is reached by its URL: it answers whole, as a stream, late, badly or not at all.

use super::{Client, POLICY, tool};
use crate::harness::Machine;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

/// A server on this machine's loopback, and the heads and bodies that it heard.
struct Far {
    port: u16,
    heard: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Far {
    fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let all = Arc::clone(&all);
                std::thread::spawn(move || serve(&stream, &all));
            }
        });
        Self { port, heard }
    }

    fn client(&self, machine: &Machine, more: &[&str]) -> Client {
        let url = format!("http://127.0.0.1:{}/mcp", self.port);
        let mut command = machine.command(&["mcp", "run", "small", "--url", &url]);
        command.args(more).env("FAR_KEY", "Bearer key-of-a-test");
        Client::of(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap())
    }
}

fn serve(mut stream: &TcpStream, all: &Mutex<Vec<(String, Value)>>) {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) <= 2 {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok();
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    all.lock().unwrap().push((head.clone(), body.clone()));
    let answer = |result: Value| json!({"jsonrpc": "2.0", "id": body["id"], "result": result});
    let said = match (head.split(' ').next(), body["method"].as_str()) {
        (Some("POST"), Some("initialize")) => {
            let result = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "far", "version": "1"}});
            format!(
                "HTTP/1.1 200 OK\r\nMcp-Session-Id: s-42\r\n{}",
                whole(&serde_json::to_string_pretty(&answer(result)).unwrap())
            )
        }
        (Some("POST"), Some("tools/list")) => {
            let tools = json!({"tools": [tool("echo", "Says it."), tool("late", "Counts."), tool("gone", "Ends."), tool("other", "Speaks.")]});
            format!("HTTP/1.1 200 OK\r\n{}", events(&[answer(tools)]))
        }
        (Some("POST"), Some("tools/call")) => {
            let result = |text: &str| answer(json!({"content": [{"type": "text", "text": text}]}));
            let progress = json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progress": 1}});
            match body["params"]["name"].as_str().unwrap() {
                "late" => format!("HTTP/1.1 200 OK\r\n{}", events(&[progress, result("done")])),
                "gone" => "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {\"jsonrpc\"".to_owned(),
                "other" => format!("HTTP/1.1 200 OK\r\n{}", whole(r#"{"jsonrpc":"2.0","id":777,"result":{}}"#)),
                _ => format!("HTTP/1.1 200 OK\r\n{}", whole(&result("said").to_string())),
            }
        }
        (Some("GET"), _) => {
            let changed = json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed", "params": {}});
            format!("HTTP/1.1 200 OK\r\n{}", events(&[changed]))
        }
        (Some("DELETE"), _) => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_owned(),
        _ => "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n".to_owned(),
    };
    stream.write_all(said.as_bytes()).ok();
}

fn whole(text: &str) -> String {
    format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}", text.len())
}

fn events(all: &[Value]) -> String {
    let text: String = all
        .iter()
        .flat_map(|event| ["event: message\ndata: ".to_owned(), event.to_string(), "\n\n".to_owned()])
        .collect();
    format!("Content-Type: text/event-stream\r\nContent-Length: {}\r\n\r\n{text}", text.len())
}

fn machine() -> Machine {
    let machine = Machine::new();
    machine.write_user_policy(&format!("{POLICY}[network]\nallow = [\"loopback\"]\n"));
    machine
}

#[test]
fn it_is_spoken_with_like_any_other() {
    let (machine, far) = (machine(), Far::start());
    let mut client = far.client(&machine, &["--header", "Authorization=FAR_KEY"]);
    assert_eq!(client.begins()["result"]["serverInfo"]["name"], "far");
    // What it says without being asked comes when it comes.
    let mut heard = vec![client.hear()];
    client.say(r#"{"jsonrpc":"2.0","id":50,"method":"tools/list"}"#);
    heard.push(client.hear());
    assert!(heard.iter().any(|it| it["method"] == "notifications/tools/list_changed"), "{heard:?}");
    assert!(heard.iter().any(|it| it["result"]["tools"][0]["name"] == "echo"), "{heard:?}");
    assert_eq!(client.call("echo", &json!({})), ("said".to_owned(), false));
    client.say(r#"{"jsonrpc":"2.0","id":60,"method":"tools/call","params":{"name":"late"}}"#);
    assert_eq!(client.hear()["method"], "notifications/progress");
    assert_eq!(client.hear()["result"]["content"][0]["text"], "done");
    assert_eq!(client.ends(), 0);
    let heard = far.heard.lock().unwrap();
    let heads: Vec<String> = heard.iter().map(|(head, _)| head.to_ascii_lowercase()).collect();
    assert!(heads.iter().all(|head| head.contains("authorization: bearer key-of-a-test\r\n")), "{heads:?}");
    assert!(heads.iter().skip(1).all(|head| head.contains("mcp-session-id: s-42\r\n")), "{heads:?}");
    assert!(heads.last().unwrap().starts_with("delete /mcp "), "{heads:?}");
}

#[test]
fn whoever_asks_is_answered_also_if_the_server_does_not() {
    let (machine, far) = (machine(), Far::start());
    let mut client = far.client(&machine, &[]);
    client.begins();
    client.hear();
    client.ask("tools/list", &json!({}));
    for tool in ["gone", "other"] {
        let answer = client.ask("tools/call", &json!({"name": tool}));
        let told = answer["error"]["message"].as_str().unwrap_or_else(|| panic!("{answer}"));
        assert!(told.contains("Portcullis: the server was asked"), "{told}");
    }
    assert_eq!(client.call("echo", &json!({})), ("said".to_owned(), false));
    drop(client);
    let nobody = Far { port: 1, heard: Arc::default() };
    let told = nobody.client(&self::machine(), &[]).begins()["error"]["message"].to_string();
    assert!(told.contains("the server was asked, and"), "{told}");
}

#[test]
fn policy_says_what_may_be_reached_and_headers_come_from_variables() {
    let far = Far::start();
    let machine = Machine::new();
    machine.write_user_policy(&format!("{POLICY}[network]\ndeny = [\"loopback\"]\n"));
    let told = far.client(&machine, &[]).begins()["error"]["message"].to_string();
    assert!(told.contains("was not let through") && far.heard.lock().unwrap().is_empty(), "{told}");
    let machine = self::machine();
    let told = far.client(&machine, &["--header", "X-Key=NOT_SET"]).begins()["error"]["message"].to_string();
    assert!(told.contains("NOT_SET"), "{told}");
    for header in ["Host=FAR_KEY", "x y=FAR_KEY", "Content-Length=FAR_KEY", "Authorization"] {
        let output =
            machine.command(&["mcp", "run", "small", "--url", "http://127.0.0.1:1", "--header", header]).output();
        assert_eq!(output.unwrap().status.code(), Some(2), "{header}");
    }
    let output =
        machine.command(&["mcp", "run", "small", "--url", "http://example.com/"]).stdin(Stdio::piped()).spawn();
    let mut child = output.unwrap();
    child.stdin.take().unwrap().write_all(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}\n").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1), "in clear only to this machine");
}
