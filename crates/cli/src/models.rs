//! The road that prompts, replies and calls of tools take at the gateway.

mod carrying;
mod reading;

pub(crate) use reading::Reading;

use crate::approvals::Desk;
use crate::approvals::ask::Said;
use crate::commands::hook::{ByTicket, OnItsWay, Placed, ToolJudge, words};
use crate::failure::Failure;
use crate::gate::Gate;
use crate::home::Home;
use crate::output::Output;
use crate::verify::has_the_instructions;
use carrying::{Carrying, Receiver};
use portcullis_agents::Agent;
use portcullis_agents::hook::{Call as HookCall, Subject, ToolUse};
use portcullis_effects::What;
use portcullis_event::{
    AbsPath, Actor, AgentName, Content, Coverage, Decision, Enforcement, Event, EventId, Finding, FindingKind, GitOp,
    Host, Inspected, Judge, Llm, Note, Obligation, Place, Reason, Recorded, Rest, Secret, SessionId, Tool, ToolName,
    ToolOp, Verdict,
};
use portcullis_gateway::model::{Answer, Asked, Came, Client, Replaces, Road, Tls};
use portcullis_gateway::wire::{Call, Ruling};
use portcullis_inspect::replace::Session;
use portcullis_policy::ValidPolicy;
use portcullis_taint::Risen;
use reading::as_value;
use rustls::RootCertStore;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

/// What stands in the place of text that steers its reader.
const WITHHELD: &str = "[withheld by Portcullis: it tries to steer whoever reads it]";

/// What stands in the place of an address that would carry something out.
const UNSHOWN: &str = "[address withheld by Portcullis: it would carry out what this session has read]";

/// What is replaced in prompts, by policy.
pub(crate) fn replaces(policy: &ValidPolicy) -> Replaces {
    let is_touched = |kind| policy.finding_verdict(kind) > Verdict::Allow;
    Replaces {
        secrets: is_touched(FindingKind::Secret),
        personal_data: is_touched(FindingKind::PersonalData),
        markers: policy.markers().cloned(),
        marked: is_touched(FindingKind::Marker),
    }
}

/// Whom the system believes to be who they say. Without it only servers on this machine can be spoken to.
/// They are read when they are needed first: a run may never ask a model.
pub(crate) fn trust(output: Output) -> Tls {
    Arc::new(LazyLock::new(Box::new(move || trusted(output))))
}

fn trusted(output: Output) -> Option<Arc<rustls::ClientConfig>> {
    if !has_the_instructions() {
        output.remark(
            "this processor lacks instructions that our cryptography needs: only servers on this machine can be used",
        );
        return None;
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        output.remark("this system has no certificates of authorities: only servers on this machine can be used");
        return None;
    }
    let provider = Arc::new(rustls_graviola::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    Some(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

/// The placeholders of a new session, and the way back.
pub(crate) fn fresh_session() -> Result<Arc<Session>, Failure> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| Failure::incomplete(format!("there is no randomness: {error}")))?;
    Ok(Arc::new(Session::new(&Secret::new(key))))
}

/// The road of one gateway.
#[derive(Debug)]
pub(crate) struct ModelRoad {
    gate: Arc<Gate>,
    actor: Actor,
    place: Place,
    /// Who uses it, whatever the client says.
    named: Option<AgentName>,
    /// The home folder of the user, and the folder of our own state.
    home: AbsPath,
    desk: Desk,
    /// What the session has read. Without it no call is judged, and so none is handed over.
    reading: Option<Arc<Reading>>,
    /// Which files its prompts have carried.
    carrying: Arc<Carrying>,
}

impl ModelRoad {
    pub(crate) fn new(
        gate: Arc<Gate>,
        (actor, place): (Actor, Place),
        (home, state): (AbsPath, PathBuf),
        named: Option<AgentName>,
    ) -> Self {
        let mut key = [0; 32];
        let has_key = getrandom::fill(&mut key).is_ok();
        let reading = Reading::begin(key, &place, home.clone()).filter(|_| has_key).map(Arc::new);
        // Whoever speaks to a gateway may work elsewhere; a run works where it was started.
        let folder = place.cwd.clone().filter(|_| !actor.agents.is_empty());
        let carrying = Arc::new(Carrying::begin(folder, place.repo.clone(), home.clone()));
        Self { gate, actor, place, named, home, desk: Desk::at(Home::known(state)), reading, carrying }
    }

    /// The same session by another gate.
    pub(crate) fn through(&self, gate: Arc<Gate>) -> Self {
        let Self { gate: _, actor, place, named, home, desk, reading, carrying } = self;
        let (actor, place, named, carrying) = (actor.clone(), place.clone(), named.clone(), Arc::clone(carrying));
        Self { gate, actor, place, named, home: home.clone(), desk: desk.clone(), reading: reading.clone(), carrying }
    }

    /// What it passes through.
    pub(crate) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// What the session has read, for whoever else has to know.
    pub(crate) fn reading(&self) -> Option<Arc<Reading>> {
        self.reading.clone()
    }

    /// Takes the labels off the session, for the person at the terminal; gives what they were once that is on the record.
    pub(crate) fn clear(&self) -> Result<Vec<String>, String> {
        let cleared = self.reading.as_ref().map(|reading| reading.clear()).unwrap_or_default();
        let told: Vec<String> = cleared.iter().map(|it| format!("{} since {}", it.label, it.source)).collect();
        let note = Note::new(format!("a person cleared what the session has read: {}", told.join("; ")));
        let mut event = Event::new(EventId::fresh(), SystemTime::now().into(), self.actor.clone(), note);
        event.place = self.place.clone();
        match self.gate.pass(event).enforce() {
            Enforcement::Allow(_) | Enforcement::AllowWithChanges(..) => Ok(told),
            Enforcement::Ask(..) | Enforcement::Deny(_) => {
                // What can't be recorded did not happen.
                if let Some(reading) = &self.reading {
                    reading.restore(&cleared);
                }
                Err("it can't be recorded, so nothing was cleared".to_owned())
            }
        }
    }

    fn event(&self, client: &Client, what: impl Into<portcullis_event::Body>) -> Event {
        let mut actor = self.actor.clone();
        if let Some(key) = &client.key {
            actor.rest.insert("key".to_owned(), key.as_str().into());
        }
        // A run knows who is in it, whatever the client says.
        if actor.agents.is_empty()
            && let Some(name) = self.named.clone().or_else(|| agent_of(client).1)
        {
            let session = client.session.clone().and_then(|it| SessionId::parse(it).ok());
            actor.agents.push(portcullis_event::Agent::new(name, session));
        }
        let mut event = Event::new(EventId::fresh(), SystemTime::now().into(), actor, what);
        event.place = self.place.clone();
        event
    }

    /// Whose tools are meant.
    fn agent(&self, client: &Client) -> Agent {
        self.named.as_ref().and_then(|name| Agent::named(name.as_str())).unwrap_or_else(|| agent_of(client).0)
    }

    /// What is new of the files that a prompt carries.
    fn carried(&self, asked: &Asked<'_>) -> carrying::New {
        let Asked { client, llm, carried, .. } = asked;
        let host = llm.host.as_ref().map(Host::as_str).unwrap_or_default();
        let to = Receiver { session: client.session.as_deref(), provider: &llm.provider, host };
        let keeper = self.gate.log().content().ok();
        let fingerprint = |text: &str| keeper.map(|keeper| keeper.fingerprint(text));
        self.carrying.list(carried, to, self.agent(client).name(), fingerprint)
    }

    fn judged(&self, client: &Client, call: &Call) -> Result<Ruling, String> {
        let agent = self.agent(client);
        let reading = self.reading.as_ref().ok_or("nobody can tell what this session has read")?;
        let tool =
            ToolUse { name: call.name.clone(), server: None, input: as_value(&call.restored), id: call.id.clone() };
        let as_hook = HookCall {
            agent,
            event: DOOR.to_owned(),
            session: client.session.clone(),
            model: None,
            cwd: self.place.cwd.as_ref().map(ToString::to_string),
            subject: Subject::Nothing,
        };
        let name = ToolName::parse(call.name.clone()).map_err(|error| error.to_string())?;
        let mut event = self.event(client, Tool { call: call.id.clone(), ..Tool::new(ToolOp::Call, name) });
        // As the model wrote it: what it never saw is not on the record either.
        let written = as_value(&call.input);
        let placed = Placed::add(&mut event, "input", &written);
        let (gate, policy) = (&*self.gate, self.gate.policy());
        let judge = ToolJudge::new(policy, &as_hook, &tool, (&event, self.home.clone(), self.desk.folder()))?;
        judge.tell(&mut event);
        let against = reading.against(policy, &tool, judge.effects());
        // A yes to calls that are alike says nothing about what the next one would carry.
        let can_be_alike = against.is_empty();
        let with_reading = WithReading { judge: &judge, against };
        let (desk, door, tool_of, written_of) = (&self.desk, DOOR, &tool, &written);
        let way = OnItsWay {
            gate,
            desk,
            agent,
            door,
            tool: tool_of,
            written: written_of,
            judge: &judge,
            placed: &placed,
            can_be_alike,
        };
        if let Some(words) = stopped(&way, gate.pass_as_it_is(event, &with_reading))? {
            return Ok(Ruling::Refused(words));
        }
        let as_it_came =
            call.input != call.restored && judge.effects().list.iter().any(|effect| reaches_out(&effect.what));
        let handed = if as_it_came { ToolUse { input: written, ..tool } } else { tool };
        reading.released(policy, &handed, judge.effects());
        Ok(if as_it_came { Ruling::AsItCame } else { Ruling::Restored })
    }
}

/// Which of the questions about one call the gateway's is.
const DOOR: &str = "model";

/// Why a call is not handed over, if it is not. What policy asks about waits for a person, who answers elsewhere.
fn stopped(way: &OnItsWay<'_>, recorded: Recorded) -> Result<Option<String>, String> {
    let event = recorded.record().event.clone();
    let enforcement = recorded.enforce();
    if let Enforcement::Ask(_, obligations, reasons) = &enforcement {
        let said = Said { event: &event, reasons, obligations };
        if said.passes_as_it_is() {
            return Ok(match way.by_ticket(&said)? {
                ByTicket::Passes => None,
                ByTicket::Stopped(words) => Some(words),
            });
        }
    }
    Ok(words::stopping(&enforcement))
}

/// The judgement of policy, together with what the session has read before.
pub(crate) struct WithReading<'a, J> {
    pub(crate) judge: &'a J,
    pub(crate) against: Vec<Reason>,
}

impl<J: Judge> Judge for WithReading<'_, J> {
    fn judge(&self, inspected: &Inspected) -> Decision {
        let mut whole = self.judge.judge(inspected);
        // The road makes the strictest of all reasons the verdict.
        whole.reasons.extend(self.against.iter().cloned());
        whole
    }
}

/// Whether an effect reaches another machine, or may.
fn reaches_out(what: &What) -> bool {
    match what {
        What::Network { host, .. } => !host.is_loopback(),
        What::Git { op, .. } => matches!(op, GitOp::Push | GitOp::Fetch),
        What::Tool { .. } | What::Danger { .. } | What::Package { .. } => true,
        What::Read { .. }
        | What::List { .. }
        | What::Write { .. }
        | What::Delete { .. }
        | What::Mode { .. }
        | What::Execute { .. }
        | What::Credential { .. }
        | What::Environment { .. } => false,
    }
}

/// The agent that a client says it is. It decides nothing: policy judges what is asked, whoever asks.
fn agent_of(client: &Client) -> (Agent, Option<AgentName>) {
    let program = client.program.as_deref().unwrap_or_default();
    let known = [
        ("claude-cli", Agent::ClaudeCode),
        ("codex", Agent::Codex),
        ("geminicli", Agent::Gemini),
        ("cursor", Agent::Cursor),
        ("opencode", Agent::OpenCode),
        ("goose", Agent::Goose),
        ("copilot", Agent::CopilotCli),
    ];
    match known.iter().find(|(prefix, _)| program.starts_with(prefix)) {
        Some((_, agent)) => (*agent, AgentName::parse(agent.name()).ok()),
        // Another program: its calls are read as those of all agents are.
        None => (Agent::ClaudeCode, AgentName::parse("command").ok()),
    }
}

impl Road for ModelRoad {
    fn request(&self, asked: Asked<'_>) -> Answer {
        let new = self.carried(&asked);
        let Asked { client, mut llm, prompt, findings, skipped, .. } = asked;
        llm.carried.clone_from(&new.files);
        if new.later > 0 {
            llm.rest.insert("carried_later".to_owned(), new.later.into());
        }
        let mut event = self.event(client, llm);
        event.content.insert("prompt".to_owned(), Content::Clear(prompt));
        let coverage = Coverage { skipped, rest: Rest::new() };
        let enforcement = self.gate.pass_inspected(event, findings, coverage).enforce();
        // What could be replaced was replaced. What is left stands where nothing may be changed.
        if let Enforcement::AllowWithChanges(_, wanted) = &enforcement
            && wanted.iter().any(|it| matches!(it, Obligation::Replace { .. }))
        {
            return Answer::Refuse(words::broken("a part that its provider has signed holds what must not leave"));
        }
        match words::stopping(&enforcement) {
            None => {
                self.carrying.left(new);
                Answer::Pass
            }
            Some(words) => Answer::Refuse(words),
        }
    }

    fn result(&self, client: &Client, tool: Option<&str>, findings: Vec<Finding>) -> Option<String> {
        let name = ToolName::parse(tool.unwrap_or("unknown")).or_else(|_| ToolName::parse("unknown")).ok()?;
        let event = self.event(client, Tool::new(ToolOp::Result, name));
        let enforcement = self.gate.pass_inspected(event, findings, Coverage::default()).enforce();
        words::stopping(&enforcement).map(|_| WITHHELD.to_owned())
    }

    fn call(&self, client: &Client, call: &Call) -> Ruling {
        self.judged(client, call).unwrap_or_else(|why| Ruling::Refused(words::broken(&why)))
    }

    fn said(&self, _: &Client, text: &str) {
        if let Some(reading) = &self.reading {
            reading.said(text);
        }
    }

    fn came(&self, client: &Client, came: &Came<'_>) {
        let risen = self.reading.as_ref().map(|reading| reading.came(came)).unwrap_or_default();
        for Risen { label, source } in risen {
            let named = |name: &str| ToolName::parse(name).ok();
            let Some(name) = came.tool.and_then(named).or_else(|| named("unknown")) else { continue };
            let mut result = Tool { call: came.id.map(str::to_owned), ..Tool::new(ToolOp::Result, name) };
            result.rest.insert("label".to_owned(), label.as_str().into());
            result.rest.insert("label_source".to_owned(), source.to_string().into());
            drop(self.gate.pass(self.event(client, result)).enforce());
        }
    }

    fn watches_addresses(&self) -> bool {
        self.reading.as_ref().is_some_and(|reading| reading.is_private())
    }

    fn address(&self, client: &Client, url: &str, is_image: bool) -> Option<String> {
        let reason = self.reading.as_ref()?.against_address(self.gate.policy(), url, is_image)?;
        let Ok(name) = ToolName::parse("reply") else { return Some(UNSHOWN.to_owned()) };
        let event = self.event(client, Tool::new(ToolOp::Result, name));
        let judge = WithReading { judge: self.gate.policy(), against: vec![reason] };
        let enforcement = self.gate.pass_as_it_is(event, &judge).enforce();
        words::stopping(&enforcement).map(|_| UNSHOWN.to_owned())
    }

    fn reply(&self, client: &Client, llm: Llm) {
        let event = self.event(client, llm);
        drop(self.gate.pass_inspected(event, Vec::new(), Coverage::default()).enforce());
    }

    fn refused(&self, client: &Client, what: &str) {
        let event = self.event(client, Note::new(format!("a request to a model was refused: {what}")));
        drop(self.gate.pass(event).enforce());
    }
}
