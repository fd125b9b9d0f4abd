//! What coding agents keep of their sessions: the place where most secrets end up that were ever shown to one.

mod agents;
mod database;
mod turn;

use crate::glob::Glob;
use crate::origin::Origin;
use crate::pool;
use crate::position::Before;
use crate::report::Why;
use crate::settings::Surroundings;
use crate::source::{Transcripts, files};
use crate::window::Window;
use crate::worker::{About, Shared, Worker};
use agents::{AGENTS, Agent, Form};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use turn::{Turn, turns};

/// Longest line, or document, that is taken apart. A longer one is looked into as it is.
const LONGEST: u64 = 8 << 20;

/// A file of an agent.
struct Kept {
    agent: &'static str,
    path: PathBuf,
    form: Form,
}

/// The agents whose files are known, as they are named.
pub fn agents() -> impl Iterator<Item = &'static str> {
    AGENTS.iter().map(|agent| agent.name)
}

pub(crate) fn scan<'a>(transcripts: &Transcripts, shared: Shared<'a>) -> Vec<Worker<'a>> {
    let mut first = Worker::new(shared);
    let mut all = Vec::new();
    let wanted = |agent: &&Agent| transcripts.agent.as_ref().is_none_or(|name| name == agent.name);
    for agent in AGENTS.iter().filter(wanted) {
        all.extend(kept(agent, &shared.settings.surroundings, &mut first));
    }
    all.reverse();
    let done = pool::run(shared.settings.threads, all, || Worker::new(shared), |worker, kept, _| look(&kept, worker));
    std::iter::once(first).chain(done).collect()
}

/// The files of an agent that are there.
fn kept(agent: &Agent, surroundings: &Surroundings, worker: &mut Worker<'_>) -> Vec<Kept> {
    let patterns: Vec<(Glob, Form)> =
        agent.files.iter().filter_map(|(pattern, form)| Some((Glob::parse(pattern.as_bytes())?, *form))).collect();
    let mut kept = Vec::new();
    for (base, folder) in agent.folders {
        let Some(root) = base.folder(surroundings).map(|base| base.join(folder)) else { continue };
        for path in files::below(&root, worker) {
            let below = path.strip_prefix(&root).unwrap_or(&path).as_os_str().as_bytes();
            if let Some((_, form)) = patterns.iter().find(|(pattern, _)| pattern.matches(below)) {
                kept.push(Kept { agent: agent.name, path, form: *form });
            }
        }
    }
    kept
}

fn look(kept: &Kept, worker: &mut Worker<'_>) {
    let outcome = match kept.form {
        Form::JsonLines => lines(kept, worker),
        Form::Json => document(kept, worker),
        Form::Sqlite => database::rows(kept, worker),
        Form::Plain => plain(&kept.path, worker),
    };
    if let Err(why) = outcome {
        worker.not_looked_into(Origin::File { path: kept.path.clone() }, why);
    }
}

fn unreadable(error: impl std::fmt::Display) -> Why {
    Why::Unreadable(error.to_string())
}

fn plain(path: &Path, worker: &mut Worker<'_>) -> Result<(), Why> {
    let origin = || Origin::File { path: path.to_owned() };
    let hint = path.to_string_lossy();
    let file = File::open(path).map_err(unreadable)?;
    worker.stream(file, &mut Vec::new(), About::whole(&origin, Some(&hint))).map_err(unreadable)
}

/// A JSON value on each line.
fn lines(kept: &Kept, worker: &mut Worker<'_>) -> Result<(), Why> {
    let mut file = BufReader::new(File::open(&kept.path).map_err(unreadable)?);
    let (mut line, mut before) = (Vec::new(), Before::default());
    loop {
        line.clear();
        let read = file.by_ref().take(LONGEST).read_until(b'\n', &mut line).map_err(unreadable)?;
        if read == 0 {
            return Ok(());
        }
        if read as u64 == LONGEST && !line.ends_with(b"\n") {
            return plain(&kept.path, worker);
        }
        let number = u64::from(before.lines) + 1;
        // A line that is still being written, or that is no JSON, is looked into as it is.
        let as_it_is = || Turn { text: String::from_utf8_lossy(&line).into_owned(), ..Turn::default() };
        let said = serde_json::from_slice(&line).map_or_else(|_| as_it_is(), |value| Turn::of(&value));
        turn(kept, &said, number, before, worker);
        before.bytes += read as u64;
        before.lines += u32::from(line.ends_with(b"\n"));
        worker.done(read as u64);
    }
}

/// One JSON value.
fn document(kept: &Kept, worker: &mut Worker<'_>) -> Result<(), Why> {
    let mut text = Vec::new();
    let file = File::open(&kept.path).map_err(unreadable)?;
    let read = file.take(LONGEST).read_to_end(&mut text).map_err(unreadable)?;
    let parsed = if (read as u64) < LONGEST { serde_json::from_slice(&text).ok() } else { None };
    let Some(value) = parsed else { return plain(&kept.path, worker) };
    let whole = Turn { text: String::new(), ..Turn::of(&value) };
    for (value, number) in turns(&value).into_iter().zip(1..) {
        let mut said = Turn::of(value);
        said.session = said.session.or_else(|| whole.session.clone());
        turn(kept, &said, number, Before::default(), worker);
    }
    worker.done(read as u64);
    Ok(())
}

/// Has what a turn says looked into. A hit lies on the line of the file that the turn is.
fn turn(kept: &Kept, said: &Turn, number: u64, before: Before, worker: &mut Worker<'_>) {
    let stem = || kept.path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let origin = || Origin::Turn {
        path: kept.path.clone(),
        agent: kept.agent.to_owned(),
        session: said.session.clone().or_else(stem).unwrap_or_default(),
        turn: number,
        role: said.role.clone().unwrap_or_default(),
    };
    let text = said.text.as_bytes();
    let window = Window::whole(text);
    worker.decoded(&window, About::whole(&origin, None), before);
}
