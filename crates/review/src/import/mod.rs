//! What other scanners were told, taken over: their rules, what they were to leave out, what they had found before.
//!
//! One file for each format. Nothing is guessed: what has no counterpart here is listed, so that somebody can decide.

mod detect_secrets;
mod dialect;
mod discover;
mod format;
mod git_secrets;
mod gitleaks;
mod known;
mod ripsecrets;
mod rules;
mod trufflehog;

pub use discover::{FoundFile, discover};
pub use format::{Format, UnknownFormat};
pub use git_secrets::settings as git_secrets_settings;
pub use known::{About, Known, Settled, suppress};
pub use rules::{Dialect, ForeignRules, UserRule};

use crate::suppress::Allow;

/// What a file of another scanner says.
#[derive(Debug, Default)]
pub struct Imported {
    /// Rules of its own.
    pub rules: Vec<UserRule>,
    /// What is to be left out.
    pub allows: Vec<Allow>,
    /// Findings that are known, each at a place.
    pub known: Vec<Known>,
    /// What could not be taken over, each in a sentence.
    pub left_behind: Vec<String>,
}

/// Why a file of another scanner can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It is not written as that scanner writes it.
    #[error("it is no {format}: {what}")]
    Format {
        /// What it should be.
        format: &'static str,
        /// What is wrong.
        what: String,
    },
    /// A pattern makes no sense, or is too large.
    #[error("the pattern of {of} can't be used: {what}")]
    Pattern {
        /// What it belongs to.
        of: String,
        /// What is wrong.
        what: String,
    },
}

fn format_error(format: &'static str, error: impl std::fmt::Display) -> ImportError {
    ImportError::Format { format, what: error.to_string() }
}

impl Imported {
    /// Compiles patterns of what is to be left out. One that can't be used leaves nothing out, and is listed.
    fn patterns<T>(
        &mut self,
        of: &str,
        patterns: &[String],
        compile: impl Fn(&str, &str) -> Result<T, ImportError>,
    ) -> Vec<T> {
        let compiled = patterns.iter().filter_map(|pattern| match compile(of, pattern) {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                self.left_behind.push(error.to_string());
                None
            }
        });
        compiled.collect()
    }
}
