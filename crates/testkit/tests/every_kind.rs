//! Every kind of the vocabulary has a strategy and a sample here.

use portcullis_event::{Body, KINDS, Record};
use portcullis_testkit::records::{any_record, body_of, sample};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;

fn is_readable(body: &Body, kind: &str) -> bool {
    body.kind() == kind && !matches!(body, Body::Opaque(_))
}

#[test]
fn each_kind_has_a_strategy_and_a_sample() {
    let mut runner = TestRunner::deterministic();
    for kind in KINDS {
        let body = body_of(kind).new_tree(&mut runner).unwrap().current();
        assert!(is_readable(&body, kind), "{kind} needs a strategy in src/bodies.rs");
        assert!(is_readable(&sample(kind).event.what, kind), "{kind} needs a sample in src/samples.rs");
    }
    assert!(matches!(body_of("quantum").new_tree(&mut runner).unwrap().current(), Body::Opaque(_)));
    assert!(matches!(sample("quantum").event.what, Body::Opaque(_)));
}

#[test]
fn any_record_meets_every_kind_and_unknown_fields_at_every_level() {
    let mut runner = TestRunner::deterministic();
    let strategy = any_record();
    let records: Vec<Record> = (0..600).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect();
    let kinds: BTreeSet<&str> = records.iter().map(|record| record.event.what.kind()).collect();
    assert!(KINDS.iter().all(|kind| kinds.contains(kind)));
    assert!(records.iter().any(|record| matches!(record.event.what, Body::Opaque(_))));
    let has = |test: fn(&Record) -> bool| records.iter().any(test);
    assert!(has(|r| !r.rest.is_empty()));
    assert!(has(|r| !r.event.rest.is_empty()));
    assert!(has(|r| !r.event.actor.rest.is_empty()));
    assert!(has(|r| r.event.actor.agents.iter().any(|a| !a.rest.is_empty())));
    assert!(has(|r| !r.event.place.rest.is_empty()));
    assert!(has(|r| r.findings.iter().any(|f| !f.rest.is_empty())));
    assert!(has(|r| !r.coverage.rest.is_empty()));
    assert!(has(|r| r.decision.reasons.iter().any(|reason| !reason.rest.is_empty())));
    assert!(has(|r| !r.event.content.is_empty()));
}

#[test]
fn the_same_sample_comes_every_time() {
    for kind in KINDS {
        assert_eq!(sample(kind), sample(kind));
    }
}
