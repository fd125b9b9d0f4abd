//! What a hook is told, and what it answers.
//!
//! Most agents go on as if nothing had been said when an answer is not exactly what they expect: another exit status, a
//! key that they do not know, a word too much on standard output. Each therefore has a file of its own, and pairs of what
//! came in and what has to go out lie in `conformance/`.

mod antigravity;
mod claude_code;
mod cline;
mod codex;
mod copilot;
mod cursor;
mod devin;
mod droid;
mod gemini;
mod goose;
mod kiro;
mod opencode;
mod payload;
mod vscode;
mod windsurf;

use crate::Agent;
use payload::Payload;
use serde_json::Value;

/// What an event of an agent is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A tool is about to be used.
    Before,
    /// The agent is about to ask its user whether a tool may be used.
    Permission,
    /// A tool was used.
    After,
    /// Its user handed it a prompt.
    Prompt,
    /// Anything else. It is recorded and never stopped.
    Other,
}

impl Kind {
    /// Whether something is about to happen that a hook can stop.
    pub const fn is_before(self) -> bool {
        matches!(self, Self::Before | Self::Permission | Self::Prompt)
    }
}

/// What an agent told its hook.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Which agent.
    pub agent: Agent,
    /// The event, by the agent's name for it.
    pub event: String,
    /// Its run.
    pub session: Option<String>,
    /// The model that it thinks with.
    pub model: Option<String>,
    /// Where it works.
    pub cwd: Option<String>,
    /// What it is about.
    pub subject: Subject,
}

/// What an event is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// A tool is about to be used, or its user about to be asked whether it may be.
    Use(ToolUse),
    /// A tool was used, and this is what came of it.
    Result(ToolUse, Value),
    /// What the user typed.
    Prompt(String),
    /// Nothing that a decision could be about.
    Nothing,
}

/// A tool with what it is given.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolUse {
    /// Its name, as the agent calls it.
    pub name: String,
    /// The MCP server that it belongs to.
    pub server: Option<String>,
    /// What it is given.
    pub input: Value,
    /// The agent's name for this use of it.
    pub id: Option<String>,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Nothing is said, so that the agent's own rules still hold.
    Abstain,
    /// A person has to say yes; the text says why.
    Ask(String),
    /// It must not happen; the text says why.
    Deny(String),
    /// What came of a tool is to be taken for this instead; the text says why.
    Replace(Value, String),
}

/// What is written to whom, for the agent to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// On standard output.
    pub stdout: String,
    /// On standard error.
    pub stderr: String,
    /// The exit status.
    pub status: u8,
}

/// Why something is no call of an agent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It is not JSON.
    #[error("what the agent sent is not JSON: {0}")]
    Json(String),
    /// It is JSON, but no object.
    #[error("what the agent sent is no JSON object")]
    Object,
    /// Something is missing, or is not what it should be.
    #[error("what the agent sent has no usable `{0}`")]
    Field(&'static str),
    /// It says that it is another event than the hook was registered for.
    #[error("the hook was called for `{registered}`, but what the agent sent is about `{sent}`")]
    Event {
        /// What the hook was registered for.
        registered: String,
        /// What the agent says.
        sent: String,
    },
    /// There is more in it than any call has.
    #[error("what the agent sent holds more values than any call")]
    Many,
    /// Something stands twice in it, so that two readers could read two things.
    #[error("what the agent sent has the same member twice")]
    Twice,
}

/// How an agent speaks to its hook.
trait Protocol: Sync {
    /// Its events, and what each is about. What is not among them is [`Kind::Other`].
    fn events(&self) -> &'static [(&'static str, Kind)];

    /// What it said: for most agents in the one shape that most have.
    fn read(&self, event: &str, kind: Kind, payload: &Payload<'_>) -> Result<Said, Malformed> {
        payload.usual(event, kind)
    }

    /// How it is answered.
    fn reply(&self, event: &str, kind: Kind, answer: &Answer) -> Reply;
}

/// What a payload says, whoever sent it.
struct Said {
    session: Option<String>,
    model: Option<String>,
    cwd: Option<String>,
    subject: Subject,
}

fn protocol(agent: Agent) -> &'static dyn Protocol {
    match agent {
        Agent::ClaudeCode => &claude_code::ClaudeCode,
        Agent::Codex => &codex::Codex,
        Agent::Cursor => &cursor::Cursor,
        Agent::CopilotCli => &copilot::Copilot,
        Agent::VsCode => &vscode::VsCode,
        Agent::Gemini => &gemini::Gemini,
        Agent::Windsurf => &windsurf::Windsurf,
        Agent::Cline => &cline::Cline,
        Agent::Kiro => &kiro::Kiro,
        Agent::Goose => &goose::Goose,
        Agent::OpenCode => &opencode::OpenCode,
        Agent::Droid => &droid::Droid,
        Agent::Devin => &devin::Devin,
        Agent::Antigravity => &antigravity::Antigravity,
    }
}

/// The events of an agent that its hook knows, and what each is about.
pub fn events(agent: Agent) -> &'static [(&'static str, Kind)] {
    protocol(agent).events()
}

/// What an event of an agent is about.
pub fn kind(agent: Agent, event: &str) -> Kind {
    events(agent).iter().find(|(name, _)| *name == event).map_or(Kind::Other, |(_, kind)| *kind)
}

/// Reads what `agent` sent for `event`. What can't be read can still be answered: see [`reply`].
pub fn read(agent: Agent, event: &str, sent: &[u8]) -> Result<Call, Malformed> {
    let value = payload::parse(sent)?;
    let kind = kind(agent, event);
    let Said { session, model, cwd, subject } = protocol(agent).read(event, kind, &Payload::new(&value)?)?;
    Ok(Call { agent, event: event.to_owned(), session, model, cwd, subject })
}

/// The answer in the form that the agent reads.
pub fn reply(agent: Agent, event: &str, answer: &Answer) -> Reply {
    protocol(agent).reply(event, kind(agent, event), answer)
}

/// Whether the agent asks its user when it is told to, for this event. Where it does not, it is told no.
pub fn can_ask(agent: Agent, event: &str) -> bool {
    let why = String::new();
    reply(agent, event, &Answer::Ask(why.clone())) != reply(agent, event, &Answer::Deny(why))
}

impl Reply {
    /// Nothing is said.
    fn silence() -> Self {
        Self::default()
    }

    /// Whatever is not silence, said in the one way that the agent has for it; nothing where there is nothing to stop.
    fn unless_silent(kind: Kind, answer: &Answer, say: impl FnOnce(&str) -> Self) -> Self {
        match answer {
            Answer::Ask(why) | Answer::Deny(why) | Answer::Replace(_, why) if kind != Kind::Other => say(why),
            Answer::Abstain | Answer::Ask(_) | Answer::Deny(_) | Answer::Replace(..) => Self::silence(),
        }
    }

    /// One JSON object on standard output.
    fn json(value: &Value) -> Self {
        Self { stdout: value.to_string(), ..Self::default() }
    }

    /// The status that means no, and why.
    fn blocked(why: &str) -> Self {
        Self { stderr: why.to_owned(), status: 2, ..Self::default() }
    }

    /// Both, for an agent that takes either for a no.
    fn blocked_and_said(value: &Value, why: &str) -> Self {
        Self { stdout: value.to_string(), ..Self::blocked(why) }
    }
}
