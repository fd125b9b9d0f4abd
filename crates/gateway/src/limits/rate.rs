//! A rate and how much may come at once, by the generic cell rate algorithm. Pure: the time is handed in.
//!
//! Time is counted in units of which a rate of `count` per `period` takes exactly `period` for each, so nothing is ever rounded.

use std::time::Duration;

/// So many in so long, and so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    count: u128,
    period: u128,
    burst: u128,
}

/// When the next one is due. Nothing is kept of whoever has not asked for long.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Due(u128);

impl Rate {
    /// `count` in each `period`, of which `burst` may come at once. None of them is nothing: that would be a denial.
    pub fn new(count: u64, period: Duration, burst: u64) -> Self {
        let at_least_one = |number: u64| u128::from(number.max(1));
        Self { count: at_least_one(count), period: period.as_nanos().max(1), burst: at_least_one(burst) }
    }

    /// Whether one more may come: when the next one is due then, or how long it has to wait.
    pub(crate) fn ask(&self, due: Due, now: Duration) -> Result<Due, Duration> {
        let now = now.as_nanos().saturating_mul(self.count);
        let ahead = due.0.saturating_sub(now);
        let most = (self.burst - 1).saturating_mul(self.period);
        match ahead.checked_sub(most) {
            None | Some(0) => Ok(Due(due.0.max(now).saturating_add(self.period))),
            Some(over) => Err(nanos(over.div_ceil(self.count))),
        }
    }

    /// Whether whoever has this is as good as somebody who has never asked.
    pub(crate) fn is_over(&self, due: Due, now: Duration) -> bool {
        due.0 <= now.as_nanos().saturating_mul(self.count)
    }
}

fn nanos(nanos: u128) -> Duration {
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Which of these moments let one pass.
    fn passed(rate: Rate, moments: &[Duration]) -> Vec<Duration> {
        let mut due = Due::default();
        let take = |now: &&Duration| match rate.ask(due, **now) {
            Ok(next) => {
                due = next;
                true
            }
            Err(_) => false,
        };
        moments.iter().filter(take).copied().collect()
    }

    #[test]
    fn so_many_come_at_once_and_then_one_by_one() {
        let rate = Rate::new(60, Duration::from_mins(1), 10);
        let mut moments = vec![Duration::from_secs(5); 20];
        assert_eq!(passed(rate, &moments).len(), 10);
        moments.extend([Duration::from_millis(5_999), Duration::from_secs(6), Duration::from_secs(6)]);
        assert_eq!(passed(rate, &moments).len(), 11);
        assert_eq!(rate.ask(Due(u128::MAX), Duration::ZERO).unwrap_err(), Duration::from_nanos(u64::MAX));
    }

    #[test]
    fn whoever_waits_as_long_as_it_is_told_passes() {
        let rate = Rate::new(7, Duration::from_secs(1), 3);
        let (mut due, mut now) = (Due::default(), Duration::from_secs(1));
        for _ in 0..100 {
            match rate.ask(due, now) {
                Ok(next) => due = next,
                Err(wait) => {
                    now += wait;
                    due = rate.ask(due, now).unwrap();
                }
            }
        }
    }

    proptest! {
        #[test]
        fn no_window_has_more_than_the_burst_and_what_the_rate_gives(
            count in 1_u64..100,
            period in 1_u64..100_000,
            burst in 1_u64..20,
            steps in proptest::collection::vec(0_u64..5_000, 1..200),
        ) {
            let rate = Rate::new(count, Duration::from_nanos(period), burst);
            let mut now = 0;
            let moments: Vec<Duration> = steps.iter().map(|step| { now += step; Duration::from_nanos(now) }).collect();
            let passed = passed(rate, &moments);
            for (from, first) in passed.iter().enumerate() {
                for (to, last) in passed.iter().enumerate().skip(from) {
                    let length = last.saturating_sub(*first).as_nanos();
                    let most = u128::from(burst) * u128::from(period) + u128::from(count) * length;
                    prop_assert!((to - from + 1) as u128 * u128::from(period) <= most);
                }
            }
        }

        #[test]
        fn whoever_keeps_to_the_rate_is_never_refused(
            count in 1_u64..1000,
            period in 1_u64..1_000_000,
            burst in 1_u64..20,
            late in proptest::collection::vec(0_u64..1000, 1..200),
        ) {
            let rate = Rate::new(count, Duration::from_nanos(period), burst);
            let mut now = 0;
            let moments: Vec<Duration> = late.iter().map(|late| {
                now += period.div_ceil(count) + late;
                Duration::from_nanos(now)
            }).collect();
            prop_assert_eq!(passed(rate, &moments).len(), moments.len());
        }
    }
}
