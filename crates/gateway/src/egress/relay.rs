//! Moves bytes between two connections, both ways at once, until both sides have said that they are done.

mod flow;

use super::broker::Broker;
use super::road::{Attempt, Notice};
use super::wire::Wire;
use flow::Flow;
pub(crate) use flow::Pipes;
use rustix::event::PollFlags;
use std::io;
use std::os::fd::AsFd as _;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

/// Moves bytes both ways. What was read from either side already goes first. An end is handed on as an end, a reset as a
/// reset. So many bytes came back already.
pub(crate) fn run(broker: &Broker, attempt: &Attempt, mut inside: Wire, mut outside: Wire, already_in: u64) {
    let (first_out, first_in) = (inside.take_held(), outside.take_held());
    let mut out = Flow::new(inside.stream(), outside.stream(), first_out, &broker.pipes);
    let mut back = Flow::new(outside.stream(), inside.stream(), first_in, &broker.pipes);
    let ended = carry(broker, &mut out, &mut back);
    let (bytes_out, bytes_in) = (out.moved(), already_in + back.moved());
    drop((out, back));
    broker.notices.tell(Notice::Closed { attempt: attempt.clone(), bytes_out, bytes_in });
    if ended.is_err() {
        inside.reset();
        outside.reset();
    }
}

fn carry(broker: &Broker, out: &mut Flow<'_>, back: &mut Flow<'_>) -> io::Result<()> {
    loop {
        let (sent, received) = (out.moved(), back.moved());
        let moved = out.step();
        broker.counts.bytes_out.fetch_add(out.moved() - sent, Relaxed);
        let moved_back = back.step();
        broker.counts.bytes_in.fetch_add(back.moved() - received, Relaxed);
        if moved? | moved_back? {
            continue;
        }
        if out.is_over() && back.is_over() {
            return Ok(());
        }
        wait(broker, out, back)?;
    }
}

/// Waits until one of the two can go on.
fn wait(broker: &Broker, out: &Flow<'_>, back: &Flow<'_>) -> io::Result<()> {
    let when = |yes: bool, flag: PollFlags| if yes { flag } else { PollFlags::empty() };
    let inside = when(out.wants_to_read(), PollFlags::IN) | when(back.wants_to_write(), PollFlags::OUT);
    let outside = when(back.wants_to_read(), PollFlags::IN) | when(out.wants_to_write(), PollFlags::OUT);
    let deadline = Instant::now() + broker.settings.idle;
    let ready = broker.stop.wait([(out.from().as_fd(), inside), (back.from().as_fd(), outside)], Some(deadline))?;
    // A reset arrives even where nothing is waited for.
    if ready.iter().any(|flags| flags.contains(PollFlags::ERR)) {
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    Ok(())
}
