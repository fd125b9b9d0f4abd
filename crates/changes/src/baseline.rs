//! What the real folder held when the session's changes were first read, so that what somebody else changes later, or
//! changed while the session ran, is not overwritten.

use crate::{Change, ChangeSet, ChangesError, Node, TreePath, atomic};
use portcullis_event::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// The file that it is written to.
const NAME: &str = "baseline.json";

/// What lay at each path that the session changed, layer by layer.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Baseline {
    layers: Vec<Vec<Known>>,
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
}

/// Marks the changes whose real file was changed by somebody else. The first time it looks at when the real files were
/// touched, and notes what it finds.
pub(crate) fn mark_drifted(session: &Path, started: Timestamp, sets: &mut [ChangeSet]) -> Result<(), ChangesError> {
    let path = session.join(NAME);
    let baseline = match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text)
            .map_err(|error| ChangesError::Damaged { path: path.clone(), what: error.to_string() })?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let baseline = first(started, sets);
            let text = serde_json::to_vec(&baseline)
                .map_err(|error| ChangesError::Damaged { path: path.clone(), what: error.to_string() })?;
            atomic::write(&path, &text).map_err(ChangesError::io("write", &path))?;
            baseline
        }
        Err(error) => return Err(ChangesError::io("read", &path)(error)),
    };
    for (set, known) in sets.iter_mut().zip(&baseline.layers) {
        let known: BTreeMap<&TreePath, &Known> = known.iter().map(|known| (&known.path, known)).collect();
        for change in &mut set.changes {
            change.drifted = known.get(&change.path).is_none_or(|known| known.drifted || !is_same(change, known));
        }
    }
    Ok(())
}

fn first(started: Timestamp, sets: &[ChangeSet]) -> Baseline {
    let known = |change: &Change| Known {
        path: change.path.clone(),
        before: change.before.clone(),
        drifted: change.before.as_ref().is_some_and(|node| was_touched_since(node, started)),
    };
    Baseline { layers: sets.iter().map(|set| set.changes.iter().map(known).collect()).collect() }
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
