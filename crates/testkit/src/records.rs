//! Records, and the parts that they are made of.

use crate::bodies::{self, BODIES, shape};
use crate::text::{any_hex, any_text};
use crate::unknown::any_rest;
use crate::words::{
    any_count, any_event_id, any_named, any_path, any_span_id, any_time, any_trace_id, maybe, one_of, some,
};
use portcullis_event::{
    Actor, Agent, AgentName, Body, CheckId, Classification, Confidence, Content, Coverage, DataClass, Decision, Event,
    Finding, FindingKind, Mode, Model, ModelId, Obligation, Opaque, Place, Reason, Record, RuleId, SCHEMA_VERSION,
    Sandbox, Sealed, SessionId, Severity, Skipped, SourceLine, Span, UserName, Verdict,
};
use proptest::prelude::*;

pub use crate::samples::sample;

/// Any record of any kind, as the ledger could write it: its private content is sealed or left out, never clear.
pub fn any_record() -> BoxedStrategy<Record> {
    record_with(any_body())
}

/// Any record whose event is of this kind; for a kind that the vocabulary does not know, an opaque one.
pub fn record_of(kind: &str) -> BoxedStrategy<Record> {
    record_with(body_of(kind))
}

/// Any record around bodies from `body`.
pub fn record_with(body: BoxedStrategy<Body>) -> BoxedStrategy<Record> {
    shape!(Record {
        v: prop_oneof![4 => Just(SCHEMA_VERSION), 1 => any::<u32>()],
        event: event_with(body),
        findings: some(any_finding()),
        coverage: any_coverage(),
        decision: any_decision(),
        rest: any_rest(),
    })
}

/// Any event of any kind.
pub fn any_event() -> BoxedStrategy<Event> {
    event_with(any_body())
}

/// Any event around bodies from `body`.
pub fn event_with(body: BoxedStrategy<Body>) -> BoxedStrategy<Event> {
    shape!(Event {
        id: any_event_id(),
        time: any_time(),
        trace: maybe(any_trace_id()),
        span: maybe(any_span_id()),
        parent: maybe(any_event_id()),
        actor: any_actor(),
        place: any_place(),
        what: body,
        class: any_classification(),
        content: prop::collection::btree_map(any_text(), any_kept_content(), 0..3),
        rest: any_rest(),
    })
}

/// Any body of any kind, opaque ones included.
pub fn any_body() -> BoxedStrategy<Body> {
    let known = prop::strategy::Union::new(BODIES.iter().map(|(_, strategy)| strategy()));
    prop_oneof![9 => known, 1 => bodies::opaque()].boxed()
}

/// Bodies of this kind; for a kind that the vocabulary does not know, opaque ones that call themselves so.
pub fn body_of(kind: &str) -> BoxedStrategy<Body> {
    if let Some((_, strategy)) = BODIES.iter().find(|(known, _)| *known == kind) {
        return strategy();
    }
    let kind = kind.to_owned();
    any_rest().prop_map(move |fields| Body::Opaque(Opaque { kind: kind.clone(), fields })).boxed()
}

/// Bodies that this version can't read, of unknown and of known kinds.
pub fn opaque_body() -> BoxedStrategy<Body> {
    bodies::opaque()
}

/// Any chain of those who act.
pub fn any_actor() -> BoxedStrategy<Actor> {
    let model = shape!(Model {
        name: any_named(|name| ModelId::parse(name).ok()),
        provider: maybe(any_text()),
        rest: any_rest(),
    });
    let agent = shape!(Agent {
        name: any_named(|name| AgentName::parse(name).ok()),
        session: maybe(any_named(|name| SessionId::parse(name).ok())),
        version: maybe(any_text()),
        model: maybe(model),
        rest: any_rest(),
    });
    shape!(Actor {
        human: maybe(any_named(|name| UserName::parse(name).ok())),
        agents: some(agent),
        service: maybe(any_text()),
        rest: any_rest(),
    })
}

/// Any surroundings.
pub fn any_place() -> BoxedStrategy<Place> {
    let sandbox = shape!(Sandbox { kind: any_text(), profile: maybe(any_hex()), rest: any_rest() });
    shape!(Place {
        machine: maybe(any_text()),
        os: maybe(any_text()),
        repo: maybe(any_path()),
        branch: maybe(any_text()),
        commit: maybe(any_hex()),
        cwd: maybe(any_path()),
        pid: maybe(any::<u32>()),
        environment: maybe(any_text()),
        sandbox: maybe(sandbox),
        rest: any_rest(),
    })
}

/// Any labels.
pub fn any_classification() -> BoxedStrategy<Classification> {
    use DataClass::{Confidential, Internal, Public, Restricted};
    shape!(Classification {
        severity: any_severity(),
        data: maybe(one_of(&[Public, Internal, Confidential, Restricted])),
        techniques: some(any_text()),
        rest: any_rest(),
    })
}

/// Any severity.
pub fn any_severity() -> BoxedStrategy<Severity> {
    one_of(&[Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical])
}

/// Private text as the ledger keeps it: sealed or left out, never clear.
pub fn any_kept_content() -> BoxedStrategy<Content> {
    let sealed = shape!(Sealed {
        key: any_text(),
        sha256: any_hex(),
        length: any_count(),
        fingerprint: any_hex(),
        rest: any_rest(),
    });
    let omitted = (any_hex(), any_count()).prop_map(|(fingerprint, length)| Content::Omitted { fingerprint, length });
    prop_oneof![sealed.prop_map(Content::Sealed), omitted].boxed()
}

/// Any finding.
pub fn any_finding() -> BoxedStrategy<Finding> {
    use FindingKind::{AgentConfig, Change, Code, Dependency, Injection, PersonalData, Secret};
    let span = any::<(u32, u32, u32, u32)>();
    let span = span.prop_map(|(line, column, end_line, end_column)| Span { line, column, end_line, end_column });
    shape!(Finding {
        rule: any_named(|name| RuleId::parse(name).ok()),
        kind: one_of(&[Secret, PersonalData, Injection, Code, Dependency, AgentConfig, Change]),
        severity: any_severity(),
        confidence: one_of(&[Confidence::Low, Confidence::Medium, Confidence::High, Confidence::Proven]),
        message: any_text(),
        path: maybe(any_path()),
        span: maybe(span),
        field: maybe(any_text()),
        fingerprint: maybe(any_hex()),
        cwe: maybe(any_text()),
        replaced: any::<bool>(),
        rest: any_rest(),
    })
}

/// Any account of what was not looked at; mostly all of it was.
pub fn any_coverage() -> BoxedStrategy<Coverage> {
    let skipped = shape!(Skipped { field: any_text(), why: any_text(), rest: any_rest() });
    let partial = shape!(Coverage { skipped: some(skipped), rest: any_rest() });
    prop_oneof![Just(Coverage::default()), partial].boxed()
}

/// Any verdict.
pub fn any_verdict() -> BoxedStrategy<Verdict> {
    one_of(&[Verdict::Allow, Verdict::AllowWithChanges, Verdict::Ask, Verdict::Deny])
}

/// Any reason.
pub fn any_reason() -> BoxedStrategy<Reason> {
    let source = shape!(SourceLine { file: any_text(), line: any::<u32>(), column: any::<u32>() });
    shape!(Reason {
        check: any_named(|name| CheckId::parse(name).ok()),
        verdict: any_verdict(),
        message: any_text(),
        source: maybe(source),
        fix: maybe(any_text()),
        rest: any_rest(),
    })
}

/// Any obligation.
pub fn any_obligation() -> BoxedStrategy<Obligation> {
    prop_oneof![
        some(any_text()).prop_map(|rules| Obligation::Replace { rules }),
        any_text().prop_map(|channel| Obligation::Notify { channel }),
        (any_text(), any::<u32>()).prop_map(|(role, count)| Obligation::Approve { role, count }),
    ]
    .boxed()
}

/// Any decision, also ones that no policy would make.
pub fn any_decision() -> BoxedStrategy<Decision> {
    shape!(Decision {
        verdict: any_verdict(),
        mode: one_of(&[Mode::Observe, Mode::Enforce]),
        reasons: some(any_reason()),
        obligations: some(any_obligation()),
        policy: any_hex(),
        rest: any_rest(),
    })
}
