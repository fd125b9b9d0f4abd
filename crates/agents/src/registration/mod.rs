//! Where each agent is told of its hook, and how: which file, in which form, with every switch it has that makes a hook
//! which fails stop the call.
//!
//! Nothing is written here. A file's text becomes another text, in which everything that is not ours stays as it was,
//! comments and all.

mod json;
mod script;

use crate::Agent;
pub use json::NotEditable;
use serde_json::{Map, Value, json};

/// Whose settings a hook is written into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The user's own.
    User,
    /// Those of the repository, which everybody who works on it gets.
    Project,
    /// Those of the machine, which no user can change.
    Machine,
}

/// Where a file's path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// The user's home folder.
    Home,
    /// The root of the repository.
    Repository,
    /// The root of the file system.
    Root,
}

/// A file that a hook is written into.
#[derive(Debug, Clone, PartialEq)]
pub struct Registration {
    /// Where its path begins.
    pub base: Base,
    /// Its path from there.
    pub path: String,
    /// Whether it is a program.
    pub executable: bool,
    content: Content,
}

#[derive(Debug, Clone, PartialEq)]
enum Content {
    /// Settings that hold other things as well.
    Settings(Vec<Entry>, Option<u8>),
    /// A file of our own.
    Whole(String),
}

/// One event, as it stands in the settings.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    event: &'static str,
    /// What tells our entry from others of this event.
    command: String,
    value: Value,
}

/// The form in which settings name a hook.
#[derive(Clone, Copy)]
enum Form {
    /// `{"hooks": [{"type": "command", "command": …}]}`, with more members for the inner object. Without a `matcher` beside
    /// it, it is asked about every tool.
    Nested { more: &'static [(&'static str, Switch)] },
    /// One object with the command in a member of this name.
    Flat { command: &'static str, more: &'static [(&'static str, Switch)] },
}

/// A member beside the command.
#[derive(Clone, Copy)]
enum Switch {
    Number(u32),
    Word(&'static str),
    On,
}

/// How an agent is registered: the events that are worth a hook, the form, and the files.
struct Manner {
    form: Form,
    /// The version that the file says it has.
    version: Option<u8>,
    user: Option<&'static str>,
    project: Option<&'static str>,
    machine: Option<&'static str>,
}

/// Far above our own deadline, far below what makes a person wait. In the unit of the agent.
const SECONDS: Switch = Switch::Number(10);
const MILLISECONDS: Switch = Switch::Number(10_000);

const CLAUDE: Form = Form::Nested { more: &[("timeout", SECONDS), ("onFailure", Switch::Word("block"))] };

/// `None` where it is not known in which file an agent looks.
fn manner(agent: Agent) -> Option<Manner> {
    let plain = Form::Nested { more: &[("timeout", SECONDS)] };
    let of = |form, version, user, project, machine| Some(Manner { form, version, user, project, machine });
    match agent {
        Agent::ClaudeCode => of(
            CLAUDE,
            None,
            Some(".claude/settings.json"),
            Some(".claude/settings.json"),
            Some("etc/claude-code/managed-settings.d/50-portcullis.json"),
        ),
        Agent::Codex => of(plain, None, Some(".codex/hooks.json"), Some(".codex/hooks.json"), None),
        Agent::Cursor => of(
            Form::Flat { command: "command", more: &[("timeout", SECONDS), ("failClosed", Switch::On)] },
            Some(1),
            Some(".cursor/hooks.json"),
            Some(".cursor/hooks.json"),
            Some("etc/cursor/hooks.json"),
        ),
        Agent::CopilotCli => of(
            Form::Flat { command: "bash", more: &[("type", Switch::Word("command")), ("timeoutSec", SECONDS)] },
            Some(1),
            Some(".copilot/hooks/portcullis.json"),
            Some(".github/hooks/portcullis.json"),
            Some("etc/github-copilot/policy.d/portcullis.json"),
        ),
        Agent::Gemini => of(
            Form::Nested { more: &[("name", Switch::Word("portcullis")), ("timeout", MILLISECONDS)] },
            None,
            Some(".gemini/settings.json"),
            Some(".gemini/settings.json"),
            Some("etc/gemini-cli/settings.json"),
        ),
        Agent::Windsurf => of(
            Form::Flat { command: "command", more: &[("show_output", Switch::On)] },
            None,
            Some(".codeium/windsurf/hooks.json"),
            Some(".windsurf/hooks.json"),
            Some("etc/windsurf/hooks.json"),
        ),
        Agent::Goose => of(
            Form::Nested { more: &[("on_failure", Switch::Word("block"))] },
            None,
            Some(".agents/plugins/portcullis/hooks/hooks.json"),
            Some(".agents/plugins/portcullis/hooks/hooks.json"),
            None,
        ),
        Agent::Droid => of(plain, None, Some(".factory/hooks.json"), Some(".factory/hooks.json"), None),
        Agent::Devin => of(plain, None, None, Some(".devin/hooks.v1.json"), None),
        // It reads Claude Code's settings of the repository as well; a file of its own is told apart.
        Agent::VsCode => of(plain, None, None, Some(".github/hooks/portcullis-vscode.json"), None),
        Agent::Cline | Agent::OpenCode | Agent::Kiro | Agent::Antigravity => None,
    }
}

impl Registration {
    /// The files that make an agent ask `program hook …`. None if it is not known where the agent looks in this scope.
    pub fn of(agent: Agent, scope: Scope, program: &str) -> Vec<Self> {
        let base = match scope {
            Scope::User => Base::Home,
            Scope::Project => Base::Repository,
            Scope::Machine => Base::Root,
        };
        if let Some(scripts) = script::of(agent, scope, program) {
            let whole = |(path, text, executable)| Self { base, path, executable, content: Content::Whole(text) };
            return scripts.into_iter().map(whole).collect();
        }
        let Some(manner) = manner(agent) else { return Vec::new() };
        let path = match scope {
            Scope::User => manner.user,
            Scope::Project => manner.project,
            Scope::Machine => manner.machine,
        };
        let Some(path) = path else { return Vec::new() };
        let entries = worth_a_hook(agent).map(|event| {
            let command = command(program, agent, event);
            Entry { event, value: manner.form.value(&command), command }
        });
        let content = Content::Settings(entries.collect(), manner.version);
        vec![Self { base, path: path.to_owned(), executable: false, content }]
    }

    /// The file with the hook in it, made from what is there. `None` if it is in it already.
    pub fn added_to(&self, text: Option<&str>) -> Result<Option<String>, NotEditable> {
        let new = match &self.content {
            Content::Whole(whole) => whole.clone(),
            Content::Settings(entries, version) => json::with(text.unwrap_or_default(), entries, *version)?,
        };
        Ok(Some(new).filter(|new| Some(new.as_str()) != text))
    }

    /// The file without the hook; `None` if it isn't in it. A file of our own is left without text.
    pub fn taken_from(&self, text: &str) -> Result<Option<String>, NotEditable> {
        let new = match &self.content {
            Content::Whole(whole) if whole == text => String::new(),
            // Somebody made it their own.
            Content::Whole(_) => return Ok(None),
            Content::Settings(entries, _) => json::without(text, entries)?,
        };
        Ok(Some(new).filter(|new| new != text))
    }

    /// The command lines that the agent will start, each with its event.
    pub fn commands(&self) -> Vec<(&'static str, &str)> {
        match &self.content {
            Content::Settings(entries, _) => entries.iter().map(|it| (it.event, it.command.as_str())).collect(),
            Content::Whole(_) => Vec::new(),
        }
    }
}

/// The events in which something can be stopped or replaced.
fn worth_a_hook(agent: Agent) -> impl Iterator<Item = &'static str> {
    let events = crate::hook::events(agent).iter();
    events.filter(move |(event, kind)| *kind != crate::hook::Kind::Other && is_registered(agent, event)).map(|it| it.0)
}

/// Where two events say the same, one of them is registered.
fn is_registered(agent: Agent, event: &str) -> bool {
    match agent {
        Agent::CopilotCli => event.starts_with(char::is_lowercase),
        // What a tool is about to do is asked before every tool; a request for permission comes on top of that.
        Agent::ClaudeCode | Agent::Codex => event != "PermissionRequest",
        Agent::Cursor
        | Agent::VsCode
        | Agent::Gemini
        | Agent::Windsurf
        | Agent::Cline
        | Agent::Kiro
        | Agent::Goose
        | Agent::OpenCode
        | Agent::Droid
        | Agent::Devin
        | Agent::Antigravity => true,
    }
}

/// The command line, for a shell.
fn command(program: &str, agent: Agent, event: &str) -> String {
    format!("{} hook {} {event}", quoted(program), agent.name())
}

/// A path as a shell reads it as one word.
fn quoted(path: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+');
    if !path.is_empty() && path.chars().all(is_plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}

impl Form {
    fn value(self, command: &str) -> Value {
        let (name, more) = match self {
            Self::Flat { command, more } => (command, more),
            Self::Nested { more } => ("command", more),
        };
        let mut members: Map<String, Value> = more.iter().map(|(name, it)| ((*name).to_owned(), it.value())).collect();
        members.insert(name.to_owned(), command.into());
        match self {
            Self::Flat { .. } => members.into(),
            Self::Nested { .. } => {
                members.insert("type".to_owned(), "command".into());
                json!({ "hooks": [members] })
            }
        }
    }
}

impl Switch {
    fn value(self) -> Value {
        match self {
            Self::Number(number) => number.into(),
            Self::Word(word) => word.into(),
            Self::On => true.into(),
        }
    }
}
