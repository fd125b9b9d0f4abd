//! Reads the formats that agents are configured in. Whatever is too deep, too long, or not of the format is an error, and an
//! error is a finding: what we can't read an agent may.

mod json;
mod toml;
mod yaml;

pub(crate) use json::json;
pub(crate) use toml::toml;
pub(crate) use yaml::yaml;

use crate::node::Node;
use crate::tree::name_of;

/// The longest text that is read as configuration.
const LONGEST: usize = 2 * 1024 * 1024;

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("it is longer than any configuration")]
    Long,
    #[error("it is nested deeper than any configuration")]
    Deep,
    #[error("{0}")]
    Form(String),
}

/// Reads a file by the format that its name says.
pub(crate) fn by_name(path: &str, text: &str) -> Result<Node, Unreadable> {
    if text.len() > LONGEST {
        return Err(Unreadable::Long);
    }
    let name = name_of(path).to_ascii_lowercase();
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "toml" => toml(text),
        "yaml" | "yml" => yaml(text),
        _ => json(text),
    }
}

/// Whether brackets are nested deeper than anything that is read here, so that no reader that recurses meets them.
fn is_deep(text: &str) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => depth += 1,
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            b'\n' => quoted = false,
            _ => {}
        }
        if depth > crate::node::DEEPEST {
            return true;
        }
    }
    false
}
