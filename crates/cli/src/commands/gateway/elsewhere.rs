//! Models that policy has asked elsewhere, with the keys for those servers.

use super::of_environment;
use crate::failure::Failure;
use portcullis_gateway::model::{Elsewhere, Target, provider_of};
use portcullis_policy::{ModelRoute, ValidPolicy};

/// Where policy leads models.
pub(super) fn of_policy(policy: &ValidPolicy) -> Result<Vec<Elsewhere>, Failure> {
    policy.model_routes().into_iter().map(elsewhere).collect()
}

fn elsewhere(route: ModelRoute) -> Result<Elsewhere, Failure> {
    let ModelRoute { model, upstream, name, credential } = route;
    let unusable = |why: &str| Failure::usage(format!("the route of the model `{model}` can't be used: {why}"));
    let mut target = Target::parse(&upstream, "self-hosted").map_err(unusable)?;
    if let Some(provider) = provider_of(&target.host) {
        provider.clone_into(&mut target.provider);
    }
    let key = match credential {
        None => None,
        Some(variable) => Some(of_environment(&variable).ok_or_else(|| {
            unusable(&format!("the variable {variable} holds no key")).fix("set it where the gateway is started")
        })?),
    };
    Ok(Elsewhere { model, target, name, key })
}
