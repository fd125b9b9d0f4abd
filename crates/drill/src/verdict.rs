//! What came of an attempt, in words.

use crate::attempt::{Attempt, Category};
use std::collections::BTreeMap;

/// What one round saw of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether it went through.
    pub through: bool,
    /// What it brought back or what stood against it, in a few words.
    pub said: String,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The walls held, and without them it goes through.
    Held,
    /// Everyday work goes on.
    Works,
    /// It fails here even without walls, so it proves nothing.
    NotApplicable,
    /// Nobody knows: it was not made, or not to its end.
    Untried,
    /// Everyday work does not go on.
    Hindered,
    /// It went through the walls.
    Broken,
}

/// Puts both rounds together.
pub fn judge(attempt: &Attempt, bare: &BTreeMap<String, Finding>, walled: &BTreeMap<String, Finding>) -> Outcome {
    let everyday = attempt.category == Category::Everyday;
    let without = bare.get(attempt.id).map(|finding| finding.through);
    match (walled.get(attempt.id).map(|finding| finding.through), without) {
        (Some(true), _) if everyday => Outcome::Works,
        (Some(true), _) => Outcome::Broken,
        (None, _) | (Some(false), None) => Outcome::Untried,
        (Some(false), Some(false)) => Outcome::NotApplicable,
        (Some(false), Some(true)) if everyday => Outcome::Hindered,
        (Some(false), Some(true)) => Outcome::Held,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(id: &str, bare: Option<bool>, walled: Option<bool>) -> Outcome {
        let seen = |through: Option<bool>| {
            through.map(|through| (id.to_owned(), Finding { through, said: String::new() })).into_iter().collect()
        };
        judge(crate::find(id).unwrap(), &seen(bare), &seen(walled))
    }

    #[test]
    fn only_what_goes_through_without_walls_can_be_held() {
        let id = "read-path";
        assert_eq!(outcome(id, Some(true), Some(false)), Outcome::Held);
        assert_eq!(outcome(id, Some(false), Some(false)), Outcome::NotApplicable);
        assert_eq!(outcome(id, Some(false), Some(true)), Outcome::Broken);
        assert_eq!(outcome(id, Some(true), None), Outcome::Untried);
        assert_eq!(outcome(id, None, Some(false)), Outcome::Untried);
    }
}
