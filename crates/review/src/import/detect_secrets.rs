//! detect-secrets: its baseline, which holds the SHA-1 of each secret, and the filters that it was made with.

use super::dialect::compile;
use super::{About, ImportError, Imported, Known, format_error};
use crate::suppress::{Allow, Target};
use portcullis_event::hex;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Debug, Deserialize)]
struct Baseline {
    results: BTreeMap<String, Vec<Found>>,
    #[serde(default)]
    filters_used: Vec<Filter>,
}

#[derive(Debug, Deserialize)]
struct Found {
    #[serde(rename = "type")]
    kind: String,
    hashed_secret: String,
    #[serde(default)]
    line_number: u32,
    /// What a person said in an audit: false means that it is no secret.
    is_secret: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct Filter {
    path: String,
    #[serde(default)]
    pattern: Option<Value>,
}

/// Reads a `.secrets.baseline`.
pub(super) fn baseline(text: &str) -> Result<Imported, ImportError> {
    let error = |error: serde_json::Error| format_error("baseline of detect-secrets", error);
    let baseline: Baseline = serde_json::from_str(text).map_err(error)?;
    let mut imported = Imported::default();
    for (file, found) in baseline.results {
        let path = PathBuf::from(file.strip_prefix("./").unwrap_or(&file));
        for found in found {
            known(&path, found, &mut imported)?;
        }
    }
    baseline.filters_used.iter().for_each(|filter| filtered(filter, &mut imported));
    Ok(imported)
}

fn known(path: &Path, found: Found, imported: &mut Imported) -> Result<(), ImportError> {
    let Found { kind: rule, hashed_secret, line_number: line, is_secret } = found;
    if is_secret == Some(true) {
        let path = crate::printable(path);
        imported.left_behind.push(format!("{path}:{line} was confirmed to be a secret, so it stays a finding"));
        return Ok(());
    }
    let hash = hex::decode_exactly(&hashed_secret);
    let hash = hash.ok_or_else(|| format_error("baseline of detect-secrets", "a hash is no SHA-1"))?;
    imported.known.push(Known { path: path.to_owned(), line, commit: None, rule, secret: About::Sha1(hash) });
    Ok(())
}

fn filtered(filter: &Filter, imported: &mut Imported) {
    let (module, name) = filter.path.rsplit_once('.').unwrap_or(("", &filter.path));
    let shown = crate::printable(name);
    let patterns = texts(filter.pattern.as_ref());
    let of = format!("the filter {shown}");
    let mut allow = Allow { reason: Some(of.clone()), ..Allow::default() };
    let on = |target: Target| move |of: &str, pattern: &str| Ok((target, compile(of, pattern)?));
    match (module, name) {
        ("detect_secrets.filters.regex", "should_exclude_file") => {
            allow.paths = imported.patterns(&of, &patterns, compile);
        }
        ("detect_secrets.filters.regex", "should_exclude_line") => {
            allow.patterns = imported.patterns(&of, &patterns, on(Target::Line));
        }
        ("detect_secrets.filters.regex", "should_exclude_secret") => {
            allow.patterns = imported.patterns(&of, &patterns, on(Target::Value));
        }
        // How that scanner judges a value; ours has its own ways.
        (
            "detect_secrets.filters.heuristic" | "detect_secrets.filters.allowlist" | "detect_secrets.filters.common",
            _,
        ) => {}
        _ => imported.left_behind.push(format!("{of} is not known here")),
    }
    if !(allow.paths.is_empty() && allow.patterns.is_empty()) {
        imported.allows.push(allow);
    }
}

/// A pattern, or a list of them.
fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
    }
}
