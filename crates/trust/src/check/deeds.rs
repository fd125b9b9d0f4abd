//! What scripts do that no single command shows: they take secrets and speak to the network, fetch or unpack code and run it,
//! by what comes together in them. The rules are data: `rules/deeds.toml`.

use super::script::Language;
use crate::found::Findings;
use crate::prose::BookError;
use crate::rule::{self, Rule};
use aho_corasick::AhoCorasick;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;

const FILE: &str = include_str!("../../rules/deeds.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    parts: BTreeMap<String, Vec<String>>,
    #[serde(rename = "deed")]
    deeds: Vec<WrittenDeed>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDeed {
    rule: String,
    says: String,
    all: Vec<String>,
    #[serde(default)]
    unless: Vec<String>,
    near: Option<usize>,
    /// Languages that it is looked for in; all of them if there is none.
    #[serde(default)]
    only: Vec<Family>,
    #[serde(rename = "match")]
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests try every example"))]
    matches: Vec<String>,
    #[serde(rename = "no_match")]
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests try every example"))]
    no_matches: Vec<String>,
}

/// Languages that write alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Family {
    Shell,
    PowerShell,
    Other,
    /// What a package runs when it is installed.
    Install,
    /// A list of packages.
    Packages,
    /// Commands that a page lists.
    Listing,
    /// What an agent runs whenever something happens.
    Hook,
}

impl Family {
    const fn of(language: Language) -> Self {
        match language {
            Language::Shell => Self::Shell,
            Language::PowerShell => Self::PowerShell,
            Language::Other(..) | Language::Unread => Self::Other,
            Language::Packages => Self::Packages,
        }
    }
}

/// What is looked for in scripts.
#[derive(Debug)]
pub(crate) struct Deeds {
    search: AhoCorasick,
    /// The class of each part, and whether no letter may stand before it.
    parts: Vec<(usize, bool)>,
    classes: usize,
    all: Vec<Deed>,
}

#[derive(Debug)]
struct Deed {
    rule: &'static Rule,
    says: String,
    /// Of each group one class has to be there.
    groups: Vec<Vec<usize>>,
    unless: Vec<usize>,
    near: Option<usize>,
    only: Vec<Family>,
}

impl Deeds {
    pub(crate) fn read() -> Result<Self, BookError> {
        let written = written()?;
        let names: Vec<&String> = written.parts.keys().collect();
        let class = |name: &str| {
            let unknown = || BookError::Class { file: "deeds".to_owned(), class: name.to_owned() };
            names.binary_search(&&name.to_owned()).map_err(|_| unknown())
        };
        let group = |group: &String| group.split('|').map(class).collect::<Result<Vec<_>, _>>();
        let mut deeds = Vec::new();
        for deed in &written.deeds {
            let unknown = || BookError::File { file: "deeds".to_owned(), what: format!("no rule {}", deed.rule) };
            deeds.push(Deed {
                rule: rule::rule(&deed.rule).ok_or_else(unknown)?,
                says: deed.says.clone(),
                groups: deed.all.iter().map(group).collect::<Result<_, _>>()?,
                unless: deed.unless.iter().map(|name| class(name)).collect::<Result<_, _>>()?,
                near: deed.near,
                only: deed.only.clone(),
            });
        }
        let all = written.parts.values().enumerate().flat_map(|(class, parts)| parts.iter().map(move |it| (class, it)));
        let (parts, words): (Vec<_>, Vec<_>) =
            all.map(|(class, part)| ((class, part.starts_with('<')), part.trim_start_matches('<'))).unzip();
        let search = AhoCorasick::new(words).map_err(|error| BookError::Search(error.to_string()))?;
        Ok(Self { search, parts, classes: names.len(), all: deeds })
    }

    /// Looks into a script.
    pub(crate) fn look(&self, text: &str, path: &str, language: Language, out: &mut Findings) {
        for (deed, at) in self.found(text, Family::of(language)) {
            let end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| at + end);
            report(deed, path, at..end, text.get(at..end).unwrap_or_default(), out);
        }
    }

    /// Looks into what a package runs when it is installed, which stands in `span` of a file.
    pub(crate) fn look_in(&self, text: &str, path: &str, span: &Range<usize>, out: &mut Findings) {
        for (deed, _) in self.found(text, Family::Install) {
            report(deed, path, span.clone(), text, out);
        }
    }

    /// Looks into a command that runs by itself, which stands in `span` of a file.
    pub(crate) fn look_at_hook(&self, text: &str, path: &str, span: &Range<usize>, out: &mut Findings) {
        for (deed, _) in self.found(text, Family::Shell).into_iter().chain(self.found(text, Family::Hook)) {
            report(deed, path, span.clone(), text, out);
        }
    }

    /// Looks into the commands of a page, which begin at this place of it.
    pub(crate) fn look_at_listing(&self, text: &str, path: &str, begin: usize, out: &mut Findings) {
        self.look_at(text, path, begin, Family::Listing, out);
    }

    /// Looks into a line of a list of packages, which begins at this place of it.
    pub(crate) fn look_at_packages(&self, line: &str, path: &str, begin: usize, out: &mut Findings) {
        self.look_at(line, path, begin, Family::Packages, out);
    }

    fn look_at(&self, text: &str, path: &str, begin: usize, family: Family, out: &mut Findings) {
        for (deed, at) in self.found(text, family) {
            let end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| at + end);
            report(deed, path, begin + at..begin + end, text.get(at..end).unwrap_or_default(), out);
        }
    }

    /// The deeds of a script, and where each begins.
    fn found(&self, text: &str, family: Family) -> Vec<(&Deed, usize)> {
        let places = self.places(text);
        // A page shows much that a script does; only what is named for pages is looked for in them. A hook is a script as well.
        let any = |deed: &Deed| deed.only.is_empty() && !matches!(family, Family::Listing | Family::Hook);
        let fits = |deed: &&Deed| any(deed) || deed.only.contains(&family);
        self.all.iter().filter(fits).filter_map(|deed| Some((deed, deed.place(&places)?))).collect()
    }

    /// Where each class stands.
    fn places(&self, text: &str) -> Vec<Vec<usize>> {
        let mut places = vec![Vec::new(); self.classes];
        for found in self.search.find_overlapping_iter(text) {
            let Some((class, alone)) = self.parts.get(found.pattern().as_usize()).copied() else { continue };
            let before = text.as_bytes().get(..found.start()).and_then(<[u8]>::last).copied();
            let goes_on = before.is_some_and(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'.' | b'$'));
            if let Some(places) = places.get_mut(class).filter(|_| !(alone && goes_on)) {
                places.push(found.start());
            }
        }
        // They were found by where they end.
        for places in &mut places {
            places.sort_unstable();
        }
        places
    }
}

impl Deed {
    /// Where it begins, if it is done.
    fn place(&self, places: &[Vec<usize>]) -> Option<usize> {
        let of = |class: &usize| places.get(*class).map_or(&[][..], Vec::as_slice);
        if self.unless.iter().any(|class| !of(class).is_empty()) {
            return None;
        }
        let (first, others) = self.groups.split_first()?;
        let near = self.near.unwrap_or(usize::MAX);
        let is_beside = |start: usize, places: &[usize]| {
            let from = places.partition_point(|place| place.saturating_add(near) < start);
            let beside = places.get(from..).unwrap_or_default().iter();
            beside.take_while(|place| place.saturating_sub(start) <= near).any(|place| *place != start)
        };
        let mut starts = first.iter().flat_map(of).copied();
        starts.find(|start| others.iter().all(|group| group.iter().any(|class| is_beside(*start, of(class)))))
    }
}

/// One finding of a rule in a script is enough; what the grammar of its language shows is the better one.
fn report(deed: &Deed, path: &str, span: Range<usize>, value: &str, out: &mut Findings) {
    if out.list.iter().any(|found| found.path == path && found.hit.rule.as_str() == deed.rule.id) {
        return;
    }
    out.add(deed.rule, path, span, value, format!("A script {}.", deed.says));
}

fn written() -> Result<Written, BookError> {
    toml::from_str(FILE).map_err(|error| BookError::File { file: "deeds".to_owned(), what: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_deed_is_seen_in_its_examples_and_not_in_what_is_near_to_them() {
        let deeds = Deeds::read().unwrap();
        for (deed, written) in deeds.all.iter().zip(written().unwrap().deeds) {
            assert!(!written.matches.is_empty() && !written.no_matches.is_empty(), "{}", deed.says);
            for text in &written.matches {
                assert!(deed.place(&deeds.places(text)).is_some(), "{} is not seen in {text}", deed.says);
            }
            for text in &written.no_matches {
                assert_eq!(deed.place(&deeds.places(text)), None, "{} is seen in {text}", deed.says);
            }
        }
    }

    #[test]
    fn no_flood_of_harmless_parts_hides_a_deed() {
        let deeds = Deeds::read().unwrap();
        let flood = "fetch(u)\n".repeat(500) + &" ".repeat(1000);
        let text = flood.clone() + "exec(urlopen(U).read())\n";
        assert_eq!(deeds.found(&flood, Family::Other).len(), 0);
        assert_eq!(deeds.found(&text, Family::Other).len(), 1);
    }

    #[test]
    fn every_part_is_used_once() {
        let written = written().unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for (name, parts) in &written.parts {
            let named = |deed: &WrittenDeed| {
                deed.all
                    .iter()
                    .flat_map(|group| group.split('|'))
                    .chain(deed.unless.iter().map(String::as_str))
                    .any(|it| it == name)
            };
            assert!(written.deeds.iter().any(named), "nothing needs {name}");
            for part in parts {
                assert!(seen.insert((name, part)), "{part} stands twice in {name}");
            }
        }
    }
}
