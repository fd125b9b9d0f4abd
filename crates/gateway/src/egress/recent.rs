//! What was denied a moment ago: the same again is denied again, and not asked about each time.
//!
//! A program that retries in a loop would otherwise have thousands of equal records written.

use super::refusal::Refusal;
use super::road::Attempt;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Most attempts that are remembered at once. What does not fit is asked about again.
const MOST: usize = 4096;

#[derive(Debug)]
pub(crate) struct Recent {
    window: Duration,
    known: Mutex<HashMap<Attempt, (Instant, Refusal)>>,
}

impl Recent {
    pub(crate) fn new(window: Duration) -> Self {
        Self { window, known: Mutex::default() }
    }

    /// The denial, if the same was denied a moment ago.
    pub(crate) fn again(&self, attempt: &Attempt, now: Instant) -> Option<Refusal> {
        let all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(attempt).filter(|(until, _)| now < *until).map(|(_, refusal)| refusal.clone())
    }

    /// Remembers a denial.
    pub(crate) fn remember(&self, attempt: &Attempt, refusal: &Refusal, now: Instant) {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.retain(|_, (until, _)| now < *until);
        }
        if all.len() < MOST {
            all.insert(attempt.clone(), (now + self.window, refusal.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::egress::{Denial, Way};
    use portcullis_event::Host;

    fn attempt(port: u16) -> Attempt {
        Attempt::new(Host::parse("evil.example").unwrap(), port, Way::Connect)
    }

    fn denied() -> Refusal {
        Refusal::Policy(Denial { reasons: vec!["no".to_owned()], fix: None, lasting: None })
    }

    #[test]
    fn the_same_again_is_denied_until_the_moment_has_passed() {
        let (recent, start) = (Recent::new(Duration::from_secs(3)), Instant::now());
        assert_eq!(recent.again(&attempt(1), start), None);
        recent.remember(&attempt(1), &denied(), start);
        assert_eq!(recent.again(&attempt(1), start), Some(denied()));
        assert_eq!(recent.again(&attempt(2), start), None, "another port is another attempt");
        assert_eq!(recent.again(&attempt(1), start + Duration::from_secs(3)), None);
    }

    #[test]
    fn what_is_remembered_has_a_bound_and_makes_room_in_time() {
        let (recent, now) = (Recent::new(Duration::from_secs(3)), Instant::now());
        (0..10_000).for_each(|port| recent.remember(&attempt(port), &denied(), now));
        assert_eq!(recent.known.lock().unwrap().len(), MOST);
        let later = now + Duration::from_secs(4);
        recent.remember(&attempt(9_999), &denied(), later);
        assert_eq!(recent.again(&attempt(9_999), later), Some(denied()));
    }
}
