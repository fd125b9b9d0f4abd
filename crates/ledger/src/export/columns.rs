//! What a person wants to see of a record in a table, the same in every format. Made for reading, never read back.

use portcullis_event::{Actor, Body, Record, Severity, Socket, Verdict};
use serde::Serialize;

/// A word of the vocabulary as it is written in a record, such as `allow-with-changes`.
pub(super) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(_) | Err(_) => String::new(),
    }
}

/// What is done, such as `write`; for an opaque body `unknown`.
pub(super) fn operation(body: &Body) -> String {
    match body {
        Body::Process(it) => word(&it.op),
        Body::File(it) => word(&it.op),
        Body::Net(it) => word(&it.op),
        Body::Llm(it) => word(&it.op),
        Body::Tool(it) => word(&it.op),
        Body::Secret(it) => word(&it.op),
        Body::Db(it) => word(&it.op),
        Body::Socket(it) => word(&it.op),
        Body::Git(it) => word(&it.op),
        Body::Package(it) => word(&it.op),
        Body::Config(it) => word(&it.op),
        Body::Session(it) => word(&it.op),
        Body::Finding(it) => word(&it.finding.kind),
        Body::Approval(it) => word(&it.step),
        Body::Incident(it) => word(&it.step),
        Body::Policy(it) => word(&it.op),
        Body::Ledger(it) => word(&it.op),
        Body::Note(_) => "add".to_owned(),
        Body::Opaque(_) => "unknown".to_owned(),
    }
}

/// What it is done to: a path, a host, a tool, a command line.
pub(super) fn target(body: &Body) -> Option<String> {
    let named = match body {
        Body::Process(it) => Some(it.argv.join(" ")),
        Body::Session(it) => Some(it.command.join(" ")),
        Body::Package(it) => Some(it.name.clone()),
        Body::Config(it) => Some(it.name.clone()),
        Body::Secret(it) => Some(it.name.clone()),
        Body::Finding(it) => Some(it.finding.message.clone()),
        Body::Llm(it) => Some(it.model.to_string()),
        Body::Db(it) => it.tables.first().or(it.database.as_ref()).cloned(),
        Body::Socket(it) => Some(socket(it)),
        Body::Git(it) => it.refs.first().or(it.remote.as_ref()).cloned(),
        Body::Incident(it) => Some(it.name.clone()),
        Body::Policy(it) => Some(it.file.clone()),
        Body::Approval(it) => Some(it.request.to_string()),
        Body::Note(it) => Some(it.text.clone()),
        Body::Tool(it) => Some([it.name.as_str(), it.paths.first().map_or("", |path| path.as_str())].join(" ")),
        Body::Net(it) => Some([it.host.as_str(), it.url_path.as_deref().unwrap_or_default()].concat()),
        Body::File(it) => Some(it.path.to_string()),
        Body::Ledger(it) => it.origin.clone(),
        Body::Opaque(_) => None,
    };
    named.map(|target| target.trim().to_owned()).filter(|target| !target.is_empty())
}

/// A socket's service, and what is asked of it or the key that signs.
fn socket(it: &Socket) -> String {
    let path = it.path.as_ref().map(portcullis_event::AbsPath::as_str);
    let asked = [it.verb.as_deref(), it.object.as_deref(), it.key_name.as_deref().or(it.key.as_deref()), path];
    let words = std::iter::once(it.service.as_str()).chain(asked.into_iter().flatten());
    words.collect::<Vec<_>>().join(" ")
}

/// Who acted, in one word or two: `claude-code for ada`.
pub(super) fn who(actor: &Actor) -> String {
    let human = actor.human.as_ref().map(ToString::to_string);
    match (actor.acting_agent(), human, &actor.service) {
        (Some(agent), Some(human), _) => format!("{} for {human}", agent.name),
        (Some(agent), None, _) => agent.name.to_string(),
        (None, Some(human), _) => human,
        (None, None, Some(service)) => service.clone(),
        (None, None, None) => "somebody".to_owned(),
    }
}

/// The whole record in one sentence.
pub(super) fn sentence(record: &Record) -> String {
    let body = &record.event.what;
    let target = target(body).map(|target| format!(" {target}")).unwrap_or_default();
    let reason = record.decision.reasons.first().map(|reason| format!(" ({})", reason.message)).unwrap_or_default();
    format!(
        "{}: {} {}{target}: {}{reason}",
        who(&record.event.actor),
        body.kind(),
        operation(body),
        word(&record.decision.effective()),
    )
}

/// How bad it is: by its label, by its findings, or because it was stopped.
pub(super) fn severity(record: &Record) -> Severity {
    let own = match &record.event.what {
        Body::Finding(notice) => notice.finding.severity,
        Body::Process(_)
        | Body::File(_)
        | Body::Net(_)
        | Body::Llm(_)
        | Body::Tool(_)
        | Body::Secret(_)
        | Body::Db(_)
        | Body::Socket(_)
        | Body::Git(_)
        | Body::Package(_)
        | Body::Config(_)
        | Body::Session(_)
        | Body::Approval(_)
        | Body::Incident(_)
        | Body::Policy(_)
        | Body::Ledger(_)
        | Body::Note(_)
        | Body::Opaque(_) => Severity::Info,
    };
    let stopped = match record.decision.effective() {
        Verdict::Deny => Severity::Medium,
        Verdict::Ask => Severity::Low,
        Verdict::Allow | Verdict::AllowWithChanges => Severity::Info,
    };
    let found = record.findings.iter().map(|finding| finding.severity).max().unwrap_or_default();
    record.event.class.severity.max(own).max(found).max(stopped)
}
