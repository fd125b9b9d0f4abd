//! How much of a budget is used up: what was spent in the stretch of time that runs, and what is held for requests under way.

use std::time::Duration;

/// So much in each stretch of time. Stretches begin with the day, the hour and so on, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Tokens, or millionths of a dollar.
    pub amount: u64,
    /// Seconds.
    pub period: u64,
}

/// What is used of a budget.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Purse {
    /// When the stretch of time began.
    window: u64,
    spent: u64,
    held: u64,
}

impl Budget {
    /// When the stretch of time that runs began, in seconds since 1970. It is comparable also when the budget is made for another
    /// stretch than before.
    pub(crate) fn window(&self, now: u64) -> u64 {
        now - now % self.period.max(1)
    }

    /// How long until the next one.
    pub(crate) fn rest(&self, now: u64) -> Duration {
        let period = self.period.max(1);
        Duration::from_secs(period - now % period)
    }
}

impl Purse {
    pub(crate) fn new(window: u64, spent: u64) -> Self {
        Self { window, spent, held: 0 }
    }

    /// In a new stretch of time nothing is spent. What is held stays held: it will be spent in this one.
    pub(crate) fn at(self, window: u64) -> Self {
        if window > self.window { Self { window, spent: 0, ..self } } else { self }
    }

    /// Whether so much more fits.
    pub(crate) fn has_room(&self, more: u64, amount: u64) -> bool {
        self.used().saturating_add(more) <= amount
    }

    pub(crate) fn hold(&mut self, more: u64) {
        self.held = self.held.saturating_add(more);
    }

    /// What was held is spent as much as it turned out to be.
    pub(crate) fn settle(&mut self, held: u64, spent: u64) {
        self.held = self.held.saturating_sub(held);
        self.spent = self.spent.saturating_add(spent);
    }

    /// What counts as spent should everything end now.
    pub(crate) fn used(&self) -> u64 {
        self.spent.saturating_add(self.held)
    }

    pub(crate) fn window(&self) -> u64 {
        self.window
    }

    /// Whether nothing has to be remembered of it.
    pub(crate) fn is_over(&self, window: u64) -> bool {
        self.held == 0 && (self.spent == 0 || self.window < window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_new_day_begins_with_nothing_spent_and_a_clock_that_goes_back_begins_none() {
        let budget = Budget { amount: 100, period: 86_400 };
        let mut purse = Purse::default().at(budget.window(86_400));
        purse.hold(60);
        purse.settle(60, 90);
        assert!(!purse.has_room(11, 100) && purse.has_room(10, 100));
        assert!(!purse.at(budget.window(0)).has_room(11, 100));
        assert!(purse.at(budget.window(172_800)).has_room(100, 100));
        assert_eq!(budget.rest(86_399), Duration::from_secs(1));
    }

    proptest! {
        #[test]
        fn what_is_held_and_spent_never_exceeds_the_budget_while_nobody_needs_more_than_was_held(
            amount in 1_u64..10_000,
            steps in proptest::collection::vec((0_u64..500, any::<bool>()), 1..200),
        ) {
            let (mut purse, mut under_way) = (Purse::default(), Vec::new());
            for (size, ends) in steps {
                if ends {
                    if let Some(held) = under_way.pop() {
                        purse.settle(held, held.min(size));
                    }
                } else if purse.has_room(size, amount) {
                    purse.hold(size);
                    under_way.push(size);
                }
                prop_assert!(purse.used() <= amount);
            }
        }
    }
}
