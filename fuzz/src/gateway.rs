//! What must hold for whatever agents and models send to the gate between them.

use portcullis_event::{Finding, Llm, Secret};
use portcullis_gateway::json::{Decoded, Document, Edits, Value, quoted};
use portcullis_gateway::model::{Answer, Asked, Came, Client, Gate, Models, Replaces, Road, Settings, Target, Targets};
use portcullis_gateway::sse::{Event, Events};
use portcullis_gateway::wire::{Api, Back, Call, Finish, Reply, Route, Ruling, Rulings};
use portcullis_inspect::replace::{Kind, Session};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

/// What is read is JSON, each value stands where it is said to, and strings that are written anew say what they said.
pub fn gateway_json(bytes: &[u8]) {
    let Ok(source) = std::str::from_utf8(bytes) else { return };
    let Ok(document) = Document::read(source) else { return };
    // Numbers that do not fit, and halves of characters, are a matter of what is made of them.
    let is_huge = source.split(|it: char| !it.is_ascii_digit()).any(|digits| digits.len() > 300);
    let excused = is_huge || source.contains("\\u") || source.contains(['e', 'E']);
    assert!(excused || serde_json::from_str::<serde_json::Value>(source).is_ok());
    let mut edits = Edits::default();
    anew(document.root(), &(0..source.len()), &mut edits);
    let written = edits.applied(source).expect("no two values stand in one place");
    assert!(same(document.root(), Document::read(&written).expect("it is JSON still").root()));
}

/// Has every string that is no name written anew.
fn anew(value: Value<'_>, within: &std::ops::Range<usize>, edits: &mut Edits) {
    let span = value.span();
    assert!(within.start <= span.start && span.start < span.end && span.end <= within.end);
    if let Some((_, source)) = value.inner() {
        let decoded = Decoded::of_source(source);
        for at in 0..=decoded.text().len() {
            let place = decoded.in_source(at..decoded.text().len());
            assert!(place.start <= place.end && place.end == source.len());
        }
        edits.put(span.clone(), quoted(decoded.text()));
    }
    value.members().map(|(_, inner)| inner).chain(value.items()).for_each(|inner| anew(inner, &span, edits));
}

fn same(one: Value<'_>, other: Value<'_>) -> bool {
    let names = |value: Value<'_>| value.members().map(|(name, _)| name.into_owned()).collect::<Vec<_>>();
    let inner = |value: Value<'_>| value.members().map(|(_, it)| it.span().len()).count() + value.items().count();
    one.text() == other.text()
        && names(one) == names(other)
        && inner(one) == inner(other)
        && one.members().zip(other.members()).all(|((_, one), (_, other))| same(one, other))
        && one.items().zip(other.items()).all(|(one, other)| same(one, other))
}

/// Events are the same wherever a stream is cut, nothing of them is lost, and one with other data says that.
pub fn gateway_sse(bytes: &[u8]) {
    let Some((size, bytes)) = bytes.split_first() else { return };
    for in_lines in [false, true] {
        let read = |size: usize| {
            let mut events = if in_lines { Events::in_lines() } else { Events::default() };
            let (mut all, mut is_broken) = (Vec::new(), false);
            for piece in bytes.chunks(size.max(1)) {
                events.push(piece);
                while !is_broken {
                    match events.take() {
                        Ok(Some(event)) => all.push(event),
                        Ok(None) => break,
                        Err(_) => is_broken = true,
                    }
                }
            }
            let raw: usize = all.iter().map(|event: &Event| event.raw().len()).sum();
            assert!(is_broken || raw + events.left() == bytes.len());
            all
        };
        let all = read(bytes.len());
        assert_eq!(read(usize::from(*size)), all);
        let raw: String = all.iter().map(Event::raw).collect();
        assert!(bytes.starts_with(raw.as_bytes()));
        for event in all.iter().filter(|event| event.data().is_some() && !in_lines) {
            let other = event.with_data("{\"other\":\n1}");
            let mut events = Events::default();
            events.push(other.raw().as_bytes());
            let again = events.take().expect("it can be read").expect("it has an end");
            assert_eq!(again.data(), other.data());
        }
    }
}

/// The paths of all interfaces.
const PATHS: [&str; 5] =
    ["/v1/messages", "/v1/chat/completions", "/v1/responses", "/v1beta/models/m:streamGenerateContent", "/api/chat"];

/// Rules about every call the same way.
struct Rule(bool);

impl Rulings for Rule {
    fn rule(&mut self, _: &Call) -> Ruling {
        if self.0 { Ruling::Restored } else { Ruling::Refused("no".to_owned()) }
    }
}

/// Whatever a model answers is handed on in bounds, the same wherever it is cut.
pub fn gateway_reply(bytes: &[u8]) {
    let Some(([kind, size], bytes)) = bytes.split_first_chunk::<2>() else { return };
    let session = Arc::new(Session::new(&Secret::new([1; 32])));
    let placeholder = session.placeholder(Kind::Password, "p\"a\\s\ns").expect("there is room").to_string();
    let source = String::from_utf8_lossy(bytes).replace('\u{1}', &placeholder);
    let route = Route::of(PATHS[usize::from(*kind) % PATHS.len()]).expect("a path of ours");
    let run = |size: usize, released: bool| {
        let mut rule = Rule(released);
        let mut back = Back::new(&session, &mut rule);
        let mut reply = Reply::new(&route);
        let mut out = String::new();
        for piece in source.as_bytes().chunks(size.max(1)) {
            out += &reply.push(piece, &mut back).expect("it is text, and short");
        }
        out + &reply.finish(if kind & 0x80 == 0 { Finish::Ended } else { Finish::Broken("broken") }, &mut back)
    };
    let released = kind & 0x40 == 0;
    let out = run(source.len(), released);
    assert_eq!(run(usize::from(*size), released), out);
    assert!(out.len() <= 16 * source.len() + 4096);
    let mut rule = Rule(released);
    if let Ok(out) = Reply::document(&route, &source, &mut Back::new(&session, &mut rule)) {
        assert!(Document::read(&out).is_ok());
        assert!(out.len() <= 16 * source.len() + 4096);
    }
}

/// What must not leave. It is long enough to be itself wherever it stands.
const SECRET: &str = "Blue-Tiger-4471-Quartz";

/// Lets everything pass.
#[derive(Debug)]
struct Open;

impl Road for Open {
    fn request(&self, _: Asked<'_>) -> Answer {
        Answer::Pass
    }
    fn result(&self, _: &Client, _: Option<&str>, _: Vec<Finding>) -> Option<String> {
        None
    }
    fn call(&self, _: &Client, _: &Call) -> Ruling {
        Ruling::Restored
    }
    fn said(&self, _: &Client, _: &str) {}
    fn came(&self, _: &Client, _: &Came<'_>) {}
    fn watches_addresses(&self) -> bool {
        // Addresses are held to their end, and all are shown.
        true
    }
    fn address(&self, _: &Client, _: &str, _: bool) -> Option<String> {
        None
    }
    fn reply(&self, _: &Client, _: Llm) {}
    fn refused(&self, _: &Client, _: &str) {}
}

/// A gate at work, and what reached the server behind it last.
struct World {
    gate: u16,
    heard: Arc<Mutex<Vec<u8>>>,
    _gate: Gate,
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let server = TcpListener::bind("127.0.0.1:0").expect("a port");
        let mut targets = Targets::default();
        let url = format!("http://{}", server.local_addr().expect("an address"));
        for api in [Api::Messages, Api::Chat, Api::Responses, Api::Gemini, Api::Ollama] {
            targets.set(api, Target::parse(&url, "self-hosted").expect("a target"));
        }
        let heard = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in server.incoming().flatten() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || while answer(&stream, &kept).is_some() {});
            }
        });
        let session = Arc::new(Session::new(&Secret::new([1; 32])));
        session.placeholder(Kind::Password, SECRET).expect("there is room");
        let replaces = Replaces { secrets: true, personal_data: true, markers: None, marked: false };
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let gate = listener.local_addr().expect("an address").port();
        let settings = Settings::new(targets, replaces, session);
        let models = Models::new(Arc::new(Open), settings).expect("a gate");
        World { gate, heard, _gate: Gate::open(listener, models).expect("a thread") }
    })
}

/// Reads one message: its first line, and its body.
fn message(stream: &TcpStream) -> Option<(String, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut line, mut length) = (String::new(), String::new(), 0);
    reader.read_line(&mut first).ok()?;
    while reader.read_line(&mut line).ok()? > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    (!first.is_empty()).then_some((first, body))
}

fn answer(mut stream: &TcpStream, heard: &Mutex<Vec<u8>>) -> Option<()> {
    *heard.lock().expect("nobody panics") = message(stream)?.1;
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}").ok()
}

/// Whatever stands around a value that was replaced before, and however it is escaped, it does not leave.
pub fn gateway_request(bytes: &[u8]) {
    let Some(([kind, escapes], bytes)) = bytes.split_first_chunk::<2>() else { return };
    let (before, behind) = bytes.split_at(bytes.len() / 2);
    let text = |bytes: &[u8]| {
        let text = quoted(&String::from_utf8_lossy(bytes));
        text[1..text.len() - 1].to_owned()
    };
    let secret: String =
        SECRET
            .char_indices()
            .map(|(at, letter)| {
                if escapes >> (at % 8) & 1 == 1 { format!("\\u{:04x}", u32::from(letter)) } else { letter.to_string() }
            })
            .collect();
    let string = format!("\"{}{secret}{}\"", text(before), text(behind));
    let more = std::str::from_utf8(bytes).ok().filter(|more| serde_json::from_str::<serde_json::Value>(more).is_ok());
    let body = format!(
        r#"{{"model":"m","messages":[{{"role":"user","content":[{{"type":"tool_result","content":{string}}},{{"type":"text","text":{string}}}]}}],"input":[{{"type":"x_output","output":{string}}}],"contents":[{{"parts":[{{"text":{string}}}]}}],"more":{}}}"#,
        more.unwrap_or("null")
    );
    let world = world();
    let path = PATHS[usize::from(*kind) % PATHS.len()];
    let mut stream = TcpStream::connect(("127.0.0.1", world.gate)).expect("the gate accepts");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    let head =
        format!("POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).expect("the gate reads");
    let (first, _) = message(&stream).expect("the gate answers");
    if !first.starts_with("HTTP/1.1 200 ") {
        // Members of the same name, and the like.
        assert!(first.starts_with("HTTP/1.1 400 "), "{first}");
        return;
    }
    let heard = std::mem::take(&mut *world.heard.lock().expect("nobody panics"));
    let heard: serde_json::Value = serde_json::from_slice(&heard).expect("what leaves is JSON");
    assert!(!heard.to_string().contains(SECRET), "{heard}");
}
