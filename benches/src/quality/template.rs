//! Templates of files: whole files in realistic forms, with marks where a value is put in.
//!
//! A file of templates is a group. Its first line says where its forms come from; then each `=== path` starts a file.
//! `«+kind»` is a credential, `«kind»` any other value; `kind:n` has n characters, and `{text}` stands for itself.

use super::random::Random;
use super::values;
use anyhow::{Context as _, bail};
use std::ops::Range;

/// A group of templates from one source.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: String,
    templates: Vec<Template>,
}

#[derive(Debug)]
struct Template {
    path: String,
    text: String,
}

/// A file that was made, and the credentials in it.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) path: String,
    pub(super) text: String,
    pub(super) credentials: Vec<Range<usize>>,
}

impl Group {
    /// Reads a file of templates.
    pub(super) fn parse(name: &str, text: &str) -> anyhow::Result<Self> {
        let (head, rest) = text.split_once('\n').context("the file is empty")?;
        if !head.starts_with("source: ") {
            bail!("{name}: the first line does not name its source");
        }
        let mut templates: Vec<Template> = Vec::new();
        for line in rest.lines() {
            if let Some(path) = line.strip_prefix("=== ") {
                templates.push(Template { path: path.to_owned(), text: String::new() });
            } else if let Some(last) = templates.last_mut() {
                last.text.push_str(line);
                last.text.push('\n');
            }
        }
        Ok(Self { name: name.to_owned(), templates })
    }

    /// Makes each of its files once.
    pub(super) fn make(&self, seed: u64) -> anyhow::Result<Vec<Made>> {
        self.templates.iter().map(|it| it.make(seed).with_context(|| format!("{}: {}", self.name, it.path))).collect()
    }
}

impl Template {
    fn make(&self, seed: u64) -> anyhow::Result<Made> {
        let mut random = Random::new(seed, &self.path);
        let mut made = Made { path: self.path.clone(), text: String::new(), credentials: Vec::new() };
        let mut rest = self.text.as_str();
        while let Some((before, after)) = rest.split_once('«') {
            made.text.push_str(before);
            let (mark, behind) = after.split_once('»').context("a mark is not closed")?;
            let start = made.text.len();
            let (is_credential, kinds) = mark.strip_prefix('+').map_or((false, mark), |kinds| (true, kinds));
            made.text.push_str(&expand(&mut random, kinds)?);
            if is_credential {
                made.credentials.push(start..made.text.len());
            }
            rest = behind;
        }
        made.text.push_str(rest);
        Ok(made)
    }
}

/// What a mark stands for: `{text}` and kinds in a row.
fn expand(random: &mut Random, marks: &str) -> anyhow::Result<String> {
    let mut made = String::new();
    let mut rest = marks;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('{') {
            let (text, behind) = inside.split_once('}').context("a bracket is not closed")?;
            made.push_str(text);
            rest = behind;
            continue;
        }
        let end = rest.find('{').unwrap_or(rest.len());
        let (mark, behind) = rest.split_at_checked(end).context("a mark is cut")?;
        let (kind, length) = mark.split_once(':').unwrap_or((mark, "0"));
        let value = values::draw(random, kind, length.parse()?);
        made.push_str(&value.with_context(|| format!("there is no kind {kind}"))?);
        rest = behind;
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_filled_and_credentials_are_known() {
        let group = Group::parse("a", "source: none\n=== x.env\nA=«+{k_}hex:4{-}digits:2»\nB=«uuid»\n").unwrap();
        let made = group.make(1).unwrap();
        let [file] = &made[..] else { panic!("{made:?}") };
        let [credential] = &file.credentials[..] else { panic!("{file:?}") };
        let value = file.text.get(credential.clone()).unwrap();
        assert!(value.starts_with("k_") && value.len() == 9, "{value}");
        assert_eq!(file.text.len(), "A=k_0000-00\nB=\n".len() + 36);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert!(Group::parse("a", "no source\n").is_err());
        for text in ["«", "«nothing»", "«{x»", "«hex:x»"] {
            let group = Group::parse("a", &format!("source: none\n=== x\n{text}\n")).unwrap();
            assert!(group.make(1).is_err(), "{text}");
        }
    }
}
