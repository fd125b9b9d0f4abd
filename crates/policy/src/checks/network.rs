//! `[network]`: which hosts may be reached, and where ports may be opened.

use super::answers::word;
use super::{Answers, Asked};
use crate::config::{Boundary, Listen, Scalar};
use crate::pattern::Breadth;
use crate::pattern::host::Destination;
use crate::rules::Said;
use crate::source::Origin;
use crate::tier::Tier;
use portcullis_event::{Body, Host, NetOp, Verdict};

pub(crate) fn answer(tier: &Tier, asked: Asked<'_>, out: &mut Answers) {
    let to = |host| Destination { host, port: None, lookup: false };
    match asked.body() {
        Body::Net(net) => match net.op {
            NetOp::Listen => listen(tier, &net.host, out),
            NetOp::Resolve | NetOp::Connect | NetOp::Request | NetOp::Response => {
                let lookup = net.op == NetOp::Resolve;
                reach(tier, Destination { host: &net.host, port: net.port, lookup }, out, true);
            }
        },
        Body::Llm(llm) => match &llm.host {
            Some(host) => within_boundary(tier, Some(host), out),
            None => within_boundary(tier, None, out),
        },
        Body::Tool(tool) => tool.hosts.iter().for_each(|host| named(tier, host, out)),
        Body::Git(git) => git.host.iter().for_each(|host| named(tier, host, out)),
        Body::Secret(secret) => secret.destination.iter().for_each(|host| reach(tier, to(host), out, false)),
        Body::Process(_)
        | Body::File(_)
        | Body::Db(_)
        | Body::Socket(_)
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

/// A host whose port is not known yet; the connection itself will be asked about again.
fn named(tier: &Tier, host: &Host, out: &mut Answers) {
    reach(tier, Destination { host, port: None, lookup: true }, out, false);
}

/// Whether a host is one that the boundary lets through at all.
fn inside(tier: &Tier, boundary: Boundary, to: Destination<'_>) -> bool {
    match boundary {
        Boundary::Open | Boundary::Ask | Boundary::AllowList => true,
        Boundary::AirGapped => {
            to.host.is_loopback()
                || is_self_hosted(tier, to)
        }
        Boundary::LocalOnly => to.host.is_loopback() || to.host.is_of_the_machine(),
    }
}

fn is_self_hosted(tier: &Tier, to: Destination<'_>) -> bool {
    tier.self_hosted.as_ref().is_some_and(|list| list.find(to, Breadth::Narrow).is_some())
}

/// Where models are asked is said under `[models]`; only a closed boundary holds for them as well.
fn within_boundary(tier: &Tier, host: Option<&Host>, out: &mut Answers) {
    let Some((boundary @ (Boundary::AirGapped | Boundary::LocalOnly), origin)) = tier.boundary() else { return };
    match host {
        Some(host) if inside(tier, boundary, Destination { host, port: None, lookup: true }) => {}
        Some(host) => outside(boundary, host.as_str(), origin, out, false),
        None => outside(boundary, "a host that is not known", origin, out, false),
    }
}

fn outside(boundary: Boundary, host: &str, origin: &Origin, out: &mut Answers, is_gate: bool) {
    let only = match boundary {
        Boundary::LocalOnly => "only this machine may be reached",
        Boundary::AirGapped | Boundary::AllowList | Boundary::Ask | Boundary::Open => {
            "only hosts in `network.self-hosted` and this machine may be reached"
        }
    };
    let message = format!("{host} is outside of the boundary: {only}");
    let fix = match boundary {
        Boundary::LocalOnly => "choose a wider `network.boundary`".to_owned(),
        Boundary::AirGapped | Boundary::AllowList | Boundary::Ask | Boundary::Open => {
            format!("if you run {host} yourself, add it to `network.self-hosted`")
        }
    };
    out.consider(Said { verdict: Verdict::Deny, rule: None, origin });
    if is_gate {
        out.gate(Verdict::Deny, message, Some(origin), Some(fix));
    } else {
        out.guard(Verdict::Deny, message, Some(origin), Some(fix));
    }
}

/// What a storey says about reaching a host.
fn reach(tier: &Tier, to: Destination<'_>, out: &mut Answers, is_gate: bool) {
    let host = match to.port {
        Some(port) if to.host.as_str().contains(':') => format!("[{}]:{port}", to.host),
        Some(port) => format!("{}:{port}", to.host),
        None => to.host.to_string(),
    };
    let boundary = tier.boundary();
    if let Some((boundary, origin)) = boundary
        && !inside(tier, boundary, to)
    {
        return outside(boundary, &host, origin, out, is_gate);
    }
    let mut said = None;
    for hit in tier.network.hits(to) {
        out.consider(hit);
        said = said.or(Some(hit));
    }
    let Some(said) = said.or_else(|| unlisted(tier, boundary, to)) else { return };
    let (message, fix) = word(said, "network", &host, &host);
    if is_gate {
        out.gate(said.verdict, message, Some(said.origin), fix);
    } else if said.verdict > Verdict::Allow {
        out.guard(said.verdict, message, Some(said.origin), fix);
    }
}

/// The answer for a host that no list names.
fn unlisted<'a>(tier: &'a Tier, boundary: Option<(Boundary, &'a Origin)>, to: Destination<'_>) -> Option<Said<'a>> {
    let verdict = match boundary {
        // What else listens on this machine is nobody's business, however wide the boundary.
        Some((Boundary::Open | Boundary::LocalOnly | Boundary::Ask, _)) if to.host.is_of_the_machine() => Verdict::Deny,
        // Inside of a closed boundary everything is one's own.
        Some((Boundary::Open | Boundary::AirGapped | Boundary::LocalOnly, _)) => Verdict::Allow,
        Some((Boundary::Ask, _)) => Verdict::Ask,
        Some((Boundary::AllowList, _)) => Verdict::Deny,
        None => return tier.network.unlisted(),
    };
    boundary.map(|(_, origin)| Said { verdict, rule: None, origin })
}

fn listen(tier: &Tier, host: &Host, out: &mut Answers) {
    let Some((Scalar::Listen(listen), origin)) = tier.scalar("network.listen") else { return };
    let (verdict, why) = match listen {
        Listen::Any => (Verdict::Allow, "ports may be opened on every address"),
        Listen::Loopback if host.is_loopback() => (Verdict::Allow, "only this machine reaches it"),
        Listen::Loopback => (Verdict::Deny, "ports may be opened on loopback addresses only"),
        Listen::Nothing => (Verdict::Deny, "no ports may be opened"),
    };
    let advice = "set `network.listen` to a wider value in the highest policy";
    let fix = (verdict == Verdict::Deny).then(|| advice.to_owned());
    out.consider(Said { verdict, rule: None, origin });
    out.gate(verdict, format!("listening on {host}: {why}"), Some(origin), fix);
}
