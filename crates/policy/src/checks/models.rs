//! `[models]`: which models may be asked, and at which hosts.

use super::{Answers, Asked};
use crate::pattern::Breadth;
use crate::pattern::host::Destination;
use crate::pattern::name::Named;
use crate::tier::Tier;
use portcullis_event::{Body, Config, ConfigOp, Llm, Verdict};

pub(crate) fn answer(tier: &Tier, asked: Asked<'_>, out: &mut Answers) {
    match asked.body() {
        Body::Llm(llm) => {
            let name = name_of(llm);
            out.lists(&tier.models, Named::new(&name), "models", &format!("the model `{name}`"), &name);
            endpoint(tier, llm, out);
        }
        Body::Config(Config { op: ConfigOp::Load, category, name, .. }) if category == "model-file" => {
            let name = format!("local/{name}");
            out.lists(&tier.models, Named::new(&name), "models", &format!("the model `{name}`"), &name);
        }
        Body::Process(_)
        | Body::File(_)
        | Body::Net(_)
        | Body::Tool(_)
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

/// A model as policy names it.
pub(crate) fn name_of(llm: &Llm) -> String {
    format!("{}/{}", llm.provider, llm.model)
}

fn endpoint(tier: &Tier, llm: &Llm, out: &mut Answers) {
    let Some(endpoints) = &tier.endpoints else { return };
    out.begin("endpoints");
    let known = llm.host.as_ref().map(|host| Destination { host, port: None, lookup: true });
    if known.is_some_and(|to| endpoints.find(to, Breadth::Narrow).is_some()) {
        return;
    }
    let host = llm.host.as_ref().map_or("a host that is not known".to_owned(), ToString::to_string);
    let message = format!("requests to models may not go to {host}: it is not on the list `models.endpoints`");
    let fix = Some(format!("add `{host}` to `models.endpoints`"));
    out.guard(Verdict::Deny, message, Some(&endpoints.origin), fix);
}
