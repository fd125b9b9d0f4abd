//! The road that everything takes between an agent and an MCP server.

use super::launch::Launch;
use super::offers::launches;
use super::pins::{Pins, Store};
use crate::approvals::Desk;
use crate::approvals::ask::Said;
use crate::commands::hook::{ByTicket, Clean, OnItsWay, Placed, TextKind, ToolJudge, reasons, words};
use crate::gate::Gate;
use portcullis_agents::Agent;
use portcullis_agents::hook::{Answer, Call as HookCall, Subject, ToolUse};
use portcullis_approvals::Shown;
use portcullis_event::{
    AbsPath, Actor, AgentName, Body, Config, ConfigOp, Enforcement, Event, EventId, Note, Place, Recorded, Tool,
    ToolName, ToolOp,
};
use portcullis_gateway::mcp::{Call, Fate, Offer, Piece, Road, Standing};
use portcullis_trust::Scanner;
use portcullis_trust::lock::{Known, Lock};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

/// Which of the questions about one call this gate's is.
pub(super) const DOOR: &str = "server";

/// On whose behalf a server is used, and where.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) actor: Actor,
    pub(crate) place: Place,
    /// The home folder of the user.
    pub(crate) home: AbsPath,
    pub(crate) desk: Desk,
    /// Where what is approved is kept.
    pub(crate) store: Store,
    /// What the repository approves, if it has a lock.
    pub(crate) lock: Option<Lock>,
}

/// The road of one server.
#[derive(Debug)]
pub(crate) struct ServerRoad {
    pub(super) gate: Arc<Gate>,
    pub(super) origin: Origin,
    /// What it is called.
    pub(super) server: String,
    pub(super) launch: Launch,
    agent: Agent,
    pub(super) pins: Mutex<Pins>,
    /// What the lock approves of its offers, if it lists any.
    pub(super) locked: Option<BTreeMap<String, String>>,
    /// The hashes of what may be used, by the name of the tool.
    pub(super) definitions: Mutex<BTreeMap<String, String>>,
    scanner: OnceLock<Option<Scanner>>,
}

impl ServerRoad {
    /// Asks whether a server may be used at all; an error is the words for whoever wants to.
    pub(crate) fn admit(
        gate: Arc<Gate>,
        mut origin: Origin,
        server: &str,
        launch: Launch,
        client: &str,
    ) -> Result<Self, String> {
        let (agent, name) = agent_of(client);
        let name = AgentName::parse(name).map_err(|error| error.to_string())?;
        origin.actor.agents.push(portcullis_event::Agent::new(name, None));
        let workspace = origin.place.repo.clone().or_else(|| origin.place.cwd.clone());
        let workspace = PathBuf::from(workspace.ok_or("nobody says which folder it is about")?.as_str());
        let known = origin.store.find(server, &workspace, &launch).map_err(|failure| failure.what)?;
        let pins = known.unwrap_or_else(|| origin.store.nothing(server, &workspace, &launch));
        let mut locked = None;
        let by_lock = match origin.lock.as_ref().map(|lock| lock.server(server, launch.words())) {
            None | Some(Known::Not) => false,
            Some(Known::Otherwise) => {
                return Err(format!(
                    "Portcullis: the MCP server `{server}` is not started as portcullis.lock approves it. \
                 `portcullis trust verify` shows what changed"
                ));
            }
            Some(Known::So(offers)) => {
                locked = Some(offers.clone()).filter(|offers| !offers.is_empty());
                true
            }
        };
        let road = Self {
            gate,
            origin,
            server: server.to_owned(),
            launch,
            agent,
            pins: Mutex::new(pins),
            locked,
            definitions: Mutex::new(BTreeMap::new()),
            scanner: OnceLock::new(),
        };
        road.may_start(by_lock)?;
        Ok(road)
    }

    /// What looks into what it says of its tools; made when it is needed first.
    pub(super) fn scanner(&self) -> Option<&Scanner> {
        let make = || {
            let scanner = Scanner::new().ok()?;
            Some(match self.gate.opinion() {
                Some(opinion) => scanner.with_opinion(opinion.clone()),
                None => scanner,
            })
        };
        self.scanner.get_or_init(make).as_ref()
    }

    /// Whether it may be started as it is.
    fn may_start(&self, by_lock: bool) -> Result<(), String> {
        let mut pins = locked(&self.pins);
        let (before, now) = (pins.launch.clone(), self.launch.words().to_vec());
        if before != now && !by_lock {
            let shown = vec![Shown { name: "started as".to_owned(), text: launches(&before, &now) }];
            let config = config(ConfigOp::Change, "mcp-launch", &self.server);
            self.asks_a_person(config, "is no longer started as it was approved", &shown)?;
        }
        let mut config = config(ConfigOp::Load, "mcp-server", &self.server);
        config.source = Some(self.launch.shown());
        let recorded = self.gate.pass(self.event(config));
        let event = recorded.record().event.clone();
        let enforcement = recorded.enforce();
        match &enforcement {
            Enforcement::Allow(_) | Enforcement::AllowWithChanges(..) => {}
            // The lock is that yes, or an earlier one is.
            Enforcement::Ask(..) if by_lock || pins.approved && before == now => {}
            Enforcement::Ask(_, obligations, reasons) => {
                let said = Said { event: &event, reasons, obligations };
                let shown = vec![Shown { name: "started as".to_owned(), text: self.launch.shown() }];
                self.by_ticket(&said, &format!("use the MCP server `{}` from now on", self.server), &shown)?;
                pins.approved = true;
            }
            Enforcement::Deny(_) => return Err(words::stopping(&enforcement).unwrap_or_default()),
        }
        if pins.launch != now || pins.approved {
            pins.launch = now;
            self.origin.store.keep(&mut pins).map_err(|failure| failure.what)?;
        }
        Ok(())
    }

    pub(super) fn event(&self, what: impl Into<Body>) -> Event {
        let mut event = Event::new(EventId::fresh(), SystemTime::now().into(), self.origin.actor.clone(), what);
        event.place = self.origin.place.clone();
        event
    }

    fn note(&self, text: &str) {
        let note = Note::new(format!("the MCP server `{}`: {text}", self.server));
        drop(self.gate.pass(self.event(note)).enforce());
    }

    fn ruled(&self, call: &Call<'_>) -> Result<(), String> {
        let input: Value =
            serde_json::from_str(call.input).map_err(|error| format!("its input can't be read: {error}"))?;
        let id = Some(call.id.to_owned());
        let tool = ToolUse { name: call.name.to_owned(), server: Some(self.server.clone()), input, id };
        let cwd = self.origin.place.cwd.as_ref().map(ToString::to_string);
        let as_hook = HookCall {
            agent: self.agent,
            event: DOOR.to_owned(),
            session: None,
            model: None,
            cwd,
            subject: Subject::Nothing,
        };
        let mut body = self.tool(ToolOp::Call, call.name)?;
        body.call = Some(call.id.to_owned());
        body.definition_hash = locked(&self.definitions).get(call.name).cloned();
        let mut event = self.event(body);
        let placed = Placed::add(&mut event, "input", &tool.input);
        let about = (&event, self.origin.home.clone(), self.origin.desk.folder());
        let judge = ToolJudge::new(self.gate.policy(), &as_hook, &tool, about)?;
        judge.tell(&mut event);
        let way = OnItsWay {
            gate: &self.gate,
            desk: &self.origin.desk,
            agent: self.agent,
            door: DOOR,
            tool: &tool,
            written: &tool.input,
            judge: &judge,
            placed: &placed,
            can_be_alike: true,
        };
        stopped(&way, self.gate.pass_as_it_is(event, &judge))
    }

    fn tool(&self, op: ToolOp, name: &str) -> Result<Tool, String> {
        let name = ToolName::parse(name).map_err(|error| error.to_string())?;
        Ok(Tool { server: Some(self.server.clone()), ..Tool::new(op, name) })
    }

    /// What becomes of texts on their way, once that is on the record.
    fn passed(&self, op: ToolOp, of: &str, name: &'static str, pieces: &[Piece]) -> Result<Fate, String> {
        let mut event = self.event(self.tool(op, of)?);
        let kind = |piece: &Piece| if piece.is_fixed { TextKind::Fixed } else { TextKind::Value };
        let placed = Placed::add_texts(&mut event, name, pieces.iter().map(|piece| (piece.text.as_str(), kind(piece))));
        let recorded = self.gate.pass(event);
        let record = recorded.record();
        let mut clean = Clean::of(&record.event, &record.findings);
        let enforcement = recorded.enforce();
        let is_stopped = !reasons(&enforcement).is_empty() || matches!(enforcement, Enforcement::Deny(_));
        if is_stopped && op == ToolOp::Call {
            return Err(words::stopping(&enforcement).unwrap_or_default());
        }
        let (mut number, mut changed) = (0, Vec::new());
        for (at, piece) in pieces.iter().enumerate().filter(|(_, piece)| !piece.is_fixed) {
            let place = placed.of(number);
            number += 1;
            let instead = place.and_then(|place| clean.instead(&place, is_stopped));
            changed.extend(instead.filter(|text| *text != piece.text).map(|text| (at, text)));
        }
        Ok(match (changed.is_empty(), is_stopped) {
            _ if clean.is_left(is_stopped, changed.len()) => {
                Fate::Withheld("Portcullis: this was withheld: it holds what must not be handed on".to_owned())
            }
            (true, false) => Fate::AsItIs,
            (true, true) => Fate::Withheld(clean.steered()),
            (false, _) => Fate::Changed(changed),
        })
    }
}

impl Road for ServerRoad {
    fn offered(&self, offers: &[Offer<'_>]) -> Vec<Standing> {
        let mut pins = locked(&self.pins);
        let before = pins.offers.clone();
        let (mut standings, waiting) = self.standings(offers, &mut pins);
        self.ask_about(waiting, &mut pins, &mut standings);
        if pins.offers != before
            && let Err(failure) = self.origin.store.keep(&mut pins)
        {
            // What can't be kept would be new at each start.
            let words = format!("Portcullis: what is offered can't be kept: {}", failure.what);
            return offers.iter().map(|_| Standing::Blocked(words.clone())).collect();
        }
        let unruled = || Standing::Blocked("Portcullis: nobody ruled about it".to_owned());
        standings.into_iter().map(|standing| standing.unwrap_or_else(unruled)).collect()
    }

    fn call(&self, call: &Call<'_>) -> Result<(), String> {
        self.ruled(call).map_err(|why| if why.starts_with("Portcullis: ") { why } else { words::broken(&why) })
    }

    fn came(&self, of: &str, pieces: &[Piece]) -> Fate {
        self.passed(ToolOp::Result, of, "result", pieces).unwrap_or_else(Fate::Withheld)
    }

    fn asks(&self, method: &str, pieces: &[Piece]) -> Fate {
        self.passed(ToolOp::Call, method, "asked", pieces).unwrap_or_else(Fate::Withheld)
    }

    fn leaves(&self, method: &str, pieces: &[Piece]) -> Fate {
        self.passed(ToolOp::Call, method, "answer", pieces).unwrap_or_else(Fate::Withheld)
    }

    fn refused(&self, what: &str) {
        self.note(what);
    }
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn config(op: ConfigOp, category: &str, name: &str) -> Config {
    Config::new(op, category.to_owned(), name.to_owned())
}

pub(super) fn digits(hash: &str) -> String {
    hash.trim_start_matches("sha256:").to_owned()
}

/// Why a call is not handed on, if it is not.
fn stopped(way: &OnItsWay<'_>, recorded: Recorded) -> Result<(), String> {
    let event = recorded.record().event.clone();
    let enforcement = recorded.enforce();
    if let Enforcement::Ask(_, obligations, reasons) = &enforcement {
        let said = Said { event: &event, reasons, obligations };
        if said.passes_as_it_is() {
            return match way.by_ticket(&said)? {
                ByTicket::Passes => Ok(()),
                ByTicket::Stopped(words) => Err(words),
            };
        }
    }
    match words::answer(&enforcement) {
        Answer::Abstain => Ok(()),
        Answer::Ask(words) | Answer::Deny(words) | Answer::Replace(_, words) => Err(words),
    }
}

/// The agent that a client is, by what it calls itself, and its name.
fn agent_of(client: &str) -> (Agent, &'static str) {
    const KNOWN: [(&str, Agent); 10] = [
        ("claude", Agent::ClaudeCode),
        ("codex", Agent::Codex),
        ("gemini", Agent::Gemini),
        ("cursor", Agent::Cursor),
        ("opencode", Agent::OpenCode),
        ("goose", Agent::Goose),
        ("copilot", Agent::CopilotCli),
        ("github-copilot", Agent::CopilotCli),
        ("visual studio code", Agent::VsCode),
        ("windsurf", Agent::Windsurf),
    ];
    let client = client.to_ascii_lowercase();
    match KNOWN.iter().find(|(begins, _)| client.starts_with(begins)) {
        Some((_, agent)) => (*agent, agent.name()),
        // Another program: its calls are read as those of all agents are.
        None => (Agent::ClaudeCode, "command"),
    }
}
