//! `portcullis effects`: what a command or a tool call would do, and what policy says of it. Nothing is run or recorded.

use crate::effects::{Judgement, MachineWorld, described, judge};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::policy_files::PolicyFiles;
use crate::{repository, surroundings, verdict};
use clap::Args;
use portcullis_effects::{Agent as ToolAgent, Effect, Effects as Told, Shell, ToolCall};
use portcullis_event::{AbsPath, Actor, Agent, AgentName, Place, Reason, Verdict};
use portcullis_policy::{Places, ValidPolicy};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::{BufRead as _, Read as _};
use std::path::Path;
use std::rc::Rc;

/// A line of a batch is one call; what is longer was not meant.
const LONGEST_LINE: u64 = 16 * 1024 * 1024;

/// Says what a command would do, and whether policy lets it.
#[derive(Debug, Args)]
pub(crate) struct Effects {
    /// The command, as one text
    #[arg(required_unless_present = "batch", conflicts_with = "batch")]
    command: Option<String>,
    /// The language that it is written in
    #[arg(long, value_enum, default_value_t = Language::Bash)]
    shell: Language,
    /// The agent that would run it
    #[arg(long, value_name = "NAME", default_value = "claude-code")]
    agent: AgentName,
    /// Answer many: one JSON object a line, with `command`, or `tool` and `input`, and `cwd`
    #[arg(long)]
    batch: bool,
}

/// The language of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Language {
    /// bash, sh, zsh
    #[serde(alias = "sh", alias = "zsh")]
    Bash,
    /// PowerShell
    Powershell,
}

impl From<Language> for Shell {
    fn from(language: Language) -> Self {
        match language {
            Language::Bash => Self::Bash,
            Language::Powershell => Self::PowerShell,
        }
    }
}

/// One question of a batch.
#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default)]
    id: serde_json::Value,
    command: Option<String>,
    tool: Option<String>,
    input: Option<serde_json::Value>,
    cwd: Option<String>,
    shell: Option<Language>,
    agent: Option<AgentName>,
}

/// What is answered.
#[derive(Debug, Serialize)]
struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<serde_json::Value>,
    effects: Vec<Row>,
    decision: Verdict,
    reasons: Vec<Reason>,
}

/// An effect and the answer to it.
#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    effect: Effect,
    decision: Verdict,
}

/// What is in force in a folder.
#[derive(Debug)]
struct Ground {
    policy: ValidPolicy,
    world: MachineWorld,
    place: Place,
}

impl Effects {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let files = PolicyFiles::find(invocation)?;
        let place = surroundings::place(invocation);
        if self.batch {
            return self.answer_all(&files, &place);
        }
        let text = self.command.as_deref().unwrap_or_default();
        let ground = Ground::new(files, place)?;
        let told = portcullis_effects::of_command(text, self.shell.into(), &ground.world);
        let answer = Answer::new(None, told, &ground, &self.agent)?;
        let exit = match answer.decision {
            Verdict::Allow | Verdict::AllowWithChanges => Exit::Success,
            Verdict::Ask | Verdict::Deny => Exit::Findings,
        };
        invocation.output.show(&answer)?;
        Ok(exit)
    }

    /// One line in, one line out.
    fn answer_all(&self, files: &PolicyFiles, place: &Place) -> Result<Exit, Failure> {
        let mut grounds: HashMap<AbsPath, Rc<Ground>> = HashMap::new();
        let mut input = std::io::stdin().lock();
        for number in 1_usize.. {
            let mut line = Vec::new();
            let unreadable = |error| Failure::io("read standard input", None, &error);
            let length = input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(unreadable)?;
            if length == 0 {
                break;
            }
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let wrong = |why: String| Failure::usage(format!("line {number} is not a question: {why}"));
            let asked: Asked = serde_json::from_slice(&line).map_err(|error| wrong(error.to_string()))?;
            let cwd = match &asked.cwd {
                Some(cwd) => files.places.cwd.join(cwd).map_err(|error| wrong(error.to_string()))?,
                None => files.places.cwd.clone(),
            };
            let ground = if let Some(ground) = grounds.get(&cwd) {
                Rc::clone(ground)
            } else {
                let ground = Rc::new(Ground::in_folder(files, place, &cwd)?);
                grounds.insert(cwd, Rc::clone(&ground));
                ground
            };
            let told = self.tell(&asked, &ground).map_err(wrong)?;
            let agent = asked.agent.as_ref().unwrap_or(&self.agent);
            let answer = Answer::new(Some(asked.id), told, &ground, agent)?;
            let line = serde_json::to_string(&answer)
                .map_err(|error| Failure::incomplete(format!("the result can't be written as JSON: {error}")))?;
            crate::output::write_out(&(crate::printable::printable_json(&line) + "\n"))?;
        }
        Ok(Exit::Success)
    }

    fn tell(&self, asked: &Asked, ground: &Ground) -> Result<Told, String> {
        let agent = asked.agent.as_ref().unwrap_or(&self.agent);
        match (&asked.command, &asked.tool) {
            (Some(command), None) => {
                let shell = asked.shell.unwrap_or(self.shell);
                Ok(portcullis_effects::of_command(command, shell.into(), &ground.world))
            }
            (None, Some(tool)) => {
                let nothing = serde_json::Value::Null;
                let input = asked.input.as_ref().unwrap_or(&nothing);
                let call = ToolCall { agent: Some(ToolAgent(agent.as_str())), name: tool, input };
                Ok(portcullis_effects::of_tool(&call, &ground.world))
            }
            (Some(_), Some(_)) => Err("it has both `command` and `tool`".to_owned()),
            (None, None) => Err("it has neither `command` nor `tool`".to_owned()),
        }
    }
}

impl Ground {
    fn new(files: PolicyFiles, place: Place) -> Result<Self, Failure> {
        let policy = files.load()?;
        let Places { home, repository, cwd } = files.places;
        Ok(Self { policy, world: MachineWorld::new(cwd, home, repository), place })
    }

    /// The same policy, for a command that would run in another folder.
    fn in_folder(files: &PolicyFiles, place: &Place, cwd: &AbsPath) -> Result<Self, Failure> {
        let repository = if *cwd == files.places.cwd {
            files.places.repository.clone()
        } else {
            let root = repository::root_of(Path::new(cwd.as_str()), Some(Path::new(files.places.home.as_str())));
            root.and_then(|root| AbsPath::from_os(&root).ok())
        };
        let places = Places { home: files.places.home.clone(), repository: repository.clone(), cwd: cwd.clone() };
        let moved = PolicyFiles { sources: files.sources.clone(), places };
        Self::new(moved, Place { repo: repository, cwd: Some(cwd.clone()), ..place.clone() })
    }
}

impl Answer {
    fn new(id: Option<serde_json::Value>, told: Told, ground: &Ground, agent: &AgentName) -> Result<Self, Failure> {
        let mut actor: Actor = surroundings::actor()?;
        actor.agents.push(Agent::new(agent.clone(), None));
        let Judgement { decision, by_effect } = judge(&ground.policy, &told, &actor, &ground.place);
        let rows = told.list.into_iter().zip(by_effect);
        Ok(Self {
            id,
            effects: rows.map(|(effect, decision)| Row { effect, decision }).collect(),
            decision: decision.effective().min(decision.verdict),
            reasons: decision.reasons,
        })
    }
}

impl View for Answer {
    fn write(&self, page: &mut Page) {
        let (tone, word) = verdict::shown(self.decision);
        page.put(tone, word).end();
        for row in &self.effects {
            let (tone, word) = verdict::shown(row.decision);
            let tone = if row.decision > Verdict::Allow { tone } else { Tone::Faint };
            page.put(Tone::Plain, "  ").column(tone, word, 6).put(Tone::Plain, described(&row.effect.what)).end();
        }
        for reason in
            self.reasons.iter().filter(|reason| reason.verdict == self.decision && reason.verdict > Verdict::Allow)
        {
            page.put(Tone::Faint, "  why ").put(Tone::Plain, &reason.message).end();
            if let Some(line) = &reason.source {
                page.put(Tone::Faint, "  at  ").put(Tone::Plain, line.to_string()).end();
            }
            if let Some(fix) = &reason.fix {
                page.put(Tone::Good, "  fix ").put(Tone::Plain, fix).end();
            }
        }
    }
}
