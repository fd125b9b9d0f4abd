//! Times that nobody can turn back.
//!
//! The clock on the wall can be set, and whoever sets it back would revive what has run out. So how long something holds is
//! counted on the clock that has run since the machine started, which goes on while it sleeps and which nobody sets. When the
//! machine starts anew, what held before is over.

use crate::ApprovalsError;
use portcullis_event::Timestamp;
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use std::fs;
use std::time::{Duration, SystemTime};

/// The system's own name for the time since the machine started.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// Now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// Which start of the machine.
    pub boot: String,
    /// Microseconds since then.
    pub since_boot: u64,
    /// By the clock on the wall, for people to read. Nothing is decided by it.
    pub wall: Timestamp,
}

impl Moment {
    /// Asks the system.
    pub fn now() -> Result<Self, ApprovalsError> {
        let boot = fs::read_to_string(BOOT_ID).map_err(|error| ApprovalsError::Clock(error.to_string()))?;
        let boot = boot.trim().to_owned();
        if boot.is_empty() {
            return Err(ApprovalsError::Clock(format!("{BOOT_ID} is empty")));
        }
        let time = clock_gettime(ClockId::Boottime);
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        let micros = u64::try_from(time.tv_nsec).unwrap_or(0) / 1000;
        let since_boot = seconds.saturating_mul(1_000_000).saturating_add(micros);
        Ok(Self { boot, since_boot, wall: SystemTime::now().into() })
    }
}

/// A stretch of time in which something holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    boot: String,
    from: u64,
    until: u64,
    /// When it began by the clock on the wall, for people to read.
    began: Timestamp,
}

impl Window {
    /// From now on, for so long.
    pub fn starting(now: &Moment, length: Duration) -> Self {
        let length = u64::try_from(length.as_micros()).unwrap_or(u64::MAX);
        let until = now.since_boot.saturating_add(length);
        Self { boot: now.boot.clone(), from: now.since_boot, until, began: now.wall }
    }

    /// Whether it holds now. A time before its beginning is as good as one after its end: no clock shows that.
    pub fn holds(&self, now: &Moment) -> bool {
        self.boot == now.boot && (self.from..self.until).contains(&now.since_boot)
    }

    /// How long it has held, as far as the clocks can be compared.
    pub fn elapsed(&self, now: &Moment) -> Duration {
        let elapsed = if self.boot == now.boot { now.since_boot.saturating_sub(self.from) } else { 0 };
        Duration::from_micros(elapsed)
    }

    /// How long it still holds.
    pub fn remaining(&self, now: &Moment) -> Duration {
        let left = if self.holds(now) { self.until.saturating_sub(now.since_boot) } else { 0 };
        Duration::from_micros(left)
    }

    /// When it began, by the clock on the wall.
    pub fn began(&self) -> Timestamp {
        self.began
    }

    /// When it ends, by the clock on the wall as it went when it began.
    pub fn ends(&self) -> Timestamp {
        let length = i64::try_from(self.until.saturating_sub(self.from)).unwrap_or(i64::MAX);
        Timestamp::from_micros(self.began.as_micros().saturating_add(length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(boot: &str, since_boot: u64, wall: i64) -> Moment {
        Moment { boot: boot.to_owned(), since_boot, wall: Timestamp::from_micros(wall) }
    }

    #[test]
    fn neither_the_wall_nor_another_start_of_the_machine_revives_it() {
        let window = Window::starting(&at("one", 100, 5000), Duration::from_micros(10));
        assert!(window.holds(&at("one", 100, 0)) && window.holds(&at("one", 109, i64::MAX)));
        assert!(!window.holds(&at("one", 110, 5000)), "its end is no part of it");
        assert!(!window.holds(&at("one", 99, 5000)), "before it began");
        assert!(!window.holds(&at("two", 105, 5000)), "the machine was started anew");
        assert_eq!(window.ends(), Timestamp::from_micros(5010));
    }

    #[test]
    fn the_clock_of_this_machine_runs() {
        let (one, other) = (Moment::now().unwrap(), Moment::now().unwrap());
        assert_eq!(one.boot, other.boot);
        assert!(one.since_boot <= other.since_boot && one.since_boot > 0);
    }

    #[test]
    fn a_length_without_end_does_not_overflow() {
        let window = Window::starting(&at("one", u64::MAX - 1, i64::MAX), Duration::MAX);
        assert!(window.holds(&at("one", u64::MAX - 1, 0)));
        assert_eq!(window.ends(), Timestamp::from_micros(i64::MAX));
    }
}
