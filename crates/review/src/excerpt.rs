//! The line that something was found on, as a person may see it: whatever was found on it is masked.
//!
//! It is made where the text is at hand and from everything that was found in the text: what belongs to another finding, or
//! is suppressed later, is masked as well. So is each repetition of a value, what goes on right behind one, and long words of
//! letters and digits of which nobody knows what they are. Where that can't be done in bounded time there is no excerpt.

use crate::window::Window;
use memchr::memmem::Finder;
use portcullis_event::FindingKind;
use portcullis_inspect::{Hit, decode, secret};
use portcullis_patterns::{Matcher, Step};
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::Range;

/// Stands for what is hidden.
const MASK: &str = "****";
/// What was cut off.
const CUT: char = '…';
/// So many bytes are read on each side of a finding.
const AROUND: usize = 256;
/// So many characters are shown before a finding, and so many behind it.
const SHOWN: (usize, usize) = (40, 60);
/// Repetitions of values are looked for up to this length.
const LONGEST: usize = 4096;
/// A word of letters and digits that is at least so long is nobody's business.
const LONG_WORD: usize = 20;
/// So many bytes may be searched for the excerpts of one text.
const WORK: usize = 256 << 20;

/// A line with everything masked that was found on it. It says something about a place, it does not tell places apart.
#[derive(Debug, Clone, Default)]
pub struct Excerpt(Option<Box<str>>);

impl Excerpt {
    /// The line, which can still hold characters that steer a terminal. None if it is not known, or not for people.
    pub fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl PartialEq for Excerpt {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Excerpt {}

impl PartialOrd for Excerpt {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Excerpt {
    fn cmp(&self, _: &Self) -> Ordering {
        Ordering::Equal
    }
}

/// An excerpt for each of `hits`, which are all that was found in a text, by their starts.
pub(crate) fn excerpts(window: &Window<'_>, hits: &[Hit]) -> Vec<Excerpt> {
    if window.before.bytes == 0 && decode::is_packed(window.text) {
        return vec![Excerpt::default(); hits.len()];
    }
    let mut masking = Masking::new(window, hits);
    hits.iter().map(|hit| Excerpt(masking.excerpt(hit).map(String::into_boxed_str))).collect()
}

/// What must not be shown, and how many of its first bytes may be all the same.
#[derive(Debug, Clone)]
struct Hidden {
    span: Range<usize>,
    prefix: usize,
}

struct Masking<'a> {
    text: &'a [u8],
    own: Range<usize>,
    /// In order, and none touches another.
    hidden: Vec<Hidden>,
    values: Vec<Finder<'a>>,
    longest: usize,
    work: usize,
}

impl<'a> Masking<'a> {
    fn new(window: &Window<'a>, hits: &'a [Hit]) -> Self {
        let text = window.text;
        let raw = |hit: &Hit| text.get(hit.span.clone()).unwrap_or_default();
        let values: BTreeSet<&[u8]> = hits
            .iter()
            .flat_map(|hit| [raw(hit), hit.value.expose().as_bytes()])
            .filter(|value| (3..=LONGEST).contains(&value.len()))
            .collect();
        Self {
            text,
            own: window.own.clone(),
            hidden: merged(hits.iter().map(|hit| Hidden { span: hit.span.clone(), prefix: prefix(hit, raw(hit)) })),
            longest: values.iter().map(|value| value.len()).max().unwrap_or(0),
            values: values.into_iter().map(Finder::new).collect(),
            work: WORK,
        }
    }

    fn excerpt(&mut self, hit: &Hit) -> Option<String> {
        // What steers agents would steer the one that reads the report.
        if hit.kind == FindingKind::Injection {
            return None;
        }
        let at = self.hidden.partition_point(|it| it.span.end <= hit.span.start);
        let itself = self.hidden.get(at)?.clone();
        let far = AROUND + self.longest;
        let wide = self.own.start.max(itself.span.start.saturating_sub(far))..self.own.end.min(itself.span.end + far);
        let (head, tail) = (wide.start..itself.span.start, itself.span.end..wide.end);
        self.work = self.work.checked_sub((head.len() + tail.len()).saturating_mul(self.values.len()))?;
        let line = self.line(&itself.span, &head, &tail);
        let hidden = self.hidden_in(&wide, &head, &tail);
        // What goes on right behind it was added to it.
        let itself = &hidden.get(hidden.partition_point(|it| it.span.end <= itself.span.start))?.span;
        let before = line.start.max(itself.start.saturating_sub(AROUND))..itself.start;
        let behind = itself.end..line.end.min(itself.end + AROUND);
        let is_plain = |range: &Range<usize>| is_plain(self.text.get(range.clone()).unwrap_or_default());
        if !is_plain(&before) || !is_plain(&behind) {
            return None;
        }
        let is_cut = (before.start > line.start, behind.end < line.end);
        let masked = |range| self.masked(range, &hidden);
        Some(shortened(&masked(before), &masked(itself.clone()), &masked(behind), is_cut))
    }

    /// The line that `span` is on, as far as it is known. Where the span covers several, nothing behind it is on the first.
    fn line(&self, span: &Range<usize>, head: &Range<usize>, tail: &Range<usize>) -> Range<usize> {
        let of = |range: &Range<usize>| self.text.get(range.clone()).unwrap_or_default();
        let start = memchr::memrchr(b'\n', of(head)).map_or(head.start, |end| head.start + end + 1);
        if memchr::memchr(b'\n', of(span)).is_some() {
            return start..span.end;
        }
        let end = memchr::memchr(b'\n', of(tail)).map_or(tail.end, |end| tail.start + end);
        let is_return = |at: usize| end > tail.start && self.text.get(at) == Some(&b'\r');
        start..if is_return(end.saturating_sub(1)) { end - 1 } else { end }
    }

    /// All that must not be shown of a part of the text.
    fn hidden_in(&self, wide: &Range<usize>, head: &Range<usize>, tail: &Range<usize>) -> Vec<Hidden> {
        let first = self.hidden.partition_point(|it| it.span.end <= wide.start);
        let last = self.hidden.partition_point(|it| it.span.start < wide.end);
        let found = self.hidden.get(first..last).unwrap_or_default();
        let mut hidden = found.to_vec();
        for range in [head, tail] {
            let part = self.text.get(range.clone()).unwrap_or_default();
            for value in &self.values {
                let again = |at: usize| range.start + at..range.start + at + value.needle().len();
                hidden.extend(value.find_iter(part).map(again).filter(|span| !is_within(span, found)).map(bare));
            }
        }
        hidden.sort_by_key(|it| it.span.start);
        let hidden = merged(hidden.into_iter());
        let words = self.words(wide, &hidden);
        let mut all: Vec<Hidden> = hidden.into_iter().chain(words.into_iter().map(bare)).collect();
        all.sort_by_key(|it| it.span.start);
        merged(all.into_iter())
    }

    /// Words between what is hidden that have to be hidden as well: what goes on right behind it, and what is long.
    fn words(&self, wide: &Range<usize>, hidden: &[Hidden]) -> Vec<Range<usize>> {
        let mut words = Vec::new();
        let ends = hidden.iter().map(|it| it.span.start).chain([wide.end]);
        let starts = [wide.start].into_iter().chain(hidden.iter().map(|it| it.span.end));
        for (index, gap) in starts.zip(ends).enumerate() {
            let mut start = gap.0;
            let part = self.text.get(gap.0..gap.1).unwrap_or_default();
            for word in part.split(|byte| !is_of_word(*byte)) {
                let goes_on = index > 0 && start == gap.0;
                if !word.is_empty() && (goes_on || is_long(word)) {
                    words.push(start..start + word.len());
                }
                start += word.len() + 1;
            }
        }
        words
    }

    fn masked(&self, part: Range<usize>, hidden: &[Hidden]) -> String {
        let text = |range: Range<usize>| String::from_utf8_lossy(self.text.get(range).unwrap_or_default());
        let (mut shown, mut at) = (String::new(), part.start);
        for it in hidden.iter().filter(|it| it.span.start < part.end && it.span.end > part.start) {
            shown.push_str(&text(at..it.span.start.max(part.start)));
            if it.span.start >= part.start {
                shown.push_str(&text(it.span.start..(it.span.start + it.prefix).min(part.end)));
            }
            shown.push_str(MASK);
            at = it.span.end.min(part.end);
        }
        shown.push_str(&text(at..part.end));
        shown
    }
}

/// Joins what overlaps or touches, of what comes in the order of its starts.
fn merged(hidden: impl Iterator<Item = Hidden>) -> Vec<Hidden> {
    let mut all: Vec<Hidden> = Vec::new();
    for next in hidden {
        match all.last_mut() {
            Some(last) if next.span.start <= last.span.end => {
                // No prefix reaches into another finding.
                let same = next.span.start == last.span.start && !last.span.is_empty();
                let most = if same { next.prefix } else { next.span.start.saturating_sub(last.span.start) };
                last.prefix = last.prefix.min(most);
                last.span.end = last.span.end.max(next.span.end);
            }
            Some(_) | None => all.push(next),
        }
    }
    all
}

const fn bare(span: Range<usize>) -> Hidden {
    Hidden { span, prefix: 0 }
}

fn is_within(span: &Range<usize>, found: &[Hidden]) -> bool {
    found.iter().any(|it| it.span.start <= span.start && span.end <= it.span.end)
}

/// How many bytes of a value are its vendor's mark, with which every value of its rule starts.
fn prefix(hit: &Hit, raw: &[u8]) -> usize {
    let is_itself = hit.value.expose().as_bytes() == raw;
    let Some(rule) = secret::rule(hit.rule.as_str()).filter(|rule| is_itself && rule.before.is_none()) else {
        return 0;
    };
    let Matcher::Steps(steps) = &rule.pattern else { return 0 };
    let Some(Step::Literal(mark)) = steps.first() else { return 0 };
    // A value of which little more is left would be half told.
    if raw.starts_with(mark) && raw.len() >= 16 + mark.len() && mark.is_ascii() { mark.len() } else { 0 }
}

const fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/') || !byte.is_ascii()
}

fn is_long(word: &[u8]) -> bool {
    word.len() >= LONG_WORD && word.iter().any(u8::is_ascii_digit) && word.iter().any(u8::is_ascii_alphabetic)
}

/// Whether bytes are text, in whatever encoding that has ASCII in it.
fn is_plain(text: &[u8]) -> bool {
    let strange = |byte: &&u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\r');
    let invalid: usize = text.utf8_chunks().map(|chunk| chunk.invalid().len()).sum();
    !text.contains(&0) && (invalid + text.iter().filter(strange).count()) * 4 <= text.len().max(8)
}

/// What is shown of a line, the finding in its middle.
fn shortened(before: &str, own: &str, behind: &str, is_cut: (bool, bool)) -> String {
    let before = before.trim_start();
    let behind = behind.trim_end();
    let left_out = before.chars().count().saturating_sub(SHOWN.0);
    let mut shown = String::new();
    if left_out > 0 || is_cut.0 {
        shown.push(CUT);
    }
    shown.extend(before.chars().skip(left_out));
    shown.push_str(own);
    shown.extend(behind.chars().take(SHOWN.1));
    if behind.chars().count() > SHOWN.1 || is_cut.1 {
        shown.push(CUT);
    }
    shown.replace('\t', " ")
}

#[cfg(test)]
mod tests;
