//! A rule file as it is written: one vendor, its rules, their examples.

use crate::RuleError;
use portcullis_event::{Confidence, Severity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One file of rules.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// Whose credentials these are.
    pub vendor: String,
    /// Where the vendor documents their form.
    pub docs: Option<String>,
    /// The rules.
    #[serde(rename = "rule")]
    pub rules: Vec<RuleText>,
}

/// One rule as it is written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    /// A stable name.
    pub id: String,
    /// What it finds, in words.
    pub name: String,
    /// What the credential can do.
    pub severity: Severity,
    /// How sure a match is.
    pub confidence: Confidence,
    /// The literal to anchor on, where the one that would be chosen is not the best.
    pub literal: Option<String>,
    /// The form of the secret itself.
    pub pattern: String,
    /// What stands directly before it.
    pub before: Option<String>,
    /// What stands directly after it.
    pub after: Option<String>,
    /// Words of which one must name the value.
    #[serde(default)]
    pub near: Vec<String>,
    /// Words of which one must stand in the name as well.
    #[serde(default)]
    pub with: Vec<String>,
    /// Least entropy of the value, in bits for each byte.
    pub entropy: Option<f32>,
    /// What may not stand beside the value.
    #[serde(default)]
    pub boundary: crate::Boundary,
    /// Whether a match may go over the end of a line.
    #[serde(default)]
    pub multiline: bool,
    /// Whether dummy values are dropped.
    #[serde(default = "yes")]
    pub dummy: bool,
    /// Whether anybody makes such a credential for themselves, for a test too, and no vendor hands it out.
    #[serde(default)]
    pub homemade: bool,
    /// The offline proof, by its name.
    pub proof: Option<String>,
    /// Another rule whose match nearby makes this one sure.
    pub pair: Option<Pair>,
    /// What somebody can do with the credential.
    pub why: Option<String>,
    /// How to revoke it.
    pub fix: Option<String>,
    /// How to ask the vendor whether it is live.
    pub verify: Option<Verify>,
    /// Templates of text in which the rule finds something.
    #[serde(rename = "match", default)]
    pub matching: Vec<String>,
    /// Templates of text in which it finds nothing.
    #[serde(default)]
    pub no_match: Vec<String>,
}

/// Another rule whose match nearby makes this one sure.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// The other rule.
    pub rule: String,
    /// How many lines away it may be.
    pub within: u16,
}

/// A read-only request that tells whether a credential is live. `{secret}` stands for the credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// The method: `GET` if nothing is said.
    #[serde(default = "get")]
    pub method: String,
    /// The address, always `https`.
    pub url: String,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Name and password of basic authentication.
    pub basic: Option<[String; 2]>,
    /// The body.
    pub body: Option<String>,
    /// Status codes that mean: live.
    #[serde(default)]
    pub valid: Vec<u16>,
    /// Status codes that mean: not live.
    #[serde(default)]
    pub invalid: Vec<u16>,
    /// What the body says if it is live, where the status does not tell.
    pub valid_body: Option<String>,
    /// What the body says if it is not.
    pub invalid_body: Option<String>,
}

fn yes() -> bool {
    true
}

fn get() -> String {
    "GET".to_owned()
}

impl RuleFile {
    /// Reads a rule file.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        toml::from_str(text).map_err(|error| RuleError::File(error.to_string()))
    }
}
