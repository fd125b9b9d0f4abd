//! Decodes the strings of a JSON source that comes in pieces, and the strings of JSON inside of them, and remembers for
//! each character where in the source it was spelled and how many strings deep.

use super::accept::{Acceptor, Token};
use super::escape::Escape;
use std::ops::Range;

/// How many strings deep JSON inside of JSON is followed.
const DEEPEST: usize = 4;
/// How many bytes of the source may spell one escape: as many as it takes four strings deep.
const LONGEST_ESCAPE: usize = 16;
/// How many bytes of the source may be read and not decoded yet: an escape that is not whole at each depth. The
/// outermost has six characters at most.
pub(super) const MOST_GATHERED: usize = (DEEPEST - 1) * LONGEST_ESCAPE + 6;
/// What stands for a character outside of any string: nothing that a placeholder could go over.
const OUTSIDE: char = '\0';

/// A decoded character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unit {
    /// Where it begins in the decoded text.
    at: usize,
    /// Where its spelling begins in the source.
    source: usize,
    /// In how many strings it stands.
    depth: usize,
}

/// The decoded text of a source, as far as it is not taken yet.
#[derive(Debug)]
pub(super) struct Decoded {
    text: String,
    units: Vec<Unit>,
    /// Where the spelling of the last unit ends.
    source_end: usize,
    outer: Outer,
    /// What is known of the JSON inside of a string, and inside of a string of that.
    inner: Vec<Inner>,
}

/// The source itself, whether or not it is good JSON: all that matters is where strings begin and end.
#[derive(Debug)]
struct Outer {
    in_string: bool,
    escape: Gathered,
}

/// The text of a string, which may be JSON itself.
#[derive(Debug)]
struct Inner {
    /// Nothing, once it turned out not to be JSON.
    acceptor: Option<Acceptor>,
    in_string: bool,
    escape: Gathered,
}

/// The characters of an escape that is not whole yet, with their place in the source.
#[derive(Debug, Default)]
struct Gathered {
    text: String,
    places: Vec<(char, Range<usize>)>,
}

impl Gathered {
    fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    fn push(&mut self, c: char, place: Range<usize>) -> Escape {
        self.text.push(c);
        self.places.push((c, place));
        if self.place().len() > LONGEST_ESCAPE { Escape::Invalid } else { Escape::read(&self.text) }
    }

    fn place(&self) -> Range<usize> {
        let start = self.places.first().map_or(0, |(_, place)| place.start);
        start..self.places.last().map_or(start, |(_, place)| place.end)
    }

    fn take(&mut self) -> Vec<(char, Range<usize>)> {
        self.text.clear();
        std::mem::take(&mut self.places)
    }
}

impl Decoded {
    /// Nothing yet; the source begins inside or outside of a string.
    pub(super) fn new(in_string: bool) -> Self {
        let outer = Outer { in_string, escape: Gathered::default() };
        let mut decoded = Self { text: String::new(), units: Vec::new(), source_end: 0, outer, inner: Vec::new() };
        decoded.open(0);
        decoded
    }

    /// What was decoded and not taken yet.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Decodes more of the source; `at` is where it begins.
    pub(super) fn push(&mut self, chunk: &str, at: usize) {
        for (start, c) in chunk.char_indices() {
            self.source(c, at + start..at + start + c.len_utf8());
        }
    }

    /// Nothing follows: what looked like the beginning of an escape is none.
    pub(super) fn finish(&mut self) {
        self.close(0);
        for (c, place) in self.outer.escape.take() {
            self.content(0, c, place);
        }
    }

    /// Where in the source the character is spelled that begins at `at`, or where the next one will begin.
    pub(super) fn source_of(&self, at: usize) -> usize {
        self.unit(at).map_or(self.source_end, |unit| unit.source)
    }

    /// In how many strings the character at `at` stands.
    pub(super) fn depth_of(&self, at: usize) -> usize {
        self.unit(at).map_or(0, |unit| unit.depth)
    }

    /// The end of the longest piece from `start` on that is spelled in at most `most` bytes of the source.
    pub(super) fn reach(&self, start: usize, most: usize) -> usize {
        let limit = self.source_of(start) + most;
        if self.source_end <= limit {
            return self.text.len();
        }
        // The last unit that begins at or below the limit ends beyond it, or is the one at the limit itself.
        let after = self.units.partition_point(|unit| unit.source <= limit);
        after.checked_sub(1).and_then(|index| self.units.get(index)).map_or(start, |unit| unit.at)
    }

    /// Forgets what was decoded before `at`, and counts the source from there.
    pub(super) fn take(&mut self, at: usize) {
        let gone = self.source_of(at);
        let first = self.units.partition_point(|unit| unit.at < at);
        self.units.drain(..first);
        self.text.drain(..at);
        for unit in &mut self.units {
            unit.at -= at;
            unit.source -= gone;
        }
        self.source_end -= gone;
        let gathered = self.inner.iter_mut().map(|inner| &mut inner.escape).chain([&mut self.outer.escape]);
        for (_, place) in gathered.flat_map(|escape| &mut escape.places) {
            *place = place.start - gone..place.end - gone;
        }
    }

    fn unit(&self, at: usize) -> Option<&Unit> {
        self.units.get(self.units.partition_point(|unit| unit.at < at))
    }

    fn emit(&mut self, c: char, place: &Range<usize>, depth: usize) {
        self.units.push(Unit { at: self.text.len(), source: place.start, depth });
        self.text.push(c);
        self.source_end = place.end;
    }

    /// A character of the source.
    fn source(&mut self, c: char, place: Range<usize>) {
        match (self.outer.in_string, self.outer.escape.is_empty(), c) {
            (false, _, '"') => {
                self.outer.in_string = true;
                self.open(0);
                self.emit(OUTSIDE, &place, 0);
            }
            (false, _, _) => self.emit(OUTSIDE, &place, 0),
            (true, true, '"') => {
                self.outer.in_string = false;
                self.close(0);
                self.emit(OUTSIDE, &place, 0);
            }
            (true, true, other) if other != '\\' => self.content(0, other, place),
            (true, _, other) => match self.outer.escape.push(other, place) {
                Escape::Beginning => {}
                Escape::Whole(c) => {
                    let place = self.outer.escape.place();
                    self.outer.escape.take();
                    self.content(0, c, place);
                }
                Escape::Invalid => {
                    for (c, place) in self.outer.escape.take() {
                        self.content(0, c, place);
                    }
                }
            },
        }
    }

    /// A string begins whose text is `level` strings deep: that text may be JSON.
    fn open(&mut self, level: usize) {
        self.inner.truncate(level);
        if level < DEEPEST - 1 {
            let escape = Gathered::default();
            self.inner.push(Inner { acceptor: Some(Acceptor::new()), in_string: false, escape });
        }
    }

    /// The text that is `level` strings deep ends: escapes in it, or deeper, that are not whole are none.
    fn close(&mut self, level: usize) {
        while self.inner.len() > level {
            let deepest = self.inner.len();
            let Some(mut inner) = self.inner.pop() else { break };
            for (c, place) in inner.escape.take() {
                self.emit(c, &place, deepest);
            }
        }
    }

    /// A character of the text that is `level` + 1 strings deep.
    fn content(&mut self, level: usize, c: char, place: Range<usize>) {
        let Some(inner) = self.inner.get_mut(level) else { return self.emit(c, &place, level + 1) };
        let Some(acceptor) = &mut inner.acceptor else { return self.emit(c, &place, level + 1) };
        match (inner.in_string, inner.escape.is_empty(), c) {
            (false, _, _) => {
                match acceptor.read(c) {
                    Token::Structure => {}
                    Token::Quote => {
                        inner.in_string = true;
                        self.open(level + 1);
                    }
                    Token::Wrong => inner.acceptor = None,
                }
                self.emit(c, &place, level + 1);
            }
            (true, true, '"') => {
                inner.in_string = false;
                self.close(level + 1);
                self.emit(c, &place, level + 1);
            }
            (true, true, other) if other != '\\' => self.content(level + 1, other, place),
            (true, _, other) => match inner.escape.push(other, place) {
                Escape::Beginning => {}
                Escape::Whole(c) => {
                    let place = inner.escape.place();
                    inner.escape.take();
                    self.content(level + 1, c, place);
                }
                Escape::Invalid => self.give_up(level),
            },
        }
    }

    /// The text at `level` is no JSON after all.
    fn give_up(&mut self, level: usize) {
        self.close(level + 1);
        let Some(inner) = self.inner.get_mut(level) else { return };
        inner.acceptor = None;
        for (c, place) in inner.escape.take() {
            self.emit(c, &place, level + 1);
        }
    }
}
