//! "What if an agent did this?": an event made from the command line, for `policy explain`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::surroundings;
use clap::Args;
use clap::builder::PossibleValuesParser;
use portcullis_event::{Actor, Agent, AgentName, Event, EventId, ParseError};
use portcullis_policy::{Places, shorthand};
use std::fs::File;
use std::io::Read as _;
use std::time::SystemTime;

/// An event is a few lines of JSON; what is larger was not meant.
const LARGEST: u64 = 16 * 1024 * 1024;

/// What would be done, and by whom.
#[derive(Debug, Args)]
pub(crate) struct Question {
    /// What would be done
    #[arg(value_parser = PossibleValuesParser::new(shorthand::VERBS.iter().map(|(verb, ..)| *verb)))]
    #[arg(required_unless_present = "event", conflicts_with = "event")]
    verb: Option<String>,
    /// To what: a path, a command in quotes, host:port, provider/model, ecosystem:package …
    #[arg(required_unless_present = "event")]
    what: Option<String>,
    /// The agent that would do it; without one, only the deed is asked about
    #[arg(long, value_name = "NAME[@VERSION]", conflicts_with = "event")]
    agent: Option<String>,
    /// The environment that it is meant for, such as prod
    #[arg(long, value_name = "NAME", conflicts_with = "event")]
    environment: Option<String>,
    /// Ask about an event, as JSON in a file; - is standard input
    #[arg(long, value_name = "FILE")]
    event: Option<String>,
}

impl Question {
    /// The event that is asked about.
    pub(crate) fn event(&self, places: &Places, invocation: &Invocation) -> Result<Event, Failure> {
        if let Some(file) = &self.event {
            return read_event(file);
        }
        let (verb, what) = (self.verb.as_deref().unwrap_or_default(), self.what.as_deref().unwrap_or_default());
        let body = shorthand::body(verb, what, places).map_err(|error| Failure::usage(error.to_string()))?;
        let mut actor: Actor = surroundings::actor()?;
        if let Some(name) = &self.agent {
            actor.agents.push(agent(name).map_err(|error| Failure::usage(error.to_string()))?);
        }
        let mut event = Event::new(EventId::fresh(), SystemTime::now().into(), actor, body);
        event.place = surroundings::place(invocation);
        event.place.environment.clone_from(&self.environment);
        Ok(event)
    }
}

fn read_event(file: &str) -> Result<Event, Failure> {
    let mut text = String::new();
    let read = match file {
        "-" => std::io::stdin().take(LARGEST).read_to_string(&mut text),
        path => File::open(path).and_then(|opened| opened.take(LARGEST).read_to_string(&mut text)),
    };
    let unreadable = |error| Failure { exit: Exit::Usage, ..Failure::io("read the event", None, &error) }.at(file);
    read.map_err(unreadable)?;
    serde_json::from_str(&text).map_err(|error| Failure::usage(format!("this is not an event: {error}")).at(file))
}

/// `name` or `name@version`.
fn agent(text: &str) -> Result<Agent, ParseError> {
    let (name, version) = text.rsplit_once('@').map_or((text, None), |(name, version)| (name, Some(version)));
    let mut agent = Agent::new(AgentName::parse(name)?, None);
    agent.version = version.map(str::to_owned);
    Ok(agent)
}
