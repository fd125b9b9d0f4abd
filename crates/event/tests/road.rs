//! The road: what happens to an event between a gate and its enforcement.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where it is surprised")]

use portcullis_event::{
    AbsPath, Actor, AuditFailure, Body, CheckId, Coverage, Decision, Enforcement, Event, EventId, Finding, Inspected,
    Inspector, Judge, KINDS, Mode, Obligation, Opaque, Reason, Receipt, Record, Recorder, Rest, Risk, Skipped,
    Timestamp, Verdict,
};
use portcullis_testkit::records::{any_event, any_finding, any_obligation, any_reason, any_verdict, sample};
use proptest::prelude::*;
use std::cell::RefCell;

/// Finds what it was told to find, and marks the event so that a test sees which one travels on.
#[derive(Default)]
struct Finds {
    findings: Vec<Finding>,
    coverage: Coverage,
}

impl Inspector for Finds {
    fn inspect(&self, mut event: Event) -> (Event, Vec<Finding>, Coverage) {
        event.place.os = Some("inspected".to_owned());
        (event, self.findings.clone(), self.coverage.clone())
    }
}

struct Answers(Decision);

impl Judge for Answers {
    fn judge(&self, _: &Inspected) -> Decision {
        self.0.clone()
    }
}

#[derive(Default)]
struct Keeps(RefCell<Vec<Record>>);

impl Recorder for Keeps {
    type Error = String;
    fn record(&self, record: Record) -> Result<Receipt, String> {
        self.0.borrow_mut().push(record);
        Ok(Receipt { index: 7, leaf: [7; 32] })
    }
}

struct Fails;

impl Recorder for Fails {
    type Error = &'static str;
    fn record(&self, _: Record) -> Result<Receipt, &'static str> {
        Err("the disk is full")
    }
}

const ALL_FAILURES: [AuditFailure; 3] = [AuditFailure::Deny, AuditFailure::AllowLowRisk, AuditFailure::Allow];
const ALL_VERDICTS: [Verdict; 4] = [Verdict::Allow, Verdict::AllowWithChanges, Verdict::Ask, Verdict::Deny];

fn event(what: Body) -> Event {
    Event::new(EventId::from_bytes([1; 16]), Timestamp::default(), Actor::service("test"), what)
}

fn reason(verdict: Verdict) -> Reason {
    let check = CheckId::parse("test").unwrap();
    Reason { check, verdict, message: "because".to_owned(), source: None, fix: None, rest: Rest::new() }
}

fn decision(mode: Mode, verdicts: &[Verdict]) -> Decision {
    let obligations = vec![Obligation::Notify { channel: "security".to_owned() }];
    Decision::strictest(mode, "hash", verdicts.iter().copied().map(reason).collect(), obligations)
}

fn decide(event: Event, decision: Decision) -> portcullis_event::Decided {
    event.inspect(&Finds::default()).decide(&Answers(decision))
}

fn is_denied(enforcement: &Enforcement) -> bool {
    matches!(enforcement, Enforcement::Deny(_))
}

/// A body of each kind, and of each operation whose risk is its own.
fn bodies() -> Vec<(Body, Risk)> {
    let with_op = |kind: &str, op: &str| {
        let mut json = serde_json::to_value(sample(kind).event.what).unwrap();
        json["op"] = op.into();
        let body: Body = serde_json::from_value(json).unwrap();
        assert!(!matches!(body, Body::Opaque(_)), "{kind} has no operation {op}");
        body
    };
    let low: &[(&str, &[&str])] = &[
        ("file", &["read", "list"]),
        ("git", &["read"]),
        ("config", &["load"]),
        ("session", &["end", "suspend", "halt"]),
    ];
    let high: &[(&str, &[&str])] = &[
        ("file", &["write", "delete", "rename", "link", "mode"]),
        ("git", &["commit", "branch", "push", "fetch", "rewrite", "configure"]),
        ("config", &["change", "approve", "block", "drift"]),
        ("session", &["start", "resume", "revert"]),
        ("package", &["query", "install", "add", "remove", "update"]),
        ("process", &["start", "exit", "kill"]),
        ("net", &["resolve", "connect", "listen", "request", "response"]),
        ("llm", &["request", "response", "embed", "count-tokens"]),
        ("tool", &["call", "result", "list"]),
        ("secret", &["lease", "use", "renew", "revoke", "create", "rotate", "delete", "expose"]),
        ("socket", &["connect", "list", "sign", "read", "change"]),
        ("db", &["connect", "read", "write", "define", "admin"]),
        ("policy", &["loaded", "changed", "refused", "loosening"]),
        ("ledger", &["created", "key-rotated", "content-erased"]),
    ];
    let expand = |table: &[(&str, &[&str])], risk: Risk| {
        let bodies = table.iter().flat_map(|(kind, ops)| ops.iter().map(|op| (with_op(kind, op), risk)));
        bodies.collect::<Vec<_>>()
    };
    let mut all = [expand(low, Risk::Low), expand(high, Risk::High)].concat();
    for (kind, risk) in
        [("note", Risk::Low), ("finding", Risk::Low), ("approval", Risk::High), ("incident", Risk::High)]
    {
        all.push((sample(kind).event.what, risk));
    }
    all.push((Body::Opaque(Opaque { kind: "file".to_owned(), fields: Rest::new() }), Risk::High));
    all
}

#[test]
fn every_kind_has_a_known_risk() {
    let all = bodies();
    for kind in KINDS {
        assert!(all.iter().any(|(body, _)| body.kind() == *kind && !matches!(body, Body::Opaque(_))), "{kind}");
    }
    for (body, risk) in all {
        assert_eq!(Risk::of(&body), risk, "{body:?}");
    }
}

#[test]
fn what_cant_be_recorded_passes_only_where_the_failure_rule_and_the_risk_allow_it() {
    for (body, risk) in bodies() {
        for on_failure in ALL_FAILURES {
            for (mode, verdict) in ALL_VERDICTS.iter().flat_map(|v| [(Mode::Enforce, *v), (Mode::Observe, *v)]) {
                let recorded = decide(event(body.clone()), decision(mode, &[verdict])).record(&Fails, on_failure);
                assert_eq!(recorded.receipt(), None);
                let may_pass = match on_failure {
                    AuditFailure::Deny => false,
                    AuditFailure::AllowLowRisk => risk == Risk::Low,
                    AuditFailure::Allow => true,
                };
                let denied_by_policy = (mode, verdict) == (Mode::Enforce, Verdict::Deny);
                let denied = is_denied(&recorded.enforce());
                assert_eq!(denied, !may_pass || denied_by_policy, "{body:?} {on_failure:?} {mode:?} {verdict:?}");
            }
        }
    }
}

#[test]
fn a_denial_for_want_of_a_ledger_says_so_first_and_how_to_mend_it() {
    let decided = decide(event(sample("net").event.what), decision(Mode::Observe, &[Verdict::Allow]));
    let Enforcement::Deny(reasons) = decided.record(&Fails, AuditFailure::Deny).enforce() else {
        panic!("it must be denied, even in observe mode");
    };
    assert_eq!(reasons[0].check.as_str(), "audit");
    assert!(reasons[0].message.contains("the disk is full"), "{}", reasons[0].message);
    assert!(reasons[0].fix.as_ref().unwrap().contains("on-audit-failure"));
    assert_eq!(reasons.len(), 2);
}

#[test]
fn no_failure_rule_turns_a_denial_into_a_pass() {
    for on_failure in ALL_FAILURES {
        let decided = decide(event(sample("note").event.what), decision(Mode::Enforce, &[Verdict::Deny]));
        assert!(is_denied(&decided.record(&Fails, on_failure).enforce()), "{on_failure:?}");
    }
}

#[test]
fn failure_rules_are_ordered_from_the_strictest() {
    assert!(ALL_FAILURES.is_sorted());
    assert_eq!(AuditFailure::default(), AuditFailure::Deny);
}

#[test]
fn denies_when_no_check_answers_whatever_the_judge_claims() {
    for verdict in ALL_VERDICTS {
        let claimed = Decision { verdict, ..decision(Mode::Enforce, &[]) };
        let decided = decide(event(sample("note").event.what), claimed);
        assert!(is_denied(&decided.record(&Keeps::default(), AuditFailure::Allow).enforce()), "{verdict:?}");
    }
}

#[test]
fn each_verdict_is_enforced_as_what_it_is() {
    let obligations = vec![Obligation::Notify { channel: "security".to_owned() }];
    for verdict in ALL_VERDICTS {
        let decided = decide(event(sample("note").event.what), decision(Mode::Enforce, &[verdict]));
        let inspected = Event {
            place: portcullis_event::Place { os: Some("inspected".to_owned()), ..Default::default() },
            ..event(sample("note").event.what)
        };
        let expected = match verdict {
            Verdict::Allow => Enforcement::Allow(inspected),
            Verdict::AllowWithChanges => Enforcement::AllowWithChanges(inspected, obligations.clone()),
            Verdict::Ask => Enforcement::Ask(inspected, obligations.clone(), vec![reason(verdict)]),
            Verdict::Deny => Enforcement::Deny(vec![reason(verdict)]),
        };
        assert_eq!(decided.record(&Keeps::default(), AuditFailure::Deny).enforce(), expected);
    }
}

#[test]
fn the_record_holds_what_was_inspected_and_decided() {
    let keeps = Keeps::default();
    let finds = Finds {
        findings: sample("finding").findings,
        coverage: Coverage {
            skipped: vec![Skipped { field: "body".to_owned(), why: "too large".to_owned(), rest: Rest::new() }],
            rest: Rest::new(),
        },
    };
    let inspected = event(sample("file").event.what).inspect(&finds);
    assert_eq!(inspected.findings(), finds.findings);
    assert_eq!(inspected.coverage(), &finds.coverage);
    let decided = inspected.decide(&Answers(decision(Mode::Enforce, &[Verdict::Ask])));
    let recorded = decided.record(&keeps, AuditFailure::Deny);
    assert_eq!(recorded.receipt(), Some(Receipt { index: 7, leaf: [7; 32] }));
    assert_eq!(keeps.0.borrow().as_slice(), std::slice::from_ref(recorded.record()));
    assert_eq!(recorded.record().event.place.os.as_deref(), Some("inspected"));
    assert_eq!(recorded.record().coverage, finds.coverage);
}

#[test]
fn a_path_in_a_denied_event_does_not_leave_the_road() {
    let path = AbsPath::parse("/etc/shadow").unwrap();
    let what = portcullis_event::File::new(portcullis_event::FileOp::Read, path).into();
    let recorded =
        decide(event(what), decision(Mode::Enforce, &[Verdict::Deny])).record(&Keeps::default(), AuditFailure::Deny);
    assert!(!format!("{:?}", recorded.enforce()).contains("/etc/shadow"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_strictest_answer_wins_whatever_the_judge_made_of_it(
        event in any_event(),
        findings in prop::collection::vec(any_finding(), 0..2),
        reasons in prop::collection::vec(any_reason(), 0..5),
        claimed in any_verdict(),
        obligations in prop::collection::vec(any_obligation(), 0..2),
    ) {
        let strictest = reasons.iter().map(|reason| reason.verdict).max().unwrap_or(Verdict::Deny).max(claimed);
        let decision = Decision { verdict: claimed, reasons, ..Decision::strictest(Mode::Enforce, "h", vec![], obligations) };
        let finds = Finds { findings, coverage: Coverage::default() };
        let decided = event.inspect(&finds).decide(&Answers(decision));
        prop_assert_eq!(decided.decision().verdict, strictest);
        prop_assert!(decided.decision().reasons.is_sorted_by_key(|reason| std::cmp::Reverse(reason.verdict)));
        let allowed = matches!(decided.record(&Keeps::default(), AuditFailure::Deny).enforce(), Enforcement::Allow(_));
        prop_assert_eq!(allowed, strictest == Verdict::Allow);
    }

    #[test]
    fn observing_lets_everything_pass_that_can_be_recorded(event in any_event(), verdict in any_verdict()) {
        let keeps = Keeps::default();
        let recorded = decide(event, decision(Mode::Observe, &[verdict])).record(&keeps, AuditFailure::Deny);
        prop_assert_eq!(keeps.0.borrow()[0].decision.verdict, verdict);
        prop_assert!(matches!(recorded.enforce(), Enforcement::Allow(_)));
    }
}
