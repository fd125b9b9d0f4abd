//! A secret that was found, with every place that it lies at.

use crate::excerpt::Excerpt;
use crate::origin::Origin;
use crate::{Fingerprint, suppress::Suppressed};
use portcullis_event::{AbsPath, Finding, Rest, Span};
use portcullis_inspect::Hit;
use portcullis_inspect::purpose::{self, Purpose};
use std::path::{Path, PathBuf};

/// One place of a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Where the bytes came from.
    pub origin: Origin,
    /// Lines and columns, in characters.
    pub span: Span,
    /// The first byte, counted from 0.
    pub offset: u64,
    /// Whether it is on a line that the change under review adds. Without a change under review everything is.
    pub introduced: bool,
    /// The line, with all that was found on it masked, if it was asked for.
    pub excerpt: Excerpt,
    /// What the passage is there for that it stands in, if that can be told without the path.
    pub purpose: Option<Purpose>,
}

/// Something that was found, once, whatever the number of places that it lies at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Names the rule and the value, and survives a move.
    pub fingerprint: Fingerprint,
    /// What was found. Its span is that of the first place, in the text that was looked at.
    pub hit: Hit,
    /// Where it lies, in order. Never empty.
    pub places: Vec<Place>,
    /// How many places there are besides those that are listed.
    pub more_places: u64,
    /// Why it need not be dealt with, if somebody said so.
    pub suppressed: Option<Suppressed>,
}

impl Found {
    /// The place to show first.
    pub fn first(&self) -> Option<&Place> {
        self.places.first()
    }

    /// Whether the change under review adds it anywhere.
    pub fn introduced(&self) -> bool {
        self.places.iter().any(|place| place.introduced)
    }

    /// What it is there for, if anybody could have made it and it stands at such places only: in a test, or where something
    /// is shown. `roots` are the files and folders that were scanned; what lies above them says nothing.
    pub fn purpose(&self, roots: &[PathBuf]) -> Option<Purpose> {
        // Of places that are not listed nobody knows what they are there for.
        if self.more_places > 0 || !purpose::is_homemade(&self.hit) {
            return None;
        }
        let of_place = |place: &Place| {
            let path = place.origin.inside(roots)?;
            place.purpose.or_else(|| purpose::of_path(path.to_str()?))
        };
        let purposes: Option<Vec<Purpose>> = self.places.iter().map(of_place).collect();
        purposes?.into_iter().min()
    }

    /// The finding as the rest of the program knows it, with its first place. Relative paths start at `folder`.
    pub fn to_finding(&self, folder: &AbsPath) -> Finding {
        let place = self.first();
        let path = place.and_then(|place| place.origin.path());
        let path = path.and_then(|path| AbsPath::from_os(&Path::new(folder.as_str()).join(path)).ok());
        Finding {
            rule: self.hit.rule.clone(),
            kind: self.hit.kind,
            severity: self.hit.severity,
            confidence: self.hit.confidence,
            message: self.hit.message.clone(),
            path,
            span: place.map(|place| place.span),
            field: None,
            fingerprint: Some(self.fingerprint.to_string()),
            cwe: self.hit.cwe.as_deref().map(str::to_owned),
            replaced: false,
            rest: Rest::default(),
        }
    }
}
