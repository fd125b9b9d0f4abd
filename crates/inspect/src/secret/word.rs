//! The words that a search looks for, and who asks for each.

use super::compiled::{NUMBERS, TELLS, TEXTS};

/// A word that a search looks for, and who asks for it. What it has lies elsewhere, so that it holds no pointer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(super) text_at: u32,
    pub(super) rules_at: u32,
    pub(super) rules: u16,
    pub(super) length: u8,
    pub(super) tells: u8,
    /// Whether it may stand near a credential without a vendor's form.
    pub(crate) trigger: bool,
}

/// A word that may stand in a sentence that is said to an agent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tell {
    /// The word as it is written.
    pub(crate) text: &'static str,
    /// Whether it counts in prose only.
    pub(crate) prose: bool,
}

impl Asked {
    /// The word, in lower case.
    pub(crate) fn text(&self) -> &'static [u8] {
        part(TEXTS, self.text_at, usize::from(self.length))
    }

    /// The rules whose values it names, by their numbers.
    pub(crate) fn rules(&self) -> &'static [u16] {
        part(NUMBERS, self.rules_at, usize::from(self.rules))
    }

    /// What it gives away, by how that is written.
    pub(crate) fn tells(&self) -> &'static [Tell] {
        TELLS.get(usize::from(self.tells)).copied().unwrap_or_default()
    }
}

fn part<T>(all: &'static [T], at: u32, many: usize) -> &'static [T] {
    usize::try_from(at).ok().and_then(|at| all.get(at..at + many)).unwrap_or_default()
}
