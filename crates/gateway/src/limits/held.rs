//! What is held for a request that is under way.

use super::price::{Price, Tokens, UNITS};
use super::rules::Part;
use super::{Coin, Limits};
use std::sync::Arc;

/// What is held for a request that is under way. Dropped before anything was sent it was nothing; afterwards all of it is spent.
#[derive(Debug)]
pub struct Held {
    pub(super) limits: Arc<Limits>,
    pub(super) parts: Vec<Part>,
    pub(super) price: Option<Price>,
    pub(super) was_sent: bool,
}

impl Held {
    /// The request leaves: whatever becomes of it now, it costs something.
    pub fn leaves(&mut self) {
        self.was_sent = true;
    }

    /// What it has cost, in millionths of a dollar, if its model has a price.
    pub fn cost(&self, tokens: Tokens) -> Option<u64> {
        self.price.as_ref().map(|price| price.of(tokens).div_ceil(UNITS))
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
        let (rules, mut state) = (self.limits.rules(), self.limits.lock());
        state.now = state.now.max(self.limits.books.now());
        for Part { place, held } in parts {
            let spent = amount(place.1, held, self.price.as_ref());
            rules.purse(&mut state, place).settle(held, spent);
        }
        // What is on the disk counts for more than was spent until it can be written again.
        drop(self.limits.keep(&rules, &state));
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let was_sent = self.was_sent;
        self.spend(|_, held, _| if was_sent { held } else { 0 });
    }
}
