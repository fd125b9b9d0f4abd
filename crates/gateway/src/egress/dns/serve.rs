//! Answers questions, over UDP by one thread and over TCP by one for each connection.

use super::super::broker::Broker;
use super::super::road::{Door, Notice};
use super::super::wire::Wire;
use super::answer::{Remark, answer};
use super::message::{Bad, read, write, write_malformed};
use rustix::event::PollFlags;
use std::io;
use std::net::UdpSocket;
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Instant;

/// Longest question that is read; every name fits many times.
const LONGEST: usize = 2048;

/// Answers datagrams.
pub(crate) fn datagrams(broker: Arc<Broker>, socket: UdpSocket) -> io::Result<JoinHandle<()>> {
    socket.set_nonblocking(true)?;
    Builder::new().name("egress-names".to_owned()).spawn(move || {
        let mut buffer = [0; LONGEST];
        while broker.stop.wait([(socket.as_fd(), PollFlags::IN)], None).is_ok() {
            let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
            if let Some(answer) = respond(&broker, buffer.get(..length).unwrap_or_default()) {
                // Who does not take the answer has to ask again.
                socket.send_to(&answer, from).ok();
            }
        }
    })
}

/// Answers the questions of one connection, one after the other.
pub(crate) fn connection(broker: &Arc<Broker>, mut wire: Wire) {
    while let Ok(Some(question)) = next(&mut wire, broker.opening_deadline()) {
        let Some(answer) = respond(broker, &question) else { return };
        let Ok(length) = u16::try_from(answer.len()) else { return };
        if wire.send(&[&length.to_be_bytes(), answer.as_slice()].concat(), broker.opening_deadline()).is_err() {
            return;
        }
    }
}

/// The next question of a connection, which has its length in front.
fn next(wire: &mut Wire, deadline: Instant) -> io::Result<Option<Vec<u8>>> {
    loop {
        if let Some(length) = wire.held().first_chunk::<2>() {
            let length = usize::from(u16::from_be_bytes(*length));
            if length > LONGEST {
                return Ok(None);
            }
            if let Some(question) = wire.held().get(2..2 + length).map(<[u8]>::to_vec) {
                wire.consume(2 + length);
                return Ok(Some(question));
            }
        }
        if !wire.fill(deadline)? {
            return Ok(None);
        }
    }
}

fn respond(broker: &Broker, question: &[u8]) -> Option<Vec<u8>> {
    let query = match read(question) {
        Ok(query) => query,
        Err(Bad::Silence) => return None,
        Err(Bad::Malformed(id)) => {
            broker.notices.mention(Notice::Malformed { door: Door::Dns, why: "it is not a single question" });
            return Some(write_malformed(id));
        }
    };
    let reply = answer(&query, &broker.names, &broker.settings.local_names, Instant::now());
    match (reply.remark, &query.name) {
        (Remark::Nothing, _) | (Remark::Unusual, None) => {}
        (Remark::Unusual, Some(name)) => {
            broker.notices.mention(Notice::Lookup { name: name.clone(), kind: query.kind });
        }
        (Remark::Crowded, _) => broker.notices.mention(Notice::Crowded { door: Door::Dns }),
    }
    Some(write(&query, reply.code, &reply.answers))
}
