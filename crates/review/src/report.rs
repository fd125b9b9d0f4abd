//! What a scan came to.

use crate::origin::Origin;
use crate::suppress::Suppressed;
use crate::{Fingerprint, Found, Place};
use portcullis_inspect::decode::Reason;
use std::fmt;

/// What a scan came to. The order of everything in it depends on what was scanned alone, not on the threads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What somebody has to deal with.
    pub findings: Vec<Found>,
    /// What was found and need not be dealt with, each with the reason.
    pub suppressed: Vec<Found>,
    /// What should have been looked into and was not. While there is any, nobody can say that nothing was found.
    pub not_looked_into: Vec<NotLookedInto>,
    /// How much was done.
    pub statistics: Statistics,
}

impl Report {
    /// Takes places of findings that are meant out of what somebody has to deal with.
    pub(crate) fn suppress(&mut self, why: &Suppressed, is_meant: impl Fn(Fingerprint, &Place) -> bool) {
        for mut found in std::mem::take(&mut self.findings) {
            let places = std::mem::take(&mut found.places);
            let (meant, left): (Vec<Place>, Vec<Place>) =
                places.into_iter().partition(|place| is_meant(found.fingerprint, place));
            if !meant.is_empty() {
                // Of places that are not listed nobody knows whether they are meant: they count with those that are left.
                let more_places = if left.is_empty() { found.more_places } else { 0 };
                let suppressed = Some(why.clone());
                self.suppressed.push(Found { places: meant, more_places, suppressed, ..found.clone() });
            }
            if !left.is_empty() {
                found.places = left;
                self.findings.push(found);
            }
        }
    }
}

/// Something that should have been looked into and was not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotLookedInto {
    /// What it is.
    pub origin: Origin,
    /// Why it was not.
    pub why: Why,
}

/// Why something was not looked into.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The operating system said no.
    Unreadable(String),
    /// A pipe, a socket or a device: reading it could wait for ever, or change something.
    Special,
    /// It is larger than the limit.
    TooLarge {
        /// How large it is, in bytes.
        bytes: u64,
        /// How large it may be.
        most: u64,
    },
    /// It contradicts itself.
    Corrupt(String),
    /// It is written in a way that we can't read.
    Unsupported(String),
    /// It is mentioned but is not there.
    Missing(String),
    /// Something in it was not looked into.
    Inside {
        /// What, from the outside in.
        what: String,
        /// Why.
        reason: Reason,
    },
    /// So much more in it was not looked into as well.
    More(usize),
}

impl Why {
    /// Whether nobody can say any more that nothing was found. What is damaged was read as far as anybody can, what is
    /// encrypted tells nobody anything, and text that looks encoded four times over mostly is not.
    pub fn is_serious(&self) -> bool {
        match self {
            Self::Inside { reason: Reason::Damaged | Reason::Encrypted, .. } => false,
            Self::Inside { what, reason: Reason::TooDeep } => is_packing(what.rsplit(" > ").next().unwrap_or_default()),
            Self::Inside { .. }
            | Self::Unreadable(_)
            | Self::Special
            | Self::TooLarge { .. }
            | Self::Corrupt(_)
            | Self::Unsupported(_)
            | Self::Missing(_)
            | Self::More(_) => true,
        }
    }
}

/// Whether a step leads into something packed, by what it is called.
pub(crate) fn is_packing(step: &str) -> bool {
    let names = ["gzip", "zlib", "zstd", "xz", "bzip2", "zip entry", "tar entry"];
    names.iter().any(|name| step.starts_with(name))
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "it can't be read: {error}"),
            Self::Special => f.write_str("it is a pipe, a socket or a device"),
            Self::TooLarge { bytes, most } => write!(f, "it has {bytes} bytes, and at most {most} are looked at"),
            Self::Corrupt(what) => write!(f, "it is damaged: {what}"),
            Self::Unsupported(what) => write!(f, "it is written in a way that is not known here: {what}"),
            Self::Missing(what) => write!(f, "it is not there: {what}"),
            Self::Inside { what, reason } if what.is_empty() => write!(f, "{reason}"),
            Self::Inside { what, reason } => write!(f, "{}: {reason}", crate::printable(what)),
            Self::More(count) => write!(f, "{count} more parts of it were not looked into"),
        }
    }
}

/// How much was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Files, blobs, messages and so on that were looked into.
    pub items: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Objects of git that were looked into before, under the same rules, and were clean.
    pub known_clean: u64,
    /// Files that ignore rules leave out. A folder that is left out counts once.
    pub ignored: u64,
    /// Symbolic links, which are not followed.
    pub links: u64,
    /// Pipes, sockets and devices, which are not opened.
    pub special: u64,
}

impl Statistics {
    pub(crate) fn add(&mut self, other: Self) {
        let Self { items, bytes, known_clean, ignored, links, special } = other;
        self.items += items;
        self.bytes += bytes;
        self.known_clean += known_clean;
        self.ignored += ignored;
        self.links += links;
        self.special += special;
    }
}
