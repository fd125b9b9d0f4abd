//! The name server: every name has an address, and how it was asked for is kept, letter for letter, since letters can carry
//! something out.

use super::Shared;
use super::heard::Heard;
use crate::egress::dns::message::{Answer, Bad, Code, Query, kind, read, write, write_malformed};
use rustix::event::PollFlags;
use std::io::{Read as _, Write as _};
use std::net::{TcpStream, UdpSocket};
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

/// Longest question that is read.
const LONGEST: usize = 2048;

/// How long a question may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Answers datagrams.
pub(super) fn datagrams(shared: &Shared, socket: &UdpSocket) {
    let mut buffer = [0; LONGEST];
    while shared.stop.wait([(socket.as_fd(), PollFlags::IN)], None).is_ok() {
        let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
        if let Some(answer) = respond(shared, buffer.get(..length).unwrap_or_default()) {
            // Who does not take the answer has to ask again.
            socket.send_to(&answer, from).ok();
        }
    }
}

/// Answers the questions of one connection.
pub(super) fn over_tcp(shared: &Shared, mut stream: TcpStream) {
    let patient = stream.set_read_timeout(Some(PATIENCE)).and_then(|()| stream.set_write_timeout(Some(PATIENCE)));
    let mut length = [0; 2];
    while patient.is_ok() && stream.read_exact(&mut length).is_ok() {
        let mut question = vec![0; usize::from(u16::from_be_bytes(length)).min(LONGEST)];
        if stream.read_exact(&mut question).is_err() {
            return;
        }
        let Some(answer) = respond(shared, &question) else { return };
        let Ok(length) = u16::try_from(answer.len()) else { return };
        if stream.write_all(&[&length.to_be_bytes(), answer.as_slice()].concat()).is_err() {
            return;
        }
    }
}

fn respond(shared: &Shared, question: &[u8]) -> Option<Vec<u8>> {
    let query = match read(question) {
        Ok(query) => query,
        Err(Bad::Silence) => return None,
        Err(Bad::Malformed(id)) => return Some(write_malformed(id)),
    };
    let spelled = spelled(&query.question);
    let (code, answers) = answer(shared, &query, &spelled);
    Some(write(&query, code, &answers))
}

fn answer(shared: &Shared, query: &Query, spelled: &str) -> (Code, Vec<Answer>) {
    let is_own = query.name.as_ref().is_some_and(|name| name.is_loopback() || !name.as_str().contains('.'));
    if !is_own && query.kind != kind::PTR {
        shared.record.keep(Heard::Name(spelled.to_owned()));
    }
    let Some(name) = query.name.as_ref().filter(|name| name.address().is_none()) else {
        return (Code::NoName, Vec::new());
    };
    match query.kind {
        kind::A if name.is_loopback() => (Code::Fine, vec![Answer::V4([127, 0, 0, 1].into())]),
        // A single word is the name of a machine nearby, and there is none.
        kind::A if is_own => (Code::NoName, Vec::new()),
        kind::A => match shared.names.stand_in(name, Instant::now()) {
            Some(address) => (Code::Fine, vec![Answer::V4(address)]),
            None => (Code::Failed, Vec::new()),
        },
        kind::PTR => (Code::NoName, Vec::new()),
        _ => (Code::Fine, Vec::new()),
    }
}

/// The name of a question as it was written.
fn spelled(question: &[u8]) -> String {
    let (mut labels, mut rest) = (Vec::new(), question);
    while let [length @ 1..=63, behind @ ..] = rest {
        let Some((label, next)) = behind.split_at_checked(usize::from(*length)) else { break };
        labels.push(String::from_utf8_lossy(label).into_owned());
        rest = next;
    }
    labels.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_as_it_was_written() {
        assert_eq!(spelled(b"\x04QWxs\x07eXample\x00\x00\x01\x00\x01"), "QWxs.eXample");
        assert_eq!(spelled(b"\x09cut"), "");
        assert_eq!(spelled(b""), "");
    }
}
