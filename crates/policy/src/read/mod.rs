//! From texts to sheets: each format is read by one file.

mod foreign;
mod shape;
mod suggest;
mod toml;
mod yaml;

pub(crate) use foreign::{skills_yaml, tools_json};
pub(crate) use suggest::nearest;
pub(crate) use toml::read as toml;

use crate::diagnostic::Diagnostic;
use crate::source::{Origin, Text};
use std::sync::Arc;

/// The longest policy that is read, in bytes. Nobody writes one by hand that is longer.
const LONGEST: usize = 1 << 18;

/// What is wrong with a text before anything in it is read.
pub(crate) fn unreadable(text: &Arc<Text>) -> Option<Diagnostic> {
    let written = text.written.as_str();
    if written.len() > LONGEST {
        let at = Origin::new(text, 0..1);
        return Some(Diagnostic::error("this policy is too long", at, "more than 256 KiB of text"));
    }
    let (at, c) = written.char_indices().find(|(_, c)| matches!(c, '\0' | '\u{fffd}'))?;
    let label = if c == '\0' { "there is a NUL byte here" } else { "the bytes here are not UTF-8" };
    let origin = Origin::new(text, at..at + c.len_utf8());
    Some(
        Diagnostic::error("this is not a text in UTF-8", origin, label)
            .help("save the file as UTF-8, without a binary part"),
    )
}

/// A text with nothing in it says nothing, and whoever wrote it should know.
pub(crate) fn empty(text: &Arc<Text>) -> Option<Diagnostic> {
    let nothing = text.written.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
    nothing.then(|| {
        Diagnostic::warning("this policy is empty", Origin::new(text, 0..0), "nothing is said here")
            .help("write for example `preset = \"standard\"`, or remove the file")
    })
}
