//! How often models may be asked, and for how much.
//!
//! Whoever asks is counted by rules that policy made. A request waits until every rule has room for it; while it is under way what
//! it may cost is held, and once it is answered what it did cost is spent. What is spent is written down before anything
//! leaves, by whoever keeps the books: then a program that ends in between has spent it.

mod budget;
mod held;
mod price;
mod rate;
mod rules;
mod subject;

pub use budget::Budget;
pub use held::Held;
pub use price::{Price, Tokens};
pub use rate::Rate;
pub use subject::{Each, Subject};

use crate::who::Pattern;
use rules::{Kind, Rules, State};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// A rule, as policy made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// What it is called. No two are called the same.
    pub name: String,
    /// The models that it is about; all without one.
    pub models: Vec<Pattern>,
    /// The keys that it is about; all, and whoever has none, without one.
    pub keys: Vec<Pattern>,
    /// Whom it counts apart.
    pub each: Each,
    /// How many requests.
    pub requests: Option<Rate>,
    /// How many calls of tools.
    pub calls: Option<Rate>,
    /// How many tokens.
    pub tokens: Option<Budget>,
    /// How much money.
    pub cost: Option<Budget>,
}

/// What is counted in a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Coin {
    /// Tokens.
    Tokens,
    /// Money.
    Cost,
}

/// What was spent, as it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spent {
    /// The rule.
    pub limit: String,
    /// What is counted.
    pub coin: Coin,
    /// Whom it is counted for.
    pub subject: String,
    /// When the stretch of time began, in seconds since 1970.
    pub window: u64,
    /// How much.
    pub amount: u64,
}

/// What was written down before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// This, and the latest time that was seen, in seconds since 1970.
    Known(Vec<Spent>, u64),
    /// Nobody can tell: everything counts as spent until the next stretch of time.
    Damaged,
}

/// Whoever keeps the books.
pub trait Books: Send + Sync + std::fmt::Debug {
    /// The time, in seconds since 1970.
    fn now(&self) -> u64;
    /// Writes down what was spent until now, so that it is known after whatever happens next.
    fn keep(&self, spent: &[Spent], now: u64) -> io::Result<()>;
}

/// Why somebody has to wait, or will wait in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    /// The status of the answer.
    pub status: u16,
    /// Why.
    pub words: String,
    /// For how long, if that is known.
    pub wait: Option<Duration>,
}

/// The rules, and what is counted by them.
#[derive(Debug)]
pub struct Limits {
    rules: RwLock<Arc<Rules>>,
    books: Arc<dyn Books>,
    began: Instant,
    state: Mutex<State>,
}

impl Limits {
    /// Counts by these rules, from what was kept.
    pub fn new(limits: Vec<Limit>, prices: Vec<Price>, books: Arc<dyn Books>, kept: Kept) -> Self {
        let state = State::at(books.now());
        let counting = Self { rules: RwLock::default(), books, began: Instant::now(), state: Mutex::new(state) };
        counting.change(limits, prices, Some(kept));
        counting
    }

    /// Counts by other rules from now on. What was counted by a rule of the same name goes on; `kept` is what was kept for those that
    /// were not there before.
    pub fn change(&self, limits: Vec<Limit>, prices: Vec<Price>, kept: Option<Kept>) {
        let mut rules = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        *rules = Arc::new(rules.changed(limits, prices));
        let mut state = self.lock();
        match kept {
            Some(Kept::Damaged) => state.damaged = Some(state.now),
            Some(Kept::Known(all, latest)) => {
                state.now = state.now.max(latest);
                rules.restore(&mut state, all);
            }
            None => {}
        }
    }

    /// Whether it counts anything that has to be kept.
    pub fn has_budgets(limits: &[Limit]) -> bool {
        limits.iter().any(|limit| limit.tokens.is_some() || limit.cost.is_some())
    }

    /// Holds what a request may cost, or says why it has to wait. `estimate` is what it may cost; nothing if it costs nothing.
    pub fn begin(self: &Arc<Self>, subject: &Subject, estimate: Option<Tokens>) -> Result<Held, Over> {
        let (rules, mut state, since) = (self.rules(), self.lock(), self.began.elapsed());
        state.now = state.now.max(self.books.now());
        let price = price::of(&rules.prices, subject).cloned();
        let mut parts = match estimate {
            Some(estimate) => rules.rooms(&mut state, subject, estimate, price.as_ref())?,
            None => Vec::new(),
        };
        // Nothing is counted of a request that some other rule refuses.
        rules.take(&mut state, Kind::Requests, subject, since)?;
        for part in &mut parts {
            rules.hold(&mut state, part);
        }
        let held = Held { limits: Arc::clone(self), parts, price, was_sent: false };
        let kept = if held.parts.is_empty() { Ok(()) } else { self.keep(&rules, &state) };
        // What is dropped below takes it as well.
        drop(state);
        kept.map(|()| held)
    }

    /// Whether one more tool may be called.
    pub fn call(&self, subject: &Subject) -> Result<(), Over> {
        self.rules().take(&mut self.lock(), Kind::Calls, subject, self.began.elapsed())
    }

    fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, rules: &Rules, state: &State) -> Result<(), Over> {
        // As long as somebody's spending is not known, what is on the disk says so, and the next start goes by it as well.
        if rules.has_unknown(state) {
            return Ok(());
        }
        let failed = |error: io::Error| Over {
            status: 503,
            words: format!("what it may cost can't be written down: {error}"),
            wait: None,
        };
        self.books.keep(&rules.spent(state), state.now).map_err(failed)
    }
}

#[cfg(test)]
mod tests;
