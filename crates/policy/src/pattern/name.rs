//! Names: models, tools, servers, agents, skills, packages, branches, tables, secrets, environments.
//!
//! `*` stands for anything, slashes included. A version or a source can be required besides. Names without wildcards
//! are found by hashing, whatever their number.

use super::wildcard::Wildcard;
use super::{BadPattern, Breadth, Set, lowest, version};
use crate::config::Item;
use crate::source::Places;
use semver::VersionReq;
use std::collections::HashMap;

/// A thing with a name.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Named<'a> {
    pub(crate) name: &'a str,
    pub(crate) version: Option<&'a str>,
    pub(crate) source: Option<&'a str>,
}

impl<'a> Named<'a> {
    pub(crate) fn new(name: &'a str) -> Self {
        Self { name, ..Self::default() }
    }
}

/// Many name patterns.
#[derive(Debug, Default)]
pub(crate) struct NameSet {
    literal: HashMap<String, Vec<Rule>>,
    wild: Vec<(Wildcard, Rule)>,
}

#[derive(Debug)]
struct Rule {
    number: usize,
    version: Option<VersionReq>,
    source: Option<Wildcard>,
}

impl Rule {
    fn fits(&self, value: Named<'_>, breadth: Breadth) -> bool {
        let source = match (&self.source, value.source) {
            (None, _) => true,
            (Some(wanted), Some(source)) => wanted.matches(source),
            (Some(_), None) => breadth == Breadth::Broad,
        };
        source && self.version.as_ref().is_none_or(|wanted| version::fits(wanted, value.version, breadth))
    }
}

/// `name@>=1.2` in two parts. An `@` at the start belongs to the name, as in `@scope/package`.
pub(crate) fn split_version(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once('@') {
        Some((name, version))
            if !name.is_empty()
                && !name.ends_with([':', '/'])
                && version.starts_with(|c: char| "<>=~^*v0123456789".contains(c)) =>
        {
            (name, Some(version))
        }
        _ => (text, None),
    }
}

impl Set for NameSet {
    type Value<'a> = Named<'a>;

    fn insert(&mut self, number: usize, item: &Item, _: &Places) -> Result<(), BadPattern> {
        let (name, suffix) = split_version(&item.name);
        if suffix.is_some() && item.version.is_some() {
            return Err(BadPattern::new("the version is given twice", "leave out either the `@…` or `version`"));
        }
        let version = item.version.as_deref().or(suffix).map(version::parse).transpose()?;
        let source = item.source.as_deref().map(Wildcard::parse).transpose()?;
        let rule = Rule { number, version, source };
        match Wildcard::parse(name)?.literal() {
            Ok(name) => self.literal.entry(name).or_default().push(rule),
            Err(wildcard) => self.wild.push((wildcard, rule)),
        }
        Ok(())
    }

    fn find(&self, value: Named<'_>, breadth: Breadth) -> Option<usize> {
        let literal = self.literal.get(value.name).into_iter().flatten();
        let literal = literal.filter(|rule| rule.fits(value, breadth)).map(|rule| rule.number).min();
        let wild = self.wild.iter().take_while(|(_, rule)| literal.is_none_or(|best| rule.number < best));
        let wild = wild.filter(|(wildcard, rule)| wildcard.matches(value.name) && rule.fits(value, breadth));
        lowest(literal, wild.map(|(_, rule)| rule.number).next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::AbsPath;

    fn fits(pattern: &str, value: Named<'_>, breadth: Breadth) -> bool {
        let root = AbsPath::parse("/").unwrap();
        let places = Places { home: root.clone(), repository: None, cwd: root };
        let mut set = NameSet::default();
        set.insert(0, &Item { name: pattern.to_owned(), ..Item::default() }, &places).unwrap();
        set.find(value, breadth).is_some()
    }

    #[test]
    fn a_scope_is_not_a_version() {
        assert_eq!(split_version("npm:@scope/x"), ("npm:@scope/x", None));
        assert_eq!(split_version("npm:@scope/x@>=1.0"), ("npm:@scope/x", Some(">=1.0")));
        assert_eq!(split_version("claude-code@2"), ("claude-code", Some("2")));
        assert_eq!(split_version("user@host"), ("user@host", None));
    }

    #[test]
    fn a_name_that_only_looks_alike_is_another_name() {
        assert!(!fits("claude-code", Named::new("claude-c\u{43e}de"), Breadth::Broad));
        assert!(!fits("anthropic/claude-*", Named::new("anthropic-evil/claude-x"), Breadth::Broad));
        assert!(fits("anthropic/claude-*", Named::new("anthropic/claude-sonnet-5"), Breadth::Narrow));
    }

    #[test]
    fn an_unknown_version_is_not_good_enough_to_be_allowed() {
        let value = Named::new("codex");
        assert!(!fits("codex@>=1.0", value, Breadth::Narrow));
        assert!(fits("codex@>=1.0", value, Breadth::Broad));
        assert!(fits("codex@>=1.0", Named { version: Some("1.2.0"), ..value }, Breadth::Narrow));
    }
}
