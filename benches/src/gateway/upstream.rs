//! A server that answers as a model does, as cheaply as it can be done: whole, as a stream of events, or with a stream that
//! stays open until it is let go.

use super::load::{Framing, head};
use anyhow::Context as _;
use std::io::{BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::Builder;

/// How many events a stream has.
pub(super) const EVENTS: usize = 300;

/// A prompt that names this model gets a stream that stays open.
pub(super) const HELD: &str = "claude-bench-held";

/// A prompt that names a model which begins so is answered as no server should: by what stands behind it.
pub(super) const FAULT: &str = "claude-bench-fault-";

/// So little stack is enough for a thousand threads that wait.
const STACK: usize = 128 << 10;

/// Whether streams that stay open are let go.
#[derive(Debug, Default)]
struct Gone {
    is: Mutex<bool>,
    news: Condvar,
}

/// The server.
#[derive(Debug)]
pub(super) struct Upstream {
    pub(super) port: u16,
    gone: Arc<Gone>,
}

/// What it answers, written once.
struct Answers {
    whole: Vec<u8>,
    /// The head of a stream, and its events, each as it is written.
    stream: Vec<Vec<u8>>,
}

impl Upstream {
    pub(super) fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let gone = Arc::new(Gone::default());
        let (of_thread, answers) = (Arc::clone(&gone), Arc::new(Answers::new()));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (gone, answers) = (Arc::clone(&of_thread), Arc::clone(&answers));
                // Whoever can't be served notices, and with it the measurement.
                Builder::new().stack_size(STACK).spawn(move || serve(&stream, &answers, &gone).ok()).ok();
            }
        });
        Ok(Self { port, gone })
    }

    /// Ends the streams that stay open.
    pub(super) fn let_go(&self) {
        *self.gone.is.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.gone.news.notify_all();
    }
}

impl Answers {
    fn new() -> Self {
        let message = |text: &str| {
            let content = if text.is_empty() { String::new() } else { format!(r#"{{"type":"text","text":"{text}"}}"#) };
            format!(
                r#"{{"id":"msg_1","type":"message","role":"assistant","model":"claude-bench","content":[{content}],"stop_reason":"end_turn","stop_sequence":null,"usage":{{"input_tokens":9,"output_tokens":9}}}}"#
            )
        };
        let body = message("It is done: two files were changed, and all tests pass.");
        let whole = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        let mut events = vec![
            event("message_start", &format!(r#","message":{}"#, message(""))),
            event("content_block_start", r#","index":0,"content_block":{"type":"text","text":""}"#),
        ];
        events.extend((0..EVENTS - 5).map(|number| {
            let word =
                ["the ", "file ", "has ", "a ", "function ", "that "].get(number % 6).copied().unwrap_or_default();
            event("content_block_delta", &format!(r#","index":0,"delta":{{"type":"text_delta","text":"{word}"}}"#))
        }));
        events.push(event("content_block_stop", r#","index":0"#));
        let stop = r#","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":300}"#;
        events.push(event("message_delta", stop));
        events.push(event("message_stop", ""));
        let chunks = events.iter().map(|event| format!("{:x}\r\n{event}\r\n", event.len()).into_bytes());
        let end = b"0\r\n\r\n".to_vec();
        Self { whole: whole.into_bytes(), stream: [head.into()].into_iter().chain(chunks).chain([end]).collect() }
    }
}

fn event(kind: &str, rest: &str) -> String {
    format!("event: {kind}\ndata: {{\"type\":\"{kind}\"{rest}}}\n\n")
}

fn serve(stream: &TcpStream, answers: &Answers, gone: &Gone) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(16 << 10, stream);
    loop {
        let Framing::Length(length) = head(&mut reader)?.framing else { return Ok(()) };
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let body = std::str::from_utf8(&body).context("a prompt is no text")?;
        if let Some(fault) = body.split_once(FAULT).and_then(|(_, rest)| rest.split('"').next()) {
            return fails(stream, fault, answers);
        }
        answer(stream, body, answers, gone)?;
    }
}

fn answer(mut stream: &TcpStream, body: &str, answers: &Answers, gone: &Gone) -> anyhow::Result<()> {
    if !body.contains(r#""stream":true"#) && !body.contains(r#""stream": true"#) {
        return Ok(stream.write_all(&answers.whole)?);
    }
    let (first, rest) = answers.stream.split_at(2.min(answers.stream.len()));
    first.iter().try_for_each(|part| stream.write_all(part))?;
    if body.contains(HELD) {
        let is = gone.is.lock().unwrap_or_else(PoisonError::into_inner);
        drop(gone.news.wait_while(is, |is| !*is));
    }
    Ok(rest.iter().try_for_each(|part| stream.write_all(part))?)
}

/// Answers badly, and ends the connection.
fn fails(mut stream: &TcpStream, how: &str, answers: &Answers) -> anyhow::Result<()> {
    const PAUSE: std::time::Duration = std::time::Duration::from_millis(20);
    let (half, rest) = answers.stream.split_at(answers.stream.len() / 2);
    match how {
        "gone" => {}
        "error" => {
            let said = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
            let head = "HTTP/1.1 529 Overloaded\r\nContent-Type: application/json\r\nConnection: close";
            write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{said}", said.len())?;
        }
        "cut" => half.iter().try_for_each(|part| stream.write_all(part))?,
        "malformed" => {
            half.iter().try_for_each(|part| stream.write_all(part))?;
            let broken = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\n\n";
            write!(stream, "{:x}\r\n{broken}\r\n", broken.len())?;
            rest.iter().try_for_each(|part| stream.write_all(part))?;
        }
        _ => {
            for parts in answers.stream.chunks(30) {
                parts.iter().try_for_each(|part| stream.write_all(part))?;
                std::thread::sleep(PAUSE);
            }
        }
    }
    Ok(())
}
