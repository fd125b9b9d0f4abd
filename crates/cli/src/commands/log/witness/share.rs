//! What a witness saw, where the owner of the ledger can read it: the witness's own state is private, and must be.

use crate::failure::Failure;
use crate::whole::{self, Rights};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Copies the checkpoints that the witness with its state in `state` signed to `folder`, readable by everybody. A reader
/// finds them there as it would find them in the state itself; the key that signs is not copied.
pub(super) fn share(state: &Path, folder: &Path) -> Result<(), Failure> {
    let failed = |error| Failure::io("share what was witnessed", Some(folder), &error);
    for log in fs::read_dir(state.join("logs")).map_err(failed)? {
        let log = log.map_err(failed)?;
        let from = log.path().join("checkpoint");
        if from.exists() {
            let target = folder.join("logs").join(log.file_name());
            for made in [folder, &folder.join("logs"), &target] {
                open_to_all(made).map_err(failed)?;
            }
            let signed = fs::read(&from).map_err(failed)?;
            whole::replace(&target.join("checkpoint"), &signed, Rights::Readable).map_err(failed)?;
        }
    }
    Ok(())
}

/// Makes a folder that everybody can read, whatever the umask says. One that is there already is left as it is.
fn open_to_all(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}
