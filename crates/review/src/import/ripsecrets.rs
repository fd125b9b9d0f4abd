//! ripsecrets: its `.secretsignore`, which holds patterns for paths and, below `[secrets]`, secrets as they are.

use super::dialect::compile;
use super::{ImportError, Imported};
use crate::suppress::{Allow, Target};
use regex::bytes::Regex;

/// Reads a `.secretsignore`.
pub(super) fn ignore(text: &str) -> Imported {
    let mut imported = Imported::default();
    let (mut paths, mut secrets, mut in_secrets) = (Vec::new(), Vec::new(), false);
    for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.trim() == "[secrets]" {
            in_secrets = true;
        } else if in_secrets {
            secrets.push(line.to_owned());
        } else if line.starts_with('!') {
            imported.left_behind.push(format!("`{}` takes back a pattern", crate::printable(line)));
        } else {
            paths.push(line.to_owned());
        }
    }
    let reason = Some("it is left out in .secretsignore".to_owned());
    let paths = imported.patterns("a path in .secretsignore", &paths, glob);
    if !paths.is_empty() {
        imported.allows.push(Allow { reason: reason.clone(), paths, ..Allow::default() });
    }
    let value = |of: &str, secret: &str| Ok((Target::Value, compile(of, &format!("^(?:{})$", regex::escape(secret)))?));
    let patterns = imported.patterns("a secret in .secretsignore", &secrets, value);
    if !patterns.is_empty() {
        imported.allows.push(Allow { reason, patterns, ..Allow::default() });
    }
    imported
}

/// A pattern of an ignore file as one for paths.
fn glob(of: &str, line: &str) -> Result<Regex, ImportError> {
    let is_folder = line.ends_with('/');
    let body = line.trim_end_matches('/');
    let mut pattern = if body.contains('/') { "^".to_owned() } else { "(^|/)".to_owned() };
    let mut rest = body.trim_start_matches('/');
    while let Some(character) = rest.chars().next() {
        let (length, translated) = match character {
            '*' if rest.starts_with("**/") => (3, "(.*/)?".to_owned()),
            '*' if rest.starts_with("**") => (2, ".*".to_owned()),
            '*' => (1, "[^/]*".to_owned()),
            '?' => (1, "[^/]".to_owned()),
            '[' | ']' => (1, character.to_string()),
            _ => (character.len_utf8(), regex::escape(&character.to_string())),
        };
        pattern.push_str(&translated);
        rest = rest.get(length..).unwrap_or_default();
    }
    pattern.push_str(if is_folder { "/" } else { "(/|$)" });
    compile(of, &pattern)
}
