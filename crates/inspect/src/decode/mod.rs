//! Undoes encodings and packings, and remembers where each decoded byte came from.
//!
//! A secret that is written as base64 is still a secret, and so is one in a file of a zip archive. [`layers`] finds what is
//! encoded or packed in an input and shows each decoded text to the caller, who looks into it as into any other; what was
//! found there is mapped back to the place in the input. It knows nothing of secrets itself, and it writes nothing anywhere:
//! the paths in an archive are words to it.
//!
//! Whoever made the input decides what it unpacks to. [`Limits`] bound depth, memory and time, and what lies beyond them is
//! reported as [`Skipped`].

mod layer;
mod limits;
mod look;
mod magic;
mod map;
mod pack;
mod step;
mod text;
mod textual;
mod walk;

use std::io::{Read, Seek};

pub use layer::{Inside, Layer, Origin};
pub use limits::{Limits, Reason, Skipped};
pub use step::Step;

/// How far from a byte one has to look, at most, to know whether it is encoded and how. A text that is cut into pieces which
/// overlap by this, and by what a hit is written with, shows the same encoded tokens as the whole one. What is packed must not
/// be cut at all.
pub const REACH: usize = text::REACH;

/// Shows every decoded text that an input holds: what is encoded in it, what it unpacks to, and what is encoded and packed
/// in that. The input itself is not shown. The answer is what was not looked into.
pub fn layers(input: &[u8], limits: &Limits, visit: &mut dyn FnMut(Layer<'_>)) -> Vec<Skipped> {
    walked(input.len(), limits, visit, |walk| walk.input(input))
}

/// As [`layers`], for something packed that is too large to be held: it comes bit by bit, and what is large in it is looked
/// into in pieces. `length` is how many bytes there are; everything that is found lies somewhere in them.
pub fn layers_of_stream(
    from: &mut dyn Read,
    length: u64,
    limits: &Limits,
    visit: &mut dyn FnMut(Layer<'_>),
) -> Vec<Skipped> {
    of_large(pack::Input::Stream(from), length, limits, visit)
}

/// As [`layers_of_stream`], for what can be read from any place: a zip archive has its list at the end.
pub fn layers_of_file(
    from: &mut dyn Seekable,
    length: u64,
    limits: &Limits,
    visit: &mut dyn FnMut(Layer<'_>),
) -> Vec<Skipped> {
    of_large(pack::Input::File(from), length, limits, visit)
}

fn of_large(input: pack::Input<'_>, length: u64, limits: &Limits, visit: &mut dyn FnMut(Layer<'_>)) -> Vec<Skipped> {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    walked(length, limits, visit, |walk| walk.unpack(input, None, walk::Depth::default()))
}

/// Whether something that begins with these bytes is packed. So many as [`HEAD`] are enough to tell.
pub fn is_packed(head: &[u8]) -> bool {
    magic::packing(head).is_some()
}

/// How many bytes tell whether something is packed.
pub const HEAD: usize = magic::HEAD;

/// What can be read from any place.
pub trait Seekable: Read + Seek {}

impl<T: Read + Seek> Seekable for T {}

/// As [`layers`], for a piece of a larger text: the piece as a whole is not unpacked, whatever its first bytes are.
pub fn layers_in_text(text: &[u8], limits: &Limits, visit: &mut dyn FnMut(Layer<'_>)) -> Vec<Skipped> {
    let whole = walk::Text { bytes: text, link: None, depth: walk::Depth::default() };
    walked(text.len(), limits, visit, |walk| walk.text(whole))
}

/// One walk through an input of so many bytes, and what was left out on it.
fn walked(
    input: usize,
    limits: &Limits,
    visit: &mut dyn FnMut(Layer<'_>),
    go: impl FnOnce(&mut walk::Walk<'_>),
) -> Vec<Skipped> {
    let (budget, mut skipped) = (limits::Budget::new(limits), Vec::new());
    go(&mut walk::Walk { limits, budget: &budget, input, visit, skipped: &mut skipped });
    skipped
}
