//! `[agents]`: every agent of the chain must be one that may work.

use super::{Answers, Asked};
use crate::pattern::name::Named;
use crate::tier::Tier;

pub(crate) fn answer(tier: &Tier, asked: Asked<'_>, out: &mut Answers) {
    for agent in &asked.actor().agents {
        let name = agent.name.as_str();
        let value = Named { name, version: agent.version.as_deref(), source: None };
        out.stopping_lists(&tier.agents, value, "agents", &format!("the agent `{name}`"), name);
    }
}
