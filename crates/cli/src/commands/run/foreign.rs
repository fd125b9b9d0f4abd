//! Files of another group: they are put into the layer before the start, since the kernel can't do that later.

use crate::failure::Failure;
use crate::invocation::Invocation;
use portcullis_changes::{ChangesError, CopyLimits, Own, SessionFolder, TreePath};
use portcullis_sandbox::Identity;

/// How much is put there at most. It is read and written before every run.
const MOST: CopyLimits = CopyLimits { bytes: 1 << 30, entries: 50_000, depth: 128 };

/// Puts them there, or says that there are too many and what to do about it.
pub(super) fn place(
    session: &SessionFolder,
    (group, who): (u32, Identity),
    hidden: &[TreePath],
    invocation: &Invocation,
) -> Result<(), Failure> {
    let (user, own) = who.instead_of.unwrap_or((who.uid, who.gid));
    let own = Own { user, group: own, hand_over: who.instead_of.is_some(), hidden };
    match session.place_foreign(own, MOST) {
        Ok(_) => Ok(()),
        Err(ChangesError::TooMuchToCopy { bytes, entries, .. }) => {
            invocation.output.remark(&format!(
                "files here have group {group}, which a run does not have, and are more than {} MiB or {entries} names: it \
                 can't change those that exist; start it as that group (sg GROUP -c 'portcullis run …'), or give them yours \
                 (chgrp -R)",
                bytes >> 20
            ));
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}
