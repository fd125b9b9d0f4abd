//! What models cost. Sums are whole millionths of a millionth of a dollar: a token at a price per million.

use super::Subject;
use crate::who::Pattern;

/// What tokens of some models cost, in millionths of a dollar for a million of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// The models, as `provider/model`.
    pub models: Vec<Pattern>,
    /// Of the prompt.
    pub input: u64,
    /// Of the reply.
    pub output: u64,
    /// Of the prompt, read from the provider's cache.
    pub cached: u64,
    /// Of the prompt, written to the provider's cache.
    pub written: u64,
}

/// Tokens of one exchange.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Of the prompt, those from a cache included.
    pub input: u64,
    /// Of those, from a cache.
    pub cached: u64,
    /// Of those, written to a cache.
    pub written: u64,
    /// Of the reply.
    pub output: u64,
}

/// So many of our units are a millionth of a dollar.
pub(crate) const UNITS: u64 = 1_000_000;

impl Price {
    /// What tokens cost.
    pub(crate) fn of(&self, tokens: Tokens) -> u64 {
        let Tokens { input, cached, written, output } = tokens;
        let cached = cached.min(input);
        let written = written.min(input - cached);
        let plain = input - cached - written;
        let parts = [(plain, self.input), (cached, self.cached), (written, self.written), (output, self.output)];
        parts.iter().fold(0, |sum: u64, (count, price)| sum.saturating_add(count.saturating_mul(*price)))
    }
}

/// The first price that means a model.
pub(crate) fn of<'p>(prices: &'p [Price], subject: &Subject) -> Option<&'p Price> {
    prices.iter().find(|price| price.models.iter().any(|it| it.fits_loosely(&subject.model)))
}

impl Tokens {
    /// All of them.
    pub(crate) fn sum(self) -> u64 {
        self.input.saturating_add(self.output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_a_cache_or_goes_to_one_has_a_price_of_its_own() {
        let price =
            Price { models: Vec::new(), input: 3_000_000, output: 15_000_000, cached: 300_000, written: 3_750_000 };
        let tokens = Tokens { input: 1_000_000, cached: 0, written: 0, output: 100_000 };
        assert_eq!(price.of(tokens), 4_500_000 * UNITS);
        assert_eq!(price.of(Tokens { cached: 1_000_000, ..tokens }), 1_800_000 * UNITS);
        assert_eq!(price.of(Tokens { cached: 500_000, written: 400_000, ..tokens }), 3_450_000 * UNITS);
        let most = u64::MAX;
        assert_eq!(price.of(Tokens { input: most, cached: most, written: most, output: most }), most);
    }
}
