//! What another scanner was told to leave out: patterns for paths, values, lines, commits.

use super::{Asked, Line};
use crate::git::ObjectId;
use portcullis_event::RuleId;
use regex::bytes::Regex;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// What another scanner was told to leave out.
#[derive(Debug, Clone, Default)]
pub struct Allow {
    /// Why, if it says so.
    pub reason: Option<String>,
    /// What it is about.
    pub rules: Rules,
    /// Whether all kinds of criteria that it names have to be met, rather than one.
    pub all: bool,
    /// Paths.
    pub paths: Vec<Regex>,
    /// Commits, by the beginnings of their names.
    pub commits: Vec<String>,
    /// Patterns, and what they are compared with.
    pub patterns: Vec<(Target, Regex)>,
    /// Words in the value, in lower case.
    pub words: Vec<String>,
}

/// What a pattern is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The secret.
    Value,
    /// The secret with a little of what stands before it.
    Match,
    /// The line.
    Line,
    /// `path:number:line`, as a search prints it.
    Printed,
}

/// Which rules something is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Rules {
    /// All of them.
    #[default]
    All,
    /// Those that correspond to rules of another scanner.
    Foreign(Vec<String>),
    /// Those of these names.
    Named(Vec<String>),
}

/// So much before a secret still belongs to what a rule of another scanner matches.
const BEFORE: usize = 100;

impl Allow {
    /// Whether it is about this finding at this place.
    pub(crate) fn names(&self, asked: &Asked<'_>, path: Option<&Path>, commit: Option<&ObjectId>) -> bool {
        if !self.rules.include(asked.rule) {
            return false;
        }
        let kinds = [
            (!self.paths.is_empty()).then(|| self.names_path(path)),
            (!self.commits.is_empty()).then(|| self.names_commit(commit)),
            (!self.patterns.is_empty()).then(|| self.names_text(asked, path)),
            (!self.words.is_empty()).then(|| self.names_word(asked.value)),
        ];
        let mut met = kinds.into_iter().flatten().peekable();
        // Without any criterion it is about nothing, or about all that its rules find.
        if met.peek().is_none() {
            return self.rules != Rules::All;
        }
        if self.all { met.all(|met| met) } else { met.any(|met| met) }
    }

    fn names_path(&self, path: Option<&Path>) -> bool {
        path.is_some_and(|path| self.paths.iter().any(|pattern| pattern.is_match(path.as_os_str().as_bytes())))
    }

    fn names_commit(&self, commit: Option<&ObjectId>) -> bool {
        let commit = commit.map(ToString::to_string);
        commit.is_some_and(|commit| self.commits.iter().any(|start| commit.starts_with(start)))
    }

    fn names_word(&self, value: &str) -> bool {
        let value = value.to_lowercase();
        self.words.iter().any(|word| value.contains(word))
    }

    fn names_text(&self, asked: &Asked<'_>, path: Option<&Path>) -> bool {
        self.patterns.iter().any(|(target, pattern)| match target {
            Target::Value => pattern.is_match(asked.value.as_bytes()),
            Target::Match => {
                let Line { text, span, .. } = (asked.line)();
                let part = text.get(span.start.saturating_sub(BEFORE)..span.end.min(text.len()));
                part.is_some_and(|part| pattern.is_match(part))
            }
            Target::Line => names_line(pattern, b"", &(asked.line)()),
            Target::Printed => {
                let start = path.map_or_else(Vec::new, |path| [path.as_os_str().as_bytes(), b":1:"].concat());
                pattern.is_match(&start) || names_line(pattern, &start, &(asked.line)())
            }
        })
    }
}

/// Whether a pattern for lines is about the secret: it matches something of it, or something that is no secret, such as a
/// comment. One that matches another secret on the line is about that one.
fn names_line(pattern: &Regex, start: &[u8], line: &Line) -> bool {
    let text = [start, &line.text].concat();
    pattern.find_iter(&text).any(|found| {
        let touches =
            |span: &Range<usize>| found.start() < span.end + start.len() && span.start + start.len() < found.end();
        touches(&line.span) || !line.others.iter().any(touches)
    })
}

impl Rules {
    /// Whether it is about one of our rules.
    pub(crate) fn include(&self, rule: &RuleId) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.iter().any(|name| name == rule.as_str()),
            Self::Foreign(names) => names.iter().any(|name| super::corresponds(name, rule)),
        }
    }
}
