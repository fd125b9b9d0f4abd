//! JSON: one document, or one object on each line.

use crate::Findings;

/// One document.
pub(crate) fn document(findings: &Findings) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(findings).map(|text| text + "\n")
}

/// One finding on each line.
pub(crate) fn lines(findings: &Findings) -> Result<String, serde_json::Error> {
    findings.findings.iter().map(|row| serde_json::to_string(row).map(|line| line + "\n")).collect()
}
