//! SARIF 2.1.0, as code hosts take it.

use crate::{Findings, Location, Row};
use portcullis_event::Severity;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The document.
pub(crate) fn document(findings: &Findings) -> Result<String, serde_json::Error> {
    let all: Vec<&Row> = findings.findings.iter().chain(&findings.suppressed).collect();
    let rules: BTreeMap<&str, &Row> = all.iter().map(|row| (row.rule.as_str(), *row)).collect();
    let number = |row: &Row| rules.keys().position(|id| *id == row.rule);
    let results: Vec<Value> = all.iter().map(|row| result(row, number(row))).collect();
    let notes: Vec<Value> = findings
        .skipped
        .iter()
        .map(|it| json!({ "level": "error", "message": { "text": format!("{}: not looked into: {}", it.path, it.why) } }))
        .collect();
    let driver = json!({
        "name": "Portcullis",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": rules.values().map(|row| rule(row)).collect::<Vec<Value>>(),
    });
    let run = json!({
        "tool": { "driver": driver },
        "columnKind": "unicodeCodePoints",
        "results": results,
        "invocations": [{ "executionSuccessful": findings.skipped.is_empty(), "toolExecutionNotifications": notes }],
    });
    let document = json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] });
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}

fn rule(row: &Row) -> Value {
    let tags: Vec<String> = std::iter::once("security".to_owned()).chain(row.cwe.clone()).collect();
    json!({
        "id": row.rule,
        "shortDescription": { "text": row.message },
        "help": { "text": row.fix.clone().unwrap_or_else(|| row.message.clone()) },
        "defaultConfiguration": { "level": level(row.severity) },
        "properties": { "security-severity": score(row.severity), "tags": tags },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// What code hosts sort by.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "0.0",
    }
}

fn result(row: &Row, number: Option<usize>) -> Value {
    let mut result = json!({
        "ruleId": row.rule,
        "ruleIndex": number,
        "level": if row.aside.is_some() { "note" } else { level(row.severity) },
        "message": { "text": row.message },
        "locations": [location(&row.location)],
        "partialFingerprints": { "portcullis/v1": row.fingerprint },
        "properties": { "confidence": row.confidence, "kind": row.kind, "introduced": row.introduced, "why": row.why },
    });
    if let Some(object) = result.as_object_mut() {
        if !row.also.is_empty() {
            object.insert("relatedLocations".to_owned(), row.also.iter().map(location).collect());
        }
        if let Some(verified) = &row.verified
            && let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut)
        {
            properties.insert("verified".to_owned(), json!(verified));
        }
        if let Some(aside) = row.aside
            && let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut)
        {
            properties.insert("aside".to_owned(), json!(aside));
        }
        if let Some(it) = &row.suppressed {
            let suppression = json!([{ "kind": "external", "justification": format!("{} ({})", it.reason, it.by) }]);
            object.insert("suppressions".to_owned(), suppression);
        }
    }
    result
}

fn location(it: &Location) -> Value {
    let mut place = json!({ "artifactLocation": { "uri": uri(it.path.as_deref().unwrap_or("-")) } });
    if it.line > 0
        && let Some(place) = place.as_object_mut()
    {
        let region = json!({ "startLine": it.line, "startColumn": it.column, "endLine": it.end_line, "endColumn": it.end_column });
        place.insert("region".to_owned(), region);
    }
    let logical = it.commit.as_ref().map(|commit| json!([{ "fullyQualifiedName": commit, "kind": "commit" }]));
    match logical {
        Some(logical) => json!({ "physicalLocation": place, "logicalLocations": logical }),
        None => json!({ "physicalLocation": place }),
    }
}

/// A path as a relative or `file:` reference.
fn uri(path: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte);
    let text: String = path
        .bytes()
        .map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    if path.starts_with('/') { format!("file://{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_reference() {
        assert_eq!(uri("src/a b#1.rs"), "src/a%20b%231.rs");
        assert_eq!(uri("/x/ü"), "file:///x/%C3%BC");
        assert_eq!(uri("a:b"), "a%3Ab");
    }
}
