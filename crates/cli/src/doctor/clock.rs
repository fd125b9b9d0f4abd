//! The clock. The ledger's order does not depend on it, but people read its times, and leases expire by it.

use super::Check;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Nothing of Portcullis is older: 1 January 2025.
const EARLIEST: u64 = 1_735_689_600;
/// A century later than that, a certificate or a lease would have no meaning.
const LATEST: u64 = EARLIEST + 100 * 365 * 24 * 3600;
/// A file may come from a machine whose clock is a little ahead.
const TOLERANCE: Duration = Duration::from_hours(24);

/// Checks the clock against the calendar and against `program`, which can't have been written in the future.
pub(crate) fn check(program: Option<&Path>) -> Vec<Check> {
    let written = program.and_then(|path| path.metadata().ok()).and_then(|metadata| metadata.modified().ok());
    vec![clock(SystemTime::now(), written)]
}

fn clock(now: SystemTime, program: Option<SystemTime>) -> Check {
    const ID: &str = "clock";
    let remedy = "set it: `sudo timedatectl set-ntp true`";
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    if !(EARLIEST..LATEST).contains(&seconds) {
        return Check::fail(ID, format!("shows a time that can't be: {seconds} seconds after 1970"), remedy);
    }
    if program.is_some_and(|written| written > now + TOLERANCE) {
        return Check::fail(ID, "is more than a day behind the time at which this program was installed", remedy);
    }
    Check::ok(ID, "plausible")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn a_clock_that_lost_its_battery_fails() {
        let day = Duration::from_hours(24);
        let now = UNIX_EPOCH + Duration::from_secs(EARLIEST) + 300 * day;
        assert_eq!(clock(now, Some(now - day)), Check::ok("clock", "plausible"));
        assert_eq!(clock(UNIX_EPOCH, None).status, Status::Fail);
        assert_eq!(clock(UNIX_EPOCH - day, None).status, Status::Fail);
        assert_eq!(clock(UNIX_EPOCH + Duration::from_secs(LATEST), None).status, Status::Fail);
        assert_eq!(clock(now, Some(now + 2 * day)).status, Status::Fail);
    }
}
