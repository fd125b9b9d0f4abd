//! The rules about changes that an agent made, as values: whoever carries changes over asks by class. That is a person, or
//! the end of a run, so this is no check of events.

use crate::pattern::name::Named;
use crate::policy::ValidPolicy;
use crate::source::Origin;
use crate::tier::Tier;
use portcullis_event::{ChangeClass, SourceLine, Verdict};

/// What becomes of a class of changes, and which line says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeAnswer {
    /// Allowed: it is applied by itself. Asked about: it waits. Denied: it is never applied.
    pub verdict: Verdict,
    /// The line; nothing if no line speaks of it, and then it waits.
    pub by: Option<SourceLine>,
}

impl ValidPolicy {
    /// What becomes of changes of a class: the strictest word of all storeys.
    pub fn change_answer(&self, class: ChangeClass) -> ChangeAnswer {
        let silence = (Verdict::Ask, None);
        let mut strictest = self.tiers.first().and_then(|tier| answer(tier, class)).unwrap_or(silence);
        for said in self.tiers.iter().skip(1).filter_map(|tier| answer(tier, class)) {
            if said.0 > strictest.0 {
                strictest = said;
            }
        }
        ChangeAnswer { verdict: strictest.0, by: strictest.1.map(Origin::line) }
    }
}

/// What one storey says; nothing if it does not speak of changes.
pub(crate) fn answer(tier: &Tier, class: ChangeClass) -> Option<(Verdict, Option<&Origin>)> {
    let lists = &tier.changes;
    if let Some(said) = lists.hits(Named::new(class.as_str())).next() {
        return Some((said.verdict, Some(said.origin)));
    }
    match (&lists.otherwise, &lists.allow) {
        (Some((answer, origin)), _) => Some((answer.verdict(), Some(origin))),
        // A list of what is applied by itself says of the rest that it waits, not that nobody may have it.
        (None, Some(list)) => Some((Verdict::Ask, Some(&list.origin))),
        (None, None) => None,
    }
}
