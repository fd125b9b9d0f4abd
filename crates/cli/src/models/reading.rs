//! What the session of a gateway has read, and why it may no longer do something unasked: calls and results as they pass, sources and
//! receivers as policy knows them.

use portcullis_agents::hook::ToolUse;
use portcullis_effects::Effects;
use portcullis_event::{AbsPath, Host, Place, Reason, Verdict};
use portcullis_gateway::model::Came;
use portcullis_policy::{TaintRule, ValidPolicy};
use portcullis_taint::{Given, Held, HeldBy, Places, Risen, Rules, Session};
use serde_json::Value;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a session has read.
#[derive(Debug)]
pub(crate) struct Reading {
    session: Mutex<Session>,
    places: Places,
}

/// Policy, asked about sources and receivers.
#[derive(Debug)]
struct ByPolicy<'a> {
    policy: &'a ValidPolicy,
    workspace: &'a AbsPath,
}

impl Rules for ByPolicy<'_> {
    fn trusts_host(&self, host: &Host) -> bool {
        self.policy.trusts_host(host)
    }

    fn trusts_server(&self, server: &str) -> bool {
        self.policy.trusts_server(server)
    }

    fn trusts_file(&self, path: &AbsPath) -> bool {
        self.policy.trusts_file(path)
    }

    /// What nobody opened is private outside of the repository; in it, what policy keeps back.
    fn is_sensitive_file(&self, path: &AbsPath) -> bool {
        let kept_back = self.policy.against_file(path, false).map_or(Verdict::Allow, |reason| reason.verdict);
        let enough = if path.is_within(self.workspace) { Verdict::Deny } else { Verdict::Ask };
        kept_back >= enough || self.policy.calls_sensitive(path)
    }

    fn is_sensitive_server(&self, server: &str) -> bool {
        self.policy.is_sensitive_server(server)
    }

    fn names_host(&self, host: &Host, port: Option<u16>) -> bool {
        self.policy.names_host(host, port)
    }

    fn names_server(&self, server: &str) -> bool {
        self.policy.names_server(server)
    }
}

impl Reading {
    /// Nothing was read yet. `None` if nobody says where the session works, and then no call is judged at all.
    pub(super) fn begin(key: [u8; 32], place: &Place, home: AbsPath) -> Option<Self> {
        let cwd = place.cwd.clone()?;
        let places = Places { workspace: place.repo.clone().unwrap_or_else(|| cwd.clone()), cwd, home };
        Some(Self { session: Mutex::new(Session::new(key, &places)), places })
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rules<'a>(&'a self, policy: &'a ValidPolicy) -> ByPolicy<'a> {
        ByPolicy { policy, workspace: &self.places.workspace }
    }

    /// Takes in what the user said.
    pub(super) fn said(&self, text: &str) {
        self.session().said(text);
    }

    /// Takes in what came of a tool.
    pub(super) fn came(&self, came: &Came<'_>) -> Vec<Risen> {
        let input = came.input.map(as_value);
        let came = portcullis_taint::Came { id: came.id, name: came.tool, input: input.as_ref(), text: came.text };
        self.session().came(&came)
    }

    /// Why a person is asked about a call, as policy has it.
    pub(super) fn against(&self, policy: &ValidPolicy, tool: &ToolUse, effects: &Effects) -> Vec<Reason> {
        let held = self.session().judge(&given(tool, effects), &self.rules(policy), &self.places);
        held.iter().map(|held| reason(policy, held)).filter(|reason| reason.verdict > Verdict::Allow).collect()
    }

    /// Whether the session holds private text.
    pub(super) fn is_private(&self) -> bool {
        self.session().is_private()
    }

    /// Why an address in a reply must not be shown, as policy has it.
    pub(super) fn against_address(&self, policy: &ValidPolicy, url: &str, is_image: bool) -> Option<Reason> {
        let held = self.session().address(url, is_image, &self.rules(policy))?;
        Some(reason(policy, &held)).filter(|reason| reason.verdict > Verdict::Allow)
    }

    /// Why a person is asked before a program connects to a host, as policy has it.
    pub(crate) fn against_connection(&self, policy: &ValidPolicy, host: &Host, port: u16) -> Vec<Reason> {
        let held = self.session().connects(host, port, &self.rules(policy));
        held.iter().map(|held| reason(policy, held)).filter(|reason| reason.verdict > Verdict::Allow).collect()
    }

    /// Takes in that a call is handed over.
    pub(super) fn released(&self, policy: &ValidPolicy, tool: &ToolUse, effects: &Effects) {
        self.session().released(&given(tool, effects), &self.rules(policy), &self.places);
    }

    /// Takes the labels away, for a person.
    pub(super) fn clear(&self) -> Vec<Risen> {
        self.session().clear()
    }

    /// Puts them back.
    pub(super) fn restore(&self, labels: &[Risen]) {
        self.session().restore(labels);
    }
}

fn given<'a>(tool: &'a ToolUse, effects: &'a Effects) -> Given<'a> {
    Given { id: tool.id.as_deref(), name: &tool.name, input: &tool.input, effects }
}

/// Arguments as a value: JSON, or the text of a tool that takes one.
pub(super) fn as_value(source: &str) -> Value {
    serde_json::from_str(source).unwrap_or_else(|_| source.into())
}

fn reason(policy: &ValidPolicy, held: &Held) -> Reason {
    let rule = match held.by {
        HeldBy::Together => TaintRule::Together,
        HeldBy::Changes => TaintRule::Changes,
        HeldBy::Strangers => TaintRule::Strangers,
        HeldBy::Links => TaintRule::Links,
        HeldBy::Flow => TaintRule::Flow,
    };
    policy.taint_reason(rule, &held.why)
}
