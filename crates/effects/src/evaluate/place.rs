//! Where a path leads, as far as that is known.

use super::machine::Machine;
use super::value::{Value, markers};
use crate::effect::{Known, Target};
use portcullis_event::AbsPath;

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
    /// Where a path leads from where the shell stands.
    pub(crate) fn place(&self, value: &Value) -> Place {
        self.followed(self.place_by_name(value))
    }

    /// Where else a path may lead, if it is not known for sure where the shell stands.
    pub(crate) fn elsewhere(&self, value: &Value) -> Vec<Target> {
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

    /// Where a link of this very text leads.
    fn followed(&self, place: Place) -> Place {
        let Place::At(target) = place else { return place };
        if self.links.is_empty() {
            return Place::At(target);
        }
        let found = target.path.ancestors().find_map(|name| {
            let name = AbsPath::parse(name).ok()?;
            self.links.get(&name).map(|to| (name, to.clone()))
        });
        let Some((name, to)) = found else { return Place::At(target) };
        let rest = target.path.as_str().get(name.as_str().len()..).unwrap_or_default();
        match AbsPath::parse(&format!("{}{rest}", to.path)) {
            Ok(path) => Place::At(Target { path, known: target.known.max(to.known) }),
            Err(_) => Place::Unknown,
        }
    }

    fn place_by_name(&self, value: &Value) -> Place {
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
