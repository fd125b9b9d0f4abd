//! Workflow commands of GitHub's runners: `::error file=…,line=…::message`. What comes from outside is escaped, or a file
//! name could end the command and begin another one.

use crate::csv::word;
use crate::{Findings, Row};
use portcullis_event::Severity;

/// An annotation for each finding.
pub(crate) fn annotations(findings: &Findings) -> String {
    findings.findings.iter().map(annotation).collect()
}

fn annotation(row: &Row) -> String {
    let level = match row.severity {
        _ if row.aside.is_some() => "notice",
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "notice",
    };
    let at = &row.location;
    let file = at.path.as_deref().map(|path| format!("file={},", property(path))).unwrap_or_default();
    let place = format!("line={},endLine={},col={},endColumn={}", at.line, at.end_line, at.column, at.end_column);
    let fix = row.fix.as_deref().map(|fix| format!(" {fix}")).unwrap_or_default();
    let verified = row.verified.as_deref().map(|it| format!(" The issuer was asked: {it}.")).unwrap_or_default();
    let message = format!("{} ({} confidence).{verified}{fix}", row.message, word(&row.confidence));
    format!("::{level} {file}{place},title={}::{}\n", property(&row.rule), data(&message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_can_not_end_the_command() {
        assert_eq!(property("a::error\n,b%"), "a%3A%3Aerror%0A%2Cb%25");
    }
}
