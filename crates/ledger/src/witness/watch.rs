//! Witnesses a log whose folder can be read directly: another user of the same machine, without any network.

use super::{Seen, Witness};
use crate::disk::Disk;
use crate::error::LedgerError;
use crate::keys;
use crate::note::{Checkpoint, Note};
use crate::read::Reader;
use crate::verify::{Verification, Witnessed, verify};
use std::path::Path;
use std::sync::Arc;

/// Checks all of the log in `root` against what this witness saw before and, if nothing is wrong, remembers and signs
/// its newest checkpoint. The first time that a log is seen its key is taken as it is.
pub fn watch(
    witness: &Witness,
    disk: &Arc<dyn Disk>,
    root: &Path,
    now: u64,
) -> Result<(Verification, Option<Note>), LedgerError> {
    let key = keys::genesis(disk.as_ref(), root)?;
    witness.check_place(root, key.name())?;
    witness.check_first_key(root, &key)?;
    let seen = witness.latest_checkpoint(key.name())?;
    let witnessed: Vec<Witnessed> =
        seen.map(|checkpoint| Witnessed { by: witness.verifier().name().to_owned(), checkpoint }).into_iter().collect();
    // The extent comes first: what is appended while the check runs is witnessed next time.
    let note = Note::parse(&Reader::open(disk.clone(), root)?.extent()?.checkpoint)
        .map_err(|error| LedgerError::damaged(root, error.to_string()))?;
    let checkpoint = Checkpoint::parse(note.text()).map_err(|error| LedgerError::damaged(root, error.to_string()))?;
    let expected = Witnessed { by: "the log's newest checkpoint".to_owned(), checkpoint };
    let report = verify(disk, root, &[witnessed, vec![expected]].concat())?;
    if !report.problems.is_empty() {
        return Ok((report, None));
    }
    let seen = Seen { place: root, first: &key, key: report.signed_by.as_ref().unwrap_or(&key) };
    let note = witness.remember(&seen, note, now)?;
    Ok((report, Some(note)))
}
