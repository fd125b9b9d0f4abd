//! A report as a person reads it.

use super::sums;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::{View, write_out};
use crate::page::{Page, Tone};
use crate::printable::printable;
use portcullis_event::{Confidence, Severity};
use portcullis_report::{Findings, Form, Row};
use serde::Serialize;
use std::collections::BTreeMap;

/// How much of an excerpt is shown, in characters.
const WIDTH: usize = 114;

/// A report on a terminal.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    findings: Findings,
}

/// Tells what was found in this form, or to a person if it is none.
pub(crate) fn tell(findings: Findings, form: Option<Form>, invocation: &Invocation) -> Result<(), Failure> {
    let Some(form) = form else { return invocation.output.show(&Shown { findings }) };
    write_out(&form.write(&findings).map_err(|error| Failure::incomplete(error.to_string()))?)
}

impl View for Shown {
    fn write(&self, page: &mut Page) {
        for row in self.told() {
            write_row(row, page);
        }
        sums::write(&self.findings.findings, page);
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
        let (told, suppressed) = (self.told().count(), self.findings.suppressed.len());
        let aside = self.findings.findings.len() - told;
        let totals = self.findings.totals;
        match (told, aside) {
            (0, 0) => page.put(Tone::Good, "nothing found"),
            (0, count) => page.put(Tone::Warning, format!("{} told in sum", counted(count as u64, "finding"))),
            (count, 0) => page.put(Tone::Bad, counted(count as u64, "finding")),
            (count, more) => page
                .put(Tone::Bad, counted(count as u64, "finding"))
                .put(Tone::Plain, format!(" and {more} told in sum")),
        };
        page.put(Tone::Plain, format!(" in {}, {}", counted(totals.items, "file"), size(totals.bytes)));
        if told > 0 {
            page.put(Tone::Plain, format!(": {}", self.by_severity()));
        }
        if aside > 0 {
            page.put(Tone::Plain, "; --each tells each");
        }
        if totals.known_clean > 0 {
            let known = if totals.known_clean == 1 { "was" } else { "were" };
            page.put(Tone::Plain, format!("; {} {known} known to be clean", counted(totals.known_clean, "object")));
        }
        if suppressed > 0 {
            page.put(Tone::Plain, format!("; {suppressed} suppressed: {}", self.suppressed_by()));
        }
        page.end();
    }
}

impl Shown {
    /// What is told one by one.
    fn told(&self) -> impl Iterator<Item = &Row> {
        self.findings.findings.iter().filter(|row| row.aside.is_none())
    }

    /// How many there are of each severity, the worst first.
    fn by_severity(&self) -> String {
        let names = [
            (Severity::Critical, "critical"),
            (Severity::High, "high"),
            (Severity::Medium, "medium"),
            (Severity::Low, "low"),
            (Severity::Info, "info"),
        ];
        let count = |severity| self.told().filter(|row| row.severity == severity).count();
        let counts = names.map(|(severity, name)| (count(severity), name)).into_iter().filter(|(count, _)| *count > 0);
        counts.map(|(count, name)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
    }

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
    if let Some(excerpt) = &row.excerpt {
        page.put(Tone::Plain, format!("    | {}", fitted(excerpt))).end();
    }
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

/// As much of an excerpt as fits on a line, once what must not reach a terminal is spelled out.
fn fitted(excerpt: &str) -> String {
    let shown = printable(excerpt);
    if shown.chars().count() <= WIDTH {
        return shown.into_owned();
    }
    shown.chars().take(WIDTH - 1).chain(['…']).collect()
}

/// So many of a thing.
fn counted(count: u64, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// A number of bytes for a person.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
