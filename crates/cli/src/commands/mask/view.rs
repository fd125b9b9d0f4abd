//! What was masked, and what was left.

use crate::output::View;
use crate::page::{Page, Tone};
use serde::Serialize;
use std::collections::BTreeMap;

/// What was done to all files.
#[derive(Debug, Default, Serialize)]
pub(super) struct Done {
    /// Whether all values of masked columns could be looked for elsewhere.
    pub(super) all_values_known: bool,
    pub(super) files: Vec<Copied>,
}

/// What was done to one file.
#[derive(Debug, Serialize)]
pub(super) struct Copied {
    pub(super) path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) output: Option<String>,
    pub(super) format: &'static str,
    pub(super) encoding: &'static str,
    pub(super) columns: Vec<Column>,
}

/// What was done to a column.
#[derive(Debug, Serialize)]
pub(super) struct Column {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) table: String,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) by: &'static str,
    #[serde(skip)]
    pub(super) is_masked: bool,
    pub(super) values: u64,
    pub(super) masked: u64,
    pub(super) found: u64,
}

impl Column {
    fn full_name(&self) -> String {
        match (self.table.as_str(), self.name.as_str()) {
            ("", "") => "(values)".to_owned(),
            ("", name) => name.to_owned(),
            (table, name) => format!("{table}.{name}"),
        }
    }

    fn what(&self) -> String {
        match (self.is_masked, self.found) {
            (true, _) => format!("{} of {} masked", self.masked, self.values),
            (false, 0) => "left".to_owned(),
            (false, found) => format!("left, but for {found} found in it"),
        }
    }
}

impl View for Done {
    fn write(&self, page: &mut Page) {
        let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
        let mut found = 0;
        for file in &self.files {
            page.put(Tone::Strong, &file.path);
            if let Some(output) = &file.output {
                page.put(Tone::Plain, " → ").put(Tone::Strong, output);
            }
            page.put(Tone::Faint, format!(" ({}, {})", file.format, file.encoding)).end();
            for column in file.columns.iter().filter(|column| column.values > 0) {
                let tone = if column.is_masked { Tone::Good } else { Tone::Plain };
                page.put(Tone::Faint, "  ").column(Tone::Plain, column.full_name(), 28);
                page.column(Tone::Plain, format!("{} (by {})", column.kind, column.by), 26);
                page.put(tone, column.what()).end();
                found += column.found;
                if column.is_masked {
                    *kinds.entry(column.kind).or_default() += column.masked;
                }
            }
        }
        let mut all: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        if found > 0 {
            all.push(format!("{found} found in text"));
        }
        let all = if all.is_empty() { "nothing".to_owned() } else { all.join(", ") };
        page.put(Tone::Good, "masked").put(Tone::Plain, format!(": {all}")).end();
        if !self.all_values_known {
            page.put(Tone::Warning, "note")
                .put(
                    Tone::Plain,
                    ": there were more values than are remembered; those beyond were masked in their columns only",
                )
                .end();
        }
    }
}
