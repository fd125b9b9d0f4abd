//! What need not be dealt with: the file of suppressions in the working folder, and a baseline.

use crate::failure::Failure;
use crate::whole;
use portcullis_review::suppress::{Baseline, Suppressions, parse};
use portcullis_review::{IdentityKey, Report};
use std::fs;
use std::path::Path;

/// The file of suppressions, committed beside what it speaks of.
const FILE: &str = "portcullis-suppressions.toml";

/// Reads what need not be dealt with. What can't be read stops the scan: it must not look as if nothing was suppressed.
pub(crate) fn read(cwd: &Path, baseline: Option<&Path>, key: &IdentityKey) -> Result<Suppressions, Failure> {
    let mut all = Suppressions::new(cwd, jiff::Zoned::now().date());
    let file = cwd.join(FILE);
    let text = whole::if_there(fs::read_to_string(&file))
        .map_err(|error| Failure::io("read what is suppressed", Some(&file), &error))?;
    if let Some(text) = text {
        let entries = parse(&text).map_err(|error| unusable(&file, &error.to_string()))?;
        all.add(Path::new(FILE), entries);
    }
    if let Some(path) = baseline {
        let baseline = read_baseline(path)?;
        baseline.check(key).map_err(|error| unusable(path, &error.to_string()))?;
        all.add_baseline(path, baseline);
    }
    Ok(all)
}

/// The salt that findings are named with where they are compared with those of others: the one that the baseline brings, or a new
/// one for a baseline that is to be shared.
pub(crate) fn salt(baseline: Option<&Path>, is_shared: bool) -> Result<Option<[u8; 32]>, Failure> {
    let brought = baseline.map(read_baseline).transpose()?.and_then(|baseline| baseline.salt());
    if brought.is_some() || !is_shared {
        return Ok(brought);
    }
    let mut salt = [0; 32];
    getrandom::fill(&mut salt).map_err(|error| Failure::incomplete(format!("there is no randomness: {error}")))?;
    Ok(Some(salt))
}

fn read_baseline(path: &Path) -> Result<Baseline, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::io("read the baseline", Some(path), &error))?;
    Baseline::parse(&text).map_err(|error| unusable(path, &error.to_string()))
}

/// Writes a baseline of everything that was found.
pub(crate) fn write(file: &Path, report: &Report, key: &IdentityKey, cwd: &Path) -> Result<(), Failure> {
    let text = Baseline::of(report, key).relative_to(cwd).render();
    fs::write(file, text).map_err(|error| Failure::io("write the baseline", Some(file), &error))
}

/// What somebody should know of the file of suppressions: what has expired suppresses nothing any more.
pub(crate) fn notes(all: &Suppressions) -> Vec<String> {
    let expired = all.expired().into_iter();
    let line = |file: &Path, line: u32| format!("{}:{line}", file.display());
    expired.map(|(entry, file)| format!("{}: this suppression has expired", line(file, entry.line))).collect()
}

fn unusable(path: &Path, what: &str) -> Failure {
    Failure::usage(what.to_owned())
        .at(path.to_string_lossy())
        .because("what is suppressed must be what somebody meant to suppress")
}
