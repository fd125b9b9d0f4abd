//! What a session has read.

use super::Seen::Value;
use super::{Attempt, it};
use portcullis_event::*;
use portcullis_policy::*;

pub(super) fn attempts() -> Vec<Attempt> {
    vec![
        it(
            "taint.together",
            "taint.together = 'deny'",
            "taint.together = 'allow'",
            Value(|policy| format!("{:?}", policy.taint_reason(TaintRule::Together, "").verdict)),
        ),
        it(
            "taint.changes",
            "taint.changes = 'deny'",
            "taint.changes = 'allow'",
            Value(|policy| format!("{:?}", policy.taint_reason(TaintRule::Changes, "").verdict)),
        ),
        it(
            "taint.strangers",
            "taint.strangers = 'deny'",
            "taint.strangers = 'allow'",
            Value(|policy| format!("{:?}", policy.taint_reason(TaintRule::Strangers, "").verdict)),
        ),
        it(
            "taint.links",
            "taint.links = 'deny'",
            "taint.links = 'allow'",
            Value(|policy| format!("{:?}", policy.taint_reason(TaintRule::Links, "").verdict)),
        ),
        it(
            "taint.flow",
            "taint.flow = 'deny'",
            "taint.flow = 'allow'",
            Value(|policy| format!("{:?}", policy.taint_reason(TaintRule::Flow, "").verdict)),
        ),
        it(
            "taint.trusted-hosts",
            "",
            "taint.trusted-hosts = ['*.example.com']",
            Value(|policy| policy.trusts_host(&Host::parse("a.example.com").unwrap()).to_string()),
        ),
        it(
            "taint.trusted-servers",
            "",
            "taint.trusted-servers = ['tracker']",
            Value(|policy| policy.trusts_server("tracker").to_string()),
        ),
        it(
            "taint.trusted-files",
            "",
            "taint.trusted-files = ['./docs']",
            Value(|policy| policy.trusts_file(&AbsPath::parse("/home/ada/work/docs/a.md").unwrap()).to_string()),
        ),
        it(
            "taint.sensitive-files",
            "taint.sensitive-files = ['./customers']",
            "taint.sensitive-files = ['!./customers']",
            Value(|policy| policy.calls_sensitive(&AbsPath::parse("/home/ada/work/customers/a").unwrap()).to_string()),
        ),
        it(
            "taint.sensitive-servers",
            "taint.sensitive-servers = ['tracker']",
            "taint.sensitive-servers = ['!tracker']",
            Value(|policy| policy.is_sensitive_server("tracker").to_string()),
        ),
    ]
}
