//! As much HTTP as a witness needs: one request per connection, small bodies, short waits.
//!
//! It speaks plain HTTP: what is exchanged is signed and secret to nobody. Across hosts, put it behind whatever
//! carries your other traffic.

use super::{AddCheckpoint, Refusal, Witness};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Longest head and longest body of a message.
const LONGEST: u64 = 64 << 10;

/// How long either side waits for the other.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connections that are served at once; further ones are closed.
const AT_ONCE: usize = 32;

/// Why a request did not get an answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The address is not one that can be asked.
    #[error("{0} is not an address of the form http://HOST:PORT")]
    Address(String),
    /// The connection failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What came back is not HTTP.
    #[error("the answer is not HTTP: {0}")]
    Malformed(&'static str),
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The body, as text.
    pub body: String,
}

/// Sends `body` to `url` and waits for the answer.
pub fn post(url: &str, body: &[u8]) -> Result<Response, HttpError> {
    post_as(url, "text/plain; charset=utf-8", body)
}

/// The same with a content type.
pub fn post_as(url: &str, content_type: &str, body: &[u8]) -> Result<Response, HttpError> {
    let head = format!("Content-Type: {content_type}\r\nContent-Length: {}\r\n", body.len());
    request("POST", url, &head, body)
}

/// Asks for `url`.
pub fn get(url: &str) -> Result<Response, HttpError> {
    request("GET", url, "", b"")
}

fn request(method: &str, url: &str, head: &str, body: &[u8]) -> Result<Response, HttpError> {
    let bad_address = || HttpError::Address(url.to_owned());
    let rest = url.strip_prefix("http://").ok_or_else(bad_address)?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if authority.is_empty() || url.chars().any(|c| c.is_control() || c == ' ') || authority.contains('@') {
        return Err(bad_address());
    }
    let with_port = if authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        authority.to_owned()
    } else {
        format!("{authority}:80")
    };
    let address = with_port.to_socket_addrs()?.next().ok_or_else(bad_address)?;
    let mut stream = Patient::new(TcpStream::connect_timeout(&address, PATIENCE)?);
    write!(stream, "{method} /{path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n{head}\r\n")?;
    stream.write_all(body)?;
    read_response(&mut BufReader::new(stream))
}

fn read_response(stream: &mut BufReader<Patient>) -> Result<Response, HttpError> {
    let (first, length) = read_head(stream)?;
    let mut words = first.split(' ');
    let version = words.next().is_some_and(|version| version.starts_with("HTTP/1."));
    let status = words.next().and_then(|status| status.parse().ok()).filter(|_| version);
    let status = status.ok_or(HttpError::Malformed("its first line"))?;
    let mut body = Vec::new();
    stream.take(length.unwrap_or(LONGEST).min(LONGEST)).read_to_end(&mut body)?;
    Ok(Response { status, body: String::from_utf8_lossy(&body).into_owned() })
}

/// The first line, and the length of the body if it is stated.
fn read_head(stream: &mut BufReader<Patient>) -> Result<(String, Option<u64>), HttpError> {
    let mut head = stream.take(LONGEST);
    let mut first = String::new();
    head.read_line(&mut first)?;
    let mut length = None;
    loop {
        let mut line = String::new();
        if head.read_line(&mut line)? == 0 {
            return Err(HttpError::Malformed("its head does not end"));
        }
        let line = line.trim_end();
        if line.is_empty() {
            return Ok((first.trim_end().to_owned(), length));
        }
        let (name, value) = line.split_once(':').ok_or(HttpError::Malformed("a header has no colon"))?;
        if name.eq_ignore_ascii_case("content-length") {
            let stated = value.trim().parse().map_err(|_| HttpError::Malformed("its length is not a number"))?;
            if length.replace(stated).is_some_and(|before| before != stated) {
                return Err(HttpError::Malformed("it states two lengths"));
            }
        }
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(HttpError::Malformed("it is sent in chunks"));
        }
    }
}

/// A connection that ends after a while. A limit for each wait would not do: one byte now and then would keep it open.
struct Patient {
    stream: TcpStream,
    until: Instant,
}

impl Patient {
    fn new(stream: TcpStream) -> Self {
        Self { stream, until: Instant::now() + 2 * PATIENCE }
    }

    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the other side takes too long"));
        }
        Ok(Some(left.min(PATIENCE)))
    }
}

impl io::Read for Patient {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(buffer)
    }
}

impl io::Write for Patient {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Serves a witness on `listener` until the process ends. What it does is told to `report`, a line each.
pub fn serve(listener: &TcpListener, witness: &Arc<Witness>, report: fn(&str)) -> io::Result<()> {
    let busy = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        let Ok(stream) = stream else {
            // A client that is gone again, or too many open files: either passes.
            std::thread::sleep(Duration::from_millis(50));
            continue;
        };
        if busy.fetch_add(1, Ordering::AcqRel) >= AT_ONCE {
            busy.fetch_sub(1, Ordering::AcqRel);
            continue;
        }
        let (witness, done) = (witness.clone(), busy.clone());
        let spawned = std::thread::Builder::new().name("witness".to_owned()).spawn(move || {
            if let Err(error) = serve_one(stream, &witness, report) {
                report(&format!("a request failed: {error}"));
            }
            done.fetch_sub(1, Ordering::AcqRel);
        });
        if let Err(error) = spawned {
            busy.fetch_sub(1, Ordering::AcqRel);
            report(&format!("a request failed: {error}"));
        }
    }
    Ok(())
}

fn serve_one(stream: TcpStream, witness: &Witness, report: fn(&str)) -> Result<(), HttpError> {
    let mut reader = BufReader::new(Patient::new(stream));
    let answer = match read_head(&mut reader) {
        Ok((first, length)) => answer(&mut reader, &first, length, witness)?,
        Err(HttpError::Malformed(what)) => Answer::text(400, what),
        Err(error) => return Err(error),
    };
    report(&format!("{} {}", answer.status, answer.body.lines().next().unwrap_or_default()));
    let mut stream = reader.into_inner();
    write!(
        stream,
        "HTTP/1.1 {} -\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
        answer.status,
        answer.content_type,
        answer.body.len(),
        answer.body
    )?;
    Ok(())
}

struct Answer {
    status: u16,
    content_type: &'static str,
    body: String,
}

impl Answer {
    fn text(status: u16, text: impl std::fmt::Display) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", body: format!("{text}\n") }
    }
}

fn answer(
    reader: &mut BufReader<Patient>,
    first: &str,
    length: Option<u64>,
    witness: &Witness,
) -> Result<Answer, HttpError> {
    let mut words = first.split(' ');
    match (words.next(), words.next()) {
        (Some("POST"), Some(path)) if path.ends_with("/add-checkpoint") => {
            let length = length.unwrap_or(0);
            if length > LONGEST {
                return Ok(Answer::text(413, "the request is too long"));
            }
            let mut body = Vec::new();
            reader.take(length).read_to_end(&mut body)?;
            Ok(add_checkpoint(&String::from_utf8_lossy(&body), witness))
        }
        (Some("GET"), Some(path)) => Ok(latest(path, witness)),
        (Some(_), Some(_)) => {
            Ok(Answer::text(405, "only POST /add-checkpoint and GET /ORIGIN/checkpoint are answered"))
        }
        (_, None) | (None, _) => Ok(Answer::text(400, "the first line is not HTTP")),
    }
}

fn add_checkpoint(body: &str, witness: &Witness) -> Answer {
    let request = match AddCheckpoint::parse(body) {
        Ok(request) => request,
        Err(what) => return Answer::text(400, what),
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    match witness.add(&request, now) {
        Ok(line) => Answer { body: line, ..Answer::text(200, "") },
        Err(Refusal::Conflict { size }) => {
            Answer { status: 409, content_type: "text/x.tlog.size", body: format!("{size}\n") }
        }
        Err(refusal @ Refusal::Malformed(_)) => Answer::text(400, refusal),
        Err(refusal @ Refusal::UnknownLog(_)) => Answer::text(404, refusal),
        Err(refusal @ Refusal::NotSigned(_)) => Answer::text(403, refusal),
        Err(refusal @ Refusal::NotAContinuation) => Answer::text(422, refusal),
        Err(refusal @ Refusal::Storage(_)) => Answer::text(500, refusal),
    }
}

/// The newest cosigned checkpoint of a log, for whoever wants to check a copy of it.
fn latest(path: &str, witness: &Witness) -> Answer {
    let origin = path.trim_start_matches('/').strip_suffix("/checkpoint").unwrap_or_default();
    match witness.latest(origin) {
        Ok(Some(note)) => Answer { body: note.to_string(), ..Answer::text(200, "") },
        Ok(None) => Answer::text(404, "this witness has not seen that log"),
        Err(error) => Answer::text(500, error),
    }
}
