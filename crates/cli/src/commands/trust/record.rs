//! What was found, approved or has drifted goes on the record, over the same road as everything else.

use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::surroundings;
use portcullis_event::{AbsPath, Body, Config, ConfigOp, Enforcement, Event, EventId, FindingNotice, Reason, Rest};
use portcullis_review::Report;
use portcullis_trust::lock::Key;
use std::path::Path;
use std::time::SystemTime;

/// What policy says of something that is on the record now.
#[derive(Debug)]
pub(super) enum Answer {
    Allowed,
    /// A person has to say yes.
    Asked(Vec<Reason>),
    Denied(Vec<Reason>),
}

/// Puts something on the record; gives what policy says of it.
fn put(gate: &Gate, invocation: &Invocation, body: impl Into<Body>) -> Result<Answer, Failure> {
    let mut event = Event::new(EventId::fresh(), SystemTime::now().into(), surroundings::actor()?, body);
    event.place = surroundings::place(invocation);
    let recorded = gate.pass(event);
    if recorded.receipt().is_none() {
        return Err(Failure::incomplete("what was found could not be recorded").fix("`portcullis doctor` says why"));
    }
    Ok(match recorded.enforce() {
        Enforcement::Allow(_) | Enforcement::AllowWithChanges(..) => Answer::Allowed,
        Enforcement::Ask(_, _, reasons) => Answer::Asked(reasons),
        Enforcement::Deny(reasons) => Answer::Denied(reasons),
    })
}

/// Records each finding that somebody has to deal with. What policy makes of them does not change what is reported.
pub(super) fn findings(gate: &Gate, invocation: &Invocation, report: &Report) -> Result<(), Failure> {
    let folder = invocation.cwd()?;
    let folder = AbsPath::from_os(folder).map_err(|error| Failure::incomplete(error.to_string()))?;
    for found in &report.findings {
        let notice = FindingNotice {
            finding: found.to_finding(&folder),
            by: "trust".to_owned(),
            introduced: None,
            rest: Rest::default(),
        };
        put(gate, invocation, notice)?;
    }
    Ok(())
}

/// Records something about an item of a lock; gives what policy says of it.
pub(super) fn item(
    gate: &Gate,
    invocation: &Invocation,
    root: &Path,
    (op, key): (ConfigOp, &Key),
    hash: Option<&str>,
) -> Result<Answer, Failure> {
    let name = called(key);
    let mut config = Config::new(op, key.kind.clone(), name);
    let path = root.join(&key.path);
    config.path = AbsPath::from_os(&path).ok();
    config.hash = hash.map(|hash| hash.trim_start_matches("sha256:").to_owned());
    put(gate, invocation, config)
}

/// What an item is called: by its name, or by the last part of its path.
pub(super) fn called(key: &Key) -> String {
    let last = key.path.rsplit('/').next().unwrap_or_default();
    let name = if key.name.is_empty() { last } else { &key.name };
    if name.is_empty() { ".".to_owned() } else { name.to_owned() }
}
