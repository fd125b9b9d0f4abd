//! Runs of base64 or hex characters, gathered over line breaks, and long runs cut into windows.

use super::Place;

/// How far from a character one has to look to know that it belongs to a run.
pub(in crate::decode) const REACH: usize = 4096;
/// Longest run that is decoded at once. What is longer is decoded in windows that overlap by [`REACH`].
pub(super) const WINDOW: usize = 1 << 20;
/// A line of wrapped text has at least so many characters, apart from the last one.
const SHORTEST_LINE: usize = 32;
/// Most white space and marks between two lines.
const LONGEST_BREAK: usize = 80;

/// Which characters a run is made of: the value of each, or [`NONE`].
pub(super) type Alphabet = [u8; 256];
/// Not a character of the alphabet.
pub(super) const NONE: u8 = 0xff;

pub(super) fn value(alphabet: &Alphabet, byte: u8) -> u8 {
    alphabet.get(usize::from(byte)).copied().unwrap_or(NONE)
}

fn is_in(alphabet: &Alphabet, byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| value(alphabet, byte) != NONE)
}

/// The values of a run, and where its lines began.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    pub(super) values: Vec<u8>,
    /// For each line, the number of values before it, and its place in the text.
    lines: Vec<(usize, usize)>,
    /// Where the run ends, without the padding.
    pub(super) end: usize,
    /// How many equals signs follow it.
    pub(super) padding: usize,
}

impl Symbols {
    /// Where a value was written.
    pub(super) fn original(&self, index: usize) -> usize {
        let line = self.lines.partition_point(|(first, _)| *first <= index).checked_sub(1);
        line.and_then(|line| self.lines.get(line)).map_or(0, |(first, place)| place + index - first)
    }
}

/// The run of characters without a break around `place.at`.
pub(super) fn line_around(place: Place<'_>, alphabet: &Alphabet) -> std::ops::Range<usize> {
    let before = (place.from..place.at).rev().take_while(|at| is_in(alphabet, place.byte(*at))).last();
    let mut start = before.unwrap_or(place.at);
    // `\n` written in a string ends with a letter, which is not the first one of the run.
    if start > 0 && place.byte(start - 1) == Some(b'\\') && matches!(place.byte(start), Some(b'n' | b'r' | b't')) {
        start += 1;
    }
    start..line_end(place, start, alphabet)
}

fn line_end(place: Place<'_>, start: usize, alphabet: &Alphabet) -> usize {
    let rest = place.text.get(start..).unwrap_or_default();
    start + rest.iter().take_while(|byte| value(alphabet, **byte) != NONE).count()
}

/// Whether the run goes on after a line, and where.
pub(super) fn next_line(place: Place<'_>, line: &std::ops::Range<usize>, alphabet: &Alphabet) -> Option<usize> {
    if line.len() < SHORTEST_LINE && line.start != 0 {
        return None;
    }
    let next = after_break(place, line.end)?;
    // Two dashes begin the last line of PEM, and never a line of base64.
    let dashes = place.byte(next) == Some(b'-') && place.byte(next + 1) == Some(b'-');
    (is_in(alphabet, place.byte(next)) && !dashes).then_some(next)
}

/// Skips a line break, real or written as `\n`, with the indentation and the comment mark that may come with it.
fn after_break(place: Place<'_>, end: usize) -> Option<usize> {
    let mut at = end;
    let mut broken = false;
    while at < end + LONGEST_BREAK {
        let (first, second) = (place.byte(at)?, place.byte(at + 1));
        at += match (first, second) {
            (b'\n', _) => {
                broken = true;
                1
            }
            (b' ' | b'\t' | b'\r', _) | (b'\\', Some(b'\\' | b'\n' | b'\r')) => 1,
            (b'\\', Some(b'n')) => {
                broken = true;
                2
            }
            (b'\\', Some(b'r')) => 2,
            (b'#' | b'*' | b'>' | b';' | b'|', Some(b' ')) if broken => 2,
            (b'/', Some(b'/')) if broken && place.byte(at + 2) == Some(b' ') => 3,
            _ => return broken.then_some(at),
        };
    }
    None
}

/// Gathers a run from its first line on, up to `most` values.
pub(super) fn gather(place: Place<'_>, first: std::ops::Range<usize>, alphabet: &Alphabet, most: usize) -> Symbols {
    let mut symbols = Symbols { end: first.end, ..Symbols::default() };
    let mut line = first;
    loop {
        let room = most - symbols.values.len();
        let taken = line.start..line.end.min(line.start + room);
        symbols.lines.push((symbols.values.len(), line.start));
        let bytes = place.text.get(taken.clone()).unwrap_or_default();
        symbols.values.extend(bytes.iter().map(|byte| value(alphabet, *byte)));
        symbols.end = taken.end;
        if symbols.values.len() >= most {
            return symbols;
        }
        match next_line(place, &line, alphabet) {
            Some(next) => line = next..line_end(place, next, alphabet),
            None => break,
        }
    }
    symbols.padding = (symbols.end..symbols.end + 2).take_while(|at| place.byte(*at) == Some(b'=')).count();
    symbols
}
