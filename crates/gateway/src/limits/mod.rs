//! How often models may be asked, and for how much.
//!
//! Whoever asks is counted by rules that policy made. A request waits until every rule has room for it; while it is under way what
//! it may cost is held, and once it is answered what it did cost is spent. What is spent is written down before anything
//! leaves, by whoever keeps the books: then a program that ends in between has spent it.

mod budget;
mod price;
mod rate;
mod subject;

pub use budget::Budget;
pub use price::{Price, Tokens};
pub use rate::Rate;
pub use subject::{Each, Subject};

use crate::who::Pattern;
use budget::Purse;
use rate::Due;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use subject::Counted;

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
    /// Which stretch of time.
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
    rules: Vec<Limit>,
    prices: Vec<Price>,
    books: Arc<dyn Books>,
    began: Instant,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    rates: Counted<(usize, Kind, String), Due>,
    purses: Counted<(usize, Coin, String), Purse>,
    /// The latest time that was seen.
    now: u64,
    /// When it was found that nobody can tell what was spent.
    damaged: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Requests,
    Calls,
}

/// A rule, whom it counts for, and when the next one is due by it.
type Next = ((usize, String), Due);

/// What is held for a request that is under way. Dropped before anything was sent it was nothing; afterwards all of it is spent.
#[derive(Debug)]
pub struct Held {
    limits: Arc<Limits>,
    parts: Vec<(usize, Coin, String, u64)>,
    price: Option<Price>,
    was_sent: bool,
}

impl Limits {
    /// Counts by these rules, from what was kept.
    pub fn new(limits: Vec<Limit>, prices: Vec<Price>, books: Arc<dyn Books>, kept: Kept) -> Self {
        let mut state = State { now: books.now(), ..State::default() };
        match kept {
            Kept::Damaged => state.damaged = Some(state.now),
            Kept::Known(all, latest) => {
                state.now = state.now.max(latest);
                for Spent { limit, coin, subject, window, amount } in all {
                    let Some(at) = limits.iter().position(|it| it.name == limit) else { continue };
                    let purse = Purse::new(window, amount);
                    if subject == REST {
                        *state.purses.shared(group(at, coin)) = purse;
                    } else {
                        state.purses.put((at, coin, subject), purse);
                    }
                }
            }
        }
        Self { rules: limits, prices, books, began: Instant::now(), state: Mutex::new(state) }
    }

    /// Whether it counts anything that has to be kept.
    pub fn has_budgets(limits: &[Limit]) -> bool {
        limits.iter().any(|limit| limit.tokens.is_some() || limit.cost.is_some())
    }

    /// Holds what a request may cost, or says why it has to wait. `estimate` is what it may cost; nothing if it costs nothing.
    pub fn begin(self: &Arc<Self>, subject: &Subject, estimate: Option<Tokens>) -> Result<Held, Over> {
        self.begin_at(subject, estimate, self.began.elapsed())
    }

    fn begin_at(self: &Arc<Self>, subject: &Subject, estimate: Option<Tokens>, since: Duration) -> Result<Held, Over> {
        let mut state = self.lock();
        state.now = state.now.max(self.books.now());
        let price = price::of(&self.prices, subject).cloned();
        let mut parts = Vec::new();
        if let Some(estimate) = estimate {
            for (at, limit, coin, budget) in self.budgets_of(subject) {
                let wanted = match (coin, &price) {
                    (Coin::Tokens, _) => estimate.sum(),
                    (Coin::Cost, Some(price)) => price.of(estimate),
                    (Coin::Cost, None) => return Err(no_price(limit, subject)),
                };
                let who = subject.of(limit.each);
                self.has_room(&mut state, (at, coin, &who), budget, wanted)?;
                parts.push((at, coin, who, wanted));
            }
        }
        // Nothing is counted of a request that some other rule refuses.
        let due = self.rated(&mut state, Kind::Requests, subject, since)?;
        for ((at, who), next) in due {
            *self.due(&mut state, (at, Kind::Requests, who), since) = next;
        }
        for (at, coin, who, wanted) in &mut parts {
            let key = (*at, *coin, who.clone());
            self.purse(&mut state, key.clone()).hold(*wanted);
            if !state.purses.is_apart(&key) {
                REST.clone_into(who);
            }
        }
        let held = Held { limits: Arc::clone(self), parts, price, was_sent: false };
        let kept = if held.parts.is_empty() { Ok(()) } else { self.keep(&state) };
        // What is dropped below takes it as well.
        drop(state);
        kept.map(|()| held)
    }

    /// Whether one more tool may be called.
    pub fn call(&self, subject: &Subject) -> Result<(), Over> {
        let (mut state, since) = (self.lock(), self.began.elapsed());
        for ((at, who), next) in self.rated(&mut state, Kind::Calls, subject, since)? {
            *self.due(&mut state, (at, Kind::Calls, who), since) = next;
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of<'a>(&'a self, subject: &'a Subject) -> impl Iterator<Item = (usize, &'a Limit)> {
        self.rules.iter().enumerate().filter(|(_, limit)| subject.is_meant(&limit.models, &limit.keys))
    }

    fn budgets_of<'a>(&'a self, subject: &'a Subject) -> impl Iterator<Item = (usize, &'a Limit, Coin, Budget)> {
        self.of(subject).flat_map(|(at, limit)| {
            let tokens = limit.tokens.map(|budget| (at, limit, Coin::Tokens, budget));
            let units = |budget: Budget| Budget { amount: budget.amount.saturating_mul(price::UNITS), ..budget };
            tokens.into_iter().chain(limit.cost.map(|budget| (at, limit, Coin::Cost, units(budget))))
        })
    }

    /// When each rule about a rate has the next one due, if all of them have room.
    fn rated(&self, state: &mut State, kind: Kind, subject: &Subject, since: Duration) -> Result<Vec<Next>, Over> {
        let mut all = Vec::new();
        for (at, limit) in self.of(subject) {
            let Some((rate, what)) = rate_of(limit, kind) else { continue };
            let who = subject.of(limit.each);
            let due = *self.due(state, (at, kind, who.clone()), since);
            let words = |wait| over(429, limit, what, &who, Some(wait));
            all.push(((at, who.clone()), rate.ask(due, since).map_err(words)?));
        }
        Ok(all)
    }

    fn due<'s>(&self, state: &'s mut State, key: (usize, Kind, String), since: Duration) -> &'s mut Due {
        let is_over = |key: &(usize, Kind, String), due: &Due| {
            self.rules.get(key.0).and_then(|it| rate_of(it, key.1)).is_none_or(|(rate, _)| rate.is_over(*due, since))
        };
        state.rates.of(key.0, key, is_over)
    }

    fn purse<'s>(&self, state: &'s mut State, key: (usize, Coin, String)) -> &'s mut Purse {
        let now = state.now;
        let window = |at: usize, coin: Coin| self.budget(at, coin).map_or(0, |budget| budget.window(now));
        let is_over = |key: &(usize, Coin, String), purse: &Purse| purse.is_over(window(key.0, key.1));
        let (group, here) = (group(key.0, key.1), window(key.0, key.1));
        let purse = if key.2 == REST { state.purses.shared(group) } else { state.purses.of(group, key, is_over) };
        *purse = purse.at(here);
        purse
    }

    fn budget(&self, at: usize, coin: Coin) -> Option<Budget> {
        let limit = self.rules.get(at)?;
        match coin {
            Coin::Tokens => limit.tokens,
            Coin::Cost => limit.cost,
        }
    }

    fn has_room(
        &self,
        state: &mut State,
        (at, coin, who): (usize, Coin, &str),
        budget: Budget,
        wanted: u64,
    ) -> Result<(), Over> {
        let Some(limit) = self.rules.get(at) else { return Ok(()) };
        let now = state.now;
        let unknown = is_unknown(state, budget);
        let has_room = self.purse(state, (at, coin, who.to_owned())).has_room(wanted, budget.amount);
        if has_room && !unknown {
            return Ok(());
        }
        let what = match coin {
            Coin::Tokens => "of tokens",
            Coin::Cost => "of money",
        };
        let mut over = over(429, limit, what, who, Some(budget.rest(now)));
        if unknown {
            over.words = format!("{}: nobody can tell what was spent before, so all of it counts as spent", over.words);
        }
        Err(over)
    }

    fn keep(&self, state: &State) -> Result<(), Over> {
        // As long as somebody's spending is not known, what is on the disk says so, and the next start goes by it as well.
        let unknown = |(at, coin)| self.budget(at, coin).is_some_and(|it| is_unknown(state, it));
        let all = (0..self.rules.len()).flat_map(|at| [(at, Coin::Tokens), (at, Coin::Cost)]);
        if all.into_iter().any(unknown) {
            return Ok(());
        }
        let failed = |error: io::Error| Over {
            status: 503,
            words: format!("what it may cost can't be written down: {error}"),
            wait: None,
        };
        self.books.keep(&self.spent(state), state.now).map_err(failed)
    }

    fn spent(&self, state: &State) -> Vec<Spent> {
        let row = |at: usize, coin: Coin, subject: &str, purse: &Purse| {
            let limit = self.rules.get(at)?.name.clone();
            let is_now = self.budget(at, coin).is_some_and(|it| !purse.is_over(it.window(state.now)));
            let (window, amount) = (purse.window(), purse.used());
            is_now.then(|| Spent { limit, coin, subject: subject.to_owned(), window, amount })
        };
        let apart = state.purses.all().filter_map(|((at, coin, who), purse)| row(*at, *coin, who, purse));
        let of_rest = |(group, purse): (usize, &Purse)| {
            let coin = if group % 2 == 1 { Coin::Cost } else { Coin::Tokens };
            row(group / 2, coin, REST, purse)
        };
        apart.chain(state.purses.rest().filter_map(of_rest)).collect()
    }
}

/// All that found no place of their own. No subject is called so.
const REST: &str = "*";

/// Whether nobody can tell what was spent of a budget in the stretch of time that runs.
fn is_unknown(state: &State, budget: Budget) -> bool {
    state.damaged.is_some_and(|then| budget.window(then) == budget.window(state.now))
}

/// Whoever finds no place of its own by a rule and a coin is one with all others.
fn group(at: usize, coin: Coin) -> usize {
    at * 2 + usize::from(coin == Coin::Cost)
}

fn rate_of(limit: &Limit, kind: Kind) -> Option<(Rate, &'static str)> {
    match kind {
        Kind::Requests => limit.requests.map(|rate| (rate, "of requests")),
        Kind::Calls => limit.calls.map(|rate| (rate, "of calls of tools")),
    }
}

fn over(status: u16, limit: &Limit, what: &str, who: &str, wait: Option<Duration>) -> Over {
    let who = match limit.each {
        Each::All => String::new(),
        Each::Key if who.is_empty() => " for whoever shows no key".to_owned(),
        Each::Key | Each::Model | Each::Address => format!(" for {who}"),
    };
    Over { status, words: format!("the limit `{}` {what} is reached{who}", limit.name), wait }
}

fn no_price(limit: &Limit, subject: &Subject) -> Over {
    let model = &subject.model;
    let words = format!(
        "the limit `{}` is about money, and policy has no price for {model}: it needs `[[gateway.prices]]` with \
         `models = [\"{model}\"]`, `input` and `output`",
        limit.name
    );
    Over { status: 403, words, wait: None }
}

impl Held {
    /// The request leaves: whatever becomes of it now, it costs something.
    pub fn leaves(&mut self) {
        self.was_sent = true;
    }

    /// What it has cost, in millionths of a dollar, if its model has a price.
    pub fn cost(&self, tokens: Tokens) -> Option<u64> {
        self.price.as_ref().map(|price| price.of(tokens).div_ceil(price::UNITS))
    }

    /// It was answered, and this is what it took.
    pub fn settle(mut self, tokens: Tokens) {
        self.spend(|coin, _, price| match coin {
            Coin::Tokens => tokens.sum(),
            Coin::Cost => price.map_or(0, |price| price.of(tokens)),
        });
    }

    /// It was cut, or nobody said what it took: no less than was held, and no less than was told.
    pub fn settle_unknown(mut self, told: Tokens) {
        self.spend(|coin, held, price| {
            let told = match coin {
                Coin::Tokens => told.sum(),
                Coin::Cost => price.map_or(0, |price| price.of(told)),
            };
            told.max(held)
        });
    }

    fn spend(&mut self, amount: impl Fn(Coin, u64, Option<&Price>) -> u64) {
        let parts = std::mem::take(&mut self.parts);
        if parts.is_empty() {
            return;
        }
        let mut state = self.limits.lock();
        state.now = state.now.max(self.limits.books.now());
        for (at, coin, who, held) in parts {
            let spent = amount(coin, held, self.price.as_ref());
            self.limits.purse(&mut state, (at, coin, who)).settle(held, spent);
        }
        // What is on the disk counts for more than was spent until it can be written again.
        drop(self.limits.keep(&state));
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let was_sent = self.was_sent;
        self.spend(|_, held, _| if was_sent { held } else { 0 });
    }
}

#[cfg(test)]
mod tests;
