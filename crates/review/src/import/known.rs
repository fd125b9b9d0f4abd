//! Findings that another scanner knows, looked up in what is found here.
//!
//! What is suppressed is the secret that lies there, in that file, and nothing else: the same secret in another file stays
//! a finding, and so does another secret in the same file. Where it is not clear which secret is meant, all stay.

use crate::git::ObjectId;
use crate::suppress::{By, Suppressed, Suppressions, corresponds};
use crate::{Fingerprint, Found, Place, Report};
use portcullis_event::Secret;
use sha1::{Digest as _, Sha1};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A finding that another scanner knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The file, relative to the project.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: u32,
    /// The commit, if the finding is about a history.
    pub commit: Option<ObjectId>,
    /// The rule, as the other scanner calls it.
    pub rule: String,
    /// What is known of the secret itself.
    pub secret: About,
}

/// What is known of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// The secret.
    Value(Secret<String>),
    /// Its SHA-1.
    Sha1([u8; 20]),
    /// Only where it was.
    Place,
}

/// What became of the findings that another scanner knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settled {
    /// So many are found here too.
    pub found: usize,
    /// So many are not found here.
    pub not_found: usize,
    /// So many name a line with several secrets, and do not say which one they mean.
    pub ambiguous: usize,
}

/// Why it is not clear which secret is meant.
enum Unclear {
    NotFound,
    Ambiguous,
}

/// Shorter values are compared as a whole: a part of one is in too many others.
const LONG: usize = 8;

/// Suppresses in a report what another scanner knows. `file` says where that is written.
pub fn suppress(report: &mut Report, known: &[Known], file: &str, suppressions: &Suppressions) -> Settled {
    let paths: BTreeSet<&Path> = known.iter().map(|known| known.path.as_path()).collect();
    let mut here: BTreeMap<PathBuf, Vec<(&Found, &Place)>> = BTreeMap::new();
    for found in &report.findings {
        for place in &found.places {
            if let Some(path) = suppressions.relative(&place.origin).filter(|path| paths.contains(path.as_path())) {
                here.entry(path).or_default().push((found, place));
            }
        }
    }
    let (mut settled, mut meant) = (Settled::default(), BTreeSet::new());
    for known in known {
        match one(known, here.get(&known.path).map(Vec::as_slice).unwrap_or_default()) {
            Ok(found) => {
                settled.found += 1;
                meant.extend(found.into_iter().map(|fingerprint| (fingerprint, known.path.clone())));
            }
            Err(Unclear::NotFound) => settled.not_found += 1,
            Err(Unclear::Ambiguous) => settled.ambiguous += 1,
        }
    }
    let is_meant = |fingerprint: Fingerprint, place: &Place| {
        suppressions.relative(&place.origin).is_some_and(|path| meant.contains(&(fingerprint, path)))
    };
    report.suppress(&Suppressed { by: By::Foreign { file: file.to_owned() }, reason: None }, is_meant);
    settled
}

/// The findings that a known one is: one, unless several rules of ours find the same value.
fn one(known: &Known, here: &[(&Found, &Place)]) -> Result<BTreeSet<Fingerprint>, Unclear> {
    let same = |value: &str| match &known.secret {
        // What the other scanner takes for the secret can be a little longer than what we do.
        About::Value(wanted) => {
            let wanted = wanted.expose();
            value == wanted || (value.len() >= LONG && wanted.contains(value))
        }
        About::Sha1(wanted) => Sha1::digest(value).as_slice() == wanted,
        About::Place => false,
    };
    match &known.secret {
        About::Value(_) | About::Sha1(_) => {
            let same = here.iter().filter(|(found, _)| same(found.hit.value.expose()));
            let same: BTreeSet<Fingerprint> = same.map(|(found, _)| found.fingerprint).collect();
            if same.is_empty() { Err(Unclear::NotFound) } else { Ok(same) }
        }
        About::Place => {
            let there = || here.iter().filter(|(_, place)| is_place(known, place)).map(|(found, _)| *found);
            let all: BTreeSet<Fingerprint> = there().map(|found| found.fingerprint).collect();
            let of_rule: BTreeSet<Fingerprint> =
                there().filter(|it| corresponds(&known.rule, &it.hit.rule)).map(|it| it.fingerprint).collect();
            match (all.len(), of_rule.len()) {
                (0, _) => Err(Unclear::NotFound),
                (1, _) => Ok(all),
                (_, 1) => Ok(of_rule),
                (_, _) => Err(Unclear::Ambiguous),
            }
        }
    }
}

/// Whether a place is the one that is known: the line and, if one is named, the commit.
fn is_place(known: &Known, place: &Place) -> bool {
    let in_commit = known.commit.is_none() || known.commit == place.origin.commit();
    in_commit && (place.span.line..=place.span.end_line).contains(&known.line)
}
