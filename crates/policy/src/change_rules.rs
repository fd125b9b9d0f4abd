//! The rules about changes that an agent made, as values: whoever carries changes over asks by class. That is a person, or
//! the end of a run, so this is no check of events.

use crate::policy::ValidPolicy;
use crate::rules::strictest;
use crate::source::Origin;
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
        let (verdict, by) = strictest(self.tiers.iter().map(|tier| tier.changes.of_word(class.as_str())));
        ChangeAnswer { verdict, by: by.map(Origin::line) }
    }
}
