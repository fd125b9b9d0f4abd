//! Encodings that lie inside a larger text. One file for each; a finder is shown a place that looks like its encoding and
//! hands over what it decoded there, with a map back.
//!
//! A finder decides by what is near: it never counts from the start of the text. So a text can be cut anywhere, as long as
//! the pieces overlap, and whatever is encoded in it is found all the same.

mod backslash;
mod base64;
mod byte_array;
mod entities;
mod escapes;
mod hex;
mod joined;
mod percent;
mod quoted_printable;
pub(super) mod rot13;
mod symbols;
pub(super) mod utf16;

pub(super) use backslash::read as read_string_escape;

use super::Step;
use super::look::Sign;
use super::map::Map;

/// An encoded stretch of a text, decoded.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) step: Step,
    pub(super) bytes: Vec<u8>,
    pub(super) map: Map,
    pub(super) surroundings: Surroundings,
}

/// How much of the text around an encoded stretch belongs to what it says: the name that a value is assigned to, and the
/// rest of a token of which only a part is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Surroundings {
    /// Most bytes before it; they never reach beyond the line.
    pub(super) before: usize,
    /// Most bytes after it; likewise.
    pub(super) after: usize,
}

impl Surroundings {
    /// Around something that is encoded as a whole.
    pub(super) const VALUE: Self = Self { before: 96, after: 16 };
    /// Around escapes in a text that reads on before and after them.
    pub(super) const ESCAPES: Self = Self { before: 128, after: 256 };
    /// Nothing belongs to it.
    pub(super) const NONE: Self = Self { before: 0, after: 0 };
}

/// Takes what was found; the answer is whether it made sense.
pub(super) type Emit<'e> = dyn FnMut(Found) -> bool + 'e;

/// Where a finder looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'t> {
    pub(super) text: &'t [u8],
    /// The sign is here.
    pub(super) at: usize,
    /// What lies before this has been looked at already.
    pub(super) from: usize,
    /// Most bytes to decode at once of something that can't be decoded in pieces.
    pub(super) most: usize,
}

impl Place<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.get(at).copied()
    }
}

/// A finder, and the answer to where it should be asked next.
pub(super) type Finder = fn(Place<'_>, &mut Emit<'_>) -> usize;

/// Most finders that wait for the same sign.
pub(super) const MOST_FOR_A_SIGN: usize = 2;

/// The finders that wait for a sign.
pub(super) fn finders(sign: Sign) -> &'static [Finder] {
    match sign {
        Sign::Run => &[hex::find, base64::find],
        Sign::Backslash => &[backslash::find],
        Sign::Percent => &[percent::find],
        Sign::Entity => &[entities::find],
        Sign::Equals => &[quoted_printable::find],
        Sign::Quote => &[joined::find],
        Sign::Nul => &[utf16::find],
        Sign::ZeroX => &[byte_array::find],
    }
}

/// How far from a byte one has to look, at most, to know whether it is encoded and how.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would stop at a wrong index")]
pub(super) const REACH: usize = {
    let all = [symbols::REACH, escapes::REACH, joined::REACH, byte_array::REACH, utf16::REACH];
    let mut most = 0;
    let mut at = 0;
    while at < all.len() {
        if all[at] > most {
            most = all[at];
        }
        at += 1;
    }
    most
};
