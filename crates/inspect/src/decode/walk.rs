//! The way through the layers: finds what is encoded in a text, decides whether it makes sense, shows it, and looks into it in
//! turn.

use super::layer::{self, Layer, Link, Way};
use super::limits::Budget;
use super::look::{self, Sign};
use super::map::Map;
use super::pack::Input;
use super::text::{self, Found, MOST_FOR_A_SIGN, Place};
use super::{Limits, Reason, Skipped, magic, textual};
use std::ops::Range;

/// How deep something lies.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Depth {
    pub(super) texts: usize,
    pub(super) archives: usize,
    pub(super) packings: usize,
}

pub(super) struct Walk<'w> {
    pub(super) limits: &'w Limits,
    pub(super) budget: &'w Budget,
    pub(super) input: usize,
    pub(super) visit: &'w mut dyn FnMut(Layer<'_>),
    pub(super) skipped: &'w mut Vec<Skipped>,
}

/// A text on the way, and how it came to light.
#[derive(Clone, Copy)]
pub(super) struct Text<'t> {
    pub(super) bytes: &'t [u8],
    pub(super) link: Option<&'t Link<'t>>,
    pub(super) depth: Depth,
}

impl Walk<'_> {
    /// Remembers that something was not looked into; the same thing is said once.
    pub(super) fn skip(&mut self, link: Option<&Link<'_>>, why: Reason) {
        let skipped = Skipped { what: layer::how(link), why };
        if !self.skipped.contains(&skipped) {
            self.skipped.push(skipped);
        }
    }

    /// Finds what is encoded in a text.
    pub(super) fn text(&mut self, text: Text<'_>) {
        if let Some(found) = text::utf16::whole(text.bytes, self.limits.entry) {
            self.found(text, found);
            return;
        }
        if self.limits.rot13 && text.depth.texts == 0 {
            self.found(text, text::rot13::whole(text.bytes));
        }
        self.finders(text, |_| true);
    }

    fn finders(&mut self, text: Text<'_>, wanted: fn(Sign) -> bool) {
        let mut done = [[0; MOST_FOR_A_SIGN]; look::SIGNS];
        look::signs(text.bytes, &mut |at, sign| {
            let done = done.get_mut(sign as usize).into_iter().flatten();
            for (finder, from) in text::finders(sign).iter().zip(done) {
                if at >= *from && wanted(sign) {
                    let place = Place { text: text.bytes, at, from: *from, most: self.limits.entry };
                    *from = finder(place, &mut |found| self.found(text, found));
                }
            }
        });
    }

    /// Decides whether what was decoded makes sense, and looks into it if so.
    fn found(&mut self, outer: Text<'_>, found: Found) -> bool {
        let old = outer.link.is_some_and(|link| match &link.way {
            Way::Map(map) => !map.is_fresh(&found.map.original(0..found.map.len())),
            Way::Packed(_) => false,
        });
        if old || found.bytes.is_empty() {
            return false;
        }
        if !self.budget.spend(found.bytes.len()) {
            self.skip(outer.link, Reason::OutputLimit);
            return false;
        }
        if magic::packing(&found.bytes).is_some() {
            return self.packed(outer, found);
        }
        if textual::is_text(&found.bytes) || magic::is_known(&found.bytes) {
            self.part(outer, &found, 0..found.bytes.len());
            return true;
        }
        for part in textual::stretches(&found.bytes) {
            self.part(outer, &found, part);
        }
        self.wide_strings(outer, found);
        false
    }

    /// Shows something that was found by its form, and looks into it.
    pub(super) fn show(&mut self, outer: Text<'_>, found: &Found) {
        if found.bytes.is_empty() {
        } else if self.budget.spend(found.bytes.len()) {
            self.part(outer, found, 0..found.bytes.len());
        } else {
            self.skip(outer.link, Reason::OutputLimit);
        }
    }

    /// Shows a part of what was decoded, with what stands around it, and looks into it in turn.
    fn part(&mut self, outer: Text<'_>, found: &Found, part: Range<usize>) {
        if outer.depth.texts >= self.limits.text_depth {
            self.skip(outer.link, Reason::TooDeep);
            return;
        }
        let (bytes, map) = surrounded(outer.bytes, found, part);
        let link = Link { outer: outer.link, step: found.step.clone(), way: Way::Map(map) };
        (self.visit)(Layer::new(&bytes, &link, self.input));
        let depth = Depth { texts: outer.depth.texts + 1, ..outer.depth };
        self.finders(Text { bytes: &bytes, link: Some(&link), depth }, |_| true);
    }

    /// UTF-16 in what is not text otherwise: a command for PowerShell is base64 of it.
    fn wide_strings(&mut self, outer: Text<'_>, found: Found) {
        if outer.depth.texts >= self.limits.text_depth {
            return;
        }
        let link = Link { outer: outer.link, step: found.step, way: Way::Map(found.map) };
        let depth = Depth { texts: outer.depth.texts + 1, ..outer.depth };
        self.finders(Text { bytes: &found.bytes, link: Some(&link), depth }, |sign| sign == Sign::Nul);
    }

    fn packed(&mut self, outer: Text<'_>, found: Found) -> bool {
        if outer.depth.texts >= self.limits.text_depth {
            self.skip(outer.link, Reason::TooDeep);
            return true;
        }
        let link = Link { outer: outer.link, step: found.step, way: Way::Map(found.map) };
        let depth = Depth { texts: outer.depth.texts + 1, ..outer.depth };
        self.unpack(Input::Slice(&found.bytes), Some(&link), depth);
        true
    }
}

/// How many quotation marks on either side of an encoded text are left out: the one, if it occurs in what was decoded.
/// There it would close what it opens, and `"{"password": "x"}"` reads as other than it is.
fn quote_around(outer: &[u8], span: &Range<usize>, decoded: &[u8]) -> usize {
    let mark = span.start.checked_sub(1).and_then(|at| outer.get(at));
    let is_quote = mark.is_some_and(|mark| matches!(mark, b'"' | b'\'' | b'`') && outer.get(span.end) == Some(mark));
    usize::from(is_quote && mark.is_some_and(|mark| decoded.contains(mark)))
}

/// A part of what was decoded, between what stands before and after it in the same line.
fn surrounded(outer: &[u8], found: &Found, part: Range<usize>) -> (Vec<u8>, Map) {
    let span = found.map.original(part.clone());
    let before = outer.get(span.start.saturating_sub(found.surroundings.before)..span.start).unwrap_or_default();
    let before = if part.start == 0 { before.iter().rev().take_while(|byte| **byte != b'\n').count() } else { 0 };
    let after = outer.get(span.end..).unwrap_or_default().iter().take(found.surroundings.after);
    let after = if part.end == found.bytes.len() { after.take_while(|byte| **byte != b'\n').count() } else { 0 };
    let quote = quote_around(outer, &span, found.bytes.get(part.clone()).unwrap_or_default());
    let (before, after) = (span.start - before..span.start, span.end..span.end + after);
    let before = before.start..before.end.saturating_sub(quote).max(before.start);
    let after = (after.start + quote).min(after.end)..after.end;
    let mut map = Map::default();
    map.copy(before.clone());
    map.append(&found.map, part.clone());
    map.copy(after.clone());
    let pieces = [outer.get(before), found.bytes.get(part), outer.get(after)];
    (pieces.map(Option::unwrap_or_default).concat(), map)
}
