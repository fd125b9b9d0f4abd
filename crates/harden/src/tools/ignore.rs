//! Files that are written like `.gitignore`, which several tools have, each under a name of its own.

use crate::pattern::FilePattern;
use crate::{Change, Wanted};

/// The files that policy denies, as lines; those outside of a repository can't be said there.
fn lines(wanted: &Wanted) -> Vec<String> {
    wanted.denied.iter().filter_map(FilePattern::line).collect()
}

pub(super) fn block(wanted: &Wanted) -> Option<Change> {
    Change::lines(&lines(wanted))
}
