//! The road that everything takes that the command wants from the network.
//!
//! Each attempt becomes an event, is decided and recorded before a name is looked up or a packet leaves. What the broker
//! refuses by itself is recorded as well, so the ledger holds every denial, whoever made it.

use super::connection;
use crate::approvals::Desk;
use crate::approvals::ask::Said;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::models::{Reading, WithReading};
use crate::output::Output;
use portcullis_approvals::{Moment, State, Ticket, TicketId};
use portcullis_event::{
    Actor, ApprovalStep, Body, Decision, Enforcement, Event, EventId, Host, Inspected, Judge, Net, NetOp, Note, Place,
    Reason, Session, SessionOp, Verdict,
};
use portcullis_gateway::egress::{
    Answer, Attempt, Denial, Doors, Egress, Error, Notice, Refusal, Road, Settings, Upstream,
};
use portcullis_gateway::model::Models;
use portcullis_sandbox::Doors as Sockets;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

/// What was denied, with how often, for the end of the run.
pub(super) type Denied = BTreeMap<String, (Denial, u64)>;

/// More different ones are not told apart: a command can try whatever it likes.
const MOST_ATTEMPTED: usize = 1024;

/// The road of one run.
#[derive(Debug)]
pub(crate) struct RunRoad {
    gate: Arc<Gate>,
    actor: Actor,
    place: Place,
    denied: Mutex<Denied>,
    /// What of it policy denied, as it was tried, and how often.
    attempted: Mutex<HashMap<Attempt, u64>>,
    /// Where what policy asks about waits for a person.
    desk: Desk,
    /// What the session has read, and who is read.
    reading: OnceLock<(Arc<Reading>, Models)>,
    /// Where the agent that was started asks its maker's models.
    own_models: OnceLock<Host>,
    /// Where a denial is told at once. It is not while a program paints on the whole terminal.
    told_on: Option<Output>,
}

impl RunRoad {
    pub(super) fn new((gate, desk): (Gate, Desk), actor: Actor, place: Place, told_on: Option<Output>) -> Self {
        Self {
            gate: Arc::new(gate),
            actor,
            place,
            denied: Mutex::default(),
            attempted: Mutex::default(),
            desk,
            reading: OnceLock::new(),
            own_models: OnceLock::new(),
            told_on,
        }
    }

    /// Where what policy asks about waits for a person.
    pub(crate) fn desk(&self) -> &Desk {
        &self.desk
    }

    /// What of this run waits for a person, the latest.
    pub(super) fn waiting(&self) -> Option<TicketId> {
        let session = self.actor.session()?.as_str();
        let open = self.desk.open_if_there().ok()??.open_ones(&Moment::now().ok()?).ok()?;
        let waits = |ticket: &&Ticket| ticket.request.session == session && matches!(ticket.state, State::Waiting(_));
        open.iter().rfind(waits).map(|ticket| ticket.id)
    }

    /// What this run asked for and nobody used is over with it: it can't ask again. That is on the record as far as it goes, and
    /// nothing that could happen depends on it.
    pub(super) fn end_requests(&self) {
        let session = self.actor.session().map(portcullis_event::SessionId::as_str).unwrap_or_default();
        let Ok(Some(mut store)) = self.desk.open_if_there() else { return };
        for ticket in store.end(session).unwrap_or_default() {
            self.record(ticket.notice(ApprovalStep::Expired));
        }
    }

    /// The policy and the ledger.
    pub(crate) fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }

    /// On whose behalf all of this happens, and where.
    pub(crate) fn origin(&self) -> (Actor, Place) {
        (self.actor.clone(), self.place.clone())
    }

    /// From now on what the session has read counts for what it connects to.
    pub(super) fn goes_by(&self, reading: Arc<Reading>, models: Models) {
        // A run has one session, and this is said once.
        self.reading.set((reading, models)).ok();
    }

    /// From now on the agent reaches its own models, where no line of the policy speaks of their host.
    pub(super) fn has_models_at(&self, host: Host) {
        self.own_models.set(host).ok();
    }

    /// Whether it is a session with the models of the agent that somebody started, about which no line of the policy speaks. To start
    /// the agent is to want that; what is said there is read, and `[models]` rules about it.
    fn is_own_models(&self, attempt: &Attempt) -> bool {
        let Attempt { host, port, behind, .. } = attempt;
        let is_own = self.own_models.get() == Some(host) && *port == 443 && behind.is_none();
        let is_read = self.reading.get().is_some_and(|(_, models)| models.provider_of(host).is_some());
        is_own && is_read && !self.gate.policy().lists_host(host, Some(*port))
    }

    /// Why a connection is asked about after what the session has read. What is said to models is read by their gate, what stays on
    /// this machine goes nowhere, and where a name leads was asked about by its name.
    fn against(&self, attempt: &Attempt) -> Vec<Reason> {
        let Some((reading, models)) = self.reading.get() else { return Vec::new() };
        let Attempt { host, port, behind, .. } = attempt;
        if behind.is_some() || host.is_loopback() || host.is_of_the_machine() || models.provider_of(host).is_some() {
            return Vec::new();
        }
        reading.against_connection(self.gate.policy(), host, *port)
    }

    /// What was denied so far.
    pub(super) fn denied(&self) -> Denied {
        self.denied.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What policy denied of the network so far, as it was tried, and how often.
    pub(super) fn attempted(&self) -> Vec<(Attempt, u64)> {
        let attempted = self.attempted.lock().unwrap_or_else(PoisonError::into_inner);
        attempted.iter().map(|(attempt, times)| (attempt.clone(), *times)).collect()
    }

    fn event(&self, what: impl Into<Body>) -> Event {
        let mut event = Event::new(EventId::fresh(), SystemTime::now().into(), self.actor.clone(), what);
        event.place = self.place.clone();
        event
    }

    /// Takes the road with something that happens to the session as a whole.
    pub(super) fn record_session(&self, what: Session) -> Result<(), Failure> {
        let refused = if what.op == SessionOp::Start { "the run was not started" } else { "the end was not recorded" };
        match self.gate.pass(self.event(what)).enforce() {
            Enforcement::Allow(_) | Enforcement::AllowWithChanges(..) => Ok(()),
            Enforcement::Ask(_, _, reasons) | Enforcement::Deny(reasons) => Err(Failure::denied(refused, &reasons)),
        }
    }

    /// Takes the road with something that is asked for.
    pub(super) fn pass(&self, what: impl Into<Body>) -> Enforcement {
        self.gate.pass(self.event(what)).enforce()
    }

    /// Records something that is no question. What can't be recorded here has no consequence that could be stopped.
    pub(super) fn record(&self, what: impl Into<Body>) {
        drop(self.gate.pass(self.event(what)).enforce());
    }

    /// Tells of a denial, and remembers it for the end of the run.
    pub(super) fn remember(&self, target: &str, denial: Denial, times: u64) {
        if let Some(output) = self.told_on {
            let reason = denial.reasons.first().map_or("denied", String::as_str);
            output.remark(&format!("{target} was not let through: {reason}"));
        }
        let mut denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        denied.entry(target.to_owned()).or_insert((denial, 0)).1 += times;
    }
}

impl Road for RunRoad {
    fn ask(&self, attempt: &Attempt) -> Answer {
        let judge = WithReading { judge: self.gate.policy(), against: self.against(attempt) };
        let judge = ToItsModels { judge: &judge, is_own: self.is_own_models(attempt) };
        let recorded = self.gate.pass_by(self.event(attempt.event()), &judge);
        let event = recorded.record().event.clone();
        let allowed = || Answer::Allow { named: self.gate.policy().names_host(&attempt.host, Some(attempt.port)) };
        match recorded.enforce() {
            Enforcement::Allow(_) | Enforcement::AllowWithChanges(..) => allowed(),
            Enforcement::Deny(reasons) => Answer::Deny(denial(&reasons)),
            Enforcement::Ask(_, obligations, reasons) => {
                let said = Said { event: &event, reasons: &reasons, obligations: &obligations };
                connection::ask((&self.gate, &self.desk), attempt, &said).map_or_else(Answer::Deny, |()| allowed())
            }
        }
    }

    fn told(&self, notice: &Notice, times: u64) {
        match notice {
            Notice::Refused { attempt, refusal: Refusal::Policy(denial) } => {
                let mut attempted = self.attempted.lock().unwrap_or_else(PoisonError::into_inner);
                if attempted.len() < MOST_ATTEMPTED || attempted.contains_key(attempt) {
                    *attempted.entry(attempt.clone()).or_default() += times;
                }
                drop(attempted);
                self.remember(&attempt.to_string(), denial.clone(), times);
            }
            Notice::Refused { attempt, refusal } => {
                let denial = Denial { reasons: vec![refusal.to_string()], fix: None, lasting: None };
                self.record(Note::new(format!("{attempt} was refused, {times} times: {refusal}")));
                self.remember(&attempt.to_string(), denial, times);
            }
            Notice::Malformed { door, why } => {
                self.record(Note::new(format!("what came in at the door {door:?} was refused: {why}")));
            }
            Notice::Lookup { name, kind } => {
                self.record(Note::new(format!("{name} was asked about, for a record of kind {kind}; nothing left")));
            }
            Notice::EncryptedHello { attempt } => {
                self.record(Note::new(format!("{attempt}: its TLS hello holds a second, encrypted one")));
            }
            Notice::Closed { attempt, bytes_out, bytes_in } => {
                let mut net = Net::new(NetOp::Response, attempt.host.clone());
                net.port = Some(attempt.port);
                (net.bytes_out, net.bytes_in) = (Some(*bytes_out), Some(*bytes_in));
                self.record(net);
            }
            Notice::Crowded { door } => {
                self.record(Note::new(format!(
                    "more came in at the door {door:?} than is taken at once, {times} times"
                )));
            }
            Notice::Lost => self.record(Note::new("notices of the egress broker were lost".to_owned())),
        }
    }
}

/// The judgement of policy, but that nobody is asked about an agent's own models.
struct ToItsModels<'a, J> {
    judge: &'a J,
    is_own: bool,
}

impl<J: Judge> Judge for ToItsModels<'_, J> {
    fn judge(&self, inspected: &Inspected) -> Decision {
        let mut whole = self.judge.judge(inspected);
        if !self.is_own || whole.verdict != Verdict::Ask {
            return whole;
        }
        let asks = |reason: &&mut Reason| reason.check.as_str() == "network" && reason.verdict == Verdict::Ask;
        for reason in whole.reasons.iter_mut().filter(asks) {
            let message = "the models of the agent that was started, of whose host no list of `network` speaks";
            (reason.verdict, reason.message, reason.fix) = (Verdict::Allow, message.to_owned(), None);
        }
        whole.verdict = whole.reasons.iter().map(|reason| reason.verdict).max().unwrap_or(Verdict::Ask);
        whole
    }
}

/// Why, with the line of the policy that said so, and what to do about it.
pub(super) fn denial(reasons: &[Reason]) -> Denial {
    let told = |reason: &Reason| match &reason.source {
        Some(source) => format!("{} ({source})", reason.message),
        None => reason.message.clone(),
    };
    let mut stopping = reasons.iter().filter(|reason| reason.verdict > Verdict::AllowWithChanges);
    let reasons = stopping.clone().map(told).collect();
    Denial { reasons, fix: stopping.find_map(|reason| reason.fix.clone()), lasting: None }
}

/// The doors of walls, for whoever listens behind them.
pub(crate) fn doors(sockets: Sockets) -> Doors {
    Doors {
        proxy: sockets.proxy.into(),
        any_tcp: sockets.any_tcp.into(),
        dns_udp: sockets.names_udp.into(),
        dns_tcp: sockets.names_tcp.into(),
    }
}

/// Opens the broker behind the doors. Where the environment outside names a proxy, everything leaves through it.
/// What is said to models is read by their gate.
pub(super) fn open(mut sockets: Sockets, road: Arc<RunRoad>, models: Models) -> Result<Egress, Error> {
    let secret = sockets.secret.take().map(portcullis_sandbox::Secret::bytes);
    let doors = doors(sockets);
    let hostname = portcullis_event::Host::parse(super::face::HOSTNAME);
    let upstream = Upstream::of_environment(|name| std::env::var(name).ok()).map_err(Error::Upstream)?;
    let settings = Settings {
        local_names: hostname.into_iter().collect(),
        upstream,
        secret,
        models: Some(models),
        ..Settings::default()
    };
    Egress::open(doors, road, settings)
}
