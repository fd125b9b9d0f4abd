//! The door through which the gate of a server asks outside of the run that it is within: there is neither a policy nor a ledger
//! inside that could be believed, so nothing is decided there. The server runs inside; every line of both sides is handed out, and
//! what comes back is what each is told.

use super::launch::Launch;
use super::pins::Store;
use super::road::{Origin, ServerRoad};
use crate::commands::run::RunRoad;
use crate::commands::trust;
use crate::doors;
use crate::home::Home;
use portcullis_event::AbsPath;
use portcullis_gateway::mcp::{Between, Line, Out, Session};
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Where it is inside. Outside only root could put something there.
pub(crate) const PLACE: &str = "/run/portcullis/servers.sock";

/// What is taken of one line at most: all of them together have to fit into memory.
const LARGEST: usize = 8 << 20;

/// Servers that are stood before at once.
const MOST: usize = 16;

/// What is wanted has to be said, and an answer to be taken, in this time.
const PATIENCE: Duration = Duration::from_secs(5);

/// Which server, and for whom.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    server: String,
    command: Vec<String>,
    client: String,
}

/// Whether it may be used.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Admitted {
    refused: Option<String>,
}

/// The way out, for the one inside.
pub(crate) struct Outside(Mutex<BufReader<UnixStream>>);

/// Asks outside whether a server may be used; `None` if this is no run.
pub(crate) fn ask(server: &str, command: &[String], client: &str) -> Option<Result<Outside, String>> {
    let wanted = Wanted { server: server.to_owned(), command: command.to_vec(), client: client.to_owned() };
    let begun = |stream| match begin(stream, &wanted) {
        Ok((_, Admitted { refused: Some(words) })) => Err(words),
        Ok((stream, Admitted { refused: None })) => Ok(Outside(Mutex::new(stream))),
        Err(error) => Err(format!("Portcullis: the run outside gave no answer: {error}")),
    };
    Some(doors::knock(PLACE)?.map_err(|why| format!("Portcullis: {why}")).and_then(begun))
}

/// Whether this is the inside of a run.
pub(crate) fn is_there() -> bool {
    std::path::Path::new(PLACE).exists()
}

fn begin(mut stream: UnixStream, wanted: &Wanted) -> io::Result<(BufReader<UnixStream>, Admitted)> {
    let mut line = serde_json::to_vec(wanted)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut stream = BufReader::new(stream);
    let mut answer = String::new();
    stream.read_line(&mut answer)?;
    let admitted = serde_json::from_str(&answer)?;
    Ok((stream, admitted))
}

impl Between for Outside {
    fn take(&self, line: Line, by_client: bool) -> io::Result<Out> {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let side = if by_client { Side::Client } else { Side::Server };
        let text = match line {
            Line::Text(text) if text.len() <= LARGEST => text,
            // What can't be read is nothing that anybody could read outside either.
            Line::Text(_) | Line::Unreadable(_) => String::new(),
        };
        put(stream.get_mut(), side, text.as_bytes())?;
        let mut out = Out::default();
        loop {
            match take(&mut *stream)? {
                (Side::Client, text) => out.to_client.push(text),
                (Side::Server, text) => out.to_server.push(text),
                (Side::None, _) => return Ok(out),
            }
        }
    }
}

/// Whose a text is, or for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Client,
    Server,
    /// Nobody's: nothing more comes.
    None,
}

fn put(to: &mut impl Write, side: Side, text: &[u8]) -> io::Result<()> {
    let mark = match side {
        Side::Client => b'c',
        Side::Server => b's',
        Side::None => b'e',
    };
    let length = u32::try_from(text.len()).map_err(io::Error::other)?;
    let mut head = vec![mark];
    head.extend_from_slice(&length.to_be_bytes());
    to.write_all(&head)?;
    to.write_all(text)
}

fn take(from: &mut impl Read) -> io::Result<(Side, String)> {
    let mut head = [0; 5];
    from.read_exact(&mut head)?;
    let [mark, length @ ..] = head;
    let side = match mark {
        b'c' => Side::Client,
        b's' => Side::Server,
        b'e' => Side::None,
        _ => return Err(io::ErrorKind::InvalidData.into()),
    };
    let length = u32::from_be_bytes(length) as usize;
    // An answer has words of ours in it besides.
    if length > 2 * LARGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut text = Vec::new();
    // It grows with what comes, and not with what is announced.
    from.take(length as u64).read_to_end(&mut text)?;
    if text.len() != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    String::from_utf8(text).map(|text| (side, text)).map_err(io::Error::other)
}

/// Stands before the servers of a run for as long as it lasts.
pub(crate) fn open(listener: OwnedFd, road: Arc<RunRoad>, home: AbsPath) -> io::Result<()> {
    doors::open(listener, "servers", MOST, move |stream| serve(stream, &road, home.clone()))
}

fn serve(stream: UnixStream, road: &RunRoad, home: AbsPath) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    (&mut stream).take(1 << 20).read_line(&mut line)?;
    let wanted: Wanted = serde_json::from_str(&line)?;
    let admitted = admit(&wanted, road, home);
    let refused = admitted.as_ref().err().cloned();
    let mut answer = serde_json::to_vec(&Admitted { refused })?;
    answer.push(b'\n');
    stream.get_mut().write_all(&answer)?;
    let Ok(road) = admitted else { return Ok(()) };
    // From here on both may be silent for as long as they like.
    stream.get_ref().set_read_timeout(None)?;
    let mut session = Session::new(Arc::new(road));
    loop {
        let (side, text) = take(&mut stream)?;
        if side == Side::None {
            return Ok(());
        }
        let is_one = !text.is_empty() && text.len() <= LARGEST && !text.contains('\n');
        let line = if is_one { Line::Text(text) } else { Line::Unreadable("it is no text, or too long") };
        let Out { to_server, to_client } = session.take(line, side == Side::Client);
        let out = stream.get_mut();
        for (side, texts) in [(Side::Client, to_client), (Side::Server, to_server)] {
            for text in texts {
                put(out, side, text.as_bytes())?;
            }
        }
        put(out, Side::None, b"")?;
    }
}

fn admit(wanted: &Wanted, road: &RunRoad, home: AbsPath) -> Result<ServerRoad, String> {
    super::name(&wanted.server)?;
    let (actor, place) = road.origin();
    let root = place.repo.as_ref().or(place.cwd.as_ref()).map(ToString::to_string);
    let lock = root.map(|root| trust::approved(root.as_ref())).transpose();
    let lock = lock.map_err(|failure| format!("Portcullis: {}", failure.what))?.flatten();
    let desk = road.desk().clone();
    let store = Store::at(Home::known(desk.folder().to_owned())).within_a_run();
    let origin = Origin { actor, place, home, desk, store, lock };
    ServerRoad::admit(Arc::clone(road.gate()), origin, &wanted.server, Launch::of(&wanted.command), &wanted.client)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_taken_and_what_is_cut_or_endless_is_not() {
        let mut all = Vec::new();
        put(&mut all, Side::Client, "hällo".as_bytes()).unwrap();
        put(&mut all, Side::None, b"").unwrap();
        let mut from = all.as_slice();
        assert_eq!(take(&mut from).unwrap(), (Side::Client, "hällo".to_owned()));
        assert_eq!(take(&mut from).unwrap(), (Side::None, String::new()));
        for bad in [&all[..3], &all[..8], b"c\xff\xff\xff\xffx", b"z\0\0\0\0", b"s\0\0\0\x01\xff"] {
            assert!(take(&mut &*bad).is_err(), "{bad:?}");
        }
    }
}
