//! What is wrong with a policy, said so that a newcomer can mend it: what, where, why, and what to do.

use crate::source::{Origin, Text};
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Whether a policy with this can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiagnosticSeverity {
    /// It can, but does not do what it seems to.
    Warning,
    /// It can't.
    Error,
}

/// Another place that belongs to the problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Related {
    origin: Origin,
    label: String,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic(Box<Problem>);

/// What a problem is made of. It lies behind a pointer because results carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Problem {
    severity: DiagnosticSeverity,
    title: String,
    origin: Origin,
    label: String,
    help: Option<String>,
    related: Vec<Related>,
}

impl Diagnostic {
    pub(crate) fn error(title: impl Into<String>, origin: Origin, label: impl Into<String>) -> Self {
        Self::new(DiagnosticSeverity::Error, title.into(), origin, label.into())
    }

    pub(crate) fn warning(title: impl Into<String>, origin: Origin, label: impl Into<String>) -> Self {
        Self::new(DiagnosticSeverity::Warning, title.into(), origin, label.into())
    }

    fn new(severity: DiagnosticSeverity, title: String, origin: Origin, label: String) -> Self {
        let (title, label) = (printable(title), printable(label));
        Self(Box::new(Problem { severity, title, origin, label, help: None, related: Vec::new() }))
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(printable(help.into()));
        self
    }

    pub(crate) fn related(mut self, origin: Origin, label: impl Into<String>) -> Self {
        self.0.related.push(Related { origin, label: printable(label.into()) });
        self
    }

    /// Where it stands among others: by file, then by place.
    pub(crate) fn place(&self) -> (&str, u32, u32) {
        (self.file(), self.line(), self.column())
    }

    /// Whether the policy can be used all the same.
    pub fn severity(&self) -> DiagnosticSeverity {
        self.0.severity
    }

    /// What is wrong, in one sentence.
    pub fn title(&self) -> &str {
        &self.0.title
    }

    /// The file.
    pub fn file(&self) -> &str {
        &self.0.origin.text.name
    }

    /// The bytes of the file that are meant.
    pub fn span(&self) -> Range<usize> {
        self.0.origin.span.clone()
    }

    /// Line, counted from 1.
    pub fn line(&self) -> u32 {
        self.0.origin.line
    }

    /// Column in characters, counted from 1.
    pub fn column(&self) -> u32 {
        self.0.origin.column
    }

    /// What is said below the caret.
    pub fn label(&self) -> &str {
        &self.0.label
    }

    /// What to do about it.
    pub fn help_text(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// Other places that belong to it: file, line, column and what is said there.
    pub fn related_places(&self) -> impl Iterator<Item = (&str, u32, u32, &str)> {
        self.0
            .related
            .iter()
            .map(|it| (it.origin.text.name.as_str(), it.origin.line, it.origin.column, it.label.as_str()))
    }

    /// The problem as a picture: the line, a caret below it, and what to do.
    pub fn render(&self, colour: bool) -> String {
        let level = match self.0.severity {
            DiagnosticSeverity::Error => Level::ERROR,
            DiagnosticSeverity::Warning => Level::WARNING,
        };
        let mut group = level.primary_title(&self.0.title).elements(self.snippets());
        if let Some(help) = &self.0.help {
            group = group.element(Level::HELP.message(help));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }

    /// One snippet per file: the primary one first.
    fn snippets(&self) -> Vec<Snippet<'_, annotate_snippets::Annotation<'_>>> {
        let primary = AnnotationKind::Primary.span(self.0.origin.span.clone()).label(&self.0.label);
        let mut files: Vec<(&Arc<Text>, Vec<annotate_snippets::Annotation<'_>>)> =
            vec![(&self.0.origin.text, vec![primary])];
        for it in &self.0.related {
            let note = AnnotationKind::Context.span(it.origin.span.clone()).label(&it.label);
            match files.iter_mut().find(|(text, _)| Arc::ptr_eq(text, &it.origin.text)) {
                Some((_, notes)) => notes.push(note),
                None => files.push((&it.origin.text, vec![note])),
            }
        }
        files
            .into_iter()
            .map(|(text, notes)| Snippet::source(&text.written).path(&text.name).annotations(notes))
            .collect()
    }
}

fn related_json((file, line, column, label): (&str, u32, u32, &str)) -> serde_json::Value {
    serde_json::json!({ "file": file, "line": line, "column": column, "label": label })
}

impl serde::Serialize for Diagnostic {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::json!({
            "severity": self.severity(),
            "title": self.title(),
            "file": self.file(),
            "line": self.line(),
            "column": self.column(),
            "start": self.span().start,
            "end": self.span().end,
            "label": self.label(),
            "help": self.help_text(),
            "related": self.related_places().map(related_json).collect::<Vec<_>>(),
        })
        .serialize(serializer)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.0.origin, self.0.origin.column, self.0.title)
    }
}

/// What is written in a file may hold anything; on a terminal it must not do anything.
pub(crate) fn printable(text: String) -> String {
    if text.contains(acts_unseen) { text.replace(acts_unseen, "\u{fffd}") } else { text }
}

/// Controls, and characters that turn the direction of writing or take no room.
fn acts_unseen(c: char) -> bool {
    let direction = matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}');
    let invisible = direction || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}');
    invisible || c.is_control()
}
