//! `portcullis log stats`: how many records there were, over time.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone, widest};
use crate::{ledger, time};
use clap::{Args, ValueEnum};
use portcullis_event::Timestamp;
use portcullis_ledger::index::{self, Bar};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// Counts records over time.
#[derive(Debug, Args)]
pub(crate) struct Stats {
    /// From this time on: 2026-03-01, 2026-03-01T12:00:00Z, or 2h, 3d for how long ago
    #[arg(long, value_name = "TIME", value_parser = time::parse, default_value = "1d")]
    since: Timestamp,
    /// Until this time
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    until: Option<Timestamp>,
    /// How long a bar is
    #[arg(long, value_enum, default_value = "hour")]
    per: Per,
    /// What they are counted by
    #[arg(long, value_enum, default_value = "kind")]
    by: By,
}

/// How long a bar is.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Per {
    Minute,
    Hour,
    Day,
}

/// What they are counted by.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum By {
    Kind,
    Verdict,
    Agent,
}

/// The counts.
#[derive(Debug, Serialize)]
struct Counted {
    bars: Vec<Stretch>,
    totals: BTreeMap<String, u64>,
}

/// How many in one stretch of time.
#[derive(Debug, Serialize)]
struct Stretch {
    start: String,
    value: String,
    count: u64,
}

impl Stats {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let home = invocation.home()?;
        let index = ledger::index(&home, &ledger::open(&home)?)?;
        let width = match self.per {
            Per::Minute => index::Width::Minute,
            Per::Hour => index::Width::Hour,
            Per::Day => index::Width::Day,
        };
        let split = match self.by {
            By::Kind => index::Split::Kind,
            By::Verdict => index::Split::Verdict,
            By::Agent => index::Split::Agent,
        };
        let until = self.until.unwrap_or_else(|| SystemTime::now().into());
        invocation.output.show(&Counted::from(index.histogram(self.since, until, width, split)?))?;
        Ok(Exit::Success)
    }
}

impl From<Vec<Bar>> for Counted {
    fn from(bars: Vec<Bar>) -> Self {
        let name = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
        let bars: Vec<Stretch> = bars
            .into_iter()
            .map(|bar| Stretch { start: time::shown(bar.start), value: name(bar.value), count: bar.count })
            .collect();
        let mut totals = BTreeMap::new();
        for bar in &bars {
            *totals.entry(bar.value.clone()).or_default() += bar.count;
        }
        Self { bars, totals }
    }
}

impl View for Counted {
    fn write(&self, page: &mut Page) {
        let width = widest(self.bars.iter().map(|bar| bar.value.as_str())) + 2;
        for bar in &self.bars {
            page.put(Tone::Faint, &bar.start).put(Tone::Plain, "  ").column(Tone::Strong, &bar.value, width);
            page.put(Tone::Plain, bar.count.to_string()).end();
        }
        let totals: Vec<String> = self.totals.iter().map(|(value, count)| format!("{count} {value}")).collect();
        page.line(if totals.is_empty() { "nothing in that time".to_owned() } else { totals.join(", ") });
    }
}
