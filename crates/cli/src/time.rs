//! Times as people write and read them.

use jiff::Timestamp as Instant;
use portcullis_event::Timestamp;
use std::time::{Duration, SystemTime};

/// A time in UTC, to the second.
pub(crate) fn shown(time: Timestamp) -> String {
    let seconds = time.as_micros().div_euclid(1_000_000);
    Instant::from_second(seconds).map_or_else(|_| format!("{} µs", time.as_micros()), |instant| instant.to_string())
}

/// Reads a time: `2026-03-01T12:00:00Z`, `2026-03-01` (midnight, UTC), or how long ago: `90s`, `15m`, `2h`, `3d`, `1w`.
pub(crate) fn parse(text: &str) -> Result<Timestamp, String> {
    parse_at(text, SystemTime::now())
}

fn parse_at(text: &str, now: SystemTime) -> Result<Timestamp, String> {
    if let Some(ago) = ago(text) {
        return now.checked_sub(ago).map(Timestamp::from).ok_or_else(|| "that is too long ago".to_owned());
    }
    let whole = if text.len() == "2026-03-01".len() { format!("{text}T00:00:00Z") } else { text.to_owned() };
    let instant: Instant = whole.parse().map_err(|_| {
        "a time looks like 2026-03-01, 2026-03-01T12:00:00Z, or 90s, 15m, 2h, 3d, 1w for how long ago".to_owned()
    })?;
    Ok(Timestamp::from_micros(instant.as_microsecond()))
}

/// How long ago a time was, given in seconds since 1970: `12 s`, `5 min`, `3 h`, `2 d`. What is in the future is now.
pub(crate) fn age(seconds: u64) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |now| now.as_secs());
    length(now.saturating_sub(seconds))
}

/// A length of time in the largest unit that fits.
pub(crate) fn length(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        86_400.. => format!("{} d", seconds / 86_400),
    }
}

/// Reads how long something is good, in whole seconds: `90s`, `15m`, `2h`, `30d`, `1w`.
pub(crate) fn seconds(text: &str) -> Result<u64, String> {
    let length = ago(text).filter(|length| !length.is_zero()).map(|length| length.as_secs());
    length.ok_or_else(|| "a length of time looks like 90s, 15m, 2h, 30d, 1w".to_owned())
}

fn ago(text: &str) -> Option<Duration> {
    let unit = text.chars().next_back()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 24 * 3600,
        'w' => 7 * 24 * 3600,
        _ => return None,
    };
    let count: u64 = text.strip_suffix(unit)?.parse().ok()?;
    count.checked_mul(seconds).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(1000);
        let micros = |text: &str| parse_at(text, now).map(Timestamp::as_micros);
        assert_eq!(micros("2h"), Ok(998 * 3_600_000_000));
        assert_eq!(micros("1970-01-02"), Ok(24 * 3_600_000_000));
        assert_eq!(micros("1970-01-01T01:00:00+01:00"), Ok(0));
        for bad in ["", "h", "yesterday", "1970-13-01", "-5m", "99999999999999999w", "2h ago"] {
            assert!(parse_at(bad, now).is_err(), "{bad}");
        }
        assert_eq!(shown(Timestamp::from_micros(1_500_000)), "1970-01-01T00:00:01Z");
    }
    #[test]
    fn an_age_is_said_in_the_largest_unit_that_fits() {
        let said = [0, 59, 60, 3599, 3600, 86_399, 86_400, 864_000].map(length);
        assert_eq!(said, ["0 s", "59 s", "1 min", "59 min", "1 h", "23 h", "1 d", "10 d"]);
        assert_eq!(age(u64::MAX), "0 s");
    }
}
