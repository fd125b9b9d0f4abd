//! `JUnit`'s XML, which every build server shows: a failed test for each finding, and one that passes where there is none.

use crate::csv::word;
use crate::xml::escape;
use crate::{Findings, Row};

/// The document.
pub(crate) fn document(findings: &Findings) -> String {
    let (failures, skipped) = (findings.findings.len(), findings.skipped.len());
    let tests = (failures + skipped).max(1);
    let cases: String = findings.findings.iter().map(case).collect();
    let errors: String = findings.skipped.iter().map(error).collect();
    let passed =
        if failures + skipped == 0 { "    <testcase classname=\"portcullis\" name=\"nothing found\"/>\n" } else { "" };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"portcullis\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{skipped}\">\n  \
         <testsuite name=\"scan\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{skipped}\">\n{cases}{errors}{passed}  </testsuite>\n</testsuites>\n"
    )
}

fn case(row: &Row) -> String {
    let verified = row.verified.as_deref().map(|it| format!("the issuer was asked: {it}"));
    let text =
        [Some(row.location.shown()), row.location.commit.clone(), verified, row.fix.clone()].into_iter().flatten();
    let text: Vec<String> = text.collect();
    format!(
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n",
        escape(&row.rule),
        escape(&row.location.shown()),
        escape(row.location.path.as_deref().unwrap_or_default()),
        row.location.line,
        escape(&word(&row.severity)),
        escape(&row.message),
        escape(&text.join("\n")),
    )
}

fn error(skipped: &crate::Skipped) -> String {
    format!(
        "    <testcase classname=\"portcullis\" name=\"{}\">\n      <error type=\"not-looked-into\" message=\"{}\"/>\n    </testcase>\n",
        escape(&skipped.path),
        escape(&skipped.why),
    )
}
