//! A baseline: what was there when a project began to look. Findings that it names are counted and need not be dealt with.
//!
//! It names secrets, not places, so that it stays right when files move and lines change, and so that it never hides
//! another secret at the same place. The order does not depend on where anything lies, and each finding has a line of its
//! own: two people who add to it get a conflict only where they add the same.

use crate::{Fingerprint, IdentityKey, Report, printable};
use portcullis_event::hex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The only version there is.
const VERSION: u32 = 1;

/// What was there when a project began to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// Names the key that the fingerprints are made with.
    key: String,
    salt: Option<[u8; 32]>,
    findings: BTreeMap<Fingerprint, Entry>,
}

/// What helps a person to see what a fingerprint stands for. It decides nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    fingerprint: String,
    rule: String,
    path: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    #[serde(rename = "named-with")]
    key: String,
    #[serde(default)]
    salt: Option<String>,
    findings: Vec<Entry>,
}

/// Why a baseline is no use. Nothing is scanned then: what it was meant to suppress would all be reported, or the
/// other way round.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// It is not written as it should be.
    #[error("it can't be read: {0}")]
    Json(String),
    /// A newer program wrote it.
    #[error("it has version {0}, and only version {VERSION} is known here")]
    Version(u32),
    /// It contradicts itself.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
    /// Its fingerprints are made with another key, so that none of them could match.
    #[error("it was made with another key")]
    OtherKey,
}

impl Baseline {
    /// A baseline of all that a report has, whether it is suppressed otherwise or not.
    pub fn of(report: &Report, key: &IdentityKey) -> Self {
        let mut findings = BTreeMap::new();
        for found in report.findings.iter().chain(&report.suppressed) {
            let path = found.first().map(|place| place.origin.path().map_or_else(String::new, printable));
            let entry = Entry {
                fingerprint: found.fingerprint.to_string(),
                rule: found.hit.rule.to_string(),
                path: path.unwrap_or_default(),
            };
            findings.insert(found.fingerprint, entry);
        }
        Self { key: key.name(), salt: key.salt(), findings }
    }

    /// The same, with paths that start at `root`.
    #[must_use]
    pub fn relative_to(mut self, root: &std::path::Path) -> Self {
        let start = format!("{}/", printable(root));
        for entry in self.findings.values_mut() {
            if let Some(path) = entry.path.strip_prefix(&start) {
                entry.path = path.to_owned();
            }
        }
        self
    }

    /// Reads a baseline.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let written: Written = serde_json::from_str(text).map_err(|error| BaselineError::Json(error.to_string()))?;
        if written.version != VERSION {
            return Err(BaselineError::Version(written.version));
        }
        let salt = match written.salt {
            Some(salt) => {
                Some(hex::decode_exactly(&salt).ok_or(BaselineError::Damaged("its salt is not 64 digits of hex"))?)
            }
            None => None,
        };
        let mut findings = BTreeMap::new();
        for entry in written.findings {
            let name = entry.fingerprint.parse().map_err(|_| BaselineError::Damaged("a fingerprint is none"))?;
            findings.insert(name, entry);
        }
        Ok(Self { key: written.key, salt, findings })
    }

    /// The salt that its fingerprints are made with, if it brings one.
    pub fn salt(&self) -> Option<[u8; 32]> {
        self.salt
    }

    /// Whether its fingerprints are made with this key.
    pub fn check(&self, key: &IdentityKey) -> Result<(), BaselineError> {
        if self.key == key.name() { Ok(()) } else { Err(BaselineError::OtherKey) }
    }

    /// How many findings it names.
    pub fn len(&self) -> usize {
        self.findings.len()
    }

    /// Whether it names none.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    pub(crate) fn holds(&self, fingerprint: Fingerprint) -> bool {
        self.findings.contains_key(&fingerprint)
    }

    /// The baseline as it is written to a file.
    pub fn render(&self) -> String {
        let mut text = format!("{{\n\"version\": {VERSION},\n\"named-with\": {},\n", quoted(&self.key));
        if let Some(salt) = self.salt {
            // INVARIANT: writing to a String can't fail.
            let _ = writeln!(text, "\"salt\": \"{}\",", hex::encode(&salt));
        }
        text.push_str("\"findings\": [");
        let mut between = "\n";
        for entry in self.findings.values() {
            let Entry { fingerprint, rule, path } = entry;
            let [fingerprint, rule, path] = [fingerprint, rule, path].map(|part| quoted(part));
            let _ = write!(text, "{between}{{\"fingerprint\": {fingerprint}, \"rule\": {rule}, \"path\": {path}}}");
            between = ",\n";
        }
        text.push_str("\n]\n}\n");
        text
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
