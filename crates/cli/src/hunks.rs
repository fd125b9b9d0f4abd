//! Lines that differ, as a unified diff has them.

use crate::page::Tone;
use portcullis_changes::{Hunk, Mark};

/// What a line begins with, and its colour.
pub(crate) const fn sign(mark: Mark) -> (char, Tone) {
    match mark {
        Mark::Same => (' ', Tone::Plain),
        Mark::Removed => ('-', Tone::Bad),
        Mark::Added => ('+', Tone::Good),
    }
}

/// The lines of a hunk, each in its colour.
pub(crate) fn lines(hunk: &Hunk) -> impl Iterator<Item = (Tone, String)> {
    let ((before, lines_before), (after, lines_after)) = (hunk.before, hunk.after);
    let head = (Tone::Faint, format!("@@ -{before},{lines_before} +{after},{lines_after} @@"));
    let line = |(mark, line): &(Mark, String)| {
        let (sign, tone) = sign(*mark);
        (tone, format!("{sign}{line}"))
    };
    std::iter::once(head).chain(hunk.lines.iter().map(line))
}
