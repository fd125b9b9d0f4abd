//! What the forms of a report look like, and that no content breaks them.

use portcullis_event::{Confidence, FindingKind, Severity, Span};
use portcullis_report::{Findings, Form, Location, Row, Skipped, Suppression, Totals};
use proptest::prelude::*;

fn row(path: &str, message: &str) -> Row {
    Row {
        id: "0123456789ab".to_owned(),
        rule: "github-classic-token".to_owned(),
        kind: FindingKind::Secret,
        severity: Severity::Critical,
        confidence: Confidence::Proven,
        location: Location::new(Some(path.to_owned()), Span { line: 3, column: 9, end_line: 3, end_column: 49 }),
        message: message.to_owned(),
        why: vec!["its checksum fits".to_owned()],
        fix: Some("Revoke it.".to_owned()),
        cwe: Some("CWE-798".to_owned()),
        fingerprint: "0123456789abcdef0123456789abcdef".to_owned(),
        introduced: true,
        also: Vec::new(),
        more: 0,
        aside: None,
        suppressed: None,
        verified: None,
        excerpt: Some("token = \"****\"".to_owned()),
    }
}

fn findings(path: &str, message: &str) -> Findings {
    let suppression = Suppression { by: "baseline".to_owned(), reason: "a test value".to_owned() };
    Findings {
        findings: vec![row(path, message)],
        suppressed: vec![Row { suppressed: Some(suppression), ..row("tests/fixture", "GitHub token") }],
        skipped: vec![Skipped { path: path.to_owned(), why: "it can't be read".to_owned() }],
        totals: Totals { items: 2, bytes: 100, known_clean: 0 },
    }
}

#[test]
fn csv() {
    insta::assert_snapshot!(Form::Csv.write(&findings("src/a.rs", "GitHub token")).unwrap());
}

#[test]
fn github() {
    insta::assert_snapshot!(Form::Github.write(&findings("src/a.rs", "GitHub token")).unwrap());
}

#[test]
fn junit() {
    insta::assert_snapshot!(Form::Junit.write(&findings("src/a.rs", "GitHub token")).unwrap());
}

#[test]
fn json_has_the_fields_that_programs_rely_on() {
    let text = Form::Json.write(&findings("src/a.rs", "GitHub token")).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let row = value["findings"][0].as_object().unwrap();
    for field in ["id", "rule", "kind", "severity", "confidence", "path", "line", "column", "end_line", "end_column"] {
        assert!(row.contains_key(field), "{field}");
    }
    for field in ["message", "why", "fix", "cwe", "fingerprint", "introduced"] {
        assert!(row.contains_key(field), "{field}");
    }
}

#[test]
fn sarif_marks_what_is_suppressed_and_says_what_was_skipped() {
    let text = Form::Sarif.write(&findings("src/a.rs", "GitHub token")).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let run = &value["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 2);
    assert!(run["results"][0].get("suppressions").is_none());
    assert_eq!(run["results"][1]["suppressions"][0]["kind"], "external");
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    assert_eq!(run["results"][0]["ruleIndex"], 0);
}

proptest! {
    #[test]
    fn no_content_breaks_a_form(path in any::<String>(), message in any::<String>()) {
        let findings = findings(&path, &message);
        let annotations = Form::Github.write(&findings).unwrap();
        prop_assert_eq!(annotations.matches('\n').count(), 1);
        prop_assert!(annotations.starts_with("::error file="));
        serde_json::from_str::<serde_json::Value>(&Form::Sarif.write(&findings).unwrap()).unwrap();
        prop_assert_eq!(Form::Jsonl.write(&findings).unwrap().matches('\n').count(), 1);
        let xml = Form::Junit.write(&findings).unwrap();
        prop_assert_eq!(xml.matches('<').count(), 12);
        prop_assert_eq!(xml.matches('>').count(), 12);
    }
}

#[test]
fn what_the_issuer_said_is_in_every_form() {
    let said = "unknown: the issuer did not answer in time".to_owned();
    let findings =
        Findings { findings: vec![Row { verified: Some(said.clone()), ..row("a", "b") }], ..findings("a", "b") };
    for form in [Form::Json, Form::Jsonl, Form::Sarif, Form::Junit, Form::Csv, Form::Github] {
        assert!(form.write(&findings).unwrap().contains(&said), "{form:?}");
    }
}
