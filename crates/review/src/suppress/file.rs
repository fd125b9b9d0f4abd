//! The project's own file of suppressions.
//!
//! ```toml
//! [[suppress]]
//! fingerprint = "0123456789abcdef0123456789abcdef"
//! reason = "a key of the vendor's documentation"
//! expires = 2030-01-31
//! owner = "payments"
//!
//! [[suppress]]
//! rule = "generic-password"
//! path = "tests/fixtures/**"
//! reason = "made up for tests"
//! ```

use crate::Fingerprint;
use crate::glob::Glob;
use jiff::civil::Date;
use portcullis_event::RuleId;
use serde::Deserialize;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use toml::Spanned;

/// Somebody says that something need not be dealt with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// What.
    pub what: What,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub expires: Option<Date>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The line of the file that it starts on.
    pub line: u32,
}

/// What a suppression is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// One secret, wherever it lies.
    Secret(Fingerprint),
    /// What a rule finds in some files.
    Files {
        /// The rule; all of them if it is none.
        rule: Option<RuleId>,
        /// The files, as it was written.
        pattern: String,
        #[doc(hidden)]
        glob: PathGlob,
    },
}

/// A pattern for paths, with the meaning that it would have in an ignore file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathGlob(Glob);

/// Why a file of suppressions is no use. Nothing is scanned then: it might say more than it seems to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SuppressionError {
    /// It is not written as it should be.
    #[error("it can't be read: {0}")]
    Toml(String),
    /// An entry does not say what it should.
    #[error("line {line}: {what}")]
    Entry {
        /// The line that the entry starts on.
        line: u32,
        /// What is wrong.
        what: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    suppress: Vec<Spanned<Entry>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    fingerprint: Option<String>,
    rule: Option<String>,
    path: Option<String>,
    reason: String,
    expires: Option<Day>,
    owner: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Day {
    Toml(toml::value::Datetime),
    Text(String),
}

/// Reads a file of suppressions.
pub fn parse(text: &str) -> Result<Vec<Suppression>, SuppressionError> {
    let written: Written = toml::from_str(text).map_err(|error| SuppressionError::Toml(error.to_string()))?;
    let one = |entry: Spanned<Entry>| {
        let before = text.get(..entry.span().start).unwrap_or_default();
        let line = u32::try_from(before.matches('\n').count()).unwrap_or(u32::MAX).saturating_add(1);
        suppression(entry.into_inner(), line).map_err(|what| SuppressionError::Entry { line, what })
    };
    written.suppress.into_iter().map(one).collect()
}

fn suppression(entry: Entry, line: u32) -> Result<Suppression, String> {
    let Entry { fingerprint, rule, path, reason, expires, owner } = entry;
    if reason.trim().is_empty() {
        return Err("a suppression needs a reason".to_owned());
    }
    let what = match (fingerprint, rule, path) {
        (Some(fingerprint), None, None) => {
            What::Secret(fingerprint.parse().map_err(|error: crate::NoFingerprint| error.to_string())?)
        }
        (None, Some(rule), Some(pattern)) => {
            let glob = PathGlob::parse(&pattern).ok_or_else(|| format!("`{pattern}` can match no path"))?;
            let rule = if rule == "any" { None } else { Some(RuleId::parse(rule).map_err(|error| error.to_string())?) };
            What::Files { rule, pattern, glob }
        }
        _ => return Err("a suppression needs either `fingerprint`, or `rule` and `path`".to_owned()),
    };
    let expires = expires.map(day).transpose()?;
    Ok(Suppression { what, reason, expires, owner, line })
}

fn day(day: Day) -> Result<Date, String> {
    let text = match day {
        Day::Toml(day) => day.to_string(),
        Day::Text(text) => text,
    };
    text.parse().map_err(|_| format!("`{text}` is no day; write it like 2030-01-31"))
}

impl Suppression {
    /// Whether its time is over.
    pub fn is_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| last < today)
    }

    /// Whether it is about this finding.
    pub(crate) fn names(&self, rule: &RuleId, fingerprint: Fingerprint, path: Option<&Path>) -> bool {
        match &self.what {
            What::Secret(wanted) => *wanted == fingerprint,
            What::Files { rule: wanted, glob, .. } => {
                wanted.as_ref().is_none_or(|wanted| wanted == rule) && path.is_some_and(|path| glob.matches(path))
            }
        }
    }
}

impl PathGlob {
    /// Reads a pattern. Without a slash in it, it is compared with the name alone.
    pub(crate) fn parse(pattern: &str) -> Option<Self> {
        let pattern = pattern.strip_suffix('/').map_or_else(|| pattern.to_owned(), |folder| format!("{folder}/**"));
        let anchored = pattern.strip_prefix('/').map(str::to_owned);
        let whole = anchored.unwrap_or_else(|| if pattern.contains('/') { pattern } else { format!("**/{pattern}") });
        Glob::parse(whole.as_bytes()).map(Self)
    }

    /// Whether it fits a path.
    pub(crate) fn matches(&self, path: &Path) -> bool {
        self.0.matches(path.as_os_str().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> RuleId {
        RuleId::parse("made-up").unwrap()
    }

    #[test]
    fn reads_what_is_suppressed_with_reason_day_and_owner() {
        let name = crate::IdentityKey::private([0; 32]).fingerprint(&rule(), "x");
        let text = format!(
            "# ours\n[[suppress]]\nfingerprint = \"{name}\"\nreason = \"old\"\nexpires = 2030-01-31\nowner = \"us\"\n\n\
             [[suppress]]\nrule = \"made-up\"\npath = \"tests/**\"\nreason = \"tests\"\nexpires = \"2029-12-01\"\n"
        );
        let [first, second] = parse(&text).unwrap().try_into().unwrap();
        assert_eq!((first.what.clone(), first.line, first.owner.as_deref()), (What::Secret(name), 2, Some("us")));
        let day = |text: &str| text.parse::<Date>().unwrap();
        assert!(!first.is_expired(day("2030-01-31")) && first.is_expired(day("2030-02-01")));
        assert!(second.names(&rule(), name, Some(Path::new("tests/a/b"))));
        assert!(!second.names(&RuleId::parse("other").unwrap(), name, Some(Path::new("tests/a"))));
        assert!(!second.names(&rule(), name, Some(Path::new("src/tests/a"))) && !second.names(&rule(), name, None));
        assert_eq!(second.line, 8);
    }

    #[test]
    fn what_says_too_little_or_too_much_is_refused() {
        for (text, says) in [
            ("[[suppress]]\nfingerprint = \"00\"\nreason = \"x\"\n", "line 1: a fingerprint is"),
            ("[[suppress]]\nrule = \"r\"\nreason = \"x\"\n", "line 1: a suppression needs either"),
            ("\n[[suppress]]\nrule = \"r\"\npath = \"x\"\nreason = \" \"\n", "line 2: a suppression needs a reason"),
            ("[[suppress]]\nrule = \"r\"\npath = \"x\"\n", "missing field `reason`"),
            ("[[suppress]]\nrule = \"r\"\npath = \"x\"\nreason = \"x\"\nuntil = 1\n", "unknown field"),
            ("[[suppress]]\nrule = \"r\"\npath = \"x\"\nreason = \"x\"\nexpires = \"soon\"\n", "`soon` is no day"),
            ("[[suppress]]\nrule = \"r\"\npath = \"[a\"\nreason = \"x\"\n", "can match no path"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn patterns_mean_what_they_mean_in_ignore_files() {
        for (pattern, path, fits) in [
            ("*.pem", "a/b/c.pem", true),
            ("a/", "a/b/c", true),
            ("/a", "a", true),
            ("/a", "b/a", false),
            ("a/*", "a/b/c", false),
            ("**", "a/b", true),
        ] {
            assert_eq!(PathGlob::parse(pattern).unwrap().matches(Path::new(path)), fits, "{pattern} {path}");
        }
    }
}
