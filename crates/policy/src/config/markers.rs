//! `[[data.markers]]`: what an organisation marks as its own, and how private that makes a text.

use super::at::At;
use super::gateway::{Means, entry};
use super::lower::{Entry, Lower};
use super::words::Assumed;
use portcullis_event::RuleId;
use portcullis_patterns::markers::{Marker, Sought};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most bytes of a word, a title or a name.
const LONGEST: usize = 200;

/// What marks a text as not for everybody. It looks for one of `words`, `header` and `pattern`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct MarkerTable {
    /// What it is called: findings are told as `marker-` and this name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// What it means, such as `the new engine, which nobody knows of yet`; without it, its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// How private a text is that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<Assumed>,
    /// Words and phrases, such as names of projects. A space stands for white space, `-`, `_` or nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<Vec<String>>,
    /// Phrases that count only in a line with little else in it, such as a header or a footer.
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<Vec<String>>,
    /// A regular expression, such as `PRJ-[0-9]{4}`, that matches at most 256 bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<String>,
    /// Whether capitals count; without it they don't.
    #[serde(skip_serializing_if = "Option::is_none")]
    exact_case: Option<bool>,
}

/// A list of them, as it is written.
pub(crate) type Markers = Vec<At<MarkerTable>>;

impl Lower for Markers {
    fn lower(self, key: &str, out: &mut Vec<Entry>) {
        let row = |it: At<MarkerTable>| entry(key, &it, it.get().meaning().map(Means::Marker));
        out.extend(self.into_iter().map(row));
    }
}

impl MarkerTable {
    /// What the table says, or what is wrong with it.
    pub(crate) fn meaning(&self) -> Result<Marker, String> {
        let name = self.name.as_ref().ok_or("has no `name`")?;
        let id = RuleId::parse(format!("marker-{name}")).ok().filter(|_| is_name(name));
        let id = id.ok_or_else(|| format!("has `{name}` as `name`, which is no name of letters, digits and `-`"))?;
        let class = self.class.ok_or("has no `class`: say how private what it marks is")?;
        let title = self.title.as_ref().unwrap_or(name).clone();
        if !is_line(&title) {
            return Err("has a `title` that is no line of words".to_owned());
        }
        let sought = match (&self.words, &self.header, &self.pattern) {
            (Some(words), None, None) => Sought::Words(phrases("words", words)?),
            (None, Some(words), None) => Sought::Header(phrases("header", words)?),
            (None, None, Some(pattern)) => Sought::Pattern(pattern.clone()),
            (None, None, None) => return Err("looks for nothing: give it `words`, `header` or `pattern`".to_owned()),
            _ => {
                return Err(
                    "looks for more than one of `words`, `header` and `pattern`: make a table of each".to_owned()
                );
            }
        };
        let marker = Marker { id, title, data: class.class(), sought, exact_case: self.exact_case.unwrap_or(false) };
        marker.check().map_err(|error| format!("can't be used: {error}"))?;
        Ok(marker)
    }
}

fn is_name(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= LONGEST && !text.contains(char::is_control)
}

/// Phrases of which each holds something that can be told from other words.
fn phrases(key: &str, words: &[String]) -> Result<Vec<String>, String> {
    let has_letters = |text: &String| is_line(text) && text.chars().filter(|c| c.is_alphanumeric()).count() >= 2;
    match words.iter().find(|text| !has_letters(text)) {
        Some(bad) => Err(format!("has `{bad}` in `{key}`, which is no word or phrase")),
        None if words.is_empty() => Err(format!("has an empty list `{key}`: it would find nothing")),
        None => Ok(words.to_vec()),
    }
}
