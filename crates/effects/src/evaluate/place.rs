//! Where a path leads, as far as that is known.

use super::machine::Machine;
use super::value::{Value, markers};
use crate::effect::{Known, Target};
use portcullis_event::AbsPath;
use std::rc::Rc;

/// So many links are followed.
const MOST_LINKS: usize = 32;
/// So many places are told of one path.
const MOST_LED: usize = 64;

/// Which links are followed in a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follows {
    /// All of them.
    All,
    /// All but the last name.
    Folders,
}

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    At(Target),
    Unknown,
}

impl Place {
    pub(crate) fn target(self) -> Option<Target> {
        match self {
            Self::At(target) => Some(target),
            Self::Unknown => None,
        }
    }

    /// The very path, if it is known.
    pub(crate) fn exact(&self) -> Option<&AbsPath> {
        match self {
            Self::At(Target { path, known: Known::Exactly }) => Some(path),
            Self::At(_) | Self::Unknown => None,
        }
    }
}

impl Machine<'_> {
    /// Where else a path may lead: it is not known for sure where the shell stands, or a name in it is a link.
    pub(crate) fn elsewhere(&self, value: &Value) -> Vec<Target> {
        let mut targets = self.told_elsewhere(value);
        targets.extend(self.linked(value, Follows::All));
        targets
    }

    /// As [`Self::elsewhere`], for what concerns a name and not what it leads to: it is removed, or moved.
    pub(crate) fn elsewhere_by_name(&self, value: &Value) -> Vec<Target> {
        let mut targets = self.told_elsewhere(value);
        targets.extend(self.linked(value, Follows::Folders));
        targets
    }

    /// From here on, the shell stands in this folder.
    pub(crate) fn stand_in(&mut self, folder: &Value) {
        let others = self.elsewhere(folder);
        self.scope.cwd = self.place(folder);
        self.scope.elsewhere = Rc::new(others);
    }

    fn told_elsewhere(&self, value: &Value) -> Vec<Target> {
        let begins = value.text.chars().next();
        if self.scope.elsewhere.is_empty()
            || begins.is_none_or(|c| c == '/' || c == markers::HOLE || c == markers::UNSET)
        {
            return Vec::new();
        }
        let shown = value.shown();
        let known = known_of(&value.text);
        let places = self.scope.elsewhere.iter();
        let targets = places.filter_map(|place| {
            let path = place.path.join(&shown).ok()?;
            Some(Target { path, known: place.known.max(known) })
        });
        targets.collect()
    }

    /// Where links lead that the text may have made, from one to the next.
    pub(crate) fn linked(&self, value: &Value, follows: Follows) -> Vec<Target> {
        if self.links.is_empty() {
            return Vec::new();
        }
        let mut all = self.told_elsewhere(value);
        all.extend(self.place(value).target());
        let given = all.len();
        let skipped = usize::from(follows == Follows::Folders && !value.text.ends_with('/'));
        let mut at = 0;
        while let Some(target) = all.get(at).cloned() {
            at += 1;
            for name in target.path.ancestors().skip(skipped) {
                let Ok(link) = AbsPath::parse(name) else { continue };
                for to in self.links.get(&link).into_iter().flatten() {
                    let rest = target.path.as_str().get(name.len()..).unwrap_or_default();
                    let path = format!("{}/{}", to.path.as_str().trim_end_matches('/'), rest.trim_start_matches('/'));
                    let Ok(path) = AbsPath::parse(&path) else { continue };
                    let next = Target { path, known: target.known.max(to.known) };
                    if all.len() < MOST_LED && !all.contains(&next) {
                        all.push(next);
                    }
                }
            }
        }
        all.split_off(given)
    }

    /// A name may lead to another file from here on.
    pub(crate) fn link_name(&mut self, name: &Value, files: &[Target]) {
        let Some(path) = self.place(name).exact().cloned() else { return };
        // A folder that is there stays one: the link lies within.
        if self.world.cwd().is_within(&path) || self.world.home().is_within(&path) {
            return;
        }
        for file in files {
            let count: usize = self.links.values().map(Vec::len).sum();
            let known = self.links.entry(path.clone()).or_default();
            if known.contains(file) || file.path == path {
                continue;
            }
            if count >= MOST_LINKS {
                self.unresolved("there are too many links");
                return;
            }
            known.push(file.clone());
        }
    }

    /// Where a path leads from where the shell stands, if no name in it is a link.
    pub(crate) fn place(&self, value: &Value) -> Place {
        let first = value.text.chars().next();
        if matches!(first, Some(markers::HOLE | markers::UNSET)) {
            return Place::Unknown;
        }
        let text = value.text.strip_prefix("file://").unwrap_or(&value.text);
        let shown = Value::of(text).shown();
        let known = known_of(text);
        if shown.starts_with('/') {
            return AbsPath::parse(&shown).map_or(Place::Unknown, |path| Place::At(Target { path, known }));
        }
        let Place::At(cwd) = &self.scope.cwd else { return Place::Unknown };
        let joined = cwd.path.join(&shown).map_or(Place::Unknown, |path| Place::At(Target { path, known }));
        match (joined, cwd.known) {
            (Place::At(target), Known::Exactly) => Place::At(target),
            (Place::At(target), known) => Place::At(Target { known: target.known.max(known), ..target }),
            (Place::Unknown, _) => Place::Unknown,
        }
    }
}

fn known_of(text: &str) -> Known {
    let mut known = Known::Exactly;
    for c in text.chars().filter(|c| markers::is_reserved(*c)) {
        known = known.max(if matches!(c, markers::STAR | markers::ANY) { Known::Pattern } else { Known::Partly });
    }
    known
}
