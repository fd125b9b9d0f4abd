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
pub(crate) fn of(workspace: &Path) -> Result<Identity, Failure> {
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

/// How many entries of the workspace are looked at for groups. Where one file has another group, most have.
const LOOKED_AT: usize = 64;

/// A group of files in the workspace that there is none of inside. The kernel copies no file into a layer whose group it
/// can't write down there, so none of them can be changed.
pub(super) fn foreign_group(workspace: &Path, who: &Identity) -> Option<u32> {
    let gid = who.instead_of.map_or(who.gid, |(_, gid)| gid);
    let entries = fs::read_dir(workspace).into_iter().flatten().flatten().take(LOOKED_AT).map(|entry| entry.path());
    let files = entries.chain([workspace.join(".git/index"), workspace.join(".git/HEAD")]);
    let groups = files.filter_map(|file| fs::symlink_metadata(file).ok()).filter(fs::Metadata::is_file);
    groups.map(|metadata| metadata.gid()).find(|group| *group != gid)
}
