//! The body of a request, read to its end or to the end of what is kept. It is read leniently: nothing depends on where it ends
//! but what is kept of it.

use super::heard::LONGEST;
use crate::egress::http::head::Head;
use std::io::{self, Read};

/// How a body ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Length {
    Known(usize),
    Chunks,
}

impl Length {
    pub(super) fn of(head: &Head) -> Self {
        if head.words("transfer-encoding").iter().any(|word| word == "chunked") {
            return Self::Chunks;
        }
        let length = head.values("content-length").next().and_then(|value| std::str::from_utf8(value).ok());
        Self::Known(length.and_then(|length| length.trim().parse().ok()).unwrap_or(0))
    }

    /// Reads it. `held` is what was read already, and what is left there belongs to the next request.
    pub(super) fn read(&self, held: &mut Vec<u8>, from: &mut impl Read) -> Vec<u8> {
        match self {
            Self::Known(length) => {
                let wanted = (*length).min(LONGEST);
                while held.len() < wanted && more(held, from).is_ok_and(|count| count > 0) {}
                held.drain(..wanted.min(held.len())).collect()
            }
            Self::Chunks => chunks(held, from),
        }
    }
}

/// Reads a piece.
pub(super) fn more(held: &mut Vec<u8>, from: &mut impl Read) -> io::Result<usize> {
    let mut piece = [0; 16 << 10];
    let count = from.read(&mut piece)?;
    held.extend_from_slice(piece.get(..count).unwrap_or_default());
    Ok(count)
}

fn chunks(held: &mut Vec<u8>, from: &mut impl Read) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < LONGEST {
        let Some(line) = line(held, from) else { break };
        let digits = line.split(';').next().unwrap_or_default().trim();
        let Ok(length) = usize::from_str_radix(digits, 16) else { break };
        if length == 0 {
            // What follows it is empty, or headers that nobody needs.
            while line_is_there(held, from) {}
            break;
        }
        body.extend(Length::Known(length).read(held, from));
        if length > LONGEST || line_of(held, from).is_none() {
            break;
        }
    }
    body
}

fn line_of(held: &mut Vec<u8>, from: &mut impl Read) -> Option<String> {
    line(held, from)
}

fn line_is_there(held: &mut Vec<u8>, from: &mut impl Read) -> bool {
    line(held, from).is_some_and(|line| !line.is_empty())
}

/// A line without its end; nothing if there is none.
fn line(held: &mut Vec<u8>, from: &mut impl Read) -> Option<String> {
    loop {
        if let Some(end) = held.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = held.drain(..=end).collect();
            return Some(String::from_utf8_lossy(&line).trim_end().to_owned());
        }
        if held.len() > 4096 || more(held, from).ok()? == 0 {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_read_to_its_end_and_no_further() {
        let (mut held, mut rest) = (b"abc".to_vec(), b"defGET".as_slice());
        assert_eq!(Length::Known(6).read(&mut held, &mut rest), b"abcdef");
        assert_eq!(held, b"GET");
        let (mut held, mut rest) = (b"3\r\nab".to_vec(), b"c\r\n2;x=y\r\nde\r\n0\r\n\r\nGET".as_slice());
        assert_eq!(Length::Chunks.read(&mut held, &mut rest), b"abcde");
        assert_eq!(held, b"GET");
        let (mut held, mut rest) = (Vec::new(), b"ffffffffffffffff\r\nabc".as_slice());
        assert_eq!(Length::Chunks.read(&mut held, &mut rest), b"abc");
    }
}
