//! The door through which a hook within a run asks outside: inside there is neither a policy nor a ledger that could be
//! believed, so nothing is decided there.
//!
//! The one inside says who asks and hands on what the agent sent; the run outside decides, records, and says word for word
//! what the agent is to be told. Whoever puts another socket in its place inside only keeps the second look from itself; the
//! walls are the same.

use super::{Asker, Origin};
use crate::commands::run::RunRoad;
use crate::doors;
use portcullis_agents::Agent;
use portcullis_agents::hook::{self, Reply};
use portcullis_event::AbsPath;
use serde::{Deserialize, Serialize};
use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Where it is inside. Outside only root could put something there.
pub(crate) const PLACE: &str = "/run/portcullis/hook.sock";

/// What is read of one question at most: all of them together have to fit into memory.
const LARGEST: u64 = 2 * 1024 * 1024;

/// Questions that are answered at once.
const MOST: usize = 4;

/// A question has to be asked, and an answer to be taken, in this time.
const PATIENCE: Duration = Duration::from_secs(2);

/// Who asks; what the agent sent comes after it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    agent: String,
    event: String,
}

/// What the agent is to be told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    stdout: String,
    stderr: String,
    status: u8,
}

/// Asks outside; `None` if this is no run.
pub(super) fn ask(asker: &Asker, sent: &[u8]) -> Option<Result<Reply, String>> {
    let answer =
        |stream| converse(asker, sent, stream).map_err(|error| format!("the run outside gave no answer: {error}"));
    Some(doors::knock(PLACE)?.and_then(answer))
}

fn converse(asker: &Asker, sent: &[u8], mut stream: UnixStream) -> io::Result<Reply> {
    let question = Question { agent: asker.agent.name().to_owned(), event: asker.event.clone() };
    let mut line = serde_json::to_vec(&question)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    stream.write_all(sent)?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = Vec::new();
    stream.take(LARGEST).read_to_end(&mut answer)?;
    let Told { stdout, stderr, status } = serde_json::from_slice(&answer)?;
    Ok(Reply { stdout, stderr, status })
}

/// Answers at the door for as long as the run lasts.
pub(crate) fn open(listener: OwnedFd, road: Arc<RunRoad>, home: AbsPath) -> io::Result<()> {
    doors::open(listener, "hook", MOST, move |stream| serve(&stream, &road, home.clone()))
}

fn serve(stream: &UnixStream, road: &RunRoad, home: AbsPath) -> io::Result<()> {
    let question = read(stream)?;
    let Some(at) = question.iter().position(|byte| *byte == b'\n') else { return Ok(()) };
    let (line, sent) = question.split_at(at);
    let Question { agent, event } = serde_json::from_slice(line)?;
    let Some(agent) = Agent::named(&agent) else { return Ok(()) };
    if !hook::events(agent).iter().any(|(name, _)| *name == event) {
        return Ok(());
    }
    let asker = Asker { agent, event };
    let (actor, place) = road.origin();
    let desk = road.desk().clone();
    let answer = asker.judged(
        road.gate(),
        Origin { actor, place, home, desk, within_a_run: true },
        sent.get(1..).unwrap_or_default(),
    );
    let Reply { stdout, stderr, status } = asker.reply(&answer);
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut out = stream;
    out.write_all(&serde_json::to_vec(&Told { stdout, stderr, status })?)
}

/// All that is asked, if it comes in time and is not too much.
fn read(stream: &UnixStream) -> io::Result<Vec<u8>> {
    let end = Instant::now() + PATIENCE;
    let (mut all, mut piece) = (Vec::new(), vec![0; 64 << 10]);
    let mut from = stream;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() || all.len() as u64 > LARGEST {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match from.read(&mut piece)? {
            0 => return Ok(all),
            count => all.extend_from_slice(piece.get(..count).unwrap_or_default()),
        }
    }
}
