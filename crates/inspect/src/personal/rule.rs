//! The rules, as the build script compiled them from `rules/personal`.

use portcullis_event::{Confidence, DataClass, Severity};

/// Says whether a code can have been issued. It is given without separators, its letters in upper case.
pub(crate) type Check = fn(&[u8]) -> bool;

/// How something is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Finder {
    /// By the way it is written.
    Form,
    Email,
    Phone,
    Iban,
    Bic,
    Mrz,
    BirthDate,
    Name,
    Address,
    Coordinates,
    IpAddress,
    MacAddress,
    Diagnosis,
}

/// A rule for one sort of personal data.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) severity: Severity,
    pub(crate) data: DataClass,
    pub(crate) check: Option<Check>,
    pub(crate) finder: Finder,
    pub(crate) near: Confidence,
    pub(crate) off: bool,
}

impl Rule {
    /// How reports call it.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// What it finds.
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// How private what it finds is.
    pub fn data(&self) -> DataClass {
        self.data
    }

    /// Whether it is on unless somebody switches it off.
    pub fn is_on(&self) -> bool {
        !self.off
    }

    /// Whether a check digit or a date is looked at.
    pub fn is_checked(&self) -> bool {
        self.check.is_some()
    }
}

/// A way to write what a rule finds.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) signature: u64,
    pub(crate) rule: u16,
    /// How sure it is without a word near it; nothing if it counts only beside one.
    pub(crate) alone: Option<Confidence>,
}

/// Words that speak for rules.
#[derive(Debug)]
pub(crate) struct Phrase {
    /// What the first word is looked up by.
    pub(crate) first: u32,
    pub(crate) words: &'static [&'static str],
    pub(crate) rules: &'static [u16],
    /// Whether a search begins with it.
    pub(crate) trigger: bool,
}

/// A word of a language that is written without spaces.
#[derive(Debug)]
pub(crate) struct Unspaced {
    pub(crate) text: &'static str,
    pub(crate) rules: &'static [u16],
    pub(crate) trigger: bool,
}

/// What `build.rs` wrote.
#[allow(clippy::all, clippy::pedantic, reason = "it is written by a program")]
mod compiled {
    use super::*;

    include!(concat!(env!("OUT_DIR"), "/personal_rules.rs"));
}

pub(crate) use compiled::*;

/// The forms that have a signature.
pub(crate) fn forms(signature: u64) -> &'static [Form] {
    let first = FORMS.partition_point(|form| form.signature < signature);
    let rest = FORMS.get(first..).unwrap_or_default();
    let count = rest.iter().take_while(|form| form.signature == signature).count();
    rest.get(..count).unwrap_or_default()
}

/// The phrases that begin with a word.
pub(crate) fn phrases(first: u32) -> &'static [Phrase] {
    let start = WORDS.partition_point(|phrase| phrase.first < first);
    let rest = WORDS.get(start..).unwrap_or_default();
    let count = rest.iter().take_while(|phrase| phrase.first == first).count();
    rest.get(..count).unwrap_or_default()
}
