//! What came of a drill, as a person and a program read it.

use crate::exit::Exit;
use crate::output::View;
use crate::page::{Page, Tone, widest};
use portcullis_drill::{Attempt, Category, Finding, Outcome};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What would be tried.
#[derive(Debug, Serialize)]
pub(super) struct List(pub(super) Vec<Entry>);

/// One attempt.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    id: &'static str,
    category: &'static str,
    loses: &'static str,
}

impl Entry {
    pub(super) fn of(attempt: &Attempt) -> Self {
        Self { id: attempt.id, category: attempt.category.name(), loses: attempt.loses }
    }
}

impl View for List {
    fn write(&self, page: &mut Page) {
        let width = widest(self.0.iter().map(|entry| entry.id)) + 2;
        let mut category = "";
        for entry in &self.0 {
            if entry.category != category {
                category = entry.category;
                page.put(Tone::Strong, category).end();
            }
            page.put(Tone::Plain, "  ").column(Tone::Plain, entry.id, width).put(Tone::Faint, entry.loses).end();
        }
    }
}

/// What came of a drill.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// How the walls are built.
    tier: &'static str,
    categories: Vec<Row>,
    attempts: Vec<Made>,
}

/// What came of one category.
#[derive(Debug, Default, Serialize)]
struct Row {
    category: &'static str,
    held: usize,
    broken: usize,
    not_applicable: usize,
    untried: usize,
    works: usize,
    hindered: usize,
}

/// What came of one attempt.
#[derive(Debug, Serialize)]
struct Made {
    #[serde(flatten)]
    entry: Entry,
    outcome: &'static str,
    said: String,
}

impl Report {
    pub(super) fn of(
        attempts: &[&'static Attempt],
        bare: &BTreeMap<String, Finding>,
        walled: &BTreeMap<String, Finding>,
        tier: &'static str,
    ) -> Self {
        let mut rows: BTreeMap<Category, Row> = BTreeMap::new();
        let mut made = Vec::new();
        for attempt in attempts {
            let outcome = portcullis_drill::judge(attempt, bare, walled);
            let row = rows.entry(attempt.category).or_default();
            row.category = attempt.category.name();
            *row.of(outcome) += 1;
            let said = walled.get(attempt.id).map(|finding| finding.said.clone()).unwrap_or_default();
            made.push(Made { entry: Entry::of(attempt), outcome: word(outcome), said });
        }
        Self { tier, categories: rows.into_values().collect(), attempts: made }
    }

    fn sum(&self, count: impl Fn(&Row) -> usize) -> usize {
        self.categories.iter().map(count).sum()
    }

    pub(super) fn sentence(&self) -> String {
        let mut text = format!(
            "{} held, {} broken, {} not applicable here",
            self.sum(|row| row.held),
            self.sum(|row| row.broken),
            self.sum(|row| row.not_applicable)
        );
        for (count, what) in [
            (self.sum(|row| row.untried), "could not be tried"),
            (self.sum(|row| row.works), "ways of everyday work go on"),
            (self.sum(|row| row.hindered), "ways of everyday work do not go on"),
        ] {
            if count > 0 {
                // Writing to a string can't fail.
                write!(text, ", {count} {what}").ok();
            }
        }
        text
    }

    pub(super) fn exit(&self) -> Exit {
        if self.sum(|row| row.broken) > 0 {
            Exit::Findings
        } else if self.sum(|row| row.untried + row.hindered) > 0 {
            Exit::Incomplete
        } else {
            Exit::Success
        }
    }
}

impl Row {
    fn of(&mut self, outcome: Outcome) -> &mut usize {
        match outcome {
            Outcome::Held => &mut self.held,
            Outcome::Works => &mut self.works,
            Outcome::NotApplicable => &mut self.not_applicable,
            Outcome::Untried => &mut self.untried,
            Outcome::Hindered => &mut self.hindered,
            Outcome::Broken => &mut self.broken,
        }
    }
}

const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Held => "held",
        Outcome::Works => "works",
        Outcome::NotApplicable => "not-applicable",
        Outcome::Untried => "untried",
        Outcome::Hindered => "hindered",
        Outcome::Broken => "broken",
    }
}

impl View for Report {
    fn write(&self, page: &mut Page) {
        let width = widest(self.categories.iter().map(|row| row.category)) + 2;
        for row in &self.categories {
            let bad = row.broken > 0 || row.hindered > 0;
            page.column(if bad { Tone::Bad } else { Tone::Good }, row.category, width);
            let counts = [
                (row.held, "held"),
                (row.works, "work"),
                (row.broken, "BROKEN"),
                (row.hindered, "HINDERED"),
                (row.untried, "not tried"),
                (row.not_applicable, "not applicable here"),
            ];
            let counts = counts.iter().filter(|(count, _)| *count > 0);
            let text: Vec<String> = counts.map(|(count, what)| format!("{count} {what}")).collect();
            page.put(Tone::Plain, text.join(", ")).end();
        }
        for made in self.attempts.iter().filter(|made| matches!(made.outcome, "broken" | "hindered" | "untried")) {
            page.end().put(Tone::Bad, made.outcome).put(Tone::Plain, " ").put(Tone::Strong, made.entry.id).end();
            let what = if made.entry.category == "everyday" { "  must work: " } else { "  would be lost: " };
            page.put(Tone::Faint, what).put(Tone::Plain, made.entry.loses).end();
            page.put(Tone::Faint, "  it said: ").put(Tone::Plain, &made.said).end();
        }
        page.end().line(format!("{} (walls: {})", self.sentence(), self.tier));
    }
}
