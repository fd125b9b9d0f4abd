//! truffleHog: its files of paths to leave out.

use super::Imported;
use super::dialect::compile;
use crate::suppress::Allow;

/// Reads what is given to `--exclude-paths`: a pattern on each line.
pub(super) fn exclude_paths(text: &str) -> Imported {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let lines: Vec<String> = lines.map(str::to_owned).collect();
    let mut imported = Imported::default();
    let paths = imported.patterns("an excluded path", &lines, compile);
    if !paths.is_empty() {
        let reason = Some("its path is excluded".to_owned());
        imported.allows.push(Allow { reason, paths, ..Allow::default() });
    }
    imported
}
