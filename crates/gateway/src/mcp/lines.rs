//! Messages as they come over a pipe: one on each line, none of them endless.

use std::io::{self, BufRead};

/// Nothing that is said between an agent and a server is longer.
pub const LONGEST: usize = 64 << 20;

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A line, without its end.
    Text(String),
    /// One that is no text, or too long. It was read to its end, and is gone.
    Unreadable(&'static str),
}

/// Reads lines.
#[derive(Debug)]
pub struct Lines<R> {
    from: R,
    longest: usize,
}

impl<R: BufRead> Lines<R> {
    /// Reads from here.
    pub fn new(from: R) -> Self {
        Self { from, longest: LONGEST }
    }

    /// The next line that is not empty; `None` at the end. What comes last without an end of line was cut, and is no message.
    pub fn next_line(&mut self) -> io::Result<Option<Line>> {
        loop {
            let Some(line) = self.one()? else { return Ok(None) };
            if line != Line::Text(String::new()) {
                return Ok(Some(line));
            }
        }
    }

    fn one(&mut self) -> io::Result<Option<Line>> {
        let (mut line, mut is_too_long) = (Vec::new(), false);
        loop {
            let held = match self.from.fill_buf() {
                Ok(held) => held,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if held.is_empty() {
                return Ok(None);
            }
            let end = memchr::memchr(b'\n', held);
            let piece = held.get(..end.unwrap_or(held.len())).unwrap_or_default();
            is_too_long = is_too_long || line.len() + piece.len() > self.longest;
            if is_too_long {
                line.clear();
            } else {
                line.extend_from_slice(piece);
            }
            let read = end.map_or(held.len(), |end| end + 1);
            self.from.consume(read);
            if end.is_some() {
                break;
            }
        }
        if is_too_long {
            return Ok(Some(Line::Unreadable("it is too long")));
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Some(String::from_utf8(line).map_or(Line::Unreadable("it is no text"), Line::Text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn all(source: &[u8], held: usize) -> Vec<Line> {
        let mut lines = Lines { from: BufReader::with_capacity(held, source), longest: 8 };
        std::iter::from_fn(|| lines.next_line().unwrap()).collect()
    }

    #[test]
    fn every_line_comes_however_it_is_read() {
        let text = |text: &str| Line::Text(text.to_owned());
        for held in [1, 3, 4096] {
            let lines = all(b"one\r\n\n\ntwo\n123456789\n12345678\n\xff\nlast", held);
            let expected = [
                text("one"),
                text("two"),
                Line::Unreadable("it is too long"),
                text("12345678"),
                Line::Unreadable("it is no text"),
            ];
            assert_eq!(lines, expected, "what has no end is no line");
        }
    }
}
