//! Arithmetic on what was measured.

use serde::Serialize;
use std::time::Duration;

/// A count as a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "a figure that is printed with three digits")]
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}

/// The median of several rounds, and how far they lie apart.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) lowest: f64,
    pub(crate) highest: f64,
}

impl Spread {
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        Self {
            median: sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN),
            lowest: sorted.first().copied().unwrap_or(f64::NAN),
            highest: sorted.last().copied().unwrap_or(f64::NAN),
        }
    }
}

/// The value that `percent` of all lie below. `sorted` must be ascending.
pub(crate) fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let last = sorted.len().saturating_sub(1);
    sorted.get((sorted.len() * percent / 100).min(last)).copied().unwrap_or_default()
}

/// A duration in microseconds.
pub(crate) fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// A number as people read it: 1,234,567 or 12.3 or 0.0451.
pub(crate) fn readable(value: f64) -> String {
    if !value.is_finite() {
        return "-".to_owned();
    }
    let digits = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 4,
    };
    let text = format!("{value:.digits$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let grouped: Vec<&str> =
        whole.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    let whole = grouped.join(",").replace("-,", "-");
    if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_get_as_many_digits_as_they_need() {
        let all = [1_234_567.0, 999.4, 12.34, 1.234, 0.04512, 0.0, -123_456.0, f64::NAN].map(readable);
        assert_eq!(all, ["1,234,567", "999", "12.3", "1.23", "0.0451", "0.0000", "-123,456", "-"]);
    }

    #[test]
    fn a_spread_knows_the_median_and_the_ends_and_leaves_out_what_is_no_number() {
        let spread = Spread::of([3.0, f64::NAN, 1.0, 2.0]);
        assert_eq!([spread.median, spread.lowest, spread.highest].map(readable), ["2.00", "1.00", "3.00"]);
    }

    #[test]
    fn a_percentile_of_few_values_is_one_of_them() {
        let waits: Vec<Duration> = (1..=4).map(Duration::from_millis).collect();
        assert_eq!(percentile(&waits, 50), Duration::from_millis(3));
        assert_eq!(percentile(&waits, 99), Duration::from_millis(4));
        assert_eq!(percentile(&[], 50), Duration::ZERO);
    }
}
