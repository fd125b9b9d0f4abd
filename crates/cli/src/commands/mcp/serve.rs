//! `portcullis mcp run`: a server and its client, each heard by the other only through the gate.

use crate::approvals::Desk;
use crate::commands::trust;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::models::trust as trust_of;
use crate::servers::{self, Launch, Origin, ServerRoad, Store, door};
use crate::surroundings;
use clap::Args;
use portcullis_event::{Net, NetOp, Secret};
use portcullis_gateway::egress::Upstream;
use portcullis_gateway::mcp::{self, Between, Ended, Line, Lines, Remote, Session};
use portcullis_gateway::model::Target;
use rustix::process::{Pid, Signal, kill_process_group};
use std::io::{self, BufRead, BufReader, Cursor, PipeReader, PipeWriter, Read as _, Write as _};
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
    #[arg(value_name = "COMMAND", required_unless_present = "url", last = true)]
    command: Vec<String>,
    /// A server that is reached by a URL
    #[arg(long, value_name = "URL", conflicts_with = "command")]
    url: Option<String>,
    /// A header for it, and the variable that holds its value, such as `Authorization=GITHUB_AUTHORIZATION`; may be given several times
    #[arg(long = "header", value_name = "NAME=VARIABLE", requires = "url", value_parser = header)]
    headers: Vec<(String, String)>,
}

/// A header that is no part of the protocol itself.
fn header(text: &str) -> Result<(String, String), String> {
    const OWN: [&str; 8] = [
        "host",
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "transfer-encoding",
        "mcp-session-id",
    ];
    let (name, variable) = text.split_once('=').ok_or("it is no NAME=VARIABLE")?;
    let is_word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_word || OWN.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(format!("`{name}` is no header that could be added"));
    }
    Ok((name.to_owned(), variable.to_owned()))
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
        let between: Result<Box<dyn Between>, String> = match door::ask(&self.name, &self.words(), &name) {
            Some(outside) => outside.map(|outside| Box::new(outside) as _),
            None => self.road(invocation, &name).map(|road| Box::new(Mutex::new(Session::new(Arc::new(road)))) as _),
        };
        let started = between.and_then(|between| {
            let server = match &self.url {
                Some(url) => self.reach(invocation, url),
                None => self.start().map(Server::Child),
            };
            Ok((between, server.map_err(|failure| said(&failure))?))
        });
        match started {
            Ok((between, Server::Child(server))) => serve(between, server, first, client),
            Ok((between, Server::Remote(from_server, to_server))) => {
                carry(between, (first, client), (from_server, to_server), |_| ())?;
                Ok(Exit::Success)
            }
            Err(words) => {
                invocation.output.remark(&words);
                decline(&words, first, client)
            }
        }
    }

    /// What it is started or reached by, word by word.
    fn words(&self) -> Vec<String> {
        let url = self.url.iter().flat_map(|url| ["--url".to_owned(), url.clone()]);
        let headers =
            self.headers.iter().flat_map(|(name, variable)| ["--header".to_owned(), format!("{name}={variable}")]);
        url.chain(headers).chain(self.command.iter().cloned()).collect()
    }

    /// Reaches a server by its URL, if policy lets it be reached. Within a run that is for the walls of the run.
    fn reach(&self, invocation: &Invocation, url: &str) -> Result<Server, Failure> {
        let target = Target::parse(url, "mcp").map_err(|why| Failure::usage(why).at(url.to_owned()))?;
        if !door::is_there() {
            let mut net = Net::new(NetOp::Connect, target.host.clone());
            net.port = Some(target.port);
            Gate::open(invocation)?.put_on_record(invocation, "the connection to the server", net)?;
        }
        let value = |(name, variable): &(String, String)| {
            let value =
                std::env::var(variable).ok().filter(|value| value.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            let missing = || Failure::usage(format!("`{variable}` holds no value for the header `{name}`"));
            Ok((name.clone(), Secret::new(value.ok_or_else(missing)?)))
        };
        let remote = Remote {
            target,
            headers: self.headers.iter().map(value).collect::<Result<_, Failure>>()?,
            tls: trust_of(invocation.output),
            proxy: Upstream::of_environment(|name| std::env::var(name).ok()).map_err(Failure::usage)?,
        };
        let (from_server, to_server) =
            mcp::open(remote).map_err(|error| Failure::io("begin to speak with the server", None, &error))?;
        Ok(Server::Remote(from_server, to_server))
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
        ServerRoad::admit(gate, origin, &self.name, Launch::of(&self.words()), client)
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

/// What stands at the other end.
enum Server {
    /// A program that was started.
    Child(Child),
    /// One that is reached: what it says, and what is said to it.
    Remote(PipeReader, PipeWriter),
}

/// Carries messages until both have ended.
fn carry(
    between: Box<dyn Between>,
    (first, client): (String, BufReader<io::Stdin>),
    server: (impl io::Read + Send, impl io::Write + Send),
    end: impl FnOnce(Ended),
) -> Result<(), Failure> {
    let from_client = Cursor::new(first + "\n").chain(client);
    mcp::relay(between, (from_client, &mut io::stdout()), server, end)
        .map_err(|error| Failure::io("stand between the server and its client", None, &error))
}

/// Carries messages until both have ended; what became of the server.
fn serve(
    between: Box<dyn Between>,
    mut server: Child,
    first: String,
    client: BufReader<io::Stdin>,
) -> Result<Exit, Failure> {
    let (Some(from_server), Some(to_server)) = (server.stdout.take(), server.stdin.take()) else {
        return Err(Failure::incomplete("the server has no pipes"));
    };
    let group = i32::try_from(server.id()).ok().and_then(Pid::from_raw);
    let mut status = None;
    carry(between, (first, client), (from_server, to_server), |_| status = ends(&mut server, group))?;
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
