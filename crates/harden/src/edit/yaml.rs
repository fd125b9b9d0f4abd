//! YAML, as far as settings at the top of a file need it: `key: value` in a line that begins with the key, and nothing else of
//! the file is read. What the format can say in other ways at the top level is refused, not guessed at.

use super::{NotEditable, Path, shown};
use serde_json::Value;

/// The lines of a document, each with its end.
#[derive(Debug, Clone)]
pub(super) struct Yaml(Vec<String>);

fn odd(why: &str) -> NotEditable {
    NotEditable::Unreadable { format: "YAML that can be changed here", why: why.to_owned() }
}

impl Yaml {
    pub(super) fn read(text: &str) -> Result<Self, NotEditable> {
        let yaml = Self(text.split_inclusive('\n').map(str::to_owned).collect());
        let mut seen = std::collections::BTreeSet::new();
        for (number, line) in yaml.0.iter().enumerate() {
            match top(line) {
                Top::Key(key, _) => {
                    if !seen.insert(key.clone()) {
                        return Err(NotEditable::Twice(key));
                    }
                }
                Top::Other if number > 0 || line.trim_end() != "---" => return Err(odd(line.trim_end())),
                Top::Other | Top::Nothing => {}
            }
        }
        Ok(yaml)
    }

    pub(super) fn text(&self) -> String {
        self.0.concat()
    }

    pub(super) fn whole(&self) -> Value {
        let name = |line: &String| match top(line) {
            Top::Key(key, _) => Some((key, Value::Null)),
            Top::Other | Top::Nothing => None,
        };
        Value::Object(self.0.iter().filter_map(name).collect())
    }

    pub(super) fn get(&self, path: Path<'_>) -> Result<Option<Value>, NotEditable> {
        let [name] = path else { return Err(NotEditable::Other(shown(path))) };
        let Some((at, value)) = self.find(name) else { return Ok(None) };
        if value.is_empty() {
            return self.list(at, name);
        }
        scalar(&value).map(Some).ok_or_else(|| NotEditable::Other(name.clone()))
    }

    pub(super) fn set(&mut self, path: Path<'_>, value: &Value) -> Result<(), NotEditable> {
        let [name] = path else { return Err(NotEditable::Other(shown(path))) };
        // What spans several lines is not replaced.
        self.get(path)?;
        let written = written(value).ok_or_else(|| NotEditable::Other(name.clone()))?;
        match self.find(name) {
            Some((at, old)) if !old.is_empty() => {
                let Some(line) = self.0.get_mut(at) else { return Ok(()) };
                *line = replaced(line, &old, &written);
            }
            Some(_) => return Err(NotEditable::Other(name.clone())),
            None => self.line(&format!("{name}: {written}\n")),
        }
        Ok(())
    }

    pub(super) fn append(&mut self, path: Path<'_>, items: &[Value]) -> Result<(), NotEditable> {
        let [name] = path else { return Err(NotEditable::Other(shown(path))) };
        let written = |item: &Value| self::written(item).ok_or_else(|| NotEditable::Other(name.clone()));
        let Some((at, value)) = self.find(name) else {
            let lines: Vec<String> = items.iter().map(written).collect::<Result<_, _>>()?;
            self.line(&format!("{name}:\n  - {}\n", lines.join("\n  - ")));
            return Ok(());
        };
        if !value.is_empty() {
            return Err(NotEditable::Other(name.clone()));
        }
        self.list(at, name)?;
        let last = (at + 1..self.0.len()).take_while(|at| self.is_inner(*at)).filter(|at| self.is_element(*at)).last();
        let Some(last) = last else { return Err(NotEditable::Other(name.clone())) };
        let indent: String =
            self.0.get(last).map(|it| it.chars().take_while(|c| *c == ' ').collect()).unwrap_or_default();
        if let Some(line) = self.0.get_mut(last)
            && !line.ends_with('\n')
        {
            line.push('\n');
        }
        for (number, item) in items.iter().enumerate() {
            self.0.insert(last + 1 + number, format!("{indent}- {}\n", written(item)?));
        }
        Ok(())
    }

    pub(super) fn keep(&mut self, path: Path<'_>, items: &[Value]) -> Result<(), NotEditable> {
        let [name] = path else { return Err(NotEditable::Other(shown(path))) };
        let Some((at, _)) = self.find(name) else { return Ok(()) };
        self.list(at, name)?;
        let mut number = at + 1;
        while self.is_inner(number) {
            let element = self.0.get(number).and_then(|line| element(line));
            if element.is_some_and(|it| !items.contains(&it)) {
                self.0.remove(number);
            } else {
                number += 1;
            }
        }
        Ok(())
    }

    /// Where a key stands, and what is behind it in its line, without a comment.
    fn find(&self, name: &str) -> Option<(usize, String)> {
        self.0.iter().enumerate().find_map(|(at, line)| match top(line) {
            Top::Key(key, value) if key == name => Some((at, value)),
            Top::Key(..) | Top::Other | Top::Nothing => None,
        })
    }

    /// The list of plain values below a key; null if nothing is there.
    fn list(&self, at: usize, name: &str) -> Result<Option<Value>, NotEditable> {
        let mut items = Vec::new();
        for number in (at + 1..self.0.len()).take_while(|number| self.is_inner(*number)) {
            let Some(line) = self.0.get(number) else { break };
            if line.trim().is_empty() || line.trim_start().starts_with('#') {
                continue;
            }
            items.push(element(line).ok_or_else(|| NotEditable::Other(name.to_owned()))?);
        }
        Ok(Some(if items.is_empty() { Value::Null } else { Value::Array(items) }))
    }

    /// Whether a line belongs to the key above it.
    fn is_inner(&self, at: usize) -> bool {
        self.0.get(at).is_some_and(|line| matches!(top(line), Top::Nothing))
    }

    fn is_element(&self, at: usize) -> bool {
        self.0.get(at).is_some_and(|line| element(line).is_some())
    }

    fn line(&mut self, line: &str) {
        if let Some(last) = self.0.last_mut()
            && !last.ends_with('\n')
        {
            last.push('\n');
        }
        self.0.extend(line.split_inclusive('\n').map(str::to_owned));
    }
}

/// What a line is at the top level.
enum Top {
    /// A key, and what is behind it.
    Key(String, String),
    /// Nothing: it is empty, a comment, or belongs to what is above.
    Nothing,
    /// Something else.
    Other,
}

fn top(line: &str) -> Top {
    let line = line.trim_end();
    if line.is_empty() || line.starts_with([' ', '#']) || line.starts_with("- ") || line == "-" {
        return Top::Nothing;
    }
    let Some((key, value)) = line.split_once(':') else { return Top::Other };
    let is_plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if !is_plain || !(value.is_empty() || value.starts_with(' ')) {
        return Top::Other;
    }
    Top::Key(key.to_owned(), uncommented(value).trim().to_owned())
}

/// Without the comment at the end. A `#` within quotes is none.
fn uncommented(value: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in value.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            None if matches!(c, '"' | '\'') && before == ' ' => quote = Some(c),
            None if c == '#' && before == ' ' => return value.get(..at).unwrap_or(value),
            Some(_) | None => {}
        }
        before = c;
    }
    value
}

/// An element of a list, if the line is one and is plain.
fn element(line: &str) -> Option<Value> {
    let rest = line.trim_start().strip_prefix('-')?;
    if !rest.starts_with(' ') {
        return None;
    }
    scalar(uncommented(rest).trim())
}

/// A value in one line, if it is plain.
fn scalar(text: &str) -> Option<Value> {
    if let Some(inner) = text.strip_prefix('\'').and_then(|it| it.strip_suffix('\'')) {
        return (!inner.replace("''", "").contains('\'')).then(|| Value::String(inner.replace("''", "'")));
    }
    if text.starts_with('"') {
        return serde_json::from_str(text).ok().filter(Value::is_string);
    }
    if text.starts_with(['[', '{', '|', '>', '&', '*', '!', '%', '@', '`', ',']) || text.contains(": ") {
        return None;
    }
    Some(match text.to_ascii_lowercase().as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" | "~" => Value::Null,
        _ => text.parse::<i64>().map_or_else(|_| Value::String(text.to_owned()), Value::from),
    })
}

/// A value as it is written in one line.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::String(text) => {
            let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
                && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'))
                && scalar(text) == Some(value.clone())
                && !matches!(text.to_ascii_lowercase().as_str(), "yes" | "no" | "on" | "off" | "y" | "n");
            Some(if is_plain { text.clone() } else { Value::from(text.as_str()).to_string() })
        }
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A line with another value behind its key, and the comment that it had.
fn replaced(line: &str, old: &str, new: &str) -> String {
    let Some((key, rest)) = line.split_once(':') else { return line.to_owned() };
    let Some(at) = rest.find(old) else { return line.to_owned() };
    let (before, behind) = (rest.get(..at).unwrap_or_default(), rest.get(at + old.len()..).unwrap_or_default());
    format!("{key}:{before}{new}{behind}")
}
