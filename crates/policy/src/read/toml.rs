//! `portcullis.toml`. A file without a mistake is read in one go; one with a mistake is walked through key by key, so
//! that every mistake is told and not only the first.

use super::shape;
use crate::config::{Config, Lower as _};
use crate::diagnostic::Diagnostic;
use crate::source::{Origin, Text};
use crate::tier::Sheet;
use serde::Deserialize as _;
use std::sync::Arc;
use toml::de::{DeTable, Deserializer};

/// Reads a policy. What is wrong with it is added to `problems`; what is right is returned all the same.
pub(crate) fn read(text: &Arc<Text>, problems: &mut Vec<Diagnostic>) -> Sheet {
    let config = match Deserializer::parse(&text.written).and_then(Config::deserialize) {
        Ok(config) => config,
        Err(first) => salvage(text, &first, problems),
    };
    let mut entries = Vec::new();
    config.lower("", &mut entries);
    Sheet { text: Arc::clone(text), entries }
}

/// Reads what can be read of a file with mistakes.
fn salvage(text: &Arc<Text>, first: &toml::de::Error, problems: &mut Vec<Diagnostic>) -> Config {
    let told = problems.len();
    let (mut table, errors) = DeTable::parse_recoverable(&text.written);
    // Behind a broken line the parser guesses; only its first words on each line help.
    let mut last_line = 0;
    for error in &errors {
        let problem = syntax(text, error);
        if problem.line() != last_line {
            last_line = problem.line();
            problems.push(problem);
        }
    }
    shape::prune(text, table.get_mut(), problems);
    match Config::deserialize(Deserializer::from(table)) {
        Ok(config) if problems.len() > told => config,
        // INVARIANT: a file that could not be read has at least one problem.
        Ok(config) => {
            problems.push(syntax(text, first));
            config
        }
        Err(error) => {
            problems.push(syntax(text, &error));
            Config::default()
        }
    }
}

fn syntax(text: &Arc<Text>, error: &toml::de::Error) -> Diagnostic {
    let origin = Origin::new(text, error.span().unwrap_or(0..0));
    let message = error.message().lines().next().unwrap_or_default().to_owned();
    let problem = if message.contains("duplicate key") {
        Diagnostic::error("a key is written twice", origin, message)
            .help("put both values into one list, or remove one")
    } else {
        Diagnostic::error("this is not TOML", origin, message)
    };
    if written_without_quotes(text, error) { problem.help("texts stand in quotes: \"like this\"") } else { problem }
}

fn written_without_quotes(text: &Arc<Text>, error: &toml::de::Error) -> bool {
    let span = text.clamp(error.span().unwrap_or(0..0));
    let before = text.written.get(..span.start).unwrap_or_default();
    let here = text.written.get(span.start..).unwrap_or_default();
    before.trim_end_matches([' ', '\t']).ends_with(['=', '[', ','])
        && here.starts_with(|c: char| c.is_alphabetic() || "~./*".contains(c))
}
