//! A socket that is passed through: that somebody connects is asked about, and what is said is not read.
//!
//! Descriptors that are sent along are not passed on.

use super::Shared;
use super::road::{Answer, Notice};
use super::wire::Wire;
use portcullis_event::{AbsPath, Socket, SocketOp};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is moved at once.
const PIECE: usize = 64 << 10;

pub(super) fn serve(shared: &Shared, outside: &Path, inside: &Wire) {
    let Ok(path) = AbsPath::from_os(outside) else { return };
    let asked = Socket { path: Some(path), ..Socket::new(SocketOp::Connect, "plain") };
    if shared.asker.ask(&asked) != Answer::Allow {
        return;
    }
    match Wire::to(outside, Arc::clone(inside.stop())) {
        Ok(outside) => carry(inside, &outside, shared.settings.idle),
        Err(error) => shared.asker.tell(&Notice::Unanswered { service: "plain", why: error.to_string() }),
    }
}

/// Carries bytes both ways until both ends have nothing more to say, or one is gone. Each way has a thread of its own, so that
/// two ends that both send before they read don't wait for each other.
fn carry(one: &Wire, other: &Wire, idle: Duration) {
    std::thread::scope(|scope| {
        scope.spawn(|| pass_all(one, other, idle));
        pass_all(other, one, idle);
    });
}

/// Passes on what comes until nothing more will come. A connection on which nothing moves is kept: databases are held so.
fn pass_all(from: &Wire, to: &Wire, idle: Duration) {
    let mut piece = vec![0; PIECE];
    loop {
        match from.receive(&mut piece, Instant::now() + idle) {
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {}
            Ok(0) => return to.end(),
            Ok(count) => {
                if to.send(piece.get(..count).unwrap_or_default(), Instant::now() + idle).is_err() {
                    break;
                }
            }
            Err(_) => break,
        }
    }
    // Neither way can go on without the other.
    from.cut();
    to.cut();
}
