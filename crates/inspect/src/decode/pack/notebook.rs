//! Notebooks: JSON in which each line of code is a string of its own. Pictures in them are left out; they are most of a notebook,
//! and none of it is text.

use super::super::Step;
use super::super::map::Map;
use super::super::text::{self, Found, Surroundings};
use memchr::memmem;
use std::ops::Range;

/// So far from either end of the file a notebook says that it is one.
const MARK_AREA: usize = 4096;
/// Deepest nesting that is followed.
const DEEPEST: usize = 64;

/// The texts of a notebook's cells and of what they printed, or nothing if it is no notebook or not whole.
pub(super) fn cells(text: &[u8]) -> Option<Vec<Found>> {
    if !is_notebook(text) {
        return None;
    }
    let mut reader = Reader { text, frames: Vec::new(), cell: 0, current: None, out: Vec::new() };
    let mut at = 0;
    while let Some((token, end)) = token(text, at) {
        reader.take(token)?;
        at = end;
    }
    (reader.frames.is_empty() && reader.cell > 0).then_some(reader.out)
}

fn is_notebook(text: &[u8]) -> bool {
    let is_object = text.trim_ascii_start().first() == Some(&b'{');
    let head = text.get(..MARK_AREA.min(text.len())).unwrap_or_default();
    let tail = text.get(text.len().saturating_sub(MARK_AREA)..).unwrap_or_default();
    is_object && [head, tail].iter().any(|area| memmem::find(area, b"\"nbformat\"").is_some())
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    OpenObject,
    OpenArray,
    Close,
    Colon,
    Comma,
    /// What stands between the quotation marks.
    String(Range<usize>),
    /// A number, `true`, `false`, `null`.
    Scalar,
}

/// The next token and where it ends.
fn token(text: &[u8], at: usize) -> Option<(Token, usize)> {
    let start = at + text.get(at..)?.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let token = match text.get(start)? {
        b'{' => Token::OpenObject,
        b'[' => Token::OpenArray,
        b'}' | b']' => Token::Close,
        b':' => Token::Colon,
        b',' => Token::Comma,
        b'"' => {
            let end = string_end(text, start + 1)?;
            return Some((Token::String(start + 1..end), end + 1));
        }
        _ => {
            let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b'}' | b']' | b':' | b'"');
            let rest = text.get(start..)?;
            return Some((Token::Scalar, start + rest.iter().position(ends).unwrap_or(rest.len())));
        }
    };
    Some((token, start + 1))
}

fn string_end(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        match text.get(at) {
            Some(b'"') => return Some(at),
            _ => at += 2,
        }
    }
}

enum Frame {
    Object { key: Option<Range<usize>>, expects_key: bool },
    Array,
}

struct Reader<'t> {
    text: &'t [u8],
    frames: Vec<Frame>,
    cell: usize,
    /// The text that is being put together from the strings of an array.
    current: Option<Found>,
    out: Vec<Found>,
}

impl Reader<'_> {
    fn take(&mut self, token: Token) -> Option<()> {
        match token {
            Token::OpenObject => {
                self.cell += usize::from(self.frames.len() == 2 && self.key() == b"cells");
                self.open(Frame::Object { key: None, expects_key: true })?;
            }
            Token::OpenArray => self.open(Frame::Array)?,
            Token::Close => {
                self.frames.pop()?;
                self.out.extend(self.current.take());
            }
            Token::Comma => {
                if let Some(Frame::Object { expects_key, .. }) = self.frames.last_mut() {
                    *expects_key = true;
                }
            }
            Token::String(range) => self.string(range),
            Token::Colon | Token::Scalar => {}
        }
        Some(())
    }

    fn open(&mut self, frame: Frame) -> Option<()> {
        self.frames.push(frame);
        (self.frames.len() <= DEEPEST).then_some(())
    }

    /// The key that the place belongs to, through arrays.
    fn key(&self) -> &[u8] {
        let key = self.frames.iter().rev().find_map(|frame| match frame {
            Frame::Object { key, .. } => Some(key.clone()),
            Frame::Array => None,
        });
        key.flatten().and_then(|range| self.text.get(range)).unwrap_or_default()
    }

    fn string(&mut self, range: Range<usize>) {
        if let Some(Frame::Object { key, expects_key: expects_key @ true }) = self.frames.last_mut() {
            (*key, *expects_key) = (Some(range), false);
            return;
        }
        if self.frames.len() < 3 || !is_wanted(self.key()) {
            return;
        }
        let empty = Found {
            step: Step::NotebookCell(self.cell),
            bytes: Vec::new(),
            map: Map::default(),
            surroundings: Surroundings::NONE,
        };
        let mut found = self.current.take().unwrap_or(empty);
        unescape(self.text, range, &mut found);
        match self.frames.last() {
            Some(Frame::Array) => self.current = Some(found),
            Some(Frame::Object { .. }) | None => self.out.push(found),
        }
    }
}

/// Which values of a cell are text that a person wrote or a program printed.
fn is_wanted(key: &[u8]) -> bool {
    let is_kind = |kind: &[u8]| key.starts_with(kind);
    matches!(key, b"source" | b"text" | b"traceback" | b"evalue") || is_kind(b"text/") || is_kind(b"application/j")
}

fn unescape(text: &[u8], range: Range<usize>, found: &mut Found) {
    let mut at = range.start;
    while at < range.end {
        let rest = text.get(at..range.end).unwrap_or_default();
        let plain = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
        found.bytes.extend_from_slice(rest.get(..plain).unwrap_or_default());
        found.map.copy(at..at + plain);
        at += plain;
        if let Some(escape) = text::read_string_escape(text, at).filter(|_| at < range.end) {
            found.bytes.extend_from_slice(escape.bytes());
            found.map.decoded(escape.bytes().len(), at..at + escape.length);
            at += escape.length;
        } else if at < range.end {
            found.bytes.push(b'\\');
            found.map.copy(at..at + 1);
            at += 1;
        }
    }
}
