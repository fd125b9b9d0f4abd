//! A report as a person reads it.

use crate::output::View;
use crate::page::{Page, Tone};
use portcullis_event::{Confidence, Severity};
use portcullis_report::{Findings, Row};
use serde::Serialize;
use std::collections::BTreeMap;

/// A report on a terminal.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    #[serde(flatten)]
    pub(crate) findings: Findings,
}

impl View for Shown {
    fn write(&self, page: &mut Page) {
        for row in &self.findings.findings {
            write_row(row, page);
        }
        for skipped in &self.findings.skipped {
            page.put(Tone::Warning, "not looked into")
                .put(Tone::Plain, format!(": {}: {}", skipped.path, skipped.why))
                .end();
        }
        self.write_totals(page);
    }
}

impl Shown {
    fn write_totals(&self, page: &mut Page) {
        let (found, suppressed) = (self.findings.findings.len(), self.findings.suppressed.len());
        let totals = self.findings.totals;
        let (tone, word) = match found {
            0 => (Tone::Good, "nothing found".to_owned()),
            1 => (Tone::Bad, "1 finding".to_owned()),
            count => (Tone::Bad, format!("{count} findings")),
        };
        page.put(tone, word).put(Tone::Plain, format!(" in {} files, {}", totals.items, size(totals.bytes)));
        if totals.known_clean > 0 {
            page.put(Tone::Plain, format!("; {} objects were known to be clean", totals.known_clean));
        }
        if suppressed > 0 {
            page.put(Tone::Plain, format!("; {suppressed} suppressed: {}", self.suppressed_by()));
        }
        page.end();
    }
}

impl Shown {
    /// How many each file, comment or baseline suppresses.
    fn suppressed_by(&self) -> String {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for suppression in self.findings.suppressed.iter().filter_map(|row| row.suppressed.as_ref()) {
            // An entry of a file of suppressions is named with its line and its owner; the file is enough here.
            let by = suppression.by.split_once(".toml:").map_or(suppression.by.as_str(), |(file, _)| {
                suppression.by.get(..file.len() + ".toml".len()).unwrap_or(file)
            });
            *counts.entry(by).or_default() += 1;
        }
        let counts: Vec<String> = counts.into_iter().map(|(by, count)| format!("{count} by {by}")).collect();
        counts.join(", ")
    }
}

fn write_row(row: &Row, page: &mut Page) {
    let tone = match row.severity {
        Severity::Critical | Severity::High => Tone::Bad,
        Severity::Medium => Tone::Warning,
        Severity::Low | Severity::Info => Tone::Plain,
    };
    let sure = match row.confidence {
        Confidence::Proven => "proven",
        Confidence::High => "high confidence",
        Confidence::Medium => "medium confidence",
        Confidence::Low => "low confidence",
    };
    page.put(Tone::Strong, row.location.shown()).put(Tone::Plain, ": ").put(tone, &row.message);
    page.put(Tone::Faint, format!(" ({}, {sure}, {})", row.rule, row.id)).end();
    if let Some(commit) = &row.location.commit {
        page.put(Tone::Faint, format!("    brought in by commit {}", commit.chars().take(12).collect::<String>()))
            .end();
    }
    if let Some(verified) = &row.verified {
        let tone = if verified == "live" { Tone::Bad } else { Tone::Faint };
        page.put(Tone::Faint, "    its issuer says: ").put(tone, verified).end();
    }
    for why in &row.why {
        page.put(Tone::Faint, format!("    because {why}")).end();
    }
    if let Some(fix) = &row.fix {
        page.put(Tone::Good, "    fix ").put(Tone::Plain, fix).end();
    }
    for place in row.also.iter().take(3) {
        page.put(Tone::Faint, format!("    also at {}", place.shown())).end();
    }
    let more = row.also.len().saturating_sub(3) as u64 + row.more;
    if more > 0 {
        page.put(Tone::Faint, format!("    and at {more} more places")).end();
    }
}

/// A number of bytes for a person.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
