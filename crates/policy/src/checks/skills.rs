//! `[skills]`: which skills may be loaded, in which version and from where.

use super::{Answers, Asked};
use crate::pattern::name::Named;
use crate::tier::Tier;
use portcullis_event::{Body, Config, ConfigOp};

pub(crate) fn answer(tier: &Tier, asked: Asked<'_>, out: &mut Answers) {
    if let Body::Config(config) = asked.body()
        && config.category == "skill"
        && matches!(config.op, ConfigOp::Load | ConfigOp::Change)
    {
        let Config { name, version, source, .. } = config;
        let value = Named { name, version: version.as_deref(), source: source.as_deref() };
        let shown = version.as_ref().map_or_else(|| name.clone(), |version| format!("{name}@{version}"));
        out.lists(&tier.skills, value, "skills", &format!("the skill `{shown}`"), name);
    }
}
