//! The rules, and what each of them counts.

use super::budget::{Budget, Purse};
use super::price::{Price, Tokens, UNITS};
use super::rate::{Due, Rate};
use super::subject::{Counted, Each, Subject};
use super::{Coin, Limit, Over, Spent};
use std::time::Duration;

/// The rules. One that is gone keeps its number, because something may be held by it.
#[derive(Debug, Default)]
pub(super) struct Rules {
    all: Vec<(Limit, bool)>,
    pub(super) prices: Vec<Price>,
}

/// What is counted.
#[derive(Debug)]
pub(super) struct State {
    rates: Counted<(usize, Kind, String), Due>,
    purses: Counted<(usize, Coin, String), Purse>,
    /// The latest time that was seen.
    pub(super) now: u64,
    /// When it was found that nobody can tell what was spent.
    pub(super) damaged: Option<u64>,
}

/// What a rate is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Requests,
    Calls,
}

/// Something held, and where: by which rule, of what, and for whom.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) place: (usize, Coin, String),
    pub(super) held: u64,
}

impl State {
    pub(super) fn at(now: u64) -> Self {
        Self { rates: Counted::default(), purses: Counted::default(), now, damaged: None }
    }
}

impl Rules {
    /// The same with other rules, each of which keeps the number that its name had.
    pub(super) fn changed(&self, limits: Vec<Limit>, prices: Vec<Price>) -> Self {
        let mut all: Vec<(Limit, bool)> = self.all.iter().map(|(limit, _)| (limit.clone(), false)).collect();
        for limit in limits {
            match all.iter_mut().find(|(known, _)| known.name == limit.name) {
                Some(known) => *known = (limit, true),
                None => all.push((limit, true)),
            }
        }
        Self { all, prices }
    }

    /// Takes over what was kept.
    pub(super) fn restore(&self, state: &mut State, kept: Vec<Spent>) {
        for Spent { limit, coin, subject, window, amount } in kept {
            let Some(at) = self.all.iter().position(|(it, _)| it.name == limit) else { continue };
            let purse = Purse::new(window, amount);
            if subject == REST {
                *state.purses.shared(group(at, coin)) = purse;
            } else {
                state.purses.put((at, coin, subject), purse);
            }
        }
    }

    fn of<'a>(&'a self, subject: &'a Subject) -> impl Iterator<Item = (usize, &'a Limit)> {
        let all = self.all.iter().enumerate().filter(|(_, (_, holds))| *holds).map(|(at, (limit, _))| (at, limit));
        all.filter(|(_, limit)| subject.is_meant(&limit.models, &limit.keys))
    }

    /// What has to be held for a request, if every budget has room for it.
    pub(super) fn rooms(
        &self,
        state: &mut State,
        subject: &Subject,
        estimate: Tokens,
        price: Option<&Price>,
    ) -> Result<Vec<Part>, Over> {
        let mut parts = Vec::new();
        for (at, limit) in self.of(subject) {
            for coin in [Coin::Tokens, Coin::Cost] {
                let Some(budget) = budget_of(limit, coin) else { continue };
                let held = match (coin, price) {
                    (Coin::Tokens, _) => estimate.sum(),
                    (Coin::Cost, Some(price)) => price.of(estimate),
                    (Coin::Cost, None) => return Err(no_price(limit, subject)),
                };
                let part = Part { place: (at, coin, subject.of(limit.each)), held };
                self.has_room(state, limit, &part, budget)?;
                parts.push(part);
            }
        }
        Ok(parts)
    }

    fn has_room(&self, state: &mut State, limit: &Limit, part: &Part, budget: Budget) -> Result<(), Over> {
        let (unknown, now) = (is_unknown(state, budget), state.now);
        let has_room = self.purse(state, part.place.clone()).has_room(part.held, budget.amount);
        if has_room && !unknown {
            return Ok(());
        }
        let (_, coin, who) = &part.place;
        let what = match coin {
            Coin::Tokens => "of tokens",
            Coin::Cost => "of money",
        };
        let mut over = over(limit, what, who, budget.rest(now));
        if unknown {
            over.words = format!("{}: nobody can tell what was spent before, so all of it counts as spent", over.words);
        }
        Err(over)
    }

    /// Holds it.
    pub(super) fn hold(&self, state: &mut State, part: &mut Part) {
        self.purse(state, part.place.clone()).hold(part.held);
        if !state.purses.is_apart(&part.place) {
            REST.clone_into(&mut part.place.2);
        }
    }

    /// Counts one more by every rule about a rate, if all of them have room.
    pub(super) fn take(&self, state: &mut State, kind: Kind, subject: &Subject, since: Duration) -> Result<(), Over> {
        let mut all = Vec::new();
        for (at, limit) in self.of(subject) {
            let Some((rate, what)) = rate_of(limit, kind) else { continue };
            let who = subject.of(limit.each);
            let due = *self.due(state, (at, kind, who.clone()), since);
            let next = rate.ask(due, since).map_err(|wait| over(limit, what, &who, wait))?;
            all.push(((at, kind, who), next));
        }
        for (place, next) in all {
            *self.due(state, place, since) = next;
        }
        Ok(())
    }

    fn due<'s>(&self, state: &'s mut State, place: (usize, Kind, String), since: Duration) -> &'s mut Due {
        let rate = |at: usize, kind| self.all.get(at).and_then(|(limit, _)| rate_of(limit, kind));
        let is_over = |(at, kind, _): &(usize, Kind, String), due: &Due| {
            rate(*at, *kind).is_none_or(|(rate, _)| rate.is_over(*due, since))
        };
        state.rates.of(place.0, place, is_over)
    }

    /// What is used of a budget.
    pub(super) fn purse<'s>(&self, state: &'s mut State, place: (usize, Coin, String)) -> &'s mut Purse {
        let now = state.now;
        let window = |at: usize, coin: Coin| self.budget(at, coin).map_or(0, |budget| budget.window(now));
        let is_over = |(at, coin, _): &(usize, Coin, String), purse: &Purse| purse.is_over(window(*at, *coin));
        let (group, here) = (group(place.0, place.1), window(place.0, place.1));
        let purse = if place.2 == REST { state.purses.shared(group) } else { state.purses.of(group, place, is_over) };
        *purse = purse.at(here);
        purse
    }

    fn budget(&self, at: usize, coin: Coin) -> Option<Budget> {
        self.all.get(at).and_then(|(limit, _)| budget_of(limit, coin))
    }

    /// Whether nobody can tell what was spent of some budget.
    pub(super) fn has_unknown(&self, state: &State) -> bool {
        let budgets = (0..self.all.len()).flat_map(|at| [self.budget(at, Coin::Tokens), self.budget(at, Coin::Cost)]);
        budgets.flatten().any(|budget| is_unknown(state, budget))
    }

    /// What has to be remembered.
    pub(super) fn spent(&self, state: &State) -> Vec<Spent> {
        let row = |at: usize, coin: Coin, subject: &str, purse: &Purse| {
            let (limit, _) = self.all.get(at)?;
            let is_now = budget_of(limit, coin).is_some_and(|it| !purse.is_over(it.window(state.now)));
            let (window, amount) = (purse.window(), purse.used());
            is_now.then(|| Spent { limit: limit.name.clone(), coin, subject: subject.to_owned(), window, amount })
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

/// A budget of a rule, in the units that are counted.
fn budget_of(limit: &Limit, coin: Coin) -> Option<Budget> {
    match coin {
        Coin::Tokens => limit.tokens,
        Coin::Cost => limit.cost.map(|it| Budget { amount: it.amount.saturating_mul(UNITS), ..it }),
    }
}

fn rate_of(limit: &Limit, kind: Kind) -> Option<(Rate, &'static str)> {
    match kind {
        Kind::Requests => limit.requests.map(|rate| (rate, "of requests")),
        Kind::Calls => limit.calls.map(|rate| (rate, "of calls of tools")),
    }
}

fn over(limit: &Limit, what: &str, who: &str, wait: Duration) -> Over {
    let who = match limit.each {
        Each::All => String::new(),
        Each::Key if who.is_empty() => " for whoever shows no key".to_owned(),
        Each::Key | Each::Model | Each::Address => format!(" for {who}"),
    };
    Over { status: 429, words: format!("the limit `{}` {what} is reached{who}", limit.name), wait: Some(wait) }
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
