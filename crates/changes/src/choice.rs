//! What is applied without asking, and what waits. Whoever calls this crate chooses; what nobody chose waits.

use crate::{Change, Class, Obstacle};
use std::collections::BTreeSet;

/// What becomes of a class of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// It is applied.
    Apply,
    /// It waits for a person.
    Hold,
}

/// Which classes are applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    applied: BTreeSet<Class>,
}

/// What becomes of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is applied.
    Applies,
    /// It waits, because of these classes.
    Waits(Vec<Class>),
    /// It waits, because the real file changed while the session ran.
    Drifted,
    /// It can't be applied.
    Never(Obstacle),
}

impl Default for Choice {
    /// Code, documentation, what git keeps for itself, and folders.
    fn default() -> Self {
        Self { applied: [Class::Code, Class::Documentation, Class::GitState, Class::Folder].into() }
    }
}

impl Choice {
    /// Nothing is applied.
    pub const fn nothing() -> Self {
        Self { applied: BTreeSet::new() }
    }

    /// Everything that can be applied is.
    pub fn everything() -> Self {
        Self { applied: Class::ALL.iter().copied().collect() }
    }

    /// Says what becomes of a class.
    pub fn set(&mut self, class: Class, rule: Rule) {
        match rule {
            Rule::Apply => self.applied.insert(class),
            Rule::Hold => self.applied.remove(&class),
        };
    }

    /// What becomes of a class.
    pub fn of(&self, class: Class) -> Rule {
        if self.applied.contains(&class) { Rule::Apply } else { Rule::Hold }
    }

    /// What becomes of a change: it is applied only if all its classes are.
    pub fn verdict(&self, change: &Change) -> Verdict {
        let waiting: Vec<Class> = change.classes.difference(&self.applied).copied().collect();
        match change.obstacle {
            Some(obstacle) => Verdict::Never(obstacle),
            None if change.classes.is_empty() => Verdict::Waits(vec![Class::Unknown]),
            None if !waiting.is_empty() => Verdict::Waits(waiting),
            None if change.drifted => Verdict::Drifted,
            None => Verdict::Applies,
        }
    }
}
