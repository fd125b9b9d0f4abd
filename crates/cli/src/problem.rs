//! What is wrong with a policy, as this program shows it: the policy crate's diagnostics, for a person and for a program.

use crate::page::{Page, Tone};
use portcullis_policy::{Diagnostic, DiagnosticSeverity};
use serde::Serialize;

/// One problem.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    severity: &'static str,
    title: String,
    file: String,
    line: u32,
    column: u32,
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<Place>,
    #[serde(skip)]
    picture: String,
    #[serde(skip)]
    tone: Tone,
}

/// Another place that belongs to it.
#[derive(Debug, Serialize)]
struct Place {
    file: String,
    line: u32,
    column: u32,
    label: String,
}

impl From<&Diagnostic> for Problem {
    fn from(found: &Diagnostic) -> Self {
        let (severity, tone) = match found.severity() {
            DiagnosticSeverity::Error => ("error", Tone::Bad),
            DiagnosticSeverity::Warning => ("warning", Tone::Warning),
        };
        let place = |(file, line, column, label): (&str, u32, u32, &str)| Place {
            file: file.to_owned(),
            line,
            column,
            label: label.to_owned(),
        };
        Self {
            severity,
            title: found.title().to_owned(),
            file: found.file().to_owned(),
            line: found.line(),
            column: found.column(),
            label: found.label().to_owned(),
            help: found.help_text().map(str::to_owned),
            related: found.related_places().map(place).collect(),
            picture: found.render(false),
            tone,
        }
    }
}

impl Problem {
    /// The line of the file with a caret below it. The first line, which says what is wrong, has the colour.
    pub(crate) fn write(&self, page: &mut Page) {
        let mut lines = self.picture.lines();
        if let Some(title) = lines.next() {
            page.put(self.tone, title).end();
        }
        for line in lines {
            page.line(line);
        }
        page.end();
    }
}
