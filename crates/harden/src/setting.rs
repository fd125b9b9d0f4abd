//! One setting: where it stands, what a policy wants it to be, what it stops, and what it does not.

use crate::{Book, Change, Scope, Wanted};

/// Who sees to it that a setting is obeyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hold {
    /// The tool itself, outside of what its model can do.
    Enforced,
    /// The model, if it does as it is told.
    Asked,
}

/// What a policy wants a setting to be, for whom. `None` if it wants nothing of it.
pub(crate) type Asks = fn(&Wanted, Scope) -> Option<Change>;

/// A setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// A stable name, such as `claude-code.deny-reads`.
    pub id: &'static str,
    /// The files that it stands in.
    pub book: &'static Book,
    /// The names that lead to its value; none for lines of ours and for files of our own.
    pub key: &'static [&'static str],
    /// What it stops, or what it is for.
    pub stops: &'static str,
    /// Who sees to it.
    pub hold: Hold,
    /// What the tool is known to do in spite of it.
    pub limits: &'static [&'static str],
    /// The scopes in which the tool reads it.
    pub scopes: &'static [Scope],
    pub(crate) asks: Asks,
}

const EVERY: &[Scope] = &[Scope::Managed, Scope::Local, Scope::Project, Scope::User];

impl Setting {
    pub(crate) const fn new(
        id: &'static str,
        book: &'static Book,
        key: &'static [&'static str],
        stops: &'static str,
        asks: Asks,
    ) -> Self {
        Self { id, book, key, stops, hold: Hold::Enforced, limits: &[], scopes: EVERY, asks }
    }

    pub(crate) const fn limits(mut self, limits: &'static [&'static str]) -> Self {
        self.limits = limits;
        self
    }

    pub(crate) const fn only(mut self, scopes: &'static [Scope]) -> Self {
        self.scopes = scopes;
        self
    }

    pub(crate) const fn asked(mut self) -> Self {
        self.hold = Hold::Asked;
        self
    }

    /// What this policy wants it to be in this scope. `None` if the tool does not read it there, or nothing is wanted of it.
    pub fn wanted(&self, wanted: &Wanted, scope: Scope) -> Option<Change> {
        let is_there = self.book.place(scope).is_some_and(|place| !place.path.here().is_empty());
        let is_read = is_there && self.scopes.contains(&scope);
        is_read.then(|| (self.asks)(wanted, scope)).flatten()
    }

    /// The key as people write it.
    pub fn shown_key(&self) -> String {
        self.key.join(".")
    }
}
