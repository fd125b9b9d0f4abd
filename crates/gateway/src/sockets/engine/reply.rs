//! What an engine answers, handed on: read to its end as one answer, and written anew.

use super::ask::Ask;
use super::mask::mask;
use crate::egress::http::body::{Body, Reader, Step, of_reply};
use crate::egress::http::head::{Head, Read, reply};
use crate::sockets::Settings;
use crate::sockets::wire::Wire;
use serde_json::Value;
use std::io;
use std::time::{Duration, Instant};

/// Longest answer that is read before it is handed on.
const LONGEST: usize = 16 << 20;

/// Headers that are handed on: what the answer is, and which API this is.
const HEADERS: &[&str] =
    &["content-type", "api-version", "ostype", "server", "docker-experimental", "libpod-api-version"];

/// Longest time in which nothing comes of what comes for as long as somebody listens.
const QUIET: Duration = Duration::from_hours(24);

/// What went wrong, and whether a part was handed on already.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) why: String,
    pub(super) begun: bool,
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self { why: error.to_string(), begun: false }
    }
}

fn failed(why: &'static str) -> Failed {
    Failed { why: why.to_owned(), begun: false }
}

/// Hands on the answer that comes from `outside`. `chunks`: whether whoever asked understands them.
pub(super) fn hand_on(
    mut outside: Wire,
    inside: &Wire,
    asked: &Ask,
    settings: Settings,
    chunks: bool,
) -> Result<(), Failed> {
    let patience = if asked.verb.streams() { QUIET } else { settings.answering };
    let head = head(&mut outside, patience)?;
    if head.second.starts_with('1') {
        return Err(failed("it wants to change the protocol"));
    }
    let method = if asked.is_head { "HEAD" } else { "GET" };
    let body = of_reply(&head, method).map_err(failed)?;
    let mut source = Source { outside, reader: Reader::new(body), patience };
    let begins = |error: io::Error| Failed { why: error.to_string(), begun: true };
    if body == Body::None {
        return inside.send(&answer(&head, "Content-Length: 0"), soon(settings)).map_err(begins);
    }
    if !asked.verb.streams() {
        let text = cleaned(&source.all()?)?;
        let mut whole = answer(&head, &format!("Content-Length: {}", text.len()));
        whole.extend_from_slice(&text);
        return inside.send(&whole, soon(settings)).map_err(begins);
    }
    let framing = if chunks { "Transfer-Encoding: chunked" } else { "Connection: close" };
    inside.send(&answer(&head, framing), soon(settings)).map_err(begins)?;
    let carried = stream(&mut source, inside, settings, chunks);
    carried.map_err(|failed| Failed { begun: true, ..failed })
}

fn soon(settings: Settings) -> Instant {
    Instant::now() + settings.idle
}

fn stream(source: &mut Source, inside: &Wire, settings: Settings, chunks: bool) -> Result<(), Failed> {
    while let Some(piece) = source.next()? {
        if chunks {
            let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
            chunk.extend_from_slice(&piece);
            chunk.extend_from_slice(b"\r\n");
            inside.send(&chunk, soon(settings))?;
        } else {
            inside.send(&piece, soon(settings))?;
        }
    }
    if chunks { Ok(inside.send(b"0\r\n\r\n", soon(settings))?) } else { Ok(()) }
}

fn head(outside: &mut Wire, patience: Duration) -> Result<Head, Failed> {
    let deadline = Instant::now() + patience;
    loop {
        match reply(outside.held()).map_err(failed)? {
            Read::Whole(head, length) => {
                outside.consume(length);
                return Ok(head);
            }
            Read::Partial if !outside.fill(deadline)? => return Err(failed("it hangs up before it answers")),
            Read::Partial => {}
        }
    }
}

/// The head of the answer as it is handed on.
fn answer(head: &Head, framing: &str) -> Vec<u8> {
    let mut out = format!("HTTP/1.1 {} {}\r\n", head.second, plain(head.third.as_bytes())).into_bytes();
    for (name, value) in head.headers.iter().filter(|(name, _)| HEADERS.contains(&name.to_ascii_lowercase().as_str())) {
        out.extend_from_slice(format!("{name}: {}\r\n", plain(value)).as_bytes());
    }
    out.extend_from_slice(format!("{framing}\r\n\r\n").as_bytes());
    out
}

fn plain(value: &[u8]) -> String {
    String::from_utf8_lossy(value).chars().filter(|c| matches!(c, ' '..='~')).take(256).collect()
}

/// An answer without the values that are not to be seen. What can't be read can't be cleaned, and is not handed on.
fn cleaned(text: &[u8]) -> Result<Vec<u8>, Failed> {
    if matches!(text.trim_ascii(), b"" | b"OK") {
        return Ok(text.to_vec());
    }
    let mut value: Value = serde_json::from_slice(text).map_err(|_| failed("its answer can't be read"))?;
    mask(&mut value);
    Ok(value.to_string().into_bytes())
}

/// The body of an answer, piece by piece.
struct Source {
    outside: Wire,
    reader: Reader,
    patience: Duration,
}

impl Source {
    fn next(&mut self) -> Result<Option<Vec<u8>>, Failed> {
        loop {
            let piece = match self.reader.step(self.outside.held()).map_err(failed)? {
                Step::Data(count) => {
                    let piece = self.outside.held().get(..count).unwrap_or_default().to_vec();
                    self.outside.consume(count);
                    return Ok(Some(piece));
                }
                Step::Skip(count) => count,
                Step::End(_) => return Ok(None),
                Step::Wait if !self.outside.fill(Instant::now() + self.patience)? => {
                    let is_end = matches!(self.reader, Reader::UntilClose);
                    return if is_end { Ok(None) } else { Err(failed("it hangs up in the middle of its answer")) };
                }
                Step::Wait => 0,
            };
            self.outside.consume(piece);
        }
    }

    /// All of it, if it is not too long.
    fn all(&mut self) -> Result<Vec<u8>, Failed> {
        let mut all = Vec::new();
        while let Some(piece) = self.next()? {
            all.extend_from_slice(&piece);
            if all.len() > LONGEST {
                return Err(failed("its answer is too long"));
            }
        }
        Ok(all)
    }
}
