//! The road that prompts, replies and calls of tools take at the gateway.

use crate::commands::hook::{ToolJudge, words};
use crate::failure::Failure;
use crate::gate::Gate;
use crate::output::Output;
use crate::verify::has_the_instructions;
use portcullis_agents::Agent;
use portcullis_agents::hook::{Call as HookCall, Subject, ToolUse};
use portcullis_effects::What;
use portcullis_event::{
    AbsPath, Actor, AgentName, Content, Coverage, Enforcement, Event, EventId, Finding, FindingKind, GitOp, Llm, Note,
    Obligation, Place, Rest, Secret, SessionId, Tool, ToolName, ToolOp, Verdict,
};
use portcullis_gateway::model::{Answer, Asked, Client, Replaces, Road, Tls};
use portcullis_gateway::wire::{Call, Ruling};
use portcullis_inspect::replace::Session;
use portcullis_policy::ValidPolicy;
use rustls::RootCertStore;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

/// What stands in the place of text that steers its reader.
const WITHHELD: &str = "[withheld by Portcullis: it tries to steer whoever reads it]";

/// What is replaced in prompts, by policy.
pub(crate) fn replaces(policy: &ValidPolicy) -> Replaces {
    let is_touched = |kind| policy.finding_verdict(kind) > Verdict::Allow;
    Replaces { secrets: is_touched(FindingKind::Secret), personal_data: is_touched(FindingKind::PersonalData) }
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
    state: PathBuf,
}

impl ModelRoad {
    pub(crate) fn new(
        gate: Arc<Gate>,
        (actor, place): (Actor, Place),
        (home, state): (AbsPath, PathBuf),
        named: Option<AgentName>,
    ) -> Self {
        Self { gate, actor, place, named, home, state }
    }

    fn event(&self, client: &Client, what: impl Into<portcullis_event::Body>) -> Event {
        let mut actor = self.actor.clone();
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

    fn judged(&self, client: &Client, call: &Call) -> Result<Ruling, String> {
        let agent =
            self.named.as_ref().and_then(|name| Agent::named(name.as_str())).unwrap_or_else(|| agent_of(client).0);
        let input = |source: &str| serde_json::from_str(source).unwrap_or_else(|_| source.into());
        let tool = ToolUse { name: call.name.clone(), server: None, input: input(&call.restored), id: call.id.clone() };
        let as_hook = HookCall {
            agent,
            event: "model".to_owned(),
            session: client.session.clone(),
            model: None,
            cwd: self.place.cwd.as_ref().map(ToString::to_string),
            subject: Subject::Nothing,
        };
        let name = ToolName::parse(call.name.clone()).map_err(|error| error.to_string())?;
        let mut event = self.event(client, Tool { call: call.id.clone(), ..Tool::new(ToolOp::Call, name) });
        // As the model wrote it: what it never saw is not on the record either.
        event.content.insert("input".to_owned(), Content::Clear(call.input.clone()));
        let judge = ToolJudge::new(self.gate.policy(), &as_hook, &tool, (&event, self.home.clone(), &self.state))?;
        judge.tell(&mut event);
        let enforcement = self.gate.pass_as_it_is(event, &judge).enforce();
        Ok(match words::stopping(&enforcement) {
            Some(words) => Ruling::Refused(words),
            None if call.input != call.restored && judge.effects().list.iter().any(|it| reaches_out(&it.what)) => {
                Ruling::AsItCame
            }
            None => Ruling::Restored,
        })
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
        let Asked { client, llm, prompt, findings, skipped, .. } = asked;
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
            None => Answer::Pass,
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

    fn reply(&self, client: &Client, llm: Llm) {
        let event = self.event(client, llm);
        drop(self.gate.pass_inspected(event, Vec::new(), Coverage::default()).enforce());
    }

    fn refused(&self, client: &Client, what: &str) {
        let event = self.event(client, Note::new(format!("a request to a model was refused: {what}")));
        drop(self.gate.pass(event).enforce());
    }
}
