//! `portcullis hook AGENT EVENT`: what a coding agent asks before it uses a tool, answered as that agent expects.
//!
//! Whatever goes wrong here, the agent is told no, in its own form: when what it sent can't be read, when policy or
//! ledger can't be opened, when it takes too long, when this program has a bug. Where nothing is to be said, nothing is
//! said, so that the agent's own rules still hold; a hook never says yes where it can be silent.

mod alike;
mod clean;
mod deadline;
pub(crate) mod door;
mod exactly;
mod judge;
mod private;
mod result;
mod shown;
mod ticket;
pub(crate) mod words;

use crate::agent_hooks;
use crate::approvals::Desk;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::output::write_out;
use crate::surroundings;
use clap::Args;
pub(crate) use clean::Clean;
use deadline::Deadline;
pub(crate) use judge::ToolJudge;
use portcullis_agents::Agent;
use portcullis_agents::hook::{self, Answer, Call, Kind, Reply, Subject, ToolUse};
use portcullis_event::{
    AbsPath, Actor, Body, Enforcement, Event, EventId, ModelId, Note, Place, Recorded, SessionId, Tool, ToolName,
    ToolOp,
};
pub(crate) use private::{Kind as TextKind, Placed};
use std::io::{self, Read as _, Write as _};
use std::time::SystemTime;
pub(crate) use ticket::{ByTicket, OnItsWay};

/// Answers a coding agent's hook: reads what the agent sent from standard input.
#[derive(Debug, Args)]
pub(crate) struct Hook {
    /// The agent that asks
    #[arg(value_parser = agent_hooks::names())]
    agent: String,
    /// What it asks about, by its own name for it, such as `PreToolUse`
    event: String,
}

/// What an agent sends at most. A tool that is given more than this is not used.
const LARGEST: u64 = 64 * 1024 * 1024;

/// How a prompt is called where tools are: it is text that is handed over, as a tool's arguments are.
const PROMPT: &str = "user-prompt";

/// Who asks, and about what. It is all that is needed to answer.
#[derive(Debug, Clone)]
struct Asker {
    agent: Agent,
    event: String,
}

impl Hook {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let Self { agent, event } = self;
        let agent = Agent::named(&agent).ok_or_else(|| Failure::usage(format!("there is no agent `{agent}`")))?;
        // A name that is wrong by a letter would be answered with silence, each time.
        let known = hook::events(agent);
        if !known.iter().any(|(name, _)| *name == event) {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            return Err(Failure::usage(format!("{} has no event `{event}`", agent.name()))
                .fix(format!("register the hook for one of {}", names.join(", "))));
        }
        let asker = Asker { agent, event };
        let deadline = Deadline::start(asker.clone());
        let reply = asker.answered(invocation);
        // Whoever comes first answers; the other one says nothing.
        if deadline.is_met() { reply.write() } else { deadline::wait_for_the_end() }
    }
}

impl Asker {
    fn kind(&self) -> Kind {
        hook::kind(self.agent, &self.event)
    }

    fn reply(&self, answer: &Answer) -> Reply {
        hook::reply(self.agent, &self.event, answer)
    }

    /// What is said when nothing could be decided: no, if something is about to happen, and nothing of a result that nobody
    /// looked into.
    fn without_decision(&self, why: &str) -> Answer {
        match self.kind() {
            Kind::Before | Kind::Permission | Kind::Prompt => Answer::Deny(words::broken(why)),
            Kind::After => Answer::Replace(result::WITHHELD.into(), result::withheld(why)),
            Kind::Other => Answer::Abstain,
        }
    }

    /// What the agent is told: by the run around it, or else by this process.
    fn answered(&self, invocation: &Invocation) -> Reply {
        let sent = match read() {
            Ok(sent) => sent,
            Err(why) => return self.reply(&self.without_decision(&why)),
        };
        match door::ask(self, &sent) {
            Some(Ok(reply)) => reply,
            Some(Err(why)) => self.reply(&self.without_decision(&why)),
            None => self.reply(&self.judged_here(invocation, &sent)),
        }
    }

    fn judged_here(&self, invocation: &Invocation, sent: &[u8]) -> Answer {
        let place = surroundings::place(invocation);
        let opened = surroundings::actor().and_then(|actor| {
            let home = surroundings::home(invocation)?;
            let desk = Desk::at(invocation.home()?);
            Ok((Gate::open(invocation)?, Origin { actor, place, home, desk, within_a_run: false }))
        });
        match opened {
            Ok((gate, origin)) => {
                let answer = self.judged(&gate, origin, sent);
                gate.leave();
                answer
            }
            Err(failure) => self.without_decision(&words::failure(&failure)),
        }
    }

    /// The answer to what an agent sent.
    fn judged(&self, gate: &Gate, origin: Origin, sent: &[u8]) -> Answer {
        let road = Road { gate, origin, asker: self };
        let answer = match hook::read(self.agent, &self.event, sent) {
            Ok(call) => road.take(&call),
            // What was refused without being understood is on the record as well.
            Err(why) => {
                road.note(&format!("{} {}: {why}", self.agent.name(), self.event)).and_then(|()| Err(why.to_string()))
            }
        };
        answer.unwrap_or_else(|why| self.without_decision(&why))
    }
}

/// What the agent sends.
fn read() -> Result<Vec<u8>, String> {
    let mut sent = Vec::new();
    let end = io::stdin().lock().take(LARGEST + 1).read_to_end(&mut sent);
    end.map_err(|error| format!("what the agent sent can't be read: {error}"))?;
    if sent.len() as u64 > LARGEST {
        return Err("what the agent sent is larger than 64 MiB".to_owned());
    }
    Ok(sent)
}

/// On whose behalf something happens, and where.
#[derive(Debug, Clone)]
struct Origin {
    actor: Actor,
    place: Place,
    /// The home folder of the user.
    home: AbsPath,
    /// Where tickets are kept.
    desk: Desk,
    /// Whether it is asked from within a run.
    within_a_run: bool,
}

/// The road that a call takes.
struct Road<'a> {
    gate: &'a Gate,
    origin: Origin,
    asker: &'a Asker,
}

impl Road<'_> {
    fn take(&self, call: &Call) -> Result<Answer, String> {
        match &call.subject {
            Subject::Use(tool) => self.tool_use(call, tool),
            Subject::Result(tool, output) => result::judge(self, call, tool, output),
            Subject::Prompt(text) => self.prompt(call, text),
            Subject::Nothing => {
                self.note(&format!("{} {}", self.asker.agent.name(), self.asker.event))?;
                Ok(Answer::Abstain)
            }
        }
    }

    fn tool_use(&self, call: &Call, tool: &ToolUse) -> Result<Answer, String> {
        let mut event = self.event(Some(call), self.tool(ToolOp::Call, tool)?)?;
        let placed = Placed::add(&mut event, "input", &tool.input);
        let judge = ToolJudge::new(
            self.gate.policy(),
            call,
            tool,
            (&event, self.origin.home.clone(), self.origin.desk.folder()),
        )?;
        judge.tell(&mut event);
        let recorded = self.gate.pass_as_it_is(event, &judge);
        let way = OnItsWay {
            gate: self.gate,
            desk: &self.origin.desk,
            agent: self.asker.agent,
            door: &self.asker.event,
            tool,
            written: &tool.input,
            judge: &judge,
            placed: &placed,
            can_be_alike: true,
        };
        ticket::answer(self, &way, recorded)
    }

    fn prompt(&self, call: &Call, text: &str) -> Result<Answer, String> {
        let name = ToolName::parse(PROMPT).map_err(|error| error.to_string())?;
        let mut event = self.event(Some(call), Tool::new(ToolOp::Call, name))?;
        Placed::add(&mut event, "prompt", &text.into());
        Ok(words::prompt(self.gate.pass_as_it_is(event, self.gate.policy())))
    }

    /// A tool by its own name and that of its server.
    fn tool(&self, op: ToolOp, tool: &ToolUse) -> Result<Tool, String> {
        let (server, name) = judge::server_and_name(self.asker.agent, tool);
        let name = ToolName::parse(name).map_err(|error| error.to_string())?;
        let mut body = Tool::new(op, name);
        (body.server, body.call) = (server, tool.id.clone());
        Ok(body)
    }

    fn event(&self, call: Option<&Call>, what: impl Into<Body>) -> Result<Event, String> {
        let mut actor = self.origin.actor.clone();
        let name = portcullis_event::AgentName::parse(self.asker.agent.name()).map_err(|error| error.to_string())?;
        let session = call.and_then(|call| SessionId::parse(call.session.clone()?).ok());
        let mut agent = portcullis_event::Agent::new(name, session);
        if let Some(model) = call.and_then(|call| ModelId::parse(call.model.clone()?).ok()) {
            agent.rest.insert("model_id".to_owned(), model.as_str().into());
        }
        actor.agents.push(agent);
        let mut event = Event::new(EventId::fresh(), SystemTime::now().into(), actor, what);
        event.place = self.origin.place.clone();
        Ok(event)
    }

    fn note(&self, text: &str) -> Result<(), String> {
        drop(self.gate.pass(self.event(None, Note::new(text))?).enforce());
        Ok(())
    }

    fn pass(&self, event: Event) -> Recorded {
        self.gate.pass(event)
    }
}

/// Writes a reply, and ends with the status that belongs to it.
trait Write {
    fn write(&self) -> Result<Exit, Failure>;
}

impl Write for Reply {
    fn write(&self) -> Result<Exit, Failure> {
        // The reason first: where the output is not read any more, the status and this still say no.
        if !self.stderr.is_empty() {
            drop(writeln!(io::stderr(), "{}", self.stderr));
        }
        if !self.stdout.is_empty() {
            write_out(&format!("{}\n", self.stdout))?;
        }
        Ok(if self.status == 0 { Exit::Success } else { Exit::OfChild(self.status) })
    }
}

/// The reasons of an enforcement that lets nothing pass.
pub(crate) fn reasons(enforcement: &Enforcement) -> &[portcullis_event::Reason] {
    match enforcement {
        Enforcement::Ask(_, _, reasons) | Enforcement::Deny(reasons) => reasons,
        Enforcement::Allow(_) | Enforcement::AllowWithChanges(..) => &[],
    }
}
