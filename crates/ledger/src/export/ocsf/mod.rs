//! Open Cybersecurity Schema Framework, version 1.8.0: one event per line.
//!
//! The canonical record stands in `raw_data`, its position in `unmapped`. [`class`] chooses the class, [`detail`] fills
//! the attributes that this class wants, and here is what all classes share.

mod class;
mod detail;
#[cfg(test)]
mod tests;

use super::columns::{sentence, severity, who, word};
use super::fields::Fields;
use super::importer::why;
use super::{Entry, PRODUCT, VERSION};
use class::{Class, classify};
use portcullis_event::{
    AbsPath, Actor, Body, Event, IncidentStep, Mode, ParseError, Place, Record, Severity, Verdict, canonical,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// The version of the schema.
const SCHEMA: &str = "1.8.0";

pub(super) fn line(entry: &Entry) -> Result<Vec<u8>, ParseError> {
    let Entry { index, record } = entry;
    let raw = String::from_utf8(record.encode()?).map_err(|error| ParseError::Record(error.to_string()))?;
    let event = &record.event;
    let (class, activity, activity_name) = classify(&event.what);
    let (severity, severity_name) = level(severity(record));
    let fields = Fields::new()
        .with("activity_id", activity)
        .with("activity_name", activity_name)
        .with("category_uid", class.category_uid())
        .with("class_uid", class.uid())
        .with("class_name", class.name())
        .with("type_uid", u32::from(class.uid()) * 100 + u32::from(activity))
        .with("severity_id", severity)
        .with("severity", severity_name)
        .with("time", event.time.as_micros().div_euclid(1000))
        .with("message", sentence(record))
        .with("metadata", metadata(*index, event, class))
        .with("status_id", status(record, class))
        .with("device", device(&event.place))
        .with("actor", actor(event))
        .and(outcome(record))
        .and(detail::of(record, class))
        .with("raw_data_size", raw.len())
        .with("raw_data", raw)
        .with("unmapped", unmapped(*index, record));
    canonical::encode(&Value::from(fields))
}

fn level(severity: Severity) -> (u8, &'static str) {
    match severity {
        Severity::Info => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}

fn metadata(index: u64, event: &Event, class: Class) -> Fields {
    let mut profiles = vec!["host", "security_control"];
    if class.knows_models() {
        profiles.push("ai_operation");
    }
    Fields::new()
        .with("version", SCHEMA)
        .with("product", json!({ "name": PRODUCT, "vendor_name": PRODUCT, "version": VERSION }))
        .with("profiles", profiles)
        .with("uid", event.id.to_string())
        .with("event_code", event.what.kind())
        .with("log_name", "portcullis")
        // The schema has 31 bits for it.
        .maybe("sequence", i32::try_from(index).ok())
        .maybe("correlation_uid", event.trace.map(|id| id.to_string()))
}

/// Whether it worked, as far as a gate can say; for a finding, where its handling stands.
fn status(record: &Record, class: Class) -> u8 {
    if let Body::Incident(incident) = &record.event.what {
        return match incident.step {
            IncidentStep::Alert | IncidentStep::Opened => 1,
            IncidentStep::Contained | IncidentStep::Eradicated | IncidentStep::Recovered | IncidentStep::Action => 2,
            IncidentStep::Closed => 5,
        };
    }
    if class.is_finding() {
        return 1;
    }
    match record.decision.effective() {
        Verdict::Allow | Verdict::AllowWithChanges => 1,
        Verdict::Ask => 0,
        Verdict::Deny => 2,
    }
}

fn device(place: &Place) -> Fields {
    let os = place.os.as_ref().map(|os| json!({ "name": os, "type_id": if os == "linux" { 200 } else { 0 } }));
    Fields::new().with("hostname", place.machine.as_deref().unwrap_or("unknown")).with("type_id", 0).maybe("os", os)
}

fn actor(event: &Event) -> Fields {
    let Actor { human, service, .. } = &event.actor;
    let agent = event.actor.acting_agent();
    let app = agent.map(|agent| agent.name.as_str()).or(service.as_deref()).unwrap_or("unknown");
    Fields::new()
        .with("app_name", app)
        .with("invoked_by", who(&event.actor))
        .maybe("user", human.as_ref().map(|name| json!({ "name": name })))
        .maybe("session", event.actor.session().map(|id| json!({ "uid": id })))
        .maybe("process", event.place.pid.map(|pid| json!({ "pid": pid })))
}

/// What the gate did.
fn outcome(record: &Record) -> Fields {
    let decision = &record.decision;
    let (action, disposition) = match (decision.mode, decision.verdict) {
        (Mode::Observe, _) => ((3, "Observed"), (17, "Logged")),
        (Mode::Enforce, Verdict::Allow) => ((1, "Allowed"), (1, "Allowed")),
        (Mode::Enforce, Verdict::AllowWithChanges) => ((4, "Modified"), (11, "Corrected")),
        (Mode::Enforce, Verdict::Ask) => ((99, "Ask"), (23, "Challenge")),
        (Mode::Enforce, Verdict::Deny) => ((2, "Denied"), (2, "Blocked")),
    };
    let authorizations = decision.reasons.iter().map(|reason| {
        let line = reason.source.as_ref().map(ToString::to_string);
        let policy = Fields::new().with("name", reason.check.as_str()).with("desc", reason.message.as_str());
        json!({ "decision": word(&reason.verdict), "policy": Value::from(policy.maybe("uid", line)) })
    });
    Fields::new()
        .with("action_id", action.0)
        .with("action", action.1)
        .with("disposition_id", disposition.0)
        .with("disposition", disposition.1)
        .with("authorizations", authorizations.collect::<Vec<_>>())
        .with("is_alert", decision.verdict == Verdict::Deny)
}

/// What the schema has no place for.
fn unmapped(index: u64, record: &Record) -> Fields {
    let event = &record.event;
    Fields::new()
        .with("portcullis_index", index)
        .with("portcullis_kind", event.what.kind())
        .with("portcullis_verdict", word(&record.decision.verdict))
        .with("portcullis_mode", word(&record.decision.mode))
        .with("portcullis_policy", record.decision.policy.as_str())
        .with("portcullis_rules", record.findings.iter().map(|finding| finding.rule.as_str()).collect::<Vec<_>>())
        .maybe("portcullis_repo", event.place.repo.as_ref().map(AbsPath::as_str))
        .maybe("portcullis_branch", event.place.branch.as_deref())
        .maybe("portcullis_data_class", event.class.data.map(|class| word(&class)))
}

/// The attributes that are read back.
#[derive(Deserialize)]
struct Line {
    raw_data: String,
    unmapped: Unmapped,
}

#[derive(Deserialize)]
struct Unmapped {
    portcullis_index: u64,
}

pub(super) fn parse(line: &[u8]) -> Result<Entry, String> {
    let Line { raw_data, unmapped } = canonical::decode(line).map_err(why)?;
    let record = Record::decode(raw_data.as_bytes()).map_err(|error| format!("its `raw_data`: {}", why(error)))?;
    Ok(Entry { index: unmapped.portcullis_index, record })
}
