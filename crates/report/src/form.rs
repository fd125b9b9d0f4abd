//! The forms that a report can have.

use crate::{Findings, csv, github, json, junit, sarif};

/// A form that programs read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One JSON document.
    Json,
    /// One JSON object on each line, a finding each.
    Jsonl,
    /// SARIF 2.1.0.
    Sarif,
    /// `JUnit`'s XML: a failed test for each finding.
    Junit,
    /// Comma-separated values, a finding on each line.
    Csv,
    /// Workflow commands of GitHub's runners, which become annotations.
    Github,
}

impl Form {
    /// The report in this form.
    pub fn write(self, findings: &Findings) -> Result<String, serde_json::Error> {
        match self {
            Self::Json => json::document(findings),
            Self::Jsonl => json::lines(findings),
            Self::Sarif => sarif::document(findings),
            Self::Junit => Ok(junit::document(findings)),
            Self::Csv => Ok(csv::table(findings)),
            Self::Github => Ok(github::annotations(findings)),
        }
    }
}
