//! `[environments]`: where an agent may act at all. `prod` is refused by every preset.

use super::{Answers, Asked};
use crate::pattern::name::Named;
use crate::tier::Tier;

pub(crate) fn answer(tier: &Tier, asked: Asked<'_>, out: &mut Answers) {
    let Some(environment) = asked.event().place.environment.as_deref().filter(|_| asked.by_agent()) else { return };
    let folded = environment.trim().to_lowercase();
    let subject = format!("acting in the environment `{folded}`");
    out.stopping_lists(&tier.environments, Named::new(&folded), "environments", &subject, &folded);
}
