//! Who may use `portcullis gateway`: keys, and everything that is tried by who has none. Whatever is refused is on the record, and
//! no provider ever sees a key of ours.

use crate::gateway::Gateway;
use crate::harness::Machine;
use crate::model::{Model, SENTENCE};
use portcullis_gateway::websocket::{Message, Reader, Sender, Step, frame};
use serde_json::{Value, json};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt as _, symlink};

/// A machine with a key.
fn with_key(arguments: &[&str]) -> (Machine, Model, String) {
    let machine = Machine::new();
    let key = create(&machine, &[&["ci"], arguments].concat());
    (machine, Model::start("true"), key)
}

fn create(machine: &Machine, arguments: &[&str]) -> String {
    let (status, made) = machine.json(&[&["key", "create"], arguments].concat());
    assert_eq!(status, 0, "{made}");
    made["key"].as_str().unwrap().to_owned()
}

/// Everything that is on the record, one record in each line.
fn recorded(machine: &Machine) -> String {
    String::from_utf8(machine.output(&["log", "export", "--format", "jsonl"]).stdout).unwrap()
}

/// What is on the record of refusals.
fn refusals(machine: &Machine) -> Vec<String> {
    let all = recorded(machine);
    all.lines().filter(|line| line.contains("a request to a model was refused")).map(str::to_owned).collect()
}

fn prompt() -> Value {
    json!({"model": "claude-opus-4-1", "max_tokens": 9, "stream": true, "messages": [{"role": "user", "content": "hello"}]})
}

/// Asks with these headers; the status and the answer.
fn ask(gateway: &Gateway, path: &str, headers: &str) -> (u16, String) {
    let body = if path.contains("generateContent") {
        json!({"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}).to_string()
    } else if path.contains("responses") {
        json!({"model": "gpt-5.1", "stream": true, "input": "hello"}).to_string()
    } else {
        prompt().to_string()
    };
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
        gateway.place,
        body.len()
    );
    gateway.send([head.as_bytes(), body.as_bytes()].concat().as_slice())
}

fn assert_never_seen(model: &Model, key: &str) {
    for request in model.heard() {
        let all = format!("{}{}", request.head, request.body);
        assert!(!all.contains(key) && !all.contains("portcullis_"), "{all}");
    }
}

#[test]
fn a_key_is_asked_for_as_soon_as_there_is_one_and_taken_wherever_clients_send_theirs() {
    let machine = Machine::new();
    let model = Model::start("true");
    let gateway = Gateway::start(&machine, &model);
    assert_eq!(ask(&gateway, "/v1/messages", "").0, 200);
    let key = create(&machine, &["ci"]);
    assert_eq!(ask(&gateway, "/v1/messages", "").0, 401);
    for header in ["x-api-key: ", "Authorization: Bearer ", "api-key: ", "x-goog-api-key: ", "X-Portcullis-Key: "] {
        for path in ["/v1/messages?beta=true", "/v1/responses", "/v1beta/models/g:streamGenerateContent?alt=sse"] {
            let (status, answer) = ask(&gateway, path, &format!("{header}{key}\r\n"));
            assert!(status == 200 && answer.contains(SENTENCE), "{header} {path}: {answer}");
        }
    }
    let (status, _) = ask(&gateway, &format!("/v1beta/models/g:streamGenerateContent?key={key}&alt=sse"), "");
    assert_eq!(status, 200);
    assert_never_seen(&model, &key);
    assert!(model.heard().last().unwrap().head.contains("?alt=sse HTTP"), "{:?}", model.heard().last());
    let log = recorded(&machine);
    assert!(!log.contains(&key));
    for line in log.lines().filter(|line| line.contains("\"kind\":\"llm\"")).skip(2) {
        assert!(line.contains("\"key\":\"ci\""), "{line}");
    }
}

#[test]
fn what_the_client_has_of_its_own_passes_beside_our_header_and_is_replaced_in_its_place() {
    let (machine, model, key) = with_key(&[]);
    let gateway = Gateway::with(&machine, model.port(), &["--credential", "messages=OF_THE_PROVIDER"], |command| {
        command.env("OF_THE_PROVIDER", "the-real-one").env("OPENAI_API_KEY", "not-for-this-server");
    });
    assert_eq!(
        ask(&gateway, "/v1/messages", &format!("x-portcullis-key: {key}\r\nAuthorization: Bearer sub\r\n")).0,
        200
    );
    let head = model.heard().pop().unwrap().head.to_lowercase();
    assert!(head.contains("authorization: bearer sub") && !head.contains("the-real-one"), "{head}");
    assert_eq!(ask(&gateway, "/v1/messages", &format!("Authorization: Bearer {key}\r\n")).0, 200);
    let head = model.heard().pop().unwrap().head.to_lowercase();
    assert!(head.contains("x-api-key: the-real-one") && !head.contains("authorization"), "{head}");
    // The usual variable is for the provider's own server, and this is none.
    assert_eq!(ask(&gateway, "/v1/responses", &format!("Authorization: Bearer {key}\r\n")).0, 200);
    let head = model.heard().pop().unwrap().head.to_lowercase();
    assert!(!head.contains("authorization") && !head.contains("not-for-this-server"), "{head}");
    assert_never_seen(&model, &key);
}

#[test]
fn keys_that_are_none_are_refused_in_words_of_the_interface_and_on_the_record() {
    let (machine, model, key) = with_key(&[]);
    let gateway = Gateway::start(&machine, &model);
    let other = create(&Machine::new(), &["ci"]);
    let mut refused = 0;
    let last = key.chars().last().unwrap();
    let changed = format!("{}{}", key.get(..key.len() - 1).unwrap(), if last == 'a' { 'b' } else { 'a' });
    let bad = [
        key.get(..key.len() - 1).unwrap().to_owned(),
        key.repeat(2),
        format!("{key},{key}"),
        key.to_lowercase(),
        key.to_uppercase(),
        changed,
        other,
        "sk-ant-api03-x".to_owned(),
        format!("{key}\u{e9}"),
    ];
    for bad in &bad {
        for (path, kind) in [
            ("/v1/messages", "/error/type"),
            ("/v1/responses", "/error/code"),
            ("/v1beta/models/g:generateContent", "/error/status"),
        ] {
            for header in ["x-api-key: ", "authorization: bearer ", "x-portcullis-key: "] {
                let (status, answer) = ask(&gateway, path, &format!("{header}{bad}\r\n"));
                assert_eq!(status, 403, "{header}{bad}: {answer}");
                let answer: Value = serde_json::from_str(&answer).unwrap();
                assert!(answer.pointer(kind).is_some_and(Value::is_string), "{answer}");
                assert!(!answer.to_string().contains(bad.as_str()));
                refused += 1;
            }
        }
    }
    let (status, answer) = ask(&gateway, "/v1/messages", "");
    assert!(status == 401 && answer.contains("authentication_error"), "{answer}");
    refused += 1;
    assert!(model.heard().is_empty());
    assert_eq!(refusals(&machine).len(), refused);
    let log = recorded(&machine);
    assert!(bad.iter().filter(|bad| bad.contains("portcullis_")).all(|bad| !log.contains(bad.as_str())));
}

#[test]
fn a_key_is_none_any_more_the_moment_it_is_revoked_and_after_its_time() {
    let (machine, model, key) = with_key(&[]);
    let gateway = Gateway::start(&machine, &model);
    let short = create(&machine, &["short", "--expires", "1s"]);
    let header = |key: &str| format!("x-api-key: {key}\r\n");
    assert_eq!(ask(&gateway, "/v1/messages", &header(&key)).0, 200);
    assert_eq!(machine.json(&["key", "revoke", "ci"]).0, 0);
    let (status, answer) = ask(&gateway, "/v1/messages", &header(&key));
    assert!(status == 403 && answer.contains("was revoked"), "{answer}");
    // The last key that there was opens nothing by going.
    assert_eq!(ask(&gateway, "/v1/messages", "").0, 401);
    while ask(&gateway, "/v1/messages", &header(&short)).0 == 200 {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let (status, answer) = ask(&gateway, "/v1/messages", &header(&short));
    assert!(status == 403 && answer.contains("has expired"), "{answer}");
    let all = refusals(&machine);
    assert!(
        all.iter().any(|it| it.contains("\"key\":\"ci\"")) && all.iter().any(|it| it.contains("\"key\":\"short\""))
    );
    let (_, keys) = machine.json(&["key", "list"]);
    assert_eq!((&keys["keys"][0]["state"], &keys["keys"][1]["state"]), (&json!("revoked"), &json!("expired")));
    assert!(keys["keys"][0]["used"].is_string(), "{keys}");
}

#[test]
fn a_key_is_for_what_it_was_made_for() {
    let (machine, model, key) = with_key(&[
        "--models",
        "self-hosted/claude-*",
        "--models",
        "gpt-5.1",
        "--interface",
        "messages",
        "--interface",
        "chat",
    ]);
    let gateway = Gateway::start(&machine, &model);
    let header = format!("x-api-key: {key}\r\n");
    assert_eq!(ask(&gateway, "/v1/messages", &header).0, 200);
    let (status, answer) = ask(&gateway, "/v1/responses", &header);
    assert!(status == 403 && answer.contains("is not for this interface"), "{answer}");
    let body = json!({"model": "o9", "messages": []}).to_string();
    let head =
        format!("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n{header}Content-Length: {}\r\n\r\n", body.len());
    let head = head.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    let (status, answer) = gateway.send(format!("{head}{body}").as_bytes());
    assert!(status == 403 && answer.contains("is not for self-hosted/o9"), "{answer}");
    // Beside prompts, and where a web socket is asked for.
    for (line, extra) in [
        ("GET /v1beta/models", ""),
        (
            "GET /v1/responses",
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGVzdA==\r\n",
        ),
    ] {
        let (status, _) =
            gateway.send(format!("{line} HTTP/1.1\r\nHost: a\r\n{header}{extra}Connection: close\r\n\r\n").as_bytes());
        assert_eq!(status, 403, "{line}");
        let (status, _) =
            gateway.send(format!("{line} HTTP/1.1\r\nHost: a\r\n{extra}Connection: close\r\n\r\n").as_bytes());
        assert_eq!(status, 401, "{line}");
    }
    assert_eq!((model.heard().len(), refusals(&machine).len()), (1, 6));
}

#[test]
fn two_keys_in_one_request_and_a_key_where_none_belongs_are_refused() {
    let (machine, model, key) = with_key(&[]);
    let second = create(&machine, &["second"]);
    let gateway = Gateway::start(&machine, &model);
    let cases = [
        ("/v1/messages".to_owned(), format!("x-api-key: {key}\r\nAuthorization: Bearer {second}\r\n")),
        ("/v1/messages".to_owned(), format!("x-api-key: {key}\r\nx-api-key: {second}\r\n")),
        ("/v1/messages".to_owned(), format!("x-portcullis-key: {key}\r\nx-api-key: {second}\r\n")),
        ("/v1/messages".to_owned(), format!("x-api-key: {key}\r\nCookie: {key}\r\n")),
        (format!("/v1/messages?key={second}"), format!("x-api-key: {key}\r\n")),
        (format!("/v1/messages?key={key}&key={key}"), String::new()),
        (format!("/v1/messages?key={key}&key=x"), String::new()),
        (format!("/v1/messages?token={key}"), format!("x-api-key: {key}\r\n")),
    ];
    for (path, headers) in &cases {
        assert_eq!(ask(&gateway, path, headers).0, 400, "{path} {headers}");
    }
    assert_eq!((model.heard().len(), refusals(&machine).len()), (0, cases.len()));
}

#[test]
fn a_request_that_two_servers_would_read_differently_carries_no_key_past_the_gate() {
    let (machine, model, key) = with_key(&[]);
    let gateway = Gateway::start(&machine, &model);
    let good = prompt().to_string();
    let length = good.len();
    let raw = [
        format!(
            "POST /v1/messages HTTP/1.1\r\nHost: a\r\nx-api-key: {key}\r\nX: a\r\n b\r\nContent-Length: {length}\r\n\r\n{good}"
        ),
        format!(
            "POST /v1/messages HTTP/1.1\r\nHost: a\r\nX:\r\n x-api-key: {key}\r\nContent-Length: {length}\r\n\r\n{good}"
        ),
        format!(
            "POST /v1/messages HTTP/1.1\r\nHost: a\r\nx-api-key: {key}\r\nContent-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n{good}"
        ),
        format!(
            "POST /v1/messages HTTP/1.1\r\nHost: a\r\nx-api-key: {key}\r\nContent-Length: {length}\r\nContent-Length: 5\r\n\r\n{good}"
        ),
        format!("POST /v1/messages HTTP/1.1\r\nHost: a\r\nx-api-key : {key}\r\nContent-Length: {length}\r\n\r\n{good}"),
        format!(
            "POST /v1/messages HTTP/1.1\r\nHost: a\r\nx-api-key: {key}\0\r\nContent-Length: {length}\r\n\r\n{good}"
        ),
        format!("POST /v1/messages HTTP/1.1\nHost: a\nx-api-key: {key}\nContent-Length: {length}\n\n{good}"),
        format!(
            "POST /v1/messages HTTP/1.1\r\nHost: a\r\nHost: b\r\nx-api-key: {key}\r\nContent-Length: {length}\r\n\r\n{good}"
        ),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
    ];
    for text in &raw {
        assert_eq!(gateway.send(text.as_bytes()).0, 400, "{text:?}");
    }
    // Paths that are none of those that ask a model go nowhere, with a key and without.
    let paths = [
        "/v1/../v1/messages",
        "/v1/%6dessages",
        "//v1/messages",
        "/v1/%2e%2e/v1/messages",
        "http://b.example/v1/messages",
        "\\v1\\messages",
        "*",
    ];
    for path in paths {
        assert_eq!(ask(&gateway, path, &format!("x-api-key: {key}\r\n")).0, 404, "{path}");
        assert_eq!(ask(&gateway, path, "").0, 401, "{path}");
    }
    assert_eq!((model.heard().len(), refusals(&machine).len()), (0, raw.len() + 2 * paths.len()));
}

#[test]
fn thousands_of_keys_at_once_open_nothing_and_each_is_on_the_record() {
    let (machine, model, key) = with_key(&[]);
    let gateway = Gateway::start(&machine, &model);
    // Most are not even of the form; those that are get as far as the list.
    let guess = |number: usize| {
        let mut random = [0; 20];
        random[..8].copy_from_slice(&number.to_be_bytes());
        portcullis_gateway::who::fresh(random).unwrap().expose().clone()
    };
    let (threads, each) = (100, 40);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let gateway = &gateway;
            scope.spawn(move || {
                for number in 0..each {
                    let (status, _) =
                        ask(gateway, "/v1/messages", &format!("x-api-key: {}\r\n", guess(thread * each + number)));
                    assert_eq!(status, 403);
                }
            });
        }
    });
    assert_eq!(ask(&gateway, "/v1/messages", &format!("x-api-key: {key}\r\n")).0, 200);
    assert_eq!(model.heard().len(), 1);
    assert_eq!(refusals(&machine).len(), threads * each);
}

#[test]
fn a_file_of_keys_that_is_not_what_it_should_be_lets_nobody_pass_until_it_is() {
    let (machine, model, key) = with_key(&[]);
    let gateway = Gateway::start(&machine, &model);
    let file = machine.state().join("keys/gateway.json");
    let good = fs::read(&file).unwrap();
    let status = || ask(&gateway, "/v1/messages", &format!("x-api-key: {key}\r\n")).0;
    assert_eq!(status(), 200);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!((status(), ask(&gateway, "/v1/messages", "").0), (403, 403));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(status(), 200);
    let far = machine.home().join("far.json");
    fs::rename(&file, &far).unwrap();
    assert_eq!((status(), ask(&gateway, "/v1/messages", "").0), (403, 401));
    symlink(&far, &file).unwrap();
    assert_eq!(status(), 403);
    fs::remove_file(&file).unwrap();
    fs::write(&file, &good[..good.len() / 2]).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(status(), 403);
    let (exit, failure) = machine.json(&["key", "list"]);
    assert!(exit != 0 && failure.to_string().contains("nobody passes the gateway"), "{failure}");
    fs::rename(&far, &file).unwrap();
    assert_eq!(status(), 200);
    assert_eq!((model.heard().len(), refusals(&machine).len()), (3, 6));
}

#[test]
fn a_server_of_its_own_gets_no_key_of_ours_if_the_gate_has_none_for_it() {
    let (machine, _, key) = with_key(&[]);
    let gateway = Gateway::with_arguments(&machine, &[], |_| ());
    let (status, answer) = ask(&gateway, "/v1/messages", &format!("x-api-key: {key}\r\n"));
    assert!(status == 403 && answer.contains("without a key for api.anthropic.com"), "{answer}");
}

#[test]
fn whoever_only_greets_learns_that_somebody_is_there() {
    let (machine, model, _) = with_key(&[]);
    let gateway = Gateway::start(&machine, &model);
    assert_eq!(gateway.send(b"HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").0, 200);
    assert_eq!(gateway.send(b"GET /v1/models HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").0, 401);
}

#[test]
fn policy_can_ask_for_keys_before_there_is_one() {
    let machine = Machine::new();
    machine.write_user_policy("[gateway]\nkeys = \"required\"\n");
    let model = Model::start("true");
    let gateway = Gateway::start(&machine, &model);
    assert_eq!(ask(&gateway, "/v1/messages", "").0, 401);
    let key = create(&machine, &["ci"]);
    assert_eq!(ask(&gateway, "/v1/messages", &format!("x-api-key: {key}\r\n")).0, 200);
}

/// The next message that comes over a web socket; nothing if none will come.
fn next_message(stream: &mut TcpStream, reader: &mut Reader, held: &mut Vec<u8>) -> Option<String> {
    let mut piece = [0; 4096];
    loop {
        match reader.step(held).unwrap() {
            Step::Took(count, message) => {
                held.drain(..count);
                if let Some(Message::Text(text)) = message {
                    return Some(text);
                }
            }
            Step::Wait => match stream.read(&mut piece).unwrap_or(0) {
                0 => return None,
                count => held.extend_from_slice(&piece[..count]),
            },
        }
    }
}

#[test]
fn each_message_on_a_web_socket_needs_a_key_that_still_is_one() {
    let machine = Machine::new();
    let key = create(&machine, &["ci", "--models", "gpt-*"]);
    let model = Model::with_sockets("true");
    let gateway = Gateway::start(&machine, &model);
    let mut stream = TcpStream::connect(&gateway.place).unwrap();
    let upgrade = "GET /v1/responses HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
    write!(stream, "{upgrade}Sec-WebSocket-Key: dGVzdA==\r\nAuthorization: Bearer {key}\r\n\r\n").unwrap();
    let (mut held, mut piece) = (Vec::new(), [0; 4096]);
    let end = loop {
        let count = stream.read(&mut piece).unwrap();
        held.extend_from_slice(&piece[..count]);
        if let Some(end) = held.windows(4).position(|part| part == b"\r\n\r\n") {
            break end + 4;
        }
    };
    assert!(held.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&held));
    held.drain(..end);
    let mut reader = Reader::of_server(1 << 20);
    let mut say = |model: &str| {
        let body = json!({"type": "response.create", "model": model, "input": []}).to_string();
        // Who has heard the last word can only be silent.
        stream.write_all(&frame(Sender::Client([1, 2, 3, 4]), &Message::Text(body))).ok();
        std::iter::from_fn(|| next_message(&mut stream, &mut reader, &mut held))
            .find(|text| text.contains("response.completed") || text.contains("\"type\":\"error\""))
    };
    assert!(say("gpt-5.1").is_some_and(|text| text.contains("response.completed")));
    assert!(say("o9").is_some_and(|text| text.contains("is not for self-hosted/o9")));
    assert!(say("gpt-5.1").is_some_and(|text| text.contains("response.completed")));
    assert_eq!(machine.json(&["key", "revoke", "ci"]).0, 0);
    let text = say("gpt-5.1").unwrap();
    assert!(text.contains("\"status\":403") && text.contains("was revoked"), "{text}");
    // That was the last word.
    assert_eq!(say("gpt-5.1"), None);
    assert_never_seen(&model, &key);
    assert_eq!((model.heard().len(), refusals(&machine).len()), (2, 2));
}

#[test]
fn a_request_that_is_said_slowly_needs_a_key_that_is_one_at_its_end() {
    let (machine, model, key) = with_key(&[]);
    let gateway = Gateway::start(&machine, &model);
    let body = prompt().to_string();
    let (first, rest) = body.split_at(10);
    let mut stream = TcpStream::connect(&gateway.place).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST /v1/messages HTTP/1.1\r\nHost: a\r\nx-api-key: {key}\r\nContent-Length: {length}\r\n\r\n{first}"
    )
    .unwrap();
    // The head was read once it counts as used.
    while machine.json(&["key", "list"]).1["keys"][0]["used"].is_null() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(machine.json(&["key", "revoke", "ci"]).0, 0);
    stream.write_all(rest.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("was revoked"), "{answer}");
    assert!(model.heard().is_empty());
}
