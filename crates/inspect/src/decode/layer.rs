//! One decoded text on its way to whoever looks into it, with the way back to where it came from.

use super::Step;
use super::map::Map;
use crate::Hit;
use std::ops::Range;

/// So far from a hit, what was decoded may be what made it one: the quotation marks around a value, or its name.
const NEAR: usize = 64;

/// What leads from a decoded text to the one it lay in.
#[derive(Debug)]
pub(super) struct Link<'a> {
    pub(super) outer: Option<&'a Link<'a>>,
    pub(super) step: Step,
    pub(super) way: Way<'a>,
}

/// How positions lead back.
#[derive(Debug)]
pub(super) enum Way<'a> {
    /// Byte by byte.
    Map(Map),
    /// Not at all: it was packed. These are the unpacked bytes, if they are kept.
    Packed(&'a [u8]),
}

/// A decoded text.
#[derive(Debug, Clone, Copy)]
pub struct Layer<'a> {
    bytes: &'a [u8],
    link: &'a Link<'a>,
    /// How many bytes the input has.
    input: usize,
}

/// Where something in a layer came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin<'a> {
    /// The smallest range of the input that holds it.
    pub span: Range<usize>,
    /// The file in an archive, or the unpacked bytes, that it lies in; nothing if it was not packed.
    pub inside: Option<Inside<'a>>,
}

/// Something that was packed, and a place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inside<'a> {
    /// The paths of the archives' entries from the outside in, joined by `!/`. Empty if none of the packings names its content.
    pub path: String,
    /// The unpacked bytes.
    pub text: &'a [u8],
    /// The range of them.
    pub span: Range<usize>,
}

impl<'a> Layer<'a> {
    pub(super) fn new(bytes: &'a [u8], link: &'a Link<'a>, input: usize) -> Self {
        Self { bytes, link, input }
    }

    /// The decoded bytes, with a little of what stands around them in the text that they lay in.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// What was undone, the outermost first.
    pub fn steps(&self) -> Vec<&'a Step> {
        let mut steps: Vec<&Step> = links(self.link).map(|link| &link.step).collect();
        steps.reverse();
        steps
    }

    /// What was undone, as text: `base64 > gzip`.
    pub fn how(&self) -> String {
        how(Some(self.link))
    }

    /// Whether any of these bytes came to light by the last step. The others could be seen before.
    pub fn is_new(&self, part: &Range<usize>) -> bool {
        match &self.link.way {
            Way::Map(map) => map.is_fresh(part),
            Way::Packed(_) => true,
        }
    }

    /// Where these bytes came from.
    pub fn map(&self, part: Range<usize>) -> Origin<'a> {
        let mut inside = None;
        // Nothing means all of it.
        let mut span = Some(part);
        for link in links(self.link) {
            match &link.way {
                Way::Map(map) => span = Some(map.original(span.unwrap_or(0..map.len()))),
                Way::Packed(text) => {
                    let span = span.take().unwrap_or(0..text.len());
                    inside = inside.or_else(|| Some(Inside { path: entry_path(link), text, span }));
                }
            }
        }
        Origin { span: span.unwrap_or(0..self.input), inside }
    }

    /// A hit in this layer as a hit in the input, or nothing if neither it nor what is near it came to light by the last step.
    /// What remains may have been found without that step too, at the same place.
    pub fn lift(&self, mut hit: Hit) -> Option<Hit> {
        let near = hit.span.start.saturating_sub(NEAR)..(hit.span.end + NEAR).min(self.bytes.len());
        if !self.is_new(&near) {
            return None;
        }
        hit.span = self.map(hit.span).span;
        hit.why.push(format!("found inside: {}", self.how()));
        Some(hit)
    }
}

/// The links from the inside out.
pub(super) fn links<'a>(innermost: &'a Link<'a>) -> impl Iterator<Item = &'a Link<'a>> {
    std::iter::successors(Some(innermost), |link| link.outer)
}

/// The steps from the outside in, as text.
pub(super) fn how(innermost: Option<&Link<'_>>) -> String {
    let mut steps: Vec<String> = innermost.into_iter().flat_map(links).map(|link| link.step.to_string()).collect();
    steps.reverse();
    steps.join(" > ")
}

fn entry_path(innermost: &Link<'_>) -> String {
    let mut entries: Vec<&str> = links(innermost).filter_map(|link| link.step.entry()).collect();
    entries.reverse();
    entries.join("!/")
}
