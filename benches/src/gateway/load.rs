//! The client: sends prompts one after the other over connections that stay open, and reads every answer to its end.

use super::prompts::Prompt;
use anyhow::{Context as _, bail};
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Nothing that is measured here takes longer.
const PATIENCE: Duration = Duration::from_mins(1);

/// How the end of a body is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Length(usize),
    Chunks,
    UntilClose,
}

/// The head of a message.
#[derive(Debug)]
pub(super) struct Head {
    /// Its first line.
    pub(super) first: String,
    pub(super) framing: Framing,
}

/// Reads the head of a request or of a reply.
pub(super) fn head(reader: &mut impl BufRead) -> anyhow::Result<Head> {
    let (mut first, mut line) = (String::new(), String::new());
    let mut framing = Framing::UntilClose;
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            bail!("the connection has ended");
        }
        let text = line.trim_end();
        if text.is_empty() {
            return Ok(Head { first, framing });
        }
        if first.is_empty() {
            text.clone_into(&mut first);
        }
        let (name, value) = text.split_once(':').unwrap_or((text, ""));
        if name.eq_ignore_ascii_case("content-length") {
            framing = Framing::Length(value.trim().parse()?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            framing = Framing::Chunks;
        }
    }
}

/// A connection of the client.
#[derive(Debug)]
pub(super) struct Connection {
    reader: BufReader<TcpStream>,
}

impl Connection {
    pub(super) fn open(port: u16) -> anyhow::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { reader: BufReader::with_capacity(16 << 10, stream) })
    }

    fn send(&mut self, body: &[u8]) -> anyhow::Result<()> {
        let head = format!(
            "POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: claude-cli/2.1 (bench)\r\n\
             anthropic-version: 2023-06-01\r\nx-api-key: none\r\nAuthorization: Bearer none\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        Ok(self.reader.get_mut().write_all(&[head.as_bytes(), body].concat())?)
    }

    /// Reads the head and the first bytes of the body; how the rest ends.
    fn begin(&mut self) -> anyhow::Result<Framing> {
        let head = head(&mut self.reader)?;
        if head.first.split(' ').nth(1) != Some("200") {
            let mut said = String::new();
            self.reader.get_mut().set_read_timeout(Some(Duration::from_millis(100)))?;
            self.reader.read_to_string(&mut said).ok();
            bail!("a prompt was answered with {}: {said}", head.first);
        }
        if self.reader.fill_buf()?.is_empty() {
            bail!("an answer has no body");
        }
        Ok(head.framing)
    }

    /// Reads to the end of the body.
    fn end(&mut self, framing: Framing) -> anyhow::Result<()> {
        match framing {
            Framing::Length(length) => self.skip(length),
            Framing::Chunks => {
                let mut line = String::new();
                loop {
                    line.clear();
                    self.reader.read_line(&mut line)?;
                    let length = usize::from_str_radix(line.trim(), 16).context("a chunk has no length")?;
                    self.skip(length + 2)?;
                    if length == 0 {
                        return Ok(());
                    }
                }
            }
            Framing::UntilClose => bail!("the end of an answer is not told"),
        }
    }

    fn skip(&mut self, mut count: usize) -> anyhow::Result<()> {
        while count > 0 {
            let held = self.reader.fill_buf()?.len().min(count);
            if held == 0 {
                bail!("an answer was cut");
            }
            self.reader.consume(held);
            count -= held;
        }
        Ok(())
    }

    /// Asks, and reads all of the answer; how long its first byte took.
    pub(super) fn ask(&mut self, body: &[u8]) -> anyhow::Result<Duration> {
        let start = Instant::now();
        self.send(body)?;
        let framing = self.begin()?;
        let first = start.elapsed();
        self.end(framing)?;
        Ok(first)
    }

    /// Asks, and reads no further than the first byte of the answer.
    pub(super) fn ask_for_the_beginning(&mut self, body: &[u8]) -> anyhow::Result<()> {
        self.send(body)?;
        self.begin().map(drop)
    }
}

/// Asks over so many connections for so long; how many prompts were answered. Each has a number of its own.
pub(super) fn run(
    port: u16,
    prompt: &Prompt,
    connections: usize,
    lasting: Duration,
    numbers: &AtomicU64,
) -> anyhow::Result<u64> {
    let end = Instant::now() + lasting;
    let one = || -> anyhow::Result<u64> {
        let (mut connection, mut prompt) = (Connection::open(port)?, prompt.clone());
        let mut count = 0;
        while Instant::now() < end {
            connection.ask(prompt.with(numbers.fetch_add(1, Ordering::Relaxed)))?;
            count += 1;
        }
        Ok(count)
    };
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..connections).map(|_| scope.spawn(one)).collect();
        all.into_iter().map(|it| it.join().map_err(|_| anyhow::anyhow!("a client broke"))?).sum()
    })
}

/// How long the first byte of an answer takes, one prompt after the other; ascending.
pub(super) fn first_bytes(
    port: u16,
    prompt: &Prompt,
    count: usize,
    numbers: &AtomicU64,
) -> anyhow::Result<Vec<Duration>> {
    let (mut connection, mut prompt) = (Connection::open(port)?, prompt.clone());
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        all.push(connection.ask(prompt.with(numbers.fetch_add(1, Ordering::Relaxed)))?);
    }
    all.sort_unstable();
    Ok(all)
}
