//! What the real folder held when the session's changes were first read, so that what somebody else changes later, or
//! changed while the session ran, is not overwritten.

use crate::{Change, ChangeSet, ChangesError, Digest, Node, TreePath, atomic, git_index};
use portcullis_event::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

/// The file that it is written to.
const NAME: &str = "baseline.json";

/// What lay at each path that the session changed, layer by layer.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Baseline {
    layers: Vec<Vec<Known>>,
    /// The session was continued, and its changes were not read since: what is not known is noted by the first who reads
    /// them. Until then nothing has changed for the session but what was touched after this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
}

/// What lay at a path.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Known {
    path: TreePath,
    before: Option<Node>,
    /// It had changed since the session started.
    #[serde(default)]
    drifted: bool,
    /// What an index of git said. It is written anew whenever somebody looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    said: Option<Digest>,
}

/// Marks the changes whose real file was changed by somebody else. The first time it looks at when the real files were
/// touched, and notes what it finds.
pub(crate) fn mark_drifted(session: &Path, started: Timestamp, sets: &mut [ChangeSet]) -> Result<(), ChangesError> {
    let baseline = match read(session)? {
        Some(Baseline { layers, since: None }) => Baseline { layers, since: None },
        Some(Baseline { layers, since: Some(since) }) => noted(session, layers, since, sets)?,
        None => noted(session, Vec::new(), started, sets)?,
    };
    for (set, known) in sets.iter_mut().zip(&baseline.layers) {
        let known: BTreeMap<&TreePath, &Known> = known.iter().map(|known| (&known.path, known)).collect();
        let drifted = |set: &ChangeSet, change: &Change| {
            let is_known = |known: &&&Known| is_same(change, known) || says_the_same(set, change, known);
            known.get(&change.path).filter(is_known).is_none_or(|known| known.drifted)
        };
        let all: Vec<bool> = set.changes.iter().map(|change| drifted(set, change)).collect();
        for (change, drifted) in set.changes.iter_mut().zip(all) {
            change.drifted = drifted;
        }
    }
    Ok(())
}

/// Keeps what is known of the changes that are left, which were just read, and forgets the rest: it was applied, or nothing
/// differs there any more. What comes up from here on is looked at as if the session had started at `since`, but for what
/// is known to be `unchanged` so far in each layer.
pub(crate) fn renew(
    session: &Path,
    since: Timestamp,
    sets: &[ChangeSet],
    unchanged: &[Vec<Change>],
) -> Result<(), ChangesError> {
    let known = |set: &ChangeSet, change: &Change| Known {
        path: change.path.clone(),
        before: change.before.clone(),
        drifted: change.drifted,
        said: said(set, change),
    };
    let of = |(set, unchanged): (&ChangeSet, &Vec<Change>)| {
        set.changes.iter().chain(unchanged).map(|change| known(set, change)).collect()
    };
    write(session, &Baseline { layers: sets.iter().zip(unchanged).map(of).collect(), since: Some(since) })
}

/// Notes what is not known yet, and writes that down.
fn noted(
    session: &Path,
    mut layers: Vec<Vec<Known>>,
    since: Timestamp,
    sets: &[ChangeSet],
) -> Result<Baseline, ChangesError> {
    layers.resize_with(sets.len(), Vec::new);
    for (known, set) in layers.iter_mut().zip(sets) {
        let new = {
            let paths: BTreeSet<&TreePath> = known.iter().map(|known| &known.path).collect();
            let is_new = |change: &&Change| !paths.contains(&change.path);
            set.changes.iter().filter(is_new).map(|change| found(since, set, change)).collect::<Vec<_>>()
        };
        known.extend(new);
    }
    let baseline = Baseline { layers, since: None };
    write(session, &baseline)?;
    Ok(baseline)
}

fn found(since: Timestamp, set: &ChangeSet, change: &Change) -> Known {
    Known {
        path: change.path.clone(),
        before: change.before.clone(),
        drifted: change.before.as_ref().is_some_and(|node| was_touched_since(node, since)),
        said: said(set, change),
    }
}

fn read(session: &Path) -> Result<Option<Baseline>, ChangesError> {
    let path = session.join(NAME);
    match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| ChangesError::Damaged { path: path.clone(), what: error.to_string() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ChangesError::io("read", &path)(error)),
    }
}

fn write(session: &Path, baseline: &Baseline) -> Result<(), ChangesError> {
    let path = session.join(NAME);
    let text = serde_json::to_vec(baseline)
        .map_err(|error| ChangesError::Damaged { path: path.clone(), what: error.to_string() })?;
    atomic::write(&path, &text).map_err(ChangesError::io("write", &path))
}

/// What the real index of git says, if that is one.
fn said(set: &ChangeSet, change: &Change) -> Option<Digest> {
    if !git_index::is_one(&change.path, set.layer) {
        return None;
    }
    git_index::digest(&set.contents_before(change, git_index::LARGEST).ok()??)
}

fn says_the_same(set: &ChangeSet, change: &Change, known: &Known) -> bool {
    known.said.is_some() && said(set, change) == known.said
}

/// Whether anything about it changed after the session started. A folder is touched whenever something in it comes or
/// goes, and that is looked at by itself.
fn was_touched_since(node: &Node, started: Timestamp) -> bool {
    let micros =
        node.touched.seconds.saturating_mul(1_000_000).saturating_add(i64::from(node.touched.nanoseconds / 1000));
    !node.is_folder() && micros > started.as_micros()
}

/// Whether what lies there is what lay there. Taken back, a file has another inode and all else as it was.
fn is_same(change: &Change, known: &Known) -> bool {
    match (&change.before, &known.before) {
        (None, None) => true,
        (Some(now), Some(then)) => Node { inode: then.inode, device: then.device, ..now.clone() }.is_same_as(then),
        (Some(_), None) | (None, Some(_)) => false,
    }
}
