//! Drift as a person reads it.

use crate::hunks;
use crate::output::View;
use crate::page::{Page, Tone};
use portcullis_changes::Hunk;
use portcullis_trust::lock::Part;
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

/// What a lock and a tree came to.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    /// How many things are locked.
    pub(super) locked: usize,
    /// Whether the lock was written.
    pub(super) written: bool,
    /// What is not as it was approved.
    pub(super) drift: Vec<Drifted>,
}

/// One thing that is not as it was approved.
#[derive(Debug)]
pub(super) struct Drifted {
    pub(super) change: &'static str,
    pub(super) what: String,
    pub(super) parts: Vec<(Part, Vec<Hunk>)>,
    pub(super) why: Option<String>,
}

impl Serialize for Drifted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Of<'a> {
            name: &'a str,
            approved: Option<&'a str>,
            found: Option<&'a str>,
            diff: String,
        }
        let parts: Vec<Of<'_>> = self
            .parts
            .iter()
            .map(|(part, differing)| Of {
                name: &part.name,
                approved: part.approved.as_deref(),
                found: part.found.as_deref(),
                diff: differing.iter().flat_map(hunks::lines).map(|(_, line)| line + "\n").collect(),
            })
            .collect();
        let mut row = serializer.serialize_struct("Drifted", 4)?;
        row.serialize_field("change", self.change)?;
        row.serialize_field("what", &self.what)?;
        row.serialize_field("parts", &parts)?;
        row.serialize_field("why", &self.why)?;
        row.end()
    }
}

impl View for Shown {
    fn write(&self, page: &mut Page) {
        for one in &self.drift {
            let tone = if self.written { Tone::Plain } else { Tone::Bad };
            page.put(tone, one.change).put(Tone::Strong, format!(" {}", one.what)).end();
            if let Some(why) = &one.why {
                page.put(Tone::Faint, format!("  because {why}")).end();
            }
            for (part, differing) in &one.parts {
                page.put(Tone::Plain, format!("  {}: {}", part.name, word(part))).end();
                for (tone, line) in differing.iter().flat_map(hunks::lines) {
                    page.put(tone, format!("    {line}")).end();
                }
            }
        }
        match (self.written, self.drift.is_empty()) {
            (true, _) => page.put(Tone::Good, format!("locked {} things", self.locked)),
            (false, true) => page.put(Tone::Good, format!("all {} things are what was approved", self.locked)),
            (false, false) => page
                .put(Tone::Bad, format!("{} of them not as approved", self.drift.len()))
                .put(Tone::Plain, "; look at what changed, then `portcullis trust lock` approves it"),
        };
        page.end();
    }
}

fn word(part: &Part) -> &'static str {
    match (&part.approved, &part.found) {
        (None, _) => "new",
        (_, None) => "gone",
        _ => "changed",
    }
}
