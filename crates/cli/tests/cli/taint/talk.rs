//! A conversation of an agent with a model through the gateway: what the model asks for is said by the test.

use crate::gateway::Gateway;
use crate::harness::Machine;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A model that asks for what it is told to ask for, once.
struct Scripted {
    port: u16,
    next: Arc<Mutex<Vec<Value>>>,
}

impl Scripted {
    fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let next = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&next);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A caller that goes away is no matter of the test.
                answer(&stream, &std::mem::take(&mut *all.lock().unwrap())).ok();
            }
        });
        Self { port, next }
    }
}

fn answer(mut stream: &TcpStream, blocks: &[Value]) -> std::io::Result<()> {
    let mut from = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? <= 2 {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    from.read_exact(&mut vec![0; length])?;
    let message = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": blocks, "stop_reason": "tool_use",
        "stop_sequence": null, "usage": {"input_tokens": 1, "output_tokens": 1},
    })
    .to_string();
    let length = message.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{message}"
    )
}

/// A conversation of one agent, from its beginning.
pub(super) struct Talk {
    model: Scripted,
    gateway: Gateway,
    messages: Vec<Value>,
    calls: usize,
}

impl Talk {
    pub(super) fn begin(machine: &Machine, user: &str) -> Self {
        let model = Scripted::start();
        let gateway = Gateway::before(machine, model.port);
        Self { model, gateway, messages: vec![json!({"role": "user", "content": user})], calls: 0 }
    }

    /// Has the model say something; gives what the agent hears of it.
    pub(super) fn say(&self, blocks: &Value) -> Vec<Value> {
        *self.model.next.lock().unwrap() = blocks.as_array().unwrap().clone();
        let prompt = json!({"model": "claude-opus-4-1", "max_tokens": 9, "messages": self.messages});
        let (status, heard) = self.gateway.post("/v1/messages", &prompt);
        assert_eq!(status, 200, "{heard}");
        let heard: Value = serde_json::from_str(&heard).unwrap();
        heard["content"].as_array().unwrap().clone()
    }

    /// Has the model ask for a tool: the words of the refusal, or nothing if the agent is handed the call.
    pub(super) fn ask(&mut self, tool: &str, input: &Value) -> Result<(), String> {
        self.calls += 1;
        let id = format!("toolu_{}", self.calls);
        let heard = self.say(&json!([{"type": "tool_use", "id": id, "name": tool, "input": input}]));
        match heard.first() {
            Some(block) if block["type"] == "tool_use" => {
                self.messages.push(json!({"role": "assistant", "content": heard}));
                Ok(())
            }
            Some(block) => Err(block["text"].as_str().unwrap_or_default().to_owned()),
            None => Err(String::new()),
        }
    }

    /// Tells the model what came of the last call.
    pub(super) fn result(&mut self, text: &str) {
        let id = format!("toolu_{}", self.calls);
        let block = json!({"type": "tool_result", "tool_use_id": id, "content": [{"type": "text", "text": text}]});
        self.messages.push(json!({"role": "user", "content": [block]}));
    }

    /// Asks for a tool that is handed over, and tells what came of it.
    pub(super) fn does(&mut self, tool: &str, input: &Value, result: &str) {
        self.ask(tool, input).unwrap_or_else(|words| panic!("{tool} {input}: {words}"));
        self.result(result);
    }
}
