//! What was found and need not be dealt with, and who said so.
//!
//! Whoever suppresses a finding names the secret, by its fingerprint, or a rule in some files. Nothing here hides a
//! secret that nobody has seen: a second one on the same line is a finding of its own. All that is suppressed is counted.

mod allow;
mod baseline;
mod file;
mod inline;
mod names;

pub use allow::{Allow, Rules, Target};
pub use baseline::{Baseline, BaselineError};
pub use file::{PathGlob, Suppression, SuppressionError, What, parse};
pub(crate) use inline::allowed;
pub(crate) use names::corresponds;

use crate::Fingerprint;
use crate::origin::Origin;
use jiff::civil::Date;
use portcullis_event::RuleId;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Why a finding need not be dealt with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suppressed {
    /// Who or what says so.
    pub by: By,
    /// The reason that was given, if one was.
    pub reason: Option<String>,
}

/// Who or what says that a finding need not be dealt with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// A comment beside it, by the words that it starts with.
    Comment(&'static str),
    /// An entry of a file of suppressions.
    Suppression {
        /// The file.
        file: PathBuf,
        /// The line of the entry.
        line: u32,
        /// Who answers for it.
        owner: Option<String>,
    },
    /// A baseline: it was there when the baseline was made.
    Baseline {
        /// The file.
        file: PathBuf,
    },
    /// What another scanner was told to leave out.
    Foreign {
        /// The file, or what else it came from.
        file: String,
    },
}

/// All that suppresses findings of a project.
#[derive(Debug, Default)]
pub struct Suppressions {
    /// The folder that paths start from.
    root: PathBuf,
    today: Date,
    entries: Vec<(Suppression, PathBuf)>,
    /// Whether each of the entries did something.
    used: Vec<AtomicBool>,
    baselines: Vec<(Baseline, PathBuf)>,
    allows: Vec<(Allow, String)>,
}

/// A finding at a place, as suppressions judge it.
pub(crate) struct Asked<'a> {
    pub(crate) rule: &'a RuleId,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) value: &'a str,
    pub(crate) origin: &'a Origin,
    /// The line that it starts on, and where in it. It may have to be read for this.
    pub(crate) line: &'a dyn Fn() -> Line,
}

/// A line that something was found in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) text: Vec<u8>,
    pub(crate) span: Range<usize>,
    /// Where other things were found on it.
    pub(crate) others: Vec<Range<usize>>,
}

impl Suppressions {
    /// None yet, for the project in the folder `root`.
    pub fn new(root: &Path, today: Date) -> Self {
        let root = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
        Self { root, today, ..Self::default() }
    }

    /// Adds the entries of a file of suppressions.
    pub fn add(&mut self, file: &Path, entries: Vec<Suppression>) {
        self.used.extend(entries.iter().map(|_| AtomicBool::new(false)));
        self.entries.extend(entries.into_iter().map(|entry| (entry, file.to_owned())));
    }

    /// Adds a baseline.
    pub fn add_baseline(&mut self, file: &Path, baseline: Baseline) {
        self.baselines.push((baseline, file.to_owned()));
    }

    /// Adds what another scanner was told to leave out; `file` says where.
    pub fn add_allow(&mut self, file: &str, allow: Allow) {
        self.allows.push((allow, file.to_owned()));
    }

    /// The entries whose time is over, with their files. They do not suppress anything any more.
    pub fn expired(&self) -> Vec<(&Suppression, &Path)> {
        let expired = self.entries.iter().filter(|(entry, _)| entry.is_expired(self.today));
        expired.map(|(entry, file)| (entry, file.as_path())).collect()
    }

    /// The entries that suppressed nothing in the scans so far, though their time is not over.
    pub fn unused(&self) -> Vec<(&Suppression, &Path)> {
        let entries = self.entries.iter().zip(&self.used);
        let unused =
            entries.filter(|((entry, _), used)| !used.load(Ordering::Relaxed) && !entry.is_expired(self.today));
        unused.map(|((entry, file), _)| (entry, file.as_path())).collect()
    }

    fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.baselines.is_empty() && self.allows.is_empty()
    }

    /// Why a finding at a place need not be dealt with, if somebody said so.
    pub(crate) fn judge(&self, asked: &Asked<'_>) -> Option<Suppressed> {
        let path = if self.is_empty() { None } else { self.relative(asked.origin) };
        self.by_entry(asked, path.as_deref())
            .or_else(|| self.by_baseline(asked))
            .or_else(|| self.by_allow(asked, path.as_deref()))
    }

    fn by_entry(&self, asked: &Asked<'_>, path: Option<&Path>) -> Option<Suppressed> {
        let mut entries = self.entries.iter().zip(&self.used);
        let ((entry, file), used) = entries.find(|((entry, _), _)| {
            !entry.is_expired(self.today) && entry.names(asked.rule, asked.fingerprint, path)
        })?;
        used.store(true, Ordering::Relaxed);
        let by = By::Suppression { file: file.clone(), line: entry.line, owner: entry.owner.clone() };
        Some(Suppressed { by, reason: Some(entry.reason.clone()) })
    }

    fn by_baseline(&self, asked: &Asked<'_>) -> Option<Suppressed> {
        let (_, file) = self.baselines.iter().find(|(baseline, _)| baseline.holds(asked.fingerprint))?;
        Some(Suppressed { by: By::Baseline { file: file.clone() }, reason: None })
    }

    fn by_allow(&self, asked: &Asked<'_>, path: Option<&Path>) -> Option<Suppressed> {
        let commit = asked.origin.commit();
        let (allow, file) = self.allows.iter().find(|(allow, _)| allow.names(asked, path, commit.as_ref()))?;
        Some(Suppressed { by: By::Foreign { file: file.clone() }, reason: allow.reason.clone() })
    }

    /// The path of what was scanned, relative to the project.
    pub(crate) fn relative(&self, origin: &Origin) -> Option<PathBuf> {
        let path = origin.path()?;
        // What a commit holds need not be there any more, so that only its working tree can be resolved.
        let whole = std::fs::canonicalize(&path).or_else(|_| std::path::absolute(&path)).ok()?;
        Some(whole.strip_prefix(&self.root).map(Path::to_owned).unwrap_or(whole))
    }
}
