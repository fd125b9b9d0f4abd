//! A rule file as it is written.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// One rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// A stable name.
    pub(crate) id: String,
    /// What the text does, to stand behind "text that …".
    pub(crate) title: String,
    /// Why that matters.
    pub(crate) why: String,
    /// How sure a match is: `block`, `alert` or `note`.
    pub(crate) tier: String,
    /// Where the same words are ordinary, so that they count one tier less: `user`, `tool-result`, `source`, `docs`,
    /// `instructions`.
    #[serde(default)]
    pub(crate) quiet_in: Vec<String>,
    /// Words that the phrases speak of, by the name of their class.
    #[serde(default)]
    pub(crate) words: BTreeMap<String, Vec<String>>,
    /// Phrases that the rule finds.
    #[serde(default)]
    pub(crate) phrases: Vec<String>,
    /// Phrases that count one tier less.
    #[serde(default)]
    pub(crate) weaker: Vec<String>,
    /// Phrases that count as a note.
    #[serde(default)]
    pub(crate) notes: Vec<String>,
    /// Whether the rule looks into how a thing is written, which is code, and not for words.
    #[serde(default)]
    pub(crate) code: bool,
    /// Whether talk about attacks around a match does not lower it.
    #[serde(default)]
    pub(crate) blunt: bool,
    /// Whether people are told the same things as often as agents.
    #[serde(default)]
    pub(crate) faint: bool,
    /// Examples: must be found, must be found one tier lower or more, must not be found. The tests read them.
    #[serde(rename = "match", default)]
    matching: Vec<String>,
    #[serde(default)]
    lower: Vec<String>,
    #[serde(default)]
    no_match: Vec<String>,
}

impl Rule {
    pub(crate) fn parse(path: &Path, text: &str) -> Self {
        let rule: Self = toml::from_str(text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        assert_eq!(rule.id, format!("injection-{stem}"), "{}: the id follows the name of the file", path.display());
        assert!(!rule.matching.is_empty() && !rule.no_match.is_empty(), "{}: examples are missing", path.display());
        assert!(rule.code == rule.phrases.is_empty(), "{}: a rule has phrases or is code", path.display());
        assert!(rule.lower.iter().all(|example| !example.is_empty()), "{}: an example is empty", path.display());
        rule
    }

    /// The name of the constant that the code knows the rule by.
    pub(crate) fn constant(&self) -> String {
        self.id.trim_start_matches("injection-").replace('-', "_").to_uppercase()
    }
}
