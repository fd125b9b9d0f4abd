//! `[data]`: which class of data may go to which model, tool and host.

use super::{Answers, Asked};
use crate::config::{Ceiling, Scalar};
use crate::pattern::name::Named;
use crate::pattern::{Breadth, Set as _};
use crate::rules::Said;
use crate::source::Origin;
use crate::tier::{CeilingRule, Tier};
use portcullis_event::{Body, DataClass, Host, LlmOp, NetOp, RuleId, ToolOp, Verdict};

/// How private what an event carries is.
#[derive(Debug, Clone, Copy)]
struct Carried<'a> {
    class: DataClass,
    /// What says so, if it was found in the text.
    marker: Option<&'a RuleId>,
}

impl<'a> Carried<'a> {
    /// By its label and by the markers in it, whichever says more.
    fn new(label: Option<DataClass>, marked: Option<(DataClass, &'a RuleId)>) -> Option<Self> {
        let marked = marked.map(|(class, marker)| Self { class, marker: Some(marker) });
        let labelled = label.map(|class| Self { class, marker: None });
        labelled.into_iter().chain(marked).reduce(|one, other| if other.class > one.class { other } else { one })
    }
}

pub(crate) fn answer(tier: &Tier, asked: Asked<'_>, out: &mut Answers) {
    let label = asked.event().class.data;
    let marked = tier.marked.class_of(asked.inspected);
    let carried = Carried::new(label, marked);
    match asked.body() {
        Body::Llm(llm) if matches!(llm.op, LlmOp::Request | LlmOp::Embed | LlmOp::CountTokens) => {
            let carried = Carried::new(label.or_else(|| unlabelled(tier)), marked);
            judge(tier, &tier.model_ceilings, &super::models::name_of(llm), carried, true, out);
        }
        Body::Net(net) if matches!(net.op, NetOp::Connect | NetOp::Request) && !is_here(&net.host) => {
            judge(tier, &tier.host_ceilings, net.host.as_str(), carried, true, out);
        }
        Body::Tool(tool) if tool.op == ToolOp::Call => {
            // A tool of the agent itself keeps data here, whatever its text holds; one of a server may carry it away.
            let leaves = tool.server.is_some();
            let carried = Carried::new(label, marked.filter(|_| leaves));
            judge(tier, &tier.tool_ceilings, tool.name.as_str(), carried, leaves, out);
        }
        Body::Llm(_)
        | Body::Net(_)
        | Body::Tool(_)
        | Body::Process(_)
        | Body::File(_)
        | Body::Secret(_)
        | Body::Db(_)
        | Body::Socket(_)
        | Body::Git(_)
        | Body::Package(_)
        | Body::Config(_)
        | Body::Session(_)
        | Body::Finding(_)
        | Body::Approval(_)
        | Body::Incident(_)
        | Body::Policy(_)
        | Body::Ledger(_)
        | Body::Note(_)
        | Body::Opaque(_) => {}
    }
}

/// Whether it is the machine itself, which what is sent there does not leave.
fn is_here(host: &Host) -> bool {
    host.is_loopback() || host.is_of_the_machine()
}

fn unlabelled(tier: &Tier) -> Option<DataClass> {
    match tier.scalar("data.unlabelled")? {
        (Scalar::Assumed(assumed), _) => Some(assumed.class()),
        _ => None,
    }
}

/// The lowest ceiling that is named for a receiver; the one for all others if none is.
fn ceiling<'a>(tier: &'a Tier, rules: &'a [CeilingRule], to: &str, leaves: bool) -> Option<(Ceiling, &'a Origin)> {
    let named = rules.iter().filter(|rule| rule.set.find(Named::new(to), Breadth::Broad).is_some());
    let named = named.max_by_key(|rule| rule.class).map(|rule| (rule.class, &rule.origin));
    named.or_else(|| match tier.scalar("data.otherwise").filter(|_| leaves)? {
        (Scalar::Ceiling(ceiling), origin) => Some((*ceiling, origin)),
        _ => None,
    })
}

fn judge(
    tier: &Tier,
    rules: &[CeilingRule],
    to: &str,
    carried: Option<Carried<'_>>,
    leaves: bool,
    out: &mut Answers,
) {
    let Some((ceiling, origin)) = ceiling(tier, rules, to, leaves) else { return };
    let Some(Carried { class, marker }) = carried else { return };
    let fits = class <= ceiling.class();
    out.consider(Said { verdict: if fits { Verdict::Allow } else { Verdict::Deny }, rule: None, origin });
    if !fits {
        let (class, highest) = (word(class), word(ceiling.class()));
        let by = marker.map(|marker| format!(" (`{marker}`)")).unwrap_or_default();
        let message = format!("{class} data{by} may not go to `{to}`: the highest class there is {highest}");
        let fix = Some("use a model, tool or host that may see this class, or take the data out".to_owned());
        out.guard(Verdict::Deny, message, Some(origin), fix);
    }
}

fn word(class: DataClass) -> &'static str {
    match class {
        DataClass::Public => "public",
        DataClass::Internal => "internal",
        DataClass::Confidential => "confidential",
        DataClass::Restricted => "restricted",
    }
}
