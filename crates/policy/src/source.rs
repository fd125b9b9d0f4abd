//! What is handed in: the texts of policy files, the layer that each belongs to, and the places that paths start from.
//!
//! This crate opens no file. Whoever calls it reads the files and says what they are.

use portcullis_event::{AbsPath, SourceLine};
use std::ops::Range;
use std::sync::Arc;

/// Who wrote a policy. Ordered: what a lower layer says can only tighten what a higher one says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// `/etc/portcullis/`, or what the team server sends.
    Organisation,
    /// The user's own folder.
    User,
    /// `portcullis.toml` in the repository. Whoever can commit can write it, so it can only ever tighten.
    Repository,
}

impl Layer {
    /// All of them, the highest first.
    pub const ALL: [Self; 3] = [Self::Organisation, Self::User, Self::Repository];

    /// As it is called in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::User => "user",
            Self::Repository => "repository",
        }
    }
}

/// How a policy is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// `portcullis.toml`.
    Toml,
    /// A list of tools in JSON: `allowed_tools`, `blocked_tools`, `sandbox_mode`, `audit_logging`.
    ToolsJson,
    /// A list of skills in YAML: `allowed_skills`, `blocked_skills`.
    SkillsYaml,
    /// Cedar policies that say who may approve what.
    Cedar,
}

/// One policy text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Whose it is.
    pub layer: Layer,
    /// The file's name as it is to be shown, such as `/etc/portcullis/portcullis.toml`.
    pub name: String,
    /// What is in it.
    pub text: String,
    /// How it is written.
    pub format: Format,
}

impl Source {
    /// A `portcullis.toml`.
    pub fn toml(layer: Layer, name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { layer, name: name.into(), text: text.into(), format: Format::Toml }
    }
}

/// Where paths in a policy start: `~/` at `home`, `./` at `repository` (or `cwd` outside of one).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The user's home.
    pub home: AbsPath,
    /// The root of the repository, if there is one.
    pub repository: Option<AbsPath>,
    /// Where the agent was started.
    pub cwd: AbsPath,
}

impl Places {
    /// What `./` means.
    pub fn root(&self) -> &AbsPath {
        self.repository.as_ref().unwrap_or(&self.cwd)
    }
}

/// A text that knows its lines. Shared, because every rule and every message points into one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) name: String,
    pub(crate) written: String,
    line_starts: Vec<usize>,
}

impl Text {
    pub(crate) fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        let text = text.into();
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Arc::new(Self { name: name.into(), written: text, line_starts })
    }

    /// The line and column of a byte, both counted from 1; columns count characters.
    pub(crate) fn locate(&self, byte: usize) -> (u32, u32) {
        let line = self.line_starts.partition_point(|&start| start <= byte).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or_default();
        let column = self.written.get(start..byte).map_or(0, |before| before.chars().count()) + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }

    /// The byte at which a line and column (both from 1) lie, as near as the text allows.
    pub(crate) fn byte_at(&self, line: usize, column: usize) -> usize {
        let Some(&start) = self.line_starts.get(line.saturating_sub(1)) else { return self.written.len() };
        let rest = self.written.get(start..).unwrap_or_default();
        rest.char_indices().nth(column.saturating_sub(1)).map_or(self.written.len(), |(at, _)| start + at)
    }

    /// `span`, moved so that it lies within the text, on character borders.
    pub(crate) fn clamp(&self, span: Range<usize>) -> Range<usize> {
        let fit = |mut at: usize| {
            at = at.min(self.written.len());
            while !self.written.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = fit(span.start);
        start..fit(span.end.max(span.start)).max(start)
    }
}

/// A place in one of the texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) text: Arc<Text>,
    pub(crate) span: Range<usize>,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Origin {
    pub(crate) fn new(text: &Arc<Text>, span: Range<usize>) -> Self {
        let span = text.clamp(span);
        let (line, column) = text.locate(span.start);
        Self { text: Arc::clone(text), span, line, column }
    }

    pub(crate) fn line(&self) -> SourceLine {
        SourceLine { file: self.text.name.clone(), line: self.line, column: self.column }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.text.name, self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        let text = Text::new("t", "a\nüb\n\n");
        let all: Vec<_> = [0, 1, 2, 4, 5, 6, 7, 99].map(|byte| text.locate(byte)).to_vec();
        assert_eq!(all, [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 1), (4, 1), (4, 1)]);
        assert_eq!((text.byte_at(2, 2), text.byte_at(9, 1)), (4, 7));
    }

    #[test]
    fn a_span_is_moved_into_the_text() {
        let text = Text::new("t", "aü");
        assert_eq!(text.clamp(2..99), 1..3);
    }
}
