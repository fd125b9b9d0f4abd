//! One value of a file of settings, read or changed, and every other character of the file left as it was: comments, blanks,
//! the order of keys, and what this version knows nothing about.
//!
//! Nothing is written here: a text becomes another text. A text that can't be read as a whole is not changed in part.

mod block;
mod json;
mod toml;
mod yaml;

use serde_json::Value;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// JSON, and nothing else.
    Json,
    /// JSON with comments.
    JsonWithComments,
    /// JSON with comments, and with commas behind the last element.
    Jsonc,
    /// TOML.
    Toml,
    /// YAML, of which the top level is changed and read.
    Yaml,
    /// Lines whose comments begin with `#`. Ours stand between two of them.
    Lines,
    /// Prose in Markdown. Ours stands between two comments.
    Prose,
    /// A file of our own.
    Own,
}

/// Why settings can't be read or changed. They are left as they are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotEditable {
    /// They are not in the format of their file.
    #[error("it is not {format}: {why}")]
    Unreadable {
        /// Which one.
        format: &'static str,
        /// What is wrong, in the words of its reader.
        why: String,
    },
    /// Something stands in them twice, and readers differ in which of the two they believe.
    #[error("`{0}` stands in it twice")]
    Twice(String),
    /// They are nested too deeply.
    #[error("it is nested deeper than any settings")]
    Deep,
    /// They are larger than any settings.
    #[error("it is larger than any settings")]
    Large,
    /// Something else stands where a value belongs.
    #[error("`{0}` in it is not what is expected there")]
    Other(String),
}

/// The way to a value: the names of the members that lead to it.
pub(crate) type Path<'a> = &'a [String];

/// Nobody writes larger settings.
const LARGEST: usize = 4 << 20;

/// Nobody nests settings deeper, and a reader that follows would run out of stack.
const DEEPEST: usize = 128;

/// A file of settings that holds values by name.
#[derive(Debug, Clone)]
enum Document {
    Json(json::Json),
    Toml(toml::Toml),
    Yaml(yaml::Yaml),
}

/// A file of settings, read.
#[derive(Debug, Clone)]
pub(crate) struct Text(Document);

impl Text {
    /// Reads a file that holds values by name. An empty one is one without values. `None` for a format that holds none.
    pub(crate) fn read(format: Format, text: &str) -> Result<Option<Self>, NotEditable> {
        if text.len() > LARGEST {
            return Err(NotEditable::Large);
        }
        // Brackets within strings are counted as well, which only makes it stricter.
        let mut depth = 0_usize;
        for byte in text.bytes() {
            match byte {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > DEEPEST {
                return Err(NotEditable::Deep);
            }
        }
        let document = match format {
            Format::Json => Document::Json(json::Json::read(text, json::Dialect::Strict)?),
            Format::JsonWithComments => Document::Json(json::Json::read(text, json::Dialect::Comments)?),
            Format::Jsonc => Document::Json(json::Json::read(text, json::Dialect::CommentsAndCommas)?),
            Format::Toml => Document::Toml(toml::Toml::read(text)?),
            Format::Yaml => Document::Yaml(yaml::Yaml::read(text)?),
            Format::Lines | Format::Prose | Format::Own => return Ok(None),
        };
        Ok(Some(Self(document)))
    }

    /// The value at the end of a way; `None` if there is none.
    pub(crate) fn get(&self, path: &[String]) -> Result<Option<Value>, NotEditable> {
        match &self.0 {
            Document::Json(json) => json.get(path),
            Document::Toml(toml) => toml.get(path),
            Document::Yaml(yaml) => yaml.get(path),
        }
    }

    /// All of it; of YAML only the names at the top.
    pub(crate) fn whole(&self) -> Result<Value, NotEditable> {
        match &self.0 {
            Document::Json(json) => json.whole(),
            Document::Toml(toml) => Ok(toml.whole()),
            Document::Yaml(yaml) => Ok(yaml.whole()),
        }
    }

    /// Puts a value there, and what leads to it.
    pub(crate) fn set(&mut self, path: &[String], value: &Value) -> Result<(), NotEditable> {
        match &mut self.0 {
            Document::Json(json) => json.set(path, value),
            Document::Toml(toml) => toml.set(path, value),
            Document::Yaml(yaml) => yaml.set(path, value),
        }
    }

    /// Adds elements to the list that stands there, behind those that are in it.
    pub(crate) fn append(&mut self, path: &[String], items: &[Value]) -> Result<(), NotEditable> {
        match &mut self.0 {
            Document::Json(json) => json.append(path, items),
            Document::Toml(toml) => toml.append(path, items),
            Document::Yaml(yaml) => yaml.append(path, items),
        }
    }

    /// Takes every element out of the list that stands there that is not one of these.
    pub(crate) fn keep(&mut self, path: &[String], items: &[Value]) -> Result<(), NotEditable> {
        match &mut self.0 {
            Document::Json(json) => json.keep(path, items),
            Document::Toml(toml) => toml.keep(path, items),
            Document::Yaml(yaml) => yaml.keep(path, items),
        }
    }

    /// The text.
    pub(crate) fn text(&self) -> String {
        match &self.0 {
            Document::Json(json) => json.text(),
            Document::Toml(toml) => toml.text(),
            Document::Yaml(yaml) => yaml.text(),
        }
    }
}

/// Our lines in a file of lines or prose; `None` if there are none of ours in it.
pub(crate) fn block(format: Format, text: &str) -> Result<Option<&str>, NotEditable> {
    block::find(marks(format), text)
}

/// The text with these lines of ours in it, in the place of those that were.
pub(crate) fn with_block(format: Format, text: &str, ours: &str) -> Result<String, NotEditable> {
    block::put(marks(format), text, ours)
}

const fn marks(format: Format) -> block::Marks {
    match format {
        Format::Prose => block::PROSE,
        Format::Json
        | Format::JsonWithComments
        | Format::Jsonc
        | Format::Toml
        | Format::Yaml
        | Format::Lines
        | Format::Own => block::LINES,
    }
}

/// A way as people write it.
fn shown(path: Path<'_>) -> String {
    path.join(".")
}
