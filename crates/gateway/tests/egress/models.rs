//! Connections to servers of models: they are read, and what can't be read does not pass.

use crate::kit::{Broker, server};
use base64::Engine as _;
use portcullis_event::{Finding, Host, Llm, Secret};
use portcullis_gateway::egress::{Notice, Refusal};
use portcullis_gateway::model::{
    Answer, Asked, Authority, Came, Client, Credential, Models, Replaces, Road, Settings, Target, Targets,
};
use portcullis_gateway::websocket::{Message, Reader, Sender, Step, frame};
use portcullis_gateway::wire::{Call, Ruling};
use portcullis_inspect::replace::Session;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

/// A known server of models. Nothing in here ever looks its name up.
const KNOWN: &str = "api.anthropic.com";

/// A road that lets everything pass and remembers the prompts.
#[derive(Debug, Default)]
struct Open(Mutex<Vec<String>>);

impl Road for Open {
    fn request(&self, asked: Asked<'_>) -> Answer {
        if asked.prompt.contains("unspeakable") {
            return Answer::Refuse("not that".to_owned());
        }
        self.0.lock().unwrap().push(format!("{}/{} {}", asked.llm.provider, asked.llm.model, asked.prompt));
        Answer::Pass
    }

    fn result(&self, _: &Client, _: Option<&str>, _: Vec<Finding>) -> Option<String> {
        None
    }

    fn call(&self, _: &Client, call: &Call) -> Ruling {
        if call.input.contains("forbidden") { Ruling::Refused("not this".to_owned()) } else { Ruling::Restored }
    }

    fn said(&self, _: &Client, _: &str) {}

    fn came(&self, _: &Client, _: &Came<'_>) {}

    fn watches_addresses(&self) -> bool {
        false
    }

    fn address(&self, _: &Client, _: &str, _: bool) -> Option<String> {
        None
    }

    fn reply(&self, _: &Client, _: Llm) {}

    fn refused(&self, _: &Client, _: &str) {}
}

/// A broker that reads what is said to models, and what its model has heard.
struct World {
    broker: Broker,
    authority: Arc<Authority>,
    road: Arc<Open>,
    heard: Arc<Mutex<Vec<String>>>,
    port: u16,
}

impl World {
    fn new() -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&heard);
        let port = server(move |mut stream| {
            let request = read(&mut stream);
            // Before the answer: whoever has that one may look at once.
            all.lock().unwrap().push(request);
            answer(stream);
        });
        let provider = Arc::new(rustls_graviola::default_provider());
        let hosts = [Host::parse("models.corp.example").unwrap()];
        let authority = Arc::new(Authority::new(&hosts, provider).unwrap());
        let road = Arc::new(Open::default());
        let mut targets = Targets::default();
        let target = Target::parse(&format!("http://127.0.0.1:{port}"), "self-hosted").unwrap();
        targets.lead(Host::parse(KNOWN).unwrap(), target);
        let session = Arc::new(Session::new(&Secret::new([7; 32])));
        let mut settings = Settings::new(
            targets,
            Replaces { secrets: true, personal_data: false, markers: None, marked: false },
            session,
        );
        settings.authority = Some(Arc::clone(&authority));
        settings.hosts = hosts.to_vec();
        let key = Secret::new("the-real-key".to_owned());
        let host = Host::parse(KNOWN).unwrap();
        settings.credentials = vec![Credential { stand_in: "stands-for-it".to_owned(), key, host }];
        let models = Models::new(Arc::clone(&road) as Arc<dyn Road>, settings).unwrap();
        let broker = Broker::with(&[KNOWN, "models.corp.example", crate::kit::NAME, "127.0.0.1"], |settings| {
            settings.models = Some(models);
            settings.host_loopback = vec![port];
        });
        Self { broker, authority, road, heard, port }
    }

    /// A session over TLS in a tunnel to a host, under a name.
    fn session(&self, host: &str, name: &str) -> StreamOwned<ClientConnection, TcpStream> {
        let tunnel = self.broker.tunnel(&format!("{host}:443")).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(certificate(&self.authority)).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(rustls_graviola::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), tunnel)
    }

    fn is_refused(&self, fits: impl Fn(&Refusal) -> bool) {
        self.broker.road.wait_for(|notice| matches!(notice, Notice::Refused { refusal, .. } if fits(refusal)));
        assert!(self.heard.lock().unwrap().is_empty() && self.road.0.lock().unwrap().is_empty());
    }
}

fn certificate(authority: &Authority) -> CertificateDer<'static> {
    let text = authority.certificate();
    let lines: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    base64::engine::general_purpose::STANDARD.decode(lines).unwrap().into()
}

fn read(stream: &mut TcpStream) -> String {
    let head = crate::kit::read_head(stream);
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")?.trim().parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok();
    head + &String::from_utf8(body).unwrap()
}

/// Answers as a model does.
fn answer(mut stream: TcpStream) {
    let said = r#"{"type":"message","role":"assistant","content":[{"type":"text","text":"hello"}]}"#;
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{said}", said.len())
        .ok();
}

fn password() -> String {
    ["Blue", "Tiger", "-", "4471", "-", "Quartz"].concat()
}

fn request(host: &str) -> String {
    let prompt = format!(r#"{{"model":"m","messages":[{{"role":"user","content":"DB_PASSWORD={}"}}]}}"#, password());
    format!(
        "POST /v1/messages HTTP/1.1\r\nHost: {host}\r\nx-api-key: stands-for-it\r\nAuthorization: Bearer stands-for-it\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{prompt}",
        prompt.len()
    )
}

fn said(mut stream: impl std::io::Read) -> String {
    let mut all = Vec::new();
    stream.read_to_end(&mut all).ok();
    String::from_utf8_lossy(&all).into_owned()
}

#[test]
fn a_session_with_a_server_of_models_is_read_and_the_key_is_put_in_behind_it() {
    let world = World::new();
    let mut session = world.session(KNOWN, KNOWN);
    session.write_all(request(KNOWN).as_bytes()).unwrap();
    assert!(said(&mut session).ends_with(r#""text":"hello"}]}"#));
    let heard = world.heard.lock().unwrap().join("\n");
    assert!(heard.contains("DB_PASSWORD=ZQ") && !heard.contains(&password()), "{heard}");
    assert!(heard.contains("x-api-key: the-real-key\r\nAuthorization: Bearer the-real-key\r\n"), "{heard}");
    assert!(world.road.0.lock().unwrap()[0].starts_with("self-hosted/m {"));
}

#[test]
fn a_key_of_somebody_else_is_not_taken() {
    let foreign = [
        ("x-api-key: stands-for-it", "x-api-key: an-attackers-key"),
        ("Authorization: Bearer stands-for-it", "AUTHORIZATION: Bearer an-attackers-key"),
        ("Authorization: Bearer stands-for-it", "api-key: stands-for-it-and-more"),
        ("POST /v1/messages", "POST /v1/messages?key=an-attackers-key"),
        ("POST /v1/messages", "GET /v1/files?access_token=an-attackers-key"),
    ];
    for (own, other) in foreign {
        let world = World::new();
        let mut session = world.session(KNOWN, KNOWN);
        session.write_all(request(KNOWN).replace(own, other).as_bytes()).unwrap();
        assert!(said(&mut session).starts_with("HTTP/1.1 403 "), "{other}");
        assert!(world.heard.lock().unwrap().is_empty() && world.road.0.lock().unwrap().is_empty(), "{other}");
    }
}

#[test]
fn what_asks_no_model_is_only_read_or_a_login() {
    for (line, status) in [
        ("GET /api/claude_code/settings", 200),
        ("POST /api/oauth/profile", 200),
        ("POST /v1/files", 404),
        ("PUT /v1/files/x", 404),
        ("POST /api/event_logging/batch", 404),
        ("POST /api/oauth/../../v1/files", 404),
        ("POST /api/oauth/%2e%2e/v1/files", 404),
        ("DELETE /v1/models/x", 404),
    ] {
        let world = World::new();
        let mut session = world.session(KNOWN, KNOWN);
        let head = format!("{line} HTTP/1.1\r\nHost: {KNOWN}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        session.write_all(head.as_bytes()).unwrap();
        let answer = said(&mut session);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {answer}");
        assert_eq!(world.heard.lock().unwrap().len(), usize::from(status == 200), "{line}");
    }
}

#[test]
fn a_key_is_for_its_own_server_only() {
    let world = World::new();
    let name = format!("{}:{}", crate::kit::NAME, world.port);
    let request = request(&name).replacen("POST /", &format!("POST http://{name}/"), 1);
    assert!(world.broker.say(request).contains("hello"));
    let heard = world.heard.lock().unwrap().join("\n");
    assert!(heard.contains("stands-for-it") && !heard.contains("the-real-key"), "{heard}");
}

#[test]
fn a_request_in_clear_that_asks_a_model_is_read_wherever_it_goes() {
    let world = World::new();
    let name = format!("{}:{}", crate::kit::NAME, world.port);
    let proxied = request(&name).replacen("POST /", &format!("POST http://{name}/"), 1);
    let mut tunnel = world.broker.tunnel(&name).unwrap();
    // What is not read goes to the other end of the tunnel as ever.
    tunnel.write_all(request(&name).as_bytes()).unwrap();
    for answer in [world.broker.say(proxied), said(tunnel)] {
        assert!(answer.contains("hello"), "{answer}");
    }
    let heard = world.heard.lock().unwrap();
    assert!(heard.iter().all(|it| it.is_empty() || !it.contains(&password())), "{heard:?}");
    assert_eq!(world.road.0.lock().unwrap().len(), 2);
}

#[test]
fn what_is_no_tls_does_not_reach_a_server_of_models() {
    for words in [request(KNOWN), "SSH-2.0-x\r\n".to_owned(), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()] {
        let world = World::new();
        let mut tunnel = world.broker.tunnel(&format!("{KNOWN}:443")).unwrap();
        tunnel.write_all(words.as_bytes()).unwrap();
        assert_eq!(said(tunnel), "");
        world.is_refused(|refusal| {
            matches!(refusal, Refusal::Malformed("a server of models is spoken to over TLS only"))
        });
    }
}

#[test]
fn a_session_under_another_name_is_refused() {
    let world = World::new();
    let mut session = world.session(KNOWN, "elsewhere.example");
    assert!(session.write_all(request(KNOWN).as_bytes()).is_err());
    world.is_refused(|refusal| matches!(refusal, Refusal::OtherName { .. }));
}

#[test]
fn who_does_not_trust_the_authority_is_told_how_to() {
    let mut world = World::new();
    world.authority = Arc::new(Authority::new(&[], Arc::new(rustls_graviola::default_provider())).unwrap());
    let mut session = world.session(KNOWN, KNOWN);
    assert!(session.write_all(request(KNOWN).as_bytes()).is_err());
    drop(session);
    world.is_refused(|it| {
        matches!(it, Refusal::Unread(..)) && it.fix().is_some_and(|fix| fix.contains("SSL_CERT_FILE"))
    });
}

#[test]
fn the_authority_is_good_for_servers_of_models_only() {
    use rustls::client::danger::ServerCertVerifier as _;
    // A key that leaked could sign for anybody; nobody would believe it.
    let provider = Arc::new(rustls_graviola::default_provider());
    let authority = Authority::new(&[], Arc::clone(&provider)).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate(&authority)).unwrap();
    let verifier =
        rustls::client::WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
    for (host, is_believed) in
        [(KNOWN, true), ("api.openai.com", true), ("github.com", false), ("anthropic.com", false)]
    {
        let leaf = authority.certificate_of(&Host::parse(host).unwrap()).unwrap();
        let name = ServerName::try_from(host).unwrap();
        let verdict = verifier.verify_server_cert(&leaf, &[], &name, &[], rustls::pki_types::UnixTime::now());
        assert_eq!(verdict.is_ok(), is_believed, "{host}: {verdict:?}");
    }
}

/// A server of web sockets: says what it is told to after each message, and remembers what it heard.
fn sockets(says: &'static [&'static str], heard: Arc<Mutex<Vec<String>>>) -> u16 {
    server(move |mut stream| {
        heard.lock().unwrap().push(crate::kit::read_head(&mut stream));
        stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n").ok();
        while let Some(message) = next_message(&mut stream, &mut Reader::of_client(1 << 20)) {
            heard.lock().unwrap().push(format!("{message:?}"));
            for said in says {
                let text = Message::Text((*said).to_owned());
                stream.write_all(&frame(Sender::Server, &text)).ok();
            }
        }
    })
}

/// The next message; one after the other, so nothing is left over.
fn next_message(stream: &mut TcpStream, reader: &mut Reader) -> Option<Message> {
    let (mut held, mut byte) = (Vec::new(), [0]);
    loop {
        if let Step::Took(count, message) = reader.step(&held).ok()? {
            held.drain(..count);
            if message.is_some() {
                return message;
            }
        }
        (stream.read(&mut byte).ok()? > 0).then_some(())?;
        held.push(byte[0]);
    }
}

/// A web socket to a server in clear, and what the server heard.
fn socket(says: &'static [&'static str]) -> (World, TcpStream, Arc<Mutex<Vec<String>>>) {
    let mut world = World::new();
    let heard = Arc::new(Mutex::new(Vec::new()));
    world.port = sockets(says, Arc::clone(&heard));
    let mut targets = Targets::default();
    let place = format!("http://127.0.0.1:{}", world.port);
    targets.set(portcullis_gateway::wire::Api::Responses, Target::parse(&place, "self-hosted").unwrap());
    let session = Arc::new(Session::new(&Secret::new([7; 32])));
    let settings =
        Settings::new(targets, Replaces { secrets: true, personal_data: false, markers: None, marked: false }, session);
    let models = Models::new(Arc::clone(&world.road) as Arc<dyn Road>, settings).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut stream = crate::kit::connect(listener.local_addr().unwrap());
    let gate = portcullis_gateway::model::Gate::open(listener, models).unwrap();
    // It works for as long as the test runs.
    std::mem::forget(gate);
    stream.write_all(b"GET /v1/responses HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n").unwrap();
    assert!(crate::kit::read_head(&mut stream).starts_with("HTTP/1.1 101 "));
    (world, stream, heard)
}

fn say(stream: &mut TcpStream, text: &str) {
    stream.write_all(&frame(Sender::Client([1, 2, 3, 4]), &Message::Text(text.to_owned()))).unwrap();
}

fn asks(what: &str) -> String {
    format!(r#"{{"type":"response.create","model":"m","input":[{{"role":"user","content":"{what}"}}]}}"#)
}

const DONE: &str = r#"{"type":"response.completed","response":{"id":"r","output":[]}}"#;

#[test]
fn messages_of_a_web_socket_are_read_both_ways() {
    const CALL: &str = r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","call_id":"c","name":"Bash","arguments":"{\"command\":\"forbidden\"}"}}"#;
    let (_world, mut stream, heard) = socket(&[CALL, DONE]);
    say(&mut stream, &asks(&format!("DB_PASSWORD={}", password())));
    let mut answers = Vec::new();
    while !answers.iter().any(|it| format!("{it:?}").contains("response.completed")) {
        answers.push(next_message(&mut stream, &mut Reader::of_server(1 << 20)).unwrap());
    }
    let answers = format!("{answers:?}");
    assert!(!answers.contains("function_call") && answers.contains("not this"), "{answers}");
    let heard = heard.lock().unwrap().join("\n");
    assert!(heard.contains("DB_PASSWORD=ZQ") && !heard.contains(&password()), "{heard}");
    assert!(!heard.to_lowercase().contains("permessage-deflate"), "{heard}");
}

#[test]
fn a_message_that_may_not_leave_is_answered_and_the_web_socket_stays() {
    let (_world, mut stream, heard) = socket(&[DONE]);
    say(&mut stream, &asks("unspeakable"));
    let answer = format!("{:?}", next_message(&mut stream, &mut Reader::of_server(1 << 20)));
    assert!(answer.contains("error") && answer.contains("not that"), "{answer}");
    say(&mut stream, &asks("hello"));
    let answer = format!("{:?}", next_message(&mut stream, &mut Reader::of_server(1 << 20)));
    assert!(answer.contains("response.completed"), "{answer}");
    assert!(!heard.lock().unwrap().join("\n").contains("unspeakable"));
}

#[test]
fn what_is_no_message_of_this_interface_ends_a_web_socket() {
    let binary = frame(Sender::Client([0; 4]), &Message::Binary);
    let unmasked = frame(Sender::Server, &Message::Text(asks("hello")));
    let deflated = [0xc1, 0x80, 0, 0, 0, 0].to_vec();
    for bytes in [binary, unmasked, deflated] {
        let (_world, mut stream, heard) = socket(&[DONE]);
        stream.write_all(&bytes).unwrap();
        assert_eq!(said(&mut stream), "");
        assert_eq!(heard.lock().unwrap().len(), 1, "only the head");
    }
}
