//! A compiled rule. Our own are constants of the program; a user's are made at run time.

use crate::{Anchor, Matcher};
use portcullis_event::{Confidence, Severity};
use serde::Deserialize;
use std::borrow::Cow;

/// What may not stand beside a match.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Boundary {
    /// Anything may.
    None,
    /// No letter, digit or underscore.
    #[default]
    Word,
    /// No letter, digit, underscore or dash.
    Dash,
}

/// Text that is a constant of the program, or was read.
pub(crate) type Text = Cow<'static, str>;

/// A word that names values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word, in lower case.
    pub text: Text,
    /// Where a search looks for it.
    pub anchors: Cow<'static, [Anchor]>,
}

impl Word {
    /// A word with its anchors; without any if it is shorter than four bytes.
    pub fn new(text: &str) -> Self {
        Self { text: Cow::Owned(text.to_owned()), anchors: Cow::Owned(crate::word_anchors(text)) }
    }
}

/// A rule, ready to search with.
#[derive(Debug)]
pub struct Rule {
    /// A stable name.
    pub id: Text,
    /// Whose credential it is.
    pub vendor: Text,
    /// What it finds, in words.
    pub name: Text,
    /// What the credential can do.
    pub severity: Severity,
    /// How sure a match is.
    pub confidence: Confidence,
    /// Four bytes each that a match must hold; empty where words are needed nearby instead.
    pub anchors: Cow<'static, [Anchor]>,
    /// Words of which one must name the value.
    pub near: Cow<'static, [Word]>,
    /// Words of which one must stand in the name as well, in lower case.
    pub with: Cow<'static, [Text]>,
    /// What must stand before the secret.
    pub before: Option<Matcher>,
    /// The secret.
    pub pattern: Matcher,
    /// What must stand after it.
    pub after: Option<Matcher>,
    /// The longest that the three can be together, in bytes.
    pub longest: usize,
    /// Least entropy, in bits for each byte.
    pub entropy: Option<f32>,
    /// What may not stand beside a match.
    pub boundary: Boundary,
    /// Whether a match may go over the end of a line.
    pub multiline: bool,
    /// Whether dummy values are dropped.
    pub dummy: bool,
    /// Whether anybody makes such a credential for themselves, for a test too, and no vendor hands it out.
    pub homemade: bool,
    /// The offline proof, by its name.
    pub proof: Option<Text>,
    /// Another rule whose match within so many lines makes this one sure.
    pub pair: Option<(Text, u16)>,
    /// What somebody can do with it.
    pub why: Option<Text>,
    /// How to revoke it.
    pub fix: Option<Text>,
    /// The live check, as JSON.
    pub verify: Option<Text>,
}
