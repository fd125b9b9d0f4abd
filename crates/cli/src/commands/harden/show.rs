//! What is shown of a plan: each file, the settings that change in it, and the lines.

use crate::harden::plan::{Edit, Meant};
use crate::hunks;
use crate::output::View;
use crate::page::{Page, Tone};
use portcullis_changes::diff;
use serde::{Serialize, Serializer};

/// Whether something was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// It would be.
    Shown,
    /// It was.
    Written,
    /// It was taken back.
    Undone,
}

/// A line of a difference, in its colour.
pub(super) type Line = (Tone, String);

/// A plan, as it is shown.
#[derive(Debug, Serialize)]
pub(super) struct Plan {
    state: State,
    /// The tools that were looked at.
    tools: Vec<&'static str>,
    files: Vec<One>,
}

/// One file.
#[derive(Debug, Serialize)]
struct One {
    tool: String,
    path: String,
    settings: Vec<&'static str>,
    #[serde(serialize_with = "texts")]
    diff: Vec<Line>,
}

impl Plan {
    pub(super) fn of(edits: &[Edit], state: State, meant: &Meant) -> Self {
        let file = |edit: &Edit| One {
            tool: edit.tool.name().to_owned(),
            path: edit.path.to_string_lossy().into_owned(),
            settings: edit.settings.clone(),
            diff: lines(edit.before.as_deref().unwrap_or_default(), &edit.after),
        };
        let tools = meant.tools.iter().map(|tool| tool.name()).collect();
        Self { state, tools, files: edits.iter().map(file).collect() }
    }

    /// Of files that are taken back: each with its tool, what is there and what will be.
    pub(super) fn undone(files: &[(String, String, String, String)], state: State) -> Self {
        let file = |(tool, path, now, then): &(String, String, String, String)| One {
            tool: tool.clone(),
            path: path.clone(),
            settings: Vec::new(),
            diff: lines(now, then),
        };
        Self { state, tools: Vec::new(), files: files.iter().map(file).collect() }
    }
}

/// What differs, line by line.
pub(super) fn lines(before: &str, after: &str) -> Vec<Line> {
    let found = diff(before.as_bytes(), after.as_bytes());
    let mut out: Vec<Line> = found.hunks.iter().flat_map(hunks::lines).collect();
    if found.is_cut {
        out.push((Tone::Plain, "… more differs than is shown".to_owned()));
    }
    out
}

fn texts<S: Serializer>(lines: &[Line], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(lines.iter().map(|(_, line)| line))
}

impl View for Plan {
    fn write(&self, page: &mut Page) {
        let (tone, word) = match self.state {
            State::Shown => (Tone::Warning, "would change"),
            State::Written => (Tone::Good, "changed"),
            State::Undone => (Tone::Good, "taken back"),
        };
        if self.files.is_empty() {
            let looked = if self.tools.is_empty() { String::new() } else { format!(": {}", self.tools.join(", ")) };
            page.line(format!("nothing to change{looked}"));
        }
        for file in &self.files {
            page.put(tone, word).put(Tone::Plain, format!("  {}  ", file.tool)).put(Tone::Strong, &file.path).end();
            if self.state == State::Shown {
                for (tone, line) in &file.diff {
                    page.put(Tone::Plain, "  ").put(*tone, line).end();
                }
            }
            for setting in &file.settings {
                page.put(Tone::Faint, format!("  {setting}")).end();
            }
        }
    }
}
