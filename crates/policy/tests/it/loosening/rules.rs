//! What is done about what was found, what it may cost, and what becomes of it.

use super::events::*;
use super::{Attempt, Seen, it};
use crate::support::*;
use portcullis_event::*;
use portcullis_policy::*;

fn limit(key: &'static str) -> impl Fn(&ValidPolicy) -> String {
    move |policy| format!("{:?}", policy.most(key))
}

macro_rules! limit {
    ($key:literal) => {
        it($key, concat!($key, " = 10"), concat!($key, " = 11"), Seen::Value(|policy| limit($key)(policy)))
    };
    ($key:literal, $high:literal, $low:literal) => {
        it($key, concat!($key, " = ", $high), concat!($key, " = ", $low), Seen::Value(|policy| limit($key)(policy)))
    };
}

macro_rules! finding {
    ($key:literal) => {
        it($key, concat!($key, " = 'deny'"), concat!($key, " = 'allow'"), Seen::Value(|policy| found(policy, $key)))
    };
}

/// What is done about a finding of the kind that a key names.
fn found(policy: &ValidPolicy, key: &str) -> String {
    struct Finds(String);
    impl Inspector for Finds {
        fn inspect(&self, event: Event) -> (Event, Vec<Finding>, Coverage) {
            if self.0 == "uninspected" {
                let part = serde_json::json!({"skipped": [{"field": "content.prompt", "why": "compressed"}]});
                return (event, Vec::new(), serde_json::from_value(part).unwrap());
            }
            let finding = serde_json::json!({"rule": "marker-r", "type": self.0, "severity": "low", "confidence": "high", "message": "m"});
            (event, vec![serde_json::from_value(finding).unwrap()], Coverage::default())
        }
    }
    let kind = key.strip_prefix("findings.").unwrap().to_owned();
    let inspected = event(model("anthropic", "x")).inspect(&Finds(kind));
    let decision = policy.decide(&inspected, &Usage::default());
    assert_eq!(decision.verdict, Verdict::Deny, "{key}");
    format!("{:?}", decision.verdict)
}

pub(super) fn attempts() -> Vec<Attempt> {
    use Seen::{In, Refused, Value};
    vec![
        it(
            "changes.allow",
            "",
            "changes.allow = ['hook']",
            Value(|policy| format!("{:?}", policy.change_answer(ChangeClass::Hook).verdict)),
        ),
        it(
            "changes.ask",
            "changes.ask = ['code']",
            "changes.ask = ['!code']",
            Value(|policy| format!("{:?}", policy.change_answer(ChangeClass::Code).verdict)),
        ),
        it(
            "changes.deny",
            "changes.deny = ['ci']",
            "changes.deny = ['!ci']",
            Value(|policy| format!("{:?}", policy.change_answer(ChangeClass::Ci).verdict)),
        ),
        it(
            "changes.otherwise",
            "changes.otherwise = 'deny'",
            "changes.otherwise = 'allow'",
            Value(|policy| format!("{:?}", policy.change_answer(ChangeClass::Dependency).verdict)),
        ),
        it(
            "effects.allow",
            "",
            "effects.allow = ['loader']",
            Value(|policy| format!("{:?}", policy.hazard_answer(Hazard::Loader).verdict)),
        ),
        it(
            "effects.ask",
            "effects.ask = ['open-port']",
            "effects.ask = ['!open-port']",
            Value(|policy| format!("{:?}", policy.hazard_answer(Hazard::OpenPort).verdict)),
        ),
        it(
            "effects.deny",
            "effects.deny = ['open-port']",
            "effects.deny = ['!open-port']",
            Value(|policy| format!("{:?}", policy.hazard_answer(Hazard::OpenPort).verdict)),
        ),
        it(
            "effects.otherwise",
            "effects.otherwise = 'deny'",
            "effects.otherwise = 'allow'",
            Value(|policy| format!("{:?}", policy.hazard_answer(Hazard::Deployment).verdict)),
        ),
        it(
            "data.otherwise",
            "data.otherwise = 'public'",
            "data.otherwise = 'restricted'",
            Value(|policy| format!("{:?}", ask(policy, with_data(mcp_tool(), DataClass::Restricted)).verdict)),
        ),
        it(
            "data.unlabelled",
            "data.unlabelled = 'restricted'",
            "data.unlabelled = 'public'",
            In(|| event(model("anthropic", "x"))),
        ),
        it(
            "data.models",
            "",
            "data.models = { 'anthropic/*' = 'restricted' }",
            In(|| with_data(model("anthropic", "x"), DataClass::Restricted)),
        ),
        it(
            "data.tools",
            "",
            "data.tools = { 'Bash' = 'restricted' }",
            In(|| with_data(tool("Bash"), DataClass::Restricted)),
        ),
        it(
            "data.hosts",
            "",
            "data.hosts = { 'github.com' = 'restricted' }",
            In(|| with_data(connect("github.com", 443), DataClass::Restricted)),
        ),
        it(
            "spend.at-limit",
            "spend = { day = { requests = 0 }, at-limit = 'deny' }",
            "spend.at-limit = 'allow'",
            In(|| event(model("anthropic", "x"))),
        ),
        it(
            "approvals.by",
            "approvals.by = 'ticket'",
            "approvals.by = 'agent'",
            Value(|policy| format!("{:?}", policy.asked_by())),
        ),
        it(
            "approvals.like",
            "approvals.like = 'deny'",
            "approvals.like = 'allow'",
            Value(|policy| policy.may_approve_likes().to_string()),
        ),
        it(
            "approvals.count",
            "approvals.count = 2",
            "approvals.count = 1",
            Value(|policy| policy.approvals_needed().to_string()),
        ),
        it(
            "approvals.roles",
            "approvals.roles = ['!approver']",
            "approvals.roles = ['approver', 'admin']",
            Value(|policy| policy.approval_roles().join(" ")),
        ),
        it(
            "approvals.expires",
            "approvals.expires = '5m'",
            "approvals.expires = '1h'",
            Value(|policy| limit("approvals.expires")(policy)),
        ),
        it("code.standards", "code.standards = ['Be kind.']", "code.standards = ['!Be kind.']", Refused),
        it("approvals.policies", "", "approvals.policies = 'permit (principal, action, resource);'", Refused),
        it(
            "ledger.on-audit-failure",
            "",
            "ledger.on-audit-failure = 'allow'",
            Value(|policy| format!("{:?}", policy.on_audit_failure())),
        ),
        it("ledger.content", "", "ledger.content = 'encrypt'", Value(|policy| format!("{:?}", policy.content()))),
        it(
            "ledger.retention.content",
            "",
            "ledger.retention.content = '10y'",
            Value(|policy| format!("{:?}", policy.retention())),
        ),
        it(
            "ledger.retention.records",
            "",
            "ledger.retention.records = '1d'",
            Value(|policy| format!("{:?}", policy.retention())),
        ),
        it(
            "limits.memory",
            "limits.memory = '1GiB'",
            "limits.memory = '2GiB'",
            Value(|policy| format!("{:?}", policy.limits())),
        ),
        it(
            "limits.disk",
            "limits.disk = '1GiB'",
            "limits.disk = '2GiB'",
            Value(|policy| format!("{:?}", policy.limits())),
        ),
        it(
            "limits.output",
            "limits.output = '1MiB'",
            "limits.output = '2MiB'",
            Value(|policy| format!("{:?}", policy.limits())),
        ),
        it("limits.time", "limits.time = '1h'", "limits.time = '2h'", Value(|policy| format!("{:?}", policy.limits()))),
        it(
            "scan.verify",
            "scan.verify = 'deny'",
            "scan.verify = 'allow'",
            Value(|policy| policy.may_verify().unwrap_err().by.unwrap().line.to_string()),
        ),
        it(
            "injection.threshold",
            "injection.model = '/m'\ninjection.threshold = 70",
            "injection.threshold = 80",
            Value(|policy| format!("{:?}", policy.injection_model().map(|it| it.threshold))),
        ),
        it(
            "injection.sure",
            "injection.model = '/m'\ninjection.sure = 90",
            "injection.sure = 95",
            Value(|policy| format!("{:?}", policy.injection_model().map(|it| it.sure))),
        ),
        it(
            "injection.model",
            "injection.model = '/m'",
            "injection.model = '/n'",
            Value(|policy| format!("{:?}", policy.injection_model().map(|it| it.path))),
        ),
        limit!("limits.processes"),
        limit!("limits.cpu-percent"),
        limit!("limits.open-files"),
        limit!("spend.minute.tokens"),
        limit!("spend.minute.requests"),
        limit!("spend.session.tokens"),
        limit!("spend.session.requests"),
        limit!("spend.day.tokens"),
        limit!("spend.day.requests"),
        limit!("spend.minute.dollars", "1.0", "1.5"),
        limit!("spend.session.dollars", "1.0", "1.5"),
        limit!("spend.day.dollars", "1.0", "1.5"),
        finding!("findings.secret"),
        finding!("findings.personal-data"),
        finding!("findings.marker"),
        it(
            "data.markers",
            "data.markers = [{ name = 'r', class = 'restricted', words = ['ab'] }]",
            "data.markers = [{ name = 'r', class = 'internal', words = ['cd'] }]",
            Value(|policy| found(policy, "findings.marker")),
        ),
        it(
            "data.labels",
            "data.labels = 'find'",
            "data.labels = 'ignore'",
            Value(|policy| policy.markers().map(|markers| markers.all().len()).unwrap_or_default().to_string()),
        ),
        finding!("findings.injection"),
        finding!("findings.code"),
        finding!("findings.dependency"),
        finding!("findings.agent-config"),
        finding!("findings.change"),
        finding!("findings.uninspected"),
    ]
}
