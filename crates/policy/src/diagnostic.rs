//! What is wrong with a policy, said so that a newcomer can mend it: what, where, why, and what to do.

use crate::source::{Origin, Text};
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Whether a policy with this can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiagnosticSeverity {
    /// It can, but does not do what it seems to.
    Warning,
    /// It can't.
    Error,
}

/// Another place that belongs to the problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    origin: Origin,
    label: String,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    severity: DiagnosticSeverity,
    title: String,
    origin: Origin,
    label: String,
    help: Option<String>,
    related: Vec<Related>,
}

impl Diagnostic {
    pub(crate) fn error(title: impl Into<String>, origin: Origin, label: impl Into<String>) -> Self {
        Self {
            severity: DiagnosticSeverity::Error,
            title: title.into(),
            origin,
            label: label.into(),
            help: None,
            related: Vec::new(),
        }
    }

    pub(crate) fn warning(title: impl Into<String>, origin: Origin, label: impl Into<String>) -> Self {
        Self { severity: DiagnosticSeverity::Warning, ..Self::error(title, origin, label) }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn related(mut self, origin: Origin, label: impl Into<String>) -> Self {
        self.related.push(Related { origin, label: label.into() });
        self
    }

    /// Whether the policy can be used all the same.
    pub fn severity(&self) -> DiagnosticSeverity {
        self.severity
    }

    /// What is wrong, in one sentence.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The file.
    pub fn file(&self) -> &str {
        &self.origin.text.name
    }

    /// The bytes of the file that are meant.
    pub fn span(&self) -> Range<usize> {
        self.origin.span.clone()
    }

    /// Line, counted from 1.
    pub fn line(&self) -> u32 {
        self.origin.line
    }

    /// Column in characters, counted from 1.
    pub fn column(&self) -> u32 {
        self.origin.column
    }

    /// What is said below the caret.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// What to do about it.
    pub fn help_text(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// Other places that belong to it: file, line, column and what is said there.
    pub fn related_places(&self) -> impl Iterator<Item = (&str, u32, u32, &str)> {
        self.related
            .iter()
            .map(|it| (it.origin.text.name.as_str(), it.origin.line, it.origin.column, it.label.as_str()))
    }

    /// The problem as a picture: the line, a caret below it, and what to do.
    pub fn render(&self, colour: bool) -> String {
        let level = match self.severity {
            DiagnosticSeverity::Error => Level::ERROR,
            DiagnosticSeverity::Warning => Level::WARNING,
        };
        let mut group = level.primary_title(&self.title).elements(self.snippets());
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }

    /// One snippet per file: the primary one first.
    fn snippets(&self) -> Vec<Snippet<'_, annotate_snippets::Annotation<'_>>> {
        let primary = AnnotationKind::Primary.span(self.origin.span.clone()).label(&self.label);
        let mut files: Vec<(&Arc<Text>, Vec<annotate_snippets::Annotation<'_>>)> =
            vec![(&self.origin.text, vec![primary])];
        for it in &self.related {
            let note = AnnotationKind::Context.span(it.origin.span.clone()).label(&it.label);
            match files.iter_mut().find(|(text, _)| Arc::ptr_eq(text, &it.origin.text)) {
                Some((_, notes)) => notes.push(note),
                None => files.push((&it.origin.text, vec![note])),
            }
        }
        files.into_iter().map(|(text, notes)| Snippet::source(&text.text).path(&text.name).annotations(notes)).collect()
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.origin, self.origin.column, self.title)
    }
}
