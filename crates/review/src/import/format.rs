//! Which scanner wrote a file, by its name and by what it holds.

use super::{ImportError, Imported, detect_secrets, git_secrets, gitleaks, ripsecrets, trufflehog};
use std::path::Path;

/// A kind of file that another scanner reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The configuration of gitleaks.
    GitleaksConfig,
    /// The ignore file of gitleaks.
    GitleaksIgnore,
    /// A report of gitleaks in JSON, which is its baseline too.
    GitleaksReport,
    /// The baseline of detect-secrets.
    DetectSecrets,
    /// The ignore file of ripsecrets.
    Ripsecrets,
    /// `.gitallowed` of git-secrets.
    GitSecrets,
    /// The file of excluded paths of truffleHog.
    Trufflehog,
}

/// Nothing tells which scanner a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither its name nor what it holds tells which scanner it belongs to")]
pub struct UnknownFormat;

impl Format {
    /// All of them, with the name that a user calls each by.
    pub const NAMES: [(&str, Self); 7] = [
        ("gitleaks-config", Self::GitleaksConfig),
        ("gitleaks-ignore", Self::GitleaksIgnore),
        ("gitleaks-report", Self::GitleaksReport),
        ("detect-secrets", Self::DetectSecrets),
        ("ripsecrets", Self::Ripsecrets),
        ("git-secrets", Self::GitSecrets),
        ("trufflehog", Self::Trufflehog),
    ];

    /// The format that a user means by a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    /// The format of a file. A list of patterns tells nothing of itself, so there the name decides.
    pub fn recognise(path: &Path, text: &str) -> Result<Self, UnknownFormat> {
        match path.file_name().and_then(|name| name.to_str()).unwrap_or_default() {
            ".gitleaks.toml" => return Ok(Self::GitleaksConfig),
            ".gitleaksignore" => return Ok(Self::GitleaksIgnore),
            ".secretsignore" => return Ok(Self::Ripsecrets),
            ".gitallowed" => return Ok(Self::GitSecrets),
            _ => {}
        }
        let json = serde_json::from_str::<serde_json::Value>(text);
        if let Ok(json) = json {
            let is_baseline = json.get("plugins_used").is_some() && json.get("results").is_some();
            let is_report = json.as_array().is_some_and(|all| all.iter().all(|found| found.get("RuleID").is_some()));
            return match (is_baseline, is_report) {
                (true, _) => Ok(Self::DetectSecrets),
                (false, true) => Ok(Self::GitleaksReport),
                (false, false) => Err(UnknownFormat),
            };
        }
        let toml = text.parse::<toml::Table>().ok();
        let of_gitleaks = |table: toml::Table| {
            ["rules", "allowlist", "allowlists", "extend"].iter().any(|name| table.contains_key(*name))
        };
        if toml.is_some_and(of_gitleaks) { Ok(Self::GitleaksConfig) } else { Err(UnknownFormat) }
    }

    /// Reads a file of this format.
    pub fn read(self, text: &str) -> Result<Imported, ImportError> {
        match self {
            Self::GitleaksConfig => gitleaks::config(text),
            Self::GitleaksIgnore => Ok(gitleaks::ignore(text)),
            Self::GitleaksReport => gitleaks::report(text),
            Self::DetectSecrets => detect_secrets::baseline(text),
            Self::Ripsecrets => Ok(ripsecrets::ignore(text)),
            Self::GitSecrets => Ok(git_secrets::allowed_file(text)),
            Self::Trufflehog => Ok(trufflehog::exclude_paths(text)),
        }
    }
}
