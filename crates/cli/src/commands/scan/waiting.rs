//! One line on the terminal while a scan takes long: how far it is. Nobody sees it where there is no terminal, and nothing of it is
//! left at the end.

use super::view::size;
use portcullis_review::Counts;
use std::io::{self, IsTerminal as _, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How long a scan may take before anything is shown.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the line is written.
const PAUSE: Duration = Duration::from_millis(100);
/// To the start of the line, and the line emptied.
const CLEAR: &str = "\r\u{1b}[K";

/// The line.
#[derive(Debug)]
pub(super) struct Waiting {
    began: Instant,
    is_seen: bool,
    /// When it was written last.
    last: Mutex<Option<Instant>>,
}

impl Waiting {
    /// On standard error, if that is a terminal.
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), is_seen: io::stderr().is_terminal(), last: Mutex::new(None) }
    }

    /// Shows how far the scan is, now and then.
    pub(super) fn tell(&self, counts: Counts) {
        if self.is_seen {
            self.tell_at(Instant::now(), counts, &mut io::stderr());
        }
    }

    fn tell_at(&self, now: Instant, counts: Counts, out: &mut dyn Write) {
        // Another thread that writes it now writes about the same.
        let Ok(mut last) = self.last.try_lock() else { return };
        let since = last.map_or(now.duration_since(self.began) + PAUSE, |last| now.duration_since(last));
        if now.duration_since(self.began) >= PATIENCE && since >= PAUSE {
            *last = Some(now);
            let of = counts.total.map(|total| format!(" of {total}")).unwrap_or_default();
            // That it can't be shown is no reason to stop.
            drop(write!(out, "{CLEAR}{}{of} files, {}", counts.items, size(counts.bytes)));
        }
    }

    /// Takes the line away.
    pub(super) fn end(self) {
        self.end_on(&mut io::stderr());
    }

    fn end_on(self, out: &mut dyn Write) {
        if self.last.into_inner().is_ok_and(|last| last.is_some()) {
            drop(out.write_all(CLEAR.as_bytes()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_scan_shows_nothing_and_a_long_one_a_line_that_goes_away() {
        let began = Instant::now();
        let counts = Counts { items: 7, bytes: 12_000, total: Some(9) };
        let line = || Waiting { began, is_seen: true, last: Mutex::new(None) };
        let mut out = Vec::new();
        let short = line();
        short.tell_at(began + Duration::from_millis(900), counts, &mut out);
        short.end_on(&mut out);
        assert!(out.is_empty());
        let long = line();
        for milliseconds in [1500, 1550, 1650] {
            long.tell_at(began + Duration::from_millis(milliseconds), counts, &mut out);
        }
        long.end_on(&mut out);
        let shown = format!("{CLEAR}7 of 9 files, 12 kB");
        assert_eq!(String::from_utf8(out).unwrap(), format!("{shown}{shown}{CLEAR}"));
    }
}
