//! Connections to servers of models: they end here, in the gate of models, which reads what is said.

use super::broker::Broker;
use super::dial::Permit;
use super::http::target::Request;
use super::refusal::Refusal;
use super::road::Attempt;
use super::tunnel::{self, First};
use super::wire::Wire;
use crate::model::{Incoming, Models, Origin, Target};
use crate::wire::Route;
use std::io;
use std::sync::Arc;

/// The gate of models, and who serves them at the host that this is for, if somebody does.
pub(crate) fn gate(broker: &Broker, attempt: &Attempt) -> Option<(Models, &'static str)> {
    let models = broker.settings.models.as_ref()?;
    Some((models.clone(), models.provider_of(&attempt.host)?))
}

/// The gate of models, if a request in clear asks a model something.
pub(crate) fn gate_of_request(broker: &Broker, request: &Request) -> Option<(Models, &'static str)> {
    let models = broker.settings.models.as_ref()?;
    let asks = request.head.first == "POST" && !request.upgrade && Route::is_usual(&request.head.second);
    asks.then(|| (models.clone(), models.provider_of(&request.attempt.host).unwrap_or("self-hosted")))
}

/// Serves a tunnel to a server of models. What is not TLS with that very server does not pass: it could not be looked into.
pub(crate) fn tunnel(broker: &Arc<Broker>, permit: Permit, (models, provider): (Models, &str), mut wire: Wire) {
    let attempt = permit.attempt().clone();
    let refuse = |wire: Wire, refusal: &Refusal| {
        broker.refused(&attempt, refusal);
        wire.reset();
    };
    match tunnel::first_before_long(&mut wire, broker.opening_deadline()) {
        Ok(Ok(First::Tls(hello))) => match tunnel::check(broker, &attempt, &hello) {
            Ok(()) => {
                let origin = origin(broker, permit, provider, true);
                if let Err(error) = models.serve_session(wire, origin) {
                    let refusal = Refusal::Unread(attempt.host.clone(), error.to_string());
                    broker.refused(&attempt, &refusal);
                }
            }
            Err(refusal) => refuse(wire, &refusal),
        },
        Ok(Ok(First::Http | First::Other)) => {
            refuse(wire, &Refusal::Malformed("a server of models is spoken to over TLS only"));
        }
        Ok(Err(why)) => refuse(wire, &Refusal::Malformed(why)),
        Err(_) => wire.reset(),
    }
}

/// Serves a request in clear that asks a model something; the client, if its connection stays.
pub(crate) fn request(
    broker: &Arc<Broker>,
    permit: Permit,
    (models, provider): (Models, &str),
    (wire, request): (Wire, Request),
) -> Option<Wire> {
    let Request { head, body, keep, .. } = request;
    models.serve_request(wire, origin(broker, permit, provider, false), Incoming { head, body, keep })
}

/// The server that was asked for, and the way there, which was allowed.
fn origin(broker: &Arc<Broker>, permit: Permit, provider: &str, tls: bool) -> Origin {
    let Attempt { host, port, .. } = permit.attempt().clone();
    let target = Target { host, port, tls, path: String::new(), provider: provider.to_owned() };
    let broker = Arc::clone(broker);
    let failed = |refusal: Refusal| io::Error::other(refusal.to_string());
    Origin { target, dial: Box::new(move || broker.dial(permit.clone()).map_err(failed)) }
}
