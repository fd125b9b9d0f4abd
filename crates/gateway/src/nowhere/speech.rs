//! A connection that speaks no HTTP. What it says is kept; while it waits to be told something, it is told a command that does
//! nothing but leave a mark. A mail server is waited for with a greeting.

use super::Shared;
use super::heard::{Heard, LONGEST};
use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

/// How long one connection may go on.
const LONGEST_TIME: Duration = Duration::from_secs(15);

/// How often somebody is told something who waits.
const MOST_TOLD: usize = 2;

/// Greetings that programs wait for, by port.
fn greeting(port: u16) -> Option<&'static [u8]> {
    match port {
        21 | 25 | 465 | 587 | 2525 => Some(b"220 ready\r\n"),
        22 => Some(b"SSH-2.0-OpenSSH_9.2\r\n"),
        110 => Some(b"+OK\r\n"),
        143 | 993 => Some(b"* OK\r\n"),
        _ => None,
    }
}

/// Listens until nothing comes any more. `bytes` is what was said already.
pub(super) fn listen(shared: &Shared, (host, port): (String, u16), mut bytes: Vec<u8>, wire: &mut (impl Read + Write)) {
    let until = Instant::now() + LONGEST_TIME;
    let (mut told, mut piece) = (0, [0; 16 << 10]);
    let greeting = greeting(port);
    if let Some(greeting) = greeting.filter(|_| bytes.is_empty()) {
        wire.write_all(greeting).and_then(|()| wire.flush()).ok();
    }
    while Instant::now() < until && bytes.len() < LONGEST {
        match wire.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => {
                bytes.extend_from_slice(piece.get(..count).unwrap_or_default());
                // Mail is handed over line by line, each of which wants to hear that it is well.
                if greeting.is_some_and(|it| it.starts_with(b"220")) {
                    let reply: &[u8] =
                        if bytes.to_ascii_uppercase().ends_with(b"DATA\r\n") { b"354 go\r\n" } else { b"250 ok\r\n" };
                    if wire.write_all(reply).and_then(|()| wire.flush()).is_err() {
                        break;
                    }
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if told >= MOST_TOLD || greeting.is_some() {
                    break;
                }
                told += 1;
                if wire.write_all(&shared.baits.told()).and_then(|()| wire.flush()).is_err() {
                    break;
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    shared.record.keep(Heard::Said { host, port, bytes });
}
