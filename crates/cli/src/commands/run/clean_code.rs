//! Code that a wildcard of the policy meets by its name only, such as `src/secrets.rs`. Masked, it would keep an agent
//! from building; shown, it gives nothing away that `.git` does not hold anyway, if no secret is found in it.

use portcullis_event::AbsPath;
use portcullis_inspect::{Inspection, Kinds};
use portcullis_policy::ValidPolicy;
use portcullis_review::Tracked;
use std::cell::OnceCell;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// A longer file is not code that somebody wrote.
const LONGEST: u64 = 1 << 20;

/// Files of one working tree, looked into where that is needed.
pub(super) struct CleanCode<'a> {
    policy: &'a ValidPolicy,
    root: &'a Path,
    tracked: OnceCell<Option<Tracked>>,
    inspection: OnceCell<Inspection>,
}

impl<'a> CleanCode<'a> {
    pub(super) fn new(policy: &'a ValidPolicy, root: &'a Path) -> Self {
        Self { policy, root, tracked: OnceCell::new(), inspection: OnceCell::new() }
    }

    /// Whether the file at `path` below the root is to be shown although policy denies its name.
    pub(super) fn is(&self, path: &Path) -> bool {
        let whole = self.root.join(path);
        let is_opened = |path: AbsPath| self.policy.against_inspected_file(&path).is_none();
        AbsPath::from_os(&whole).is_ok_and(is_opened) && self.is_clean(&whole, path)
    }

    fn is_clean(&self, whole: &Path, path: &Path) -> bool {
        let is_plain = fs::symlink_metadata(whole).is_ok_and(|it| it.is_file() && it.len() <= LONGEST);
        let Some(text) = is_plain.then(|| fs::read(whole).ok()).flatten() else { return false };
        let tracked = self.tracked.get_or_init(|| Tracked::of(self.root).ok());
        if !tracked.as_ref().is_some_and(|tracked| tracked.holds(path.as_os_str().as_bytes(), &text)) {
            return false;
        }
        let secrets_only = Kinds { secrets: true, personal_data: false, injection: false };
        let inspection = self.inspection.get_or_init(|| Inspection::new(secrets_only));
        let looked = inspection.look(&text, path.to_str());
        std::str::from_utf8(&text).is_ok() && looked.hits.is_empty() && looked.skipped.is_empty()
    }
}
