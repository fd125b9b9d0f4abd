//! Lines of bytes with a limit. Input comes from elsewhere, and a line that never ends must not fill the memory.

use std::io::{self, BufRead};

/// Longest line that is read. It is far above the longest that an export writes for records of ordinary size.
const LONGEST: usize = 64 << 20;

/// One line of input, by what became of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Its bytes without the line end.
    Whole(Vec<u8>),
    /// It was longer than the limit and was skipped.
    TooLong,
}

/// Reads the next line of at most `LONGEST` bytes; `None` at the end of the input.
pub(super) fn next(input: &mut impl BufRead) -> io::Result<Option<Line>> {
    next_within(input, LONGEST)
}

fn next_within(input: &mut impl BufRead, longest: usize) -> io::Result<Option<Line>> {
    let (mut line, mut too_long, mut anything) = (Vec::new(), false, false);
    loop {
        let chunk = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            chunk => chunk?,
        };
        if chunk.is_empty() {
            break;
        }
        anything = true;
        let mut parts = chunk.splitn(2, |byte| *byte == b'\n');
        let (part, ended) = (parts.next().unwrap_or_default(), parts.next().is_some());
        too_long |= line.len() + part.len() > longest;
        if too_long {
            line.clear();
        } else {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(ended);
        input.consume(used);
        if ended {
            break;
        }
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(anything.then_some(if too_long { Line::TooLong } else { Line::Whole(line) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn read(text: &str, longest: usize, buffer: usize) -> Vec<Line> {
        let mut input = BufReader::with_capacity(buffer, text.as_bytes());
        std::iter::from_fn(|| next_within(&mut input, longest).unwrap()).collect()
    }

    #[test]
    fn lines_come_whole_however_the_input_is_cut() {
        let whole = |text: &str| Line::Whole(text.as_bytes().to_vec());
        for buffer in 1..12 {
            assert_eq!(read("a\r\n\nbcd\nlast", 100, buffer), [whole("a"), whole(""), whole("bcd"), whole("last")]);
            assert_eq!(read("a\n", 100, buffer), [whole("a")]);
            assert_eq!(read("", 100, buffer), []);
        }
    }

    #[test]
    fn a_line_without_end_is_skipped_and_the_next_one_is_read() {
        for buffer in 1..12 {
            assert_eq!(
                read("12345\n1234\n123456", 4, buffer),
                [Line::TooLong, Line::Whole(b"1234".to_vec()), Line::TooLong]
            );
        }
    }
}
