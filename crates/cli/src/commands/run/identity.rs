//! Who the command is outside: never root.

use crate::failure::Failure;
use portcullis_sandbox::Identity;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Who runs for root in folders that belong to root: nobody else on a machine has this number, which lies above those of
/// people and systems and below the ranges that containers use.
const STRANGER: u32 = 1_879_048_192;

/// Who that is inside.
const INSIDE: u32 = 1000;

/// The user of a run in this workspace: the caller, or if that is root the owner of the workspace, or if that is root
/// as well a stranger to whom the owner's files are shown as its own.
pub(super) fn of(workspace: &Path) -> Result<Identity, Failure> {
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    if uid != 0 {
        return Ok(Identity { uid, gid, uid_inside: uid, gid_inside: gid, instead_of: None });
    }
    let owner =
        fs::metadata(workspace).map_err(|error| Failure::io("look at the workspace", Some(workspace), &error))?;
    let (uid, gid) = (owner.uid(), owner.gid());
    if uid == 0 {
        let identity =
            Identity { uid: STRANGER, gid: STRANGER, uid_inside: INSIDE, gid_inside: INSIDE, instead_of: Some((0, 0)) };
        return Ok(identity);
    }
    Ok(Identity { uid, gid, uid_inside: uid, gid_inside: gid, instead_of: Some((uid, gid)) })
}
