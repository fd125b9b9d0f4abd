//! Why a command could not do its work, as a person can act on it: what happened, where, why it matters, what to do.

mod approvals;
mod changes;
mod index;
mod ledger;
mod policy;
mod witness;

use crate::exit::Exit;
use crate::output::View;
use crate::page::{Page, Tone};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use std::io;
use std::path::Path;

/// Why a command could not do its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The exit status that it causes.
    pub(crate) exit: Exit,
    /// What happened, in one sentence without a full stop.
    pub(crate) what: String,
    /// The file, or file and line.
    pub(crate) place: Option<Box<str>>,
    /// Lines quoted from that file, with a caret under what is wrong.
    pub(crate) excerpt: Option<Box<str>>,
    /// Why it matters.
    pub(crate) why: Option<Box<str>>,
    /// What to do next; each entry is one way out.
    pub(crate) fix: Vec<String>,
}

impl Failure {
    /// The command or the configuration is wrong.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, what: what.into(), place: None, excerpt: None, why: None, fix: Vec::new() }
    }

    /// Not all of it could be done.
    pub(crate) fn incomplete(what: impl Into<String>) -> Self {
        Self { exit: Exit::Incomplete, ..Self::usage(what) }
    }

    /// The operating system refused: `action` completes the sentence "could not …".
    pub(crate) fn io(action: &str, path: Option<&Path>, error: &io::Error) -> Self {
        let failure = Self::incomplete(format!("could not {action}: {}", plain(error)));
        match path {
            Some(path) => failure.at(path.to_string_lossy()),
            None => failure,
        }
    }

    /// Says where.
    #[must_use]
    pub(crate) fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into().into_boxed_str());
        self
    }

    /// Says why it matters.
    #[must_use]
    pub(crate) fn because(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into().into_boxed_str());
        self
    }

    /// Says what to do next.
    #[must_use]
    pub(crate) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix.push(fix.into());
        self
    }
}

/// The operating system's words without the number that only a programmer looks up.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text.get(..end).unwrap_or(&text).to_lowercase()
}

impl View for Failure {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Bad, "error").put(Tone::Plain, ": ").put(Tone::Strong, &self.what).end();
        // An excerpt says where by itself.
        match (&self.excerpt, &self.place) {
            (Some(excerpt), _) => drop(page.lines(excerpt)),
            (None, Some(place)) => drop(page.put(Tone::Faint, "  at  ").put(Tone::Plain, place).end()),
            (None, None) => {}
        }
        if let Some(why) = &self.why {
            page.put(Tone::Faint, "  why ").put(Tone::Plain, why).end();
        }
        for fix in &self.fix {
            page.put(Tone::Good, "  fix ").put(Tone::Plain, fix).end();
        }
    }
}

impl Serialize for Failure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Inner<'a> {
            what: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            place: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            excerpt: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            why: Option<&'a str>,
            fix: &'a [String],
            exit: u8,
        }
        let inner = Inner {
            what: &self.what,
            place: self.place.as_deref(),
            excerpt: self.excerpt.as_deref(),
            why: self.why.as_deref(),
            fix: &self.fix,
            exit: self.exit.code(),
        };
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("error", &inner)?;
        map.end()
    }
}
