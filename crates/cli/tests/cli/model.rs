//! A model that is none: a server on this machine's loopback that speaks the four interfaces that agents speak, as far as
//! they need it. Asked to use a tool, it asks for one command in a shell; otherwise, and once it has been told what came of
//! that, it says a sentence.

use portcullis_gateway::websocket::{Message, Reader, Sender, Step, frame};
use serde_json::{Value, json};
use std::io::{self, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What it says.
pub(crate) const SENTENCE: &str = "The work is done, said the model.";

/// What a prompt has in it that asks for the tool.
pub(crate) const USE_A_TOOL: &str = "use-a-tool";

/// What a prompt has in it in front of a word that the model is to say again.
pub(crate) const SAY_AGAIN: &str = "say-again ";

/// What stands between two commands that are asked for one after the other.
pub(crate) const THEN: &str = "\nTHEN\n";

/// What stands in a command for the password that the model was shown.
pub(crate) const SEEN: &str = "{SEEN}";

/// The command to ask for now, if the conversation asks for the tool and has not been told yet what came of all of them.
fn next_command(conversation: &Value, result: &str, commands: &str) -> Option<String> {
    let text = conversation.to_string();
    let command = commands.split(THEN).nth(text.matches(result).count()).filter(|_| text.contains(USE_A_TOOL))?;
    let ends = |it: char| !it.is_ascii_alphanumeric() && it != '-';
    let seen = text.split("DB_PASSWORD=").filter_map(|rest| rest.split(ends).next()).find(|word| !word.is_empty());
    Some(command.replace(SEEN, seen.unwrap_or_default()))
}

/// What is said: the sentence, and behind it the word that it was asked to say again.
fn sentence(conversation: &Value) -> String {
    let text = conversation.to_string();
    let ends = |it: char| it.is_whitespace() || it == '"' || it == '\\';
    let word = text.split_once(SAY_AGAIN).and_then(|(_, rest)| rest.split(ends).next());
    word.map_or(SENTENCE.to_owned(), |word| format!("{SENTENCE} It was {word}, I think."))
}

/// The model.
#[derive(Debug)]
pub(crate) struct Model {
    port: u16,
    heard: Arc<Mutex<Vec<Request>>>,
}

/// A command that begins so stands for the agent's own tool that reads a file, if it has one.
pub(crate) const READ_A_FILE: &str = "read-a-file ";

/// A command that begins so is a call of the tool that is named then, with the input behind it, if the agent is Claude Code.
pub(crate) const CALL_A_TOOL: &str = "call-a-tool ";

/// What it was asked.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The path, without the query.
    pub(crate) path: String,
    /// The head, as it came.
    pub(crate) head: String,
    /// The body.
    pub(crate) body: Value,
}

impl Model {
    /// Begins to answer, on a port of its own, for as long as the test runs.
    pub(crate) fn start(command: &str) -> Self {
        Self::begin(command, false)
    }

    /// One that speaks web sockets as well.
    pub(crate) fn with_sockets(command: &str) -> Self {
        Self::begin(command, true)
    }

    fn begin(command: &str, with_sockets: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (all, command) = (Arc::clone(&heard), command.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (all, command) = (Arc::clone(&all), command.clone());
                // A caller that goes away is no matter of the test.
                std::thread::spawn(move || serve(&stream, &command, &all, with_sockets).ok());
            }
        });
        Self { port, heard }
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What it was asked so far.
    pub(crate) fn heard(&self) -> Vec<Request> {
        self.heard.lock().unwrap().clone()
    }
}

fn serve(stream: &TcpStream, command: &str, all: &Mutex<Vec<Request>>, with_sockets: bool) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let request = read(&mut reader)?;
    if let Some(key) = with_sockets.then(|| socket_key(&request.head)).flatten() {
        return speak(reader, stream, &key, &request, (command, all));
    }
    all.lock().unwrap().push(request.clone());
    let (kind, body) = answer(&request, command);
    let mut stream = stream;
    let status = if body.is_empty() { "404 Not Found" } else { "200 OK" };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

/// What a client of web sockets wants to have proven.
fn socket_key(head: &str) -> Option<String> {
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("sec-websocket-key:"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// Speaks OpenAI's Responses over a web socket. What goes on from an answer is told without what came before.
fn speak(
    mut from: impl io::Read,
    mut to: &TcpStream,
    key: &str,
    asked: &Request,
    (command, all): (&str, &Mutex<Vec<Request>>),
) -> io::Result<()> {
    use base64::Engine as _;
    use sha1::Digest as _;
    let proof = sha1::Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    let proof = base64::engine::general_purpose::STANDARD.encode(proof);
    write!(
        to,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {proof}\r\n\r\n"
    )?;
    let (mut reader, mut held, mut piece, mut inputs) = (Reader::of_client(1 << 24), Vec::new(), [0; 4096], Vec::new());
    loop {
        let (count, message) = match reader.step(&held).map_err(io::Error::other)? {
            Step::Took(count, message) => (count, message),
            Step::Wait => match from.read(&mut piece)? {
                0 => return Ok(()),
                count => {
                    held.extend_from_slice(&piece[..count]);
                    continue;
                }
            },
        };
        held.drain(..count);
        let Some(Message::Text(text)) = message else { continue };
        let body: Value = serde_json::from_str(&text).map_err(io::Error::other)?;
        all.lock().unwrap().push(Request { body: body.clone(), ..asked.clone() });
        if body["previous_response_id"].is_null() {
            inputs.clear();
        }
        inputs.extend(body["input"].as_array().cloned().unwrap_or_default());
        let whole = json!({"input": inputs});
        let events = if body["generate"] == json!(false) { Vec::new() } else { responses(&whole, command) };
        let warm = json!({"type": "response.completed", "response": {"id": "resp_0", "output": []}});
        for event in if events.is_empty() { vec![warm] } else { events } {
            to.write_all(&frame(Sender::Server, &Message::Text(event.to_string())))?;
        }
    }
}

fn read(from: &mut impl io::BufRead) -> io::Result<Request> {
    let (mut head, mut length, mut in_chunks) = (String::new(), 0, false);
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? <= 2 {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "transfer-encoding" => in_chunks = value.contains("chunked"),
            _ => {}
        }
        head.push_str(&line);
    }
    let mut body = Vec::new();
    if in_chunks {
        while chunk(from, &mut body)? {}
    } else {
        from.take(length).read_to_end(&mut body)?;
    }
    let path = head.split(' ').nth(1).unwrap_or_default().split('?').next().unwrap_or_default().to_owned();
    Ok(Request { path, head, body: serde_json::from_slice(&body).unwrap_or(Value::Null) })
}

fn chunk(from: &mut impl io::BufRead, body: &mut Vec<u8>) -> io::Result<bool> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    let length = u64::from_str_radix(line.trim(), 16).unwrap_or(0);
    from.take(length).read_to_end(body)?;
    from.read_line(&mut line)?;
    Ok(length > 0)
}

/// The type of the answer, and the answer; none for what no agent needs.
fn answer(request: &Request, command: &str) -> (&'static str, String) {
    let Request { path, body, .. } = request;
    if body.is_null() {
        return ("text/plain", String::new());
    }
    if path.ends_with("/v1/messages") {
        return ("text/event-stream", events(&messages(body, command)));
    }
    if path.ends_with("/responses") {
        return ("text/event-stream", events(&responses(body, command)));
    }
    if path.ends_with("/chat/completions") {
        return ("text/event-stream", chunks(body, command));
    }
    match path.rsplit(':').next() {
        Some("streamGenerateContent") => ("text/event-stream", events(&[generated(body, command)])),
        Some("generateContent") => ("application/json", generated(body, command).to_string()),
        _ => ("text/plain", String::new()),
    }
}

fn events(all: &[Value]) -> String {
    let named = |event: &Value| event["type"].as_str().map(|name| format!("event: {name}\n")).unwrap_or_default();
    let lines: Vec<String> = all.iter().map(|event| format!("{}data: {event}\n\n", named(event))).collect();
    lines.concat()
}

/// Anthropic's Messages, as a stream.
fn messages(body: &Value, command: &str) -> Vec<Value> {
    let has_tool = body["tools"].to_string().contains("\"Bash\"");
    let next = next_command(&body["messages"], "\"tool_result\"", command).filter(|_| has_tool);
    // An agent takes results of one id for the same one.
    let id = format!("toolu_{}", body["messages"].to_string().matches("\"tool_result\"").count());
    let (block, delta, stop) = if let Some(command) = &next {
        let call = command.strip_prefix(CALL_A_TOOL).and_then(|call| call.split_once(' '));
        let (name, input) = match (call, command.strip_prefix(READ_A_FILE)) {
            (Some((name, input)), _) => (name, serde_json::from_str(input).unwrap()),
            (None, Some(path)) => ("Read", json!({"file_path": path})),
            (None, None) => ("Bash", json!({"command": command, "description": "Works"})),
        };
        (
            json!({"type": "tool_use", "id": id, "name": name, "input": {}}),
            json!({"type": "input_json_delta", "partial_json": input.to_string()}),
            "tool_use",
        )
    } else {
        (
            json!({"type": "text", "text": ""}),
            json!({"type": "text_delta", "text": sentence(&body["messages"])}),
            "end_turn",
        )
    };
    let message = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": body["model"],
        "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 1, "output_tokens": 1},
    });
    vec![
        json!({"type": "message_start", "message": message}),
        json!({"type": "content_block_start", "index": 0, "content_block": block}),
        json!({"type": "content_block_delta", "index": 0, "delta": delta}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({
            "type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": null}, "usage": {"output_tokens": 1},
        }),
        json!({"type": "message_stop"}),
    ]
}

/// OpenAI's Responses, as a stream.
fn responses(body: &Value, command: &str) -> Vec<Value> {
    let item = if let Some(command) = next_command(&body["input"], "\"function_call_output\"", command) {
        let arguments = json!({"cmd": command}).to_string();
        let number = body["input"].to_string().matches("\"function_call_output\"").count();
        json!({"type": "function_call", "id": format!("fc_{number}"), "call_id": format!("call_{number}"), "name": "exec_command", "arguments": arguments})
    } else {
        let said = json!([{"type": "output_text", "text": sentence(&body["input"])}]);
        json!({"type": "message", "id": "msg_1", "role": "assistant", "content": said})
    };
    let usage = json!({
        "input_tokens": 1, "input_tokens_details": null, "output_tokens": 1, "output_tokens_details": null, "total_tokens": 2,
    });
    vec![
        json!({"type": "response.created", "response": {"id": "resp_1"}}),
        json!({"type": "response.output_item.done", "output_index": 0, "item": item}),
        json!({"type": "response.completed", "response": {"id": "resp_1", "usage": usage}}),
    ]
}

/// One piece of Gemini's stream, which is all of it.
fn generated(body: &Value, command: &str) -> Value {
    let part = if let Some(command) = next_command(&body["contents"], "\"functionResponse\"", command) {
        match command.strip_prefix(READ_A_FILE) {
            Some(path) => json!({"functionCall": {"name": "read_file", "args": {"file_path": path}}}),
            None => {
                json!({"functionCall": {"name": "run_shell_command", "args": {"command": command, "description": "Works"}}})
            }
        }
    } else {
        json!({"text": sentence(&body["contents"])})
    };
    json!({
        "candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}],
        "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2},
    })
}

/// OpenAI's Chat Completions, as a stream of small pieces. It calls no tools: what it was to ask for is what it says.
fn chunks(body: &Value, command: &str) -> String {
    let conversation = &body["messages"];
    let text = next_command(conversation, "\"tool_call_id\"", command).unwrap_or_else(|| sentence(conversation));
    let chunk = |delta: Value, finish: Option<&str>| {
        json!({
            "id": "c", "object": "chat.completion.chunk", "created": 1, "model": body["model"],
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        })
    };
    let characters: Vec<char> = text.chars().collect();
    let pieces = characters.chunks(3).map(|piece| chunk(json!({"content": piece.iter().collect::<String>()}), None));
    let all: Vec<Value> = pieces.chain([chunk(json!({}), Some("stop"))]).collect();
    format!("{}data: [DONE]\n\n", events(&all))
}
