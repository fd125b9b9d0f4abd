//! `portcullis mcp run`: a server and its client, each heard by the other only through the gate.

use crate::approvals::Desk;
use crate::commands::trust;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::servers::{self, Launch, Origin, ServerRoad, Store, door};
use crate::surroundings;
use clap::Args;
use portcullis_gateway::mcp::{self, Between, Ended, Line, Lines, Session};
use rustix::process::{Pid, Signal, kill_process_group};
use std::io::{self, BufRead, BufReader, Cursor, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Starts an MCP server behind the gate. An agent starts this in place of the server, and speaks with it over the same pipes.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// What the server is called, in your policy and on the record
    #[arg(value_name = "NAME", value_parser = servers::name)]
    name: String,
    /// The server, and what it is given
    #[arg(value_name = "COMMAND", required = true, last = true)]
    command: Vec<String>,
}

/// How long a server has to end by itself once its client is gone, and then once it was asked to.
const PATIENCE: Duration = Duration::from_secs(3);

impl Serve {
    pub(super) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let mut client = BufReader::new(io::stdin());
        // Who asks is on the record from the first line on.
        let Some(first) = first(&mut client)? else { return Ok(Exit::Success) };
        let name = mcp::client_of(&first).unwrap_or_default();
        // Within a run the one outside decides.
        let between: Result<Box<dyn Between>, String> = match door::ask(&self.name, &self.command, &name) {
            Some(outside) => outside.map(|outside| Box::new(outside) as _),
            None => self.road(invocation, &name).map(|road| Box::new(Mutex::new(Session::new(Arc::new(road)))) as _),
        };
        let started = between.and_then(|between| Ok((between, self.start().map_err(|failure| said(&failure))?)));
        match started {
            Ok((between, server)) => serve(between, server, first, client),
            Err(words) => {
                invocation.output.remark(&words);
                decline(&words, first, client)
            }
        }
    }

    fn road(&self, invocation: &Invocation, client: &str) -> Result<ServerRoad, String> {
        let opened = || -> Result<(Arc<Gate>, Origin), Failure> {
            let home = invocation.home()?;
            let place = surroundings::place(invocation);
            let root = place.repo.as_ref().or(place.cwd.as_ref()).map(ToString::to_string);
            let origin = Origin {
                actor: surroundings::actor()?,
                place,
                home: surroundings::home(invocation)?,
                desk: Desk::at(home.clone()),
                store: Store::at(home),
                lock: root.map(|root| trust::approved(root.as_ref())).transpose()?.flatten(),
            };
            Ok((Arc::new(Gate::open(invocation)?), origin))
        };
        let (gate, origin) = opened().map_err(|failure| said(&failure))?;
        ServerRoad::admit(gate, origin, &self.name, Launch::of(&self.command), client)
    }

    /// Starts the server, in a group of its own so that all of it can be ended.
    fn start(&self) -> Result<Child, Failure> {
        let Some((program, arguments)) = self.command.split_first() else {
            return Err(Failure::usage("no server is named"));
        };
        Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| Failure::io("start the server", Some(program.as_ref()), &error))
    }
}

/// Carries messages until both have ended.
fn serve(
    between: Box<dyn Between>,
    mut server: Child,
    first: String,
    client: BufReader<io::Stdin>,
) -> Result<Exit, Failure> {
    let (Some(from_server), Some(to_server)) = (server.stdout.take(), server.stdin.take()) else {
        return Err(Failure::incomplete("the server has no pipes"));
    };
    let from_client = Cursor::new(first + "\n").chain(client);
    let mut to_client = io::stdout();
    let group = i32::try_from(server.id()).ok().and_then(Pid::from_raw);
    let mut status = None;
    let end = |_: Ended| status = ends(&mut server, group);
    mcp::relay(between, (from_client, &mut to_client), (from_server, to_server), end)
        .map_err(|error| Failure::io("stand between the server and its client", None, &error))?;
    Ok(match status {
        Some(0) => Exit::Success,
        Some(code) => Exit::OfChild(code),
        None => Exit::OfChild(1),
    })
}

/// What went wrong, for the client.
fn said(failure: &Failure) -> String {
    let place = failure.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
    format!("Portcullis: {}{place}", failure.what)
}

/// The first message of the client. What can't be read is no message, and the session says so when it comes to it.
fn first(client: &mut impl BufRead) -> Result<Option<String>, Failure> {
    match Lines::new(client).next_line() {
        Ok(Some(Line::Text(text))) => Ok(Some(text)),
        Ok(Some(Line::Unreadable(_))) => Ok(Some("null".to_owned())),
        Ok(None) => Ok(None),
        Err(error) => Err(Failure::io("hear the client", None, &error)),
    }
}

/// Says to every request why the server is not there.
fn decline(words: &str, first: String, client: impl BufRead) -> Result<Exit, Failure> {
    let (mut next, mut lines) = (Some(Line::Text(first)), Lines::new(client));
    while let Some(line) = next {
        if let Line::Text(text) = line
            && let Some(answer) = mcp::declined(&text, words)
        {
            let mut out = io::stdout().lock();
            writeln!(out, "{answer}")
                .and_then(|()| out.flush())
                .map_err(|error| Failure::io("answer", None, &error))?;
        }
        next = lines.next_line().map_err(|error| Failure::io("hear the client", None, &error))?;
    }
    Ok(Exit::Findings)
}

/// Waits for the end of a server to which nothing more is said; one that does not end is ended. Its status, if it had one.
fn ends(server: &mut Child, group: Option<Pid>) -> Option<u8> {
    for signal in [None, Some(Signal::TERM), Some(Signal::KILL)] {
        if let (Some(signal), Some(group)) = (signal, group) {
            // All of its group may be gone in this very moment.
            kill_process_group(group, signal).ok();
        }
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            match server.try_wait() {
                Ok(Some(status)) => {
                    // What it has started and left behind holds its pipes.
                    if let Some(group) = group {
                        kill_process_group(group, Signal::KILL).ok();
                    }
                    return status.code().and_then(|code| u8::try_from(code).ok());
                }
                Ok(None) => std::thread::sleep(Duration::from_millis(5)),
                Err(_) => return None,
            }
        }
    }
    None
}
