//! A server on this machine, with a certificate of an authority that only tests trust, and what attackers do with it.

use super::{Asker, Check, Client, Verdict};
use crate::verify::verdict::Reason;
use ed25519_dalek::{Signer as _, SigningKey};
use portcullis_event::Secret;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, PKCS_ED25519, PublicKeyData, SignatureAlgorithm};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use ureq::tls::Certificate;

/// A key that signs certificates.
struct Key(SigningKey, [u8; 32]);

impl Key {
    fn new(seed: u8) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let public = key.verifying_key().to_bytes();
        Self(key, public)
    }

    /// The key in the form that servers read.
    fn der(&self) -> PrivateKeyDer<'static> {
        let head = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from([&head[..], &self.0.to_bytes()].concat()))
    }
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        &self.1
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ED25519
    }
}

impl rcgen::SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.0.sign(message).to_bytes().to_vec())
    }
}

/// An authority, and a certificate of it for this machine.
struct Authority {
    root: CertificateDer<'static>,
    leaf: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Authority {
    fn new(seed: u8, name: &str) -> Self {
        let (root_key, leaf_key) = (Key::new(seed), Key::new(seed + 1));
        let mut root = CertificateParams::new(Vec::new()).unwrap();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.serial_number = Some(vec![seed].into());
        let root_certificate = root.self_signed(&root_key).unwrap();
        let mut leaf = CertificateParams::new(vec![name.to_owned()]).unwrap();
        leaf.serial_number = Some(vec![seed + 1].into());
        let issuer = Issuer::new(root, root_key);
        let leaf_certificate = leaf.signed_by(&leaf_key, &issuer).unwrap();
        Self { root: root_certificate.der().clone(), leaf: leaf_certificate.der().clone(), key: leaf_key.der() }
    }

    fn trusted(&self) -> Vec<Certificate<'static>> {
        vec![Certificate::from_der(&self.root).to_owned()]
    }
}

/// How the server answers, one after the other; the last one again and again.
#[derive(Clone)]
enum Answer {
    Text(String),
    /// A head, and then bytes without end.
    Endless,
    /// Nothing at all.
    Silence,
}

struct Server {
    port: u16,
    requests: Receiver<String>,
    authority: Authority,
}

fn reply(status: &str, body: &str) -> Answer {
    Answer::Text(format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
}

impl Server {
    fn start(name: &str, answers: Vec<Answer>) -> Self {
        let authority = Authority::new(1, name);
        let provider = Arc::new(rustls_graviola::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth();
        let chain = vec![authority.leaf.clone()];
        let config = Arc::new(config.with_single_cert(chain, authority.key.clone_key()).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, requests) = channel();
        let answers = Arc::new(Mutex::new(answers));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, answers, sender) = (Arc::clone(&config), Arc::clone(&answers), sender.clone());
                thread::spawn(move || {
                    let answer = {
                        let mut answers = answers.lock().unwrap();
                        if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }
                    };
                    if let Some(request) = serve(stream, config, &answer) {
                        drop(sender.send(request));
                    }
                });
            }
        });
        Self { port, requests, authority }
    }

    fn asker(&self) -> Asker {
        Asker::hurried(self.client(Duration::from_secs(20)), 100)
    }

    fn client(&self, patience: Duration) -> Client {
        Client::new(&self.authority.trusted(), None, patience)
    }

    fn check(&self, rest: &str) -> Check {
        let json = format!("{{\"url\":\"https://127.0.0.1:{}/me\",\"method\":\"GET\",{rest}}}", self.port);
        Check::parse(&json).unwrap()
    }

    fn bearer(&self) -> Check {
        self.check("\"headers\":{\"Authorization\":\"Bearer {secret}\"},\"valid\":[200],\"invalid\":[401]")
    }
}

/// Reads the head of a request and what belongs to it, and answers. Nothing if there was none.
fn serve(stream: TcpStream, config: Arc<ServerConfig>, answer: &Answer) -> Option<String> {
    let mut tls = StreamOwned::new(ServerConnection::new(config).ok()?, stream);
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        if tls.read(&mut byte).ok()? == 0 {
            return None;
        }
        request.push(byte[0]);
    }
    let head = String::from_utf8(request).ok()?;
    let length = head.to_lowercase().lines().find_map(|it| it.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    tls.read_exact(&mut body).ok()?;
    match answer {
        Answer::Text(text) => {
            tls.write_all(text.as_bytes()).ok()?;
            tls.conn.send_close_notify();
            tls.flush().ok()?;
        }
        Answer::Endless => {
            tls.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
            while tls.write_all(&[b'x'; 4096]).is_ok() {}
        }
        Answer::Silence => thread::sleep(Duration::from_secs(5)),
    }
    Some(head + &String::from_utf8_lossy(&body))
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

#[test]
fn the_issuer_says_whether_a_secret_is_live_and_is_asked_once() {
    let server = Server::start("127.0.0.1", vec![reply("200 OK", "{}"), reply("401 Unauthorized", "no")]);
    let (mut asker, check) = (server.asker(), server.bearer());
    assert_eq!(asker.ask("a-rule", &check, &secret("good")), Verdict::Live);
    assert_eq!(asker.ask("a-rule", &check, &secret("good")), Verdict::Live);
    assert_eq!(asker.ask("a-rule", &check, &secret("bad")), Verdict::NotLive);
    assert_eq!(asker.asked(), 2);
    let request = server.requests.recv().unwrap();
    assert!(request.starts_with("GET /me HTTP/1.1\r\n"), "{request}");
    assert!(request.to_lowercase().contains("authorization: bearer good\r\n"), "{request}");
    assert!(request.contains(&format!("portcullis/{}", env!("CARGO_PKG_VERSION"))), "{request}");
}

#[test]
fn names_and_bodies_are_sent_as_the_rule_says() {
    let server = Server::start("127.0.0.1", vec![reply("200 OK", "{\"ok\": true}")]);
    let mut asker = server.asker();
    let basic = server.check("\"basic\":[\"{secret}\",\"\"],\"valid\":[200]");
    assert_eq!(asker.ask("a", &basic, &secret("k1")), Verdict::Live);
    assert!(
        server.requests.recv().unwrap().to_lowercase().contains("authorization: basic azE6".to_lowercase().as_str())
    );
    let json = format!(
        "{{\"url\":\"https://127.0.0.1:{}/q?k={{secret}}\",\"method\":\"POST\",\"headers\":{{\"Content-Type\":\"application/json\"}},\
         \"body\":\"{{\\\"k\\\":\\\"{{secret}}\\\"}}\",\"valid_body\":\"\\\"ok\\\": ?true\"}}",
        server.port
    );
    let check = Check::parse(&json).unwrap();
    assert_eq!(asker.ask("b", &check, &secret("a\"/@b")), Verdict::Live);
    let request = server.requests.recv().unwrap();
    assert!(request.starts_with("POST /q?k=a%22%2F%40b HTTP/1.1\r\n"), "{request}");
    assert!(request.ends_with("{\"k\":\"a\\\"/@b\"}"), "{request}");
}

#[test]
fn a_redirect_is_not_followed() {
    let there = Server::start("127.0.0.1", vec![reply("200 OK", "")]);
    let elsewhere = format!("https://127.0.0.1:{}/", there.port);
    let answer = format!("HTTP/1.1 302 Found\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n");
    let server = Server::start("127.0.0.1", vec![Answer::Text(answer)]);
    assert_eq!(server.asker().ask("a", &server.bearer(), &secret("s")), Verdict::Unknown(Reason::Redirected));
    assert!(there.requests.try_recv().is_err(), "nobody else was asked");
}

#[test]
fn a_host_that_asks_for_patience_is_asked_again_and_then_left_alone() {
    let busy =
        |after: &str| Answer::Text(format!("HTTP/1.1 429 Wait\r\nRetry-After: {after}\r\nContent-Length: 0\r\n\r\n"));
    let server = Server::start("127.0.0.1", vec![busy("0"), reply("200 OK", ""), busy("3600")]);
    let (mut asker, check) = (server.asker(), server.bearer());
    assert_eq!(asker.ask("a", &check, &secret("1")), Verdict::Live);
    assert_eq!(asker.asked(), 2);
    assert_eq!(asker.ask("a", &check, &secret("2")), Verdict::Unknown(Reason::Busy));
    assert_eq!(asker.ask("a", &check, &secret("3")), Verdict::Unknown(Reason::Busy));
    assert_eq!(asker.asked(), 3, "a busy host is not asked again");
}

#[test]
fn there_is_an_end_to_questions() {
    let server = Server::start("127.0.0.1", vec![reply("200 OK", "")]);
    let (mut asker, check) = (Asker::hurried(server.client(Duration::from_secs(20)), 1), server.bearer());
    assert_eq!(asker.ask("a", &check, &secret("1")), Verdict::Live);
    assert_eq!(asker.ask("a", &check, &secret("2")), Verdict::Unknown(Reason::TooMany));
}

#[test]
fn an_answer_without_end_is_cut_off() {
    let server = Server::start("127.0.0.1", vec![Answer::Endless]);
    assert_eq!(server.asker().ask("a", &server.bearer(), &secret("s")), Verdict::Live);
}

#[test]
fn a_host_that_says_nothing_is_given_up() {
    let server = Server::start("127.0.0.1", vec![Answer::Silence]);
    let (mut asker, check) = (Asker::hurried(server.client(Duration::from_millis(300)), 100), server.bearer());
    for number in ["1", "2", "3"] {
        assert_eq!(asker.ask("a", &check, &secret(number)), Verdict::Unknown(Reason::TooSlow));
    }
    assert_eq!(asker.ask("a", &check, &secret("4")), Verdict::Unknown(Reason::GivenUp));
}

#[test]
fn a_certificate_that_is_not_trusted_or_not_of_the_host_gets_no_secret() {
    let server = Server::start("127.0.0.1", vec![reply("200 OK", "")]);
    let other = Client::new(&Authority::new(7, "127.0.0.1").trusted(), None, Duration::from_secs(20));
    let mut asker = Asker::hurried(other, 100);
    assert_eq!(asker.ask("a", &server.bearer(), &secret("s")), Verdict::Unknown(Reason::NotSecure));
    let wrong = Server::start("elsewhere.example", vec![reply("200 OK", "")]);
    assert_eq!(wrong.asker().ask("a", &wrong.bearer(), &secret("s")), Verdict::Unknown(Reason::NotSecure));
    assert!(server.requests.try_recv().is_err() && wrong.requests.try_recv().is_err());
}

#[test]
fn what_is_no_tls_and_no_http_is_no_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
        }
    });
    let server = Server::start("127.0.0.1", vec![Answer::Text("SSH-2.0-x\r\n\r\n".to_owned())]);
    let json = format!("{{\"url\":\"https://127.0.0.1:{port}/\",\"valid\":[200]}}");
    let plain = Check::parse(&json).unwrap();
    let verdict = server.asker().ask("a", &plain, &secret("s"));
    assert!(matches!(verdict, Verdict::Unknown(Reason::NotSecure | Reason::NoConnection)), "{verdict}");
    assert_eq!(server.asker().ask("a", &server.bearer(), &secret("s")), Verdict::Unknown(Reason::NoHttp));
}

#[test]
fn a_secret_that_would_break_the_request_is_not_sent() {
    let server = Server::start("127.0.0.1", vec![reply("200 OK", "")]);
    let mut asker = server.asker();
    for text in ["a\r\nHost: elsewhere.example", "a\nb", "a\0", "ü"] {
        assert_eq!(asker.ask("a", &server.bearer(), &secret(text)), Verdict::Unknown(Reason::DoesNotFit));
    }
    assert_eq!(asker.asked(), 0);
}

#[test]
fn no_word_about_a_question_quotes_it() {
    let server = Server::start("127.0.0.1", vec![reply("500 Oops", "Bearer s3cr3t")]);
    let mut asker = server.asker();
    let verdict = asker.ask("a", &server.bearer(), &secret("s3cr3t"));
    assert_eq!(verdict.to_string(), "unknown: the issuer is in trouble (status 500)");
    assert!(!format!("{asker:?} {verdict:?}").contains("s3cr3t"));
}
