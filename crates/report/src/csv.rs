//! Comma-separated values, as RFC 4180 has them. A cell that a spreadsheet would take for a formula gets a quote in front.

use crate::{Findings, Row};

const HEADER: &str = "rule,kind,severity,confidence,path,line,column,end_line,end_column,commit,message,fingerprint,introduced,verified\r\n";

/// A finding on each line.
pub(crate) fn table(findings: &Findings) -> String {
    let lines = findings.findings.iter().map(line);
    std::iter::once(HEADER.to_owned()).chain(lines).collect()
}

fn line(row: &Row) -> String {
    let at = &row.location;
    let cells = [
        row.rule.clone(),
        word(&row.kind),
        word(&row.severity),
        word(&row.confidence),
        at.path.clone().unwrap_or_default(),
        at.line.to_string(),
        at.column.to_string(),
        at.end_line.to_string(),
        at.end_column.to_string(),
        at.commit.clone().unwrap_or_default(),
        row.message.clone(),
        row.fingerprint.clone(),
        row.introduced.to_string(),
        row.verified.clone().unwrap_or_default(),
    ];
    let quoted: Vec<String> = cells.iter().map(|it| cell(it)).collect();
    quoted.join(",") + "\r\n"
}

/// The word that JSON uses for a value of one of our enums.
pub(crate) fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

fn cell(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_neither_a_formula_nor_two_cells() {
        assert_eq!(cell("=cmd()"), "'=cmd()");
        assert_eq!(cell("a,\"b\"\n"), "\"a,\"\"b\"\"\n\"");
        assert_eq!(cell("plain"), "plain");
    }
}
