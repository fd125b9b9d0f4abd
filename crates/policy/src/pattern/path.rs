//! Files: gitignore-like patterns, matched name by name.
//!
//! `./` is the repository, `~/` the home, `/` the root; a bare name is meant wherever it occurs; a path with a `/` in
//! it that starts with none of these belongs to the repository. Whatever fits a folder fits everything below it.
//! Upper and lower case are different. The patterns form one tree, walked once per path.

use super::wildcard::{Wildcard, is_plain};
use super::{BadPattern, Breadth, Set, lowest};
use crate::config::Item;
use crate::source::Places;
use portcullis_event::AbsPath;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Many path patterns.
#[derive(Debug)]
pub(crate) struct PathSet {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// Most nodes have one, and a policy is read each time a hook starts: nothing to hash, and nothing to grow.
    literal: BTreeMap<String, usize>,
    wild: Vec<(Wildcard, usize)>,
    /// The node behind `**`.
    any_depth: Option<usize>,
    /// This node stays when a name is read: it stands behind `**`.
    stays: bool,
    /// A pattern ends here.
    rule: Option<usize>,
}

impl Default for PathSet {
    fn default() -> Self {
        Self { nodes: vec![Node::default()] }
    }
}

/// The names that a pattern is made of, from the root; `**` for any depth.
pub(crate) fn names<'a>(pattern: &'a str, places: &'a Places) -> Result<Vec<Cow<'a, str>>, BadPattern> {
    let start = |folder: &'a AbsPath| folder.components().map(escape).collect::<Vec<_>>();
    let (mut names, rest) = if pattern == "~" {
        (start(&places.home), "")
    } else if let Some(rest) = pattern.strip_prefix("~/") {
        (start(&places.home), rest)
    } else if pattern.starts_with('~') {
        return Err(BadPattern::new(
            "`~name` is not understood",
            "write `~/` for the user's own home, or the whole path for another's",
        ));
    } else if pattern == "." {
        (start(places.root()), "")
    } else if let Some(rest) = pattern.strip_prefix("./") {
        (start(places.root()), rest)
    } else if let Some(rest) = pattern.strip_prefix('/') {
        (Vec::new(), rest)
    } else if pattern.trim_end_matches('/').contains('/') && !pattern.starts_with("**/") {
        (start(places.root()), pattern)
    } else {
        (vec![Cow::Borrowed("**")], pattern)
    };
    names.extend(rest.split('/').filter(|name| !name.is_empty() && *name != ".").map(Cow::Borrowed));
    while names.len() > 1 && names.last().is_some_and(|name| name == "**") {
        names.pop();
    }
    Ok(names)
}

/// A folder's name stands for itself, whatever characters it holds.
fn escape(name: &str) -> Cow<'_, str> {
    if is_plain(name) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.chars().flat_map(|c| "*?[\\{}".contains(c).then_some('\\').into_iter().chain([c])).collect())
}

fn check(name: &str) -> Result<(), BadPattern> {
    if name == ".." {
        return Err(BadPattern::new("`..` leads out of the folder", "write the path that is meant, without `..`"));
    }
    if name.contains("**") && name != "**" {
        return Err(BadPattern::new(
            "`**` must stand alone between slashes",
            "write `*` within a name, `**/` for any depth",
        ));
    }
    Ok(())
}

impl PathSet {
    fn add_node(&mut self, stays: bool) -> usize {
        self.nodes.push(Node { stays, ..Node::default() });
        self.nodes.len() - 1
    }

    /// The node behind `name`, made if it is not there yet.
    fn step(&mut self, node: usize, name: &str) -> Result<usize, BadPattern> {
        check(name)?;
        let fresh = self.nodes.len();
        let Some(here) = self.nodes.get_mut(node) else { return Ok(node) };
        let next = if name == "**" {
            *here.any_depth.get_or_insert(fresh)
        } else {
            match Wildcard::parse(name)?.literal() {
                Ok(name) => *here.literal.entry(name).or_insert(fresh),
                Err(wildcard) => {
                    let known = here.wild.iter().find(|(known, _)| *known == wildcard).map(|(_, next)| *next);
                    if known.is_none() {
                        here.wild.push((wildcard, fresh));
                    }
                    known.unwrap_or(fresh)
                }
            }
        };
        if next == fresh {
            self.add_node(name == "**");
        }
        Ok(next)
    }

    /// Adds a node, and the one behind its `**`, which may stand for no name at all.
    fn enter(&self, node: usize, active: &mut Vec<usize>, best: &mut Option<usize>) {
        let mut next = Some(node);
        while let Some(node) = next.filter(|node| !active.contains(node)) {
            active.push(node);
            let here = self.nodes.get(node);
            *best = lowest(*best, here.and_then(|here| here.rule));
            next = here.and_then(|here| here.any_depth);
        }
    }
}

impl Set for PathSet {
    type Value<'a> = &'a AbsPath;

    fn insert(&mut self, number: usize, item: &Item, places: &Places) -> Result<(), BadPattern> {
        if item.name.contains('\\') && item.name.contains(":\\") {
            return Err(BadPattern::new("this is a Windows path", "write it with `/`"));
        }
        let mut node = 0;
        for name in names(&item.name, places)? {
            node = self.step(node, &name)?;
        }
        if let Some(node) = self.nodes.get_mut(node) {
            node.rule = lowest(node.rule, Some(number));
        }
        Ok(())
    }

    fn find(&self, path: &AbsPath, _: Breadth) -> Option<usize> {
        let mut best = None;
        let mut active = Vec::with_capacity(8);
        let mut next = Vec::with_capacity(8);
        self.enter(0, &mut active, &mut best);
        for name in path.components() {
            for &node in &active {
                let Some(here) = self.nodes.get(node) else { continue };
                if here.stays {
                    self.enter(node, &mut next, &mut best);
                }
                if let Some(&child) = here.literal.get(name) {
                    self.enter(child, &mut next, &mut best);
                }
                for (wildcard, child) in &here.wild {
                    if wildcard.matches(name) {
                        self.enter(*child, &mut next, &mut best);
                    }
                }
            }
            std::mem::swap(&mut active, &mut next);
            next.clear();
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn places() -> Places {
        let path = |text| AbsPath::parse(text).unwrap();
        Places { home: path("/home/ada"), repository: Some(path("/home/ada/work")), cwd: path("/home/ada/work/src") }
    }

    fn set(patterns: &[&str]) -> PathSet {
        let mut set = PathSet::default();
        for (number, pattern) in patterns.iter().enumerate() {
            let item = Item { name: (*pattern).to_owned(), ..Item::default() };
            set.insert(number, &item, &places()).unwrap();
        }
        set
    }

    fn fits(pattern: &str, path: &str) -> bool {
        set(&[pattern]).find(&AbsPath::parse(path).unwrap(), Breadth::Narrow).is_some()
    }

    #[test]
    fn patterns_start_where_they_say() {
        for (pattern, yes, no) in [
            ("./**", "/home/ada/work/src/a.rs", "/home/ada/other"),
            ("./src", "/home/ada/work/src/deep/a.rs", "/home/ada/work/srcs/a.rs"),
            ("src/**/*.rs", "/home/ada/work/src/a/b/c.rs", "/home/ada/work/src/a.txt"),
            ("src/**/*.rs", "/home/ada/work/src/c.rs", "/src/c.rs"),
            ("~/.ssh", "/home/ada/.ssh/id_rsa", "/home/eve/.ssh/id_rsa"),
            ("/etc/passwd", "/etc/passwd", "/etc/passwd-"),
            (".env", "/srv/app/.env", "/srv/app/.env.local"),
            (".env.*", "/srv/app/.env.local", "/srv/app/env.local"),
            ("*.pem", "/x/y/server.pem", "/x/y/server.pem.pub"),
            ("node_modules/", "/home/ada/work/node_modules/x/index.js", "/home/ada/work/modules"),
            ("**/secrets/*", "/a/secrets/b", "/a/secret/b"),
            ("/", "/anything/at/all", "never"),
        ] {
            assert!(fits(pattern, yes), "{pattern} {yes}");
            assert!(no == "never" || !fits(pattern, no), "{pattern} {no}");
        }
    }

    #[test]
    fn spelling_a_path_differently_does_not_get_around_a_pattern() {
        for attempt in [
            "/home/ada/work/../.ssh/id_rsa",
            "/home/ada//.ssh//id_rsa",
            "/home/ada/./.ssh/id_rsa/",
            "/home/ada/work/a/b/../../../.ssh",
            "/../../home/ada/.ssh/x",
        ] {
            assert!(fits("~/.ssh", attempt), "{attempt}");
            assert!(!fits("./**", attempt), "{attempt}");
        }
    }

    #[test]
    fn upper_and_lower_case_are_different_files() {
        assert!(!fits("./Secret", "/home/ada/work/secret"));
    }

    #[test]
    fn a_home_with_special_characters_stands_for_itself() {
        let mut places = places();
        places.home = AbsPath::parse("/home/[ab]*").unwrap();
        let mut set = PathSet::default();
        set.insert(0, &Item { name: "~/x".into(), ..Item::default() }, &places).unwrap();
        assert_eq!(set.find(&AbsPath::parse("/home/[ab]*/x").unwrap(), Breadth::Narrow), Some(0));
        assert_eq!(set.find(&AbsPath::parse("/home/a1/x").unwrap(), Breadth::Narrow), None);
    }

    #[test]
    fn the_first_of_several_patterns_is_named() {
        let set = set(&["*.rs", "./src", "/home"]);
        assert_eq!(set.find(&AbsPath::parse("/home/ada/work/src/a.rs").unwrap(), Breadth::Narrow), Some(0));
        assert_eq!(set.find(&AbsPath::parse("/home/ada/work/src/a.py").unwrap(), Breadth::Narrow), Some(1));
        assert_eq!(set.find(&AbsPath::parse("/home/x").unwrap(), Breadth::Narrow), Some(2));
        assert_eq!(set.find(&AbsPath::parse("/tmp/x").unwrap(), Breadth::Narrow), None);
    }

    #[test]
    fn patterns_that_lead_out_or_can_never_match_are_refused() {
        for bad in ["../x", "./a/../b", "~bob/x", "./a**b", "[x", "C:\\Users\\ada"] {
            let item = Item { name: bad.to_owned(), ..Item::default() };
            assert!(PathSet::default().insert(0, &item, &places()).is_err(), "{bad}");
        }
    }

    /// The same question answered the slow and obvious way: does the pattern fit the path, or a folder above it?
    fn obviously(pattern: &[&str], path: &[&str]) -> bool {
        match (pattern, path) {
            ([], _) => true,
            (["**", rest @ ..], _) => obviously(rest, path) || (!path.is_empty() && obviously(pattern, &path[1..])),
            ([name, rest @ ..], [first, below @ ..]) => {
                Wildcard::parse(name).unwrap().matches(first) && obviously(rest, below)
            }
            ([_, ..], []) => false,
        }
    }

    proptest! {
        #[test]
        fn the_tree_of_patterns_answers_as_each_pattern_alone(
            patterns in prop::collection::vec(prop::collection::vec(prop::sample::select(vec!["a", "b", "*", "**", "a*", "?b"]), 1..5), 1..6),
            path in prop::collection::vec(prop::sample::select(vec!["a", "b", "ab", "ba"]), 0..6),
        ) {
            let written: Vec<String> = patterns.iter().map(|names| format!("/{}", names.join("/"))).collect();
            let set = set(&written.iter().map(String::as_str).collect::<Vec<_>>());
            let at = AbsPath::parse(&format!("/{}", path.join("/"))).unwrap();
            let expected = patterns.iter().position(|names| {
                let end = names.iter().rposition(|name| *name != "**").map_or(1, |last| last + 1);
                obviously(&names[..end], &path)
            });
            prop_assert_eq!(set.find(&at, Breadth::Narrow), expected);
        }

        #[test]
        fn everything_below_a_folder_that_fits_fits(folder in "(/[a-c.]{1,3}){1,4}", below in "(/[a-c]{1,3}){0,4}") {
            let folder = AbsPath::parse(&folder).unwrap();
            prop_assume!(folder.as_str() != "/");
            let inside = format!("{folder}{below}");
            prop_assert!(fits(folder.as_str(), &inside));
        }
    }
}
