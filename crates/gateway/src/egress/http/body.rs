//! Where the body of an HTTP/1 message ends. Whoever finds another end than the server does can hide a request in it.

use super::head::Head;

/// How the end of a body is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// There is none.
    None,
    /// After so many bytes.
    Length(u64),
    /// After the last chunk.
    Chunked,
    /// With the connection; answers only.
    UntilClose,
}

/// How the body of a request ends.
pub fn of_request(head: &Head) -> Result<Body, &'static str> {
    let body = framing(head)?;
    if body == Some(Body::Chunked) && head.third != "HTTP/1.1" {
        return Err("chunks are not part of HTTP/1.0");
    }
    Ok(body.unwrap_or(Body::None))
}

/// How the body of an answer to a request with this method ends.
pub fn of_reply(head: &Head, method: &str) -> Result<Body, &'static str> {
    let body = framing(head)?;
    if method == "HEAD" || head.second.starts_with('1') || matches!(head.second.as_str(), "204" | "304") {
        return Ok(Body::None);
    }
    Ok(body.unwrap_or(Body::UntilClose))
}

fn framing(head: &Head) -> Result<Option<Body>, &'static str> {
    let length = head.only("content-length")?;
    match (head.only("transfer-encoding")?, length) {
        (Some(_), Some(_)) => Err("it has both a length and chunks"),
        (Some(coding), None) if coding.eq_ignore_ascii_case(b"chunked") => Ok(Some(Body::Chunked)),
        (Some(_), None) => Err("its transfer encoding is not `chunked`"),
        (None, Some(length)) => {
            number(length, 10).map(|length| Some(Body::Length(length))).ok_or("its length is not a number")
        }
        (None, None) => Ok(None),
    }
}

/// Digits and nothing else: no sign, no space, no list.
fn number(text: &[u8], radix: u32) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    let plain = !text.is_empty() && text.len() <= 15 && text.chars().all(|c| c.is_digit(radix));
    plain.then(|| u64::from_str_radix(text, radix).ok()).flatten()
}

/// What is at the front of what was read.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Too little to tell.
    Wait,
    /// So many bytes of the body.
    Data(usize),
    /// So many bytes that are not part of the body itself.
    Skip(usize),
    /// So many bytes, and then it is over.
    End(usize),
}

/// Longest line between chunks.
const LONGEST_LINE: usize = 4096;

/// Follows a body to its end.
#[derive(Debug)]
pub enum Reader {
    /// So many bytes are to come.
    Length(u64),
    /// So many bytes of this chunk are to come.
    Chunk(u64),
    /// The line that says how long the next chunk is.
    Size,
    /// The end of line behind a chunk.
    AfterChunk,
    /// Trailers, of which there were so many bytes.
    Trailers(usize),
    /// Whatever comes.
    UntilClose,
}

impl Reader {
    /// At the beginning of a body.
    pub fn new(body: Body) -> Self {
        match body {
            Body::None => Self::Length(0),
            Body::Length(length) => Self::Length(length),
            Body::Chunked => Self::Size,
            Body::UntilClose => Self::UntilClose,
        }
    }

    /// What is at the front of `held`. What it says counts as used.
    pub fn step(&mut self, held: &[u8]) -> Result<Step, &'static str> {
        match self {
            Self::Length(0) => Ok(Step::End(0)),
            Self::UntilClose | Self::Length(_) | Self::Chunk(_) if held.is_empty() => Ok(Step::Wait),
            Self::UntilClose => Ok(Step::Data(held.len())),
            Self::Length(left) => Ok(Step::Data(take(left, held.len()))),
            Self::Chunk(left) => {
                let count = take(left, held.len());
                if *left == 0 {
                    *self = Self::AfterChunk;
                }
                Ok(Step::Data(count))
            }
            Self::AfterChunk => match held {
                [b'\r', b'\n', ..] => {
                    *self = Self::Size;
                    Ok(Step::Skip(2))
                }
                [] | [b'\r'] => Ok(Step::Wait),
                _ => Err("a chunk is not as long as it says"),
            },
            Self::Size => match line(held)? {
                None => Ok(Step::Wait),
                Some(line) => {
                    // Extensions are nobody's business and are not passed on.
                    let size = line.split(|byte| *byte == b';').next().unwrap_or_default();
                    let size = number(size, 16).ok_or("the length of a chunk is not a number")?;
                    *self = if size == 0 { Self::Trailers(0) } else { Self::Chunk(size) };
                    Ok(Step::Skip(line.len() + 2))
                }
            },
            Self::Trailers(sum) => match line(held)? {
                None => Ok(Step::Wait),
                Some([]) => Ok(Step::End(2)),
                Some(line) => {
                    *sum += line.len() + 2;
                    // Trailers are not passed on: to some servers they are headers.
                    if *sum > LONGEST_LINE { Err("its trailers are too long") } else { Ok(Step::Skip(line.len() + 2)) }
                }
            },
        }
    }
}

fn take(left: &mut u64, held: usize) -> usize {
    let count = usize::try_from(*left).unwrap_or(usize::MAX).min(held);
    *left -= count as u64;
    count
}

/// The line at the front, without its end, which has to be CR LF.
fn line(held: &[u8]) -> Result<Option<&[u8]>, &'static str> {
    let Some(end) = held.iter().position(|byte| byte.is_ascii_control() && *byte != b'\t') else {
        return if held.len() > LONGEST_LINE { Err("a line between chunks is too long") } else { Ok(None) };
    };
    match (held.get(end), held.get(end + 1)) {
        (Some(b'\r'), Some(b'\n')) => Ok(held.get(..end)),
        (Some(b'\r'), None) => Ok(None),
        _ => Err("a line between chunks ends in something else than CR LF"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::egress::http::head::{Read, request};
    use proptest::prelude::*;

    fn of(headers: &str) -> Result<Body, &'static str> {
        let text = format!("POST / HTTP/1.1\r\n{headers}\r\n");
        let Read::Whole(head, _) = request(text.as_bytes())? else { panic!() };
        of_request(&head)
    }

    /// Reads a body that comes in pieces of a size.
    fn read(body: Body, bytes: &[u8], size: usize) -> Result<(Vec<u8>, Option<usize>), &'static str> {
        let (mut reader, mut held, mut data, mut used) = (Reader::new(body), Vec::new(), Vec::new(), 0);
        let mut pieces = bytes.chunks(size);
        loop {
            let count = match reader.step(&held)? {
                Step::Wait => {
                    let Some(piece) = pieces.next() else { return Ok((data, None)) };
                    held.extend_from_slice(piece);
                    continue;
                }
                Step::Data(count) => {
                    data.extend_from_slice(&held[..count]);
                    count
                }
                Step::Skip(count) => count,
                Step::End(count) => return Ok((data, Some(used + count))),
            };
            held.drain(..count);
            used += count;
        }
    }

    #[test]
    fn a_body_has_one_end() {
        assert_eq!(of(""), Ok(Body::None));
        assert_eq!(of("Content-Length: 10\r\n"), Ok(Body::Length(10)));
        assert_eq!(of("Transfer-Encoding: Chunked\r\n"), Ok(Body::Chunked));
    }

    #[test]
    fn a_body_of_which_servers_would_find_different_ends_is_refused() {
        for headers in [
            "Content-Length: 10\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
            "Content-Length: 10\r\nContent-Length: 10\r\n",
            "Content-Length: 10\r\nContent-Length: 11\r\n",
            "Content-Length: 10, 10\r\n",
            "Content-Length: +10\r\n",
            "Content-Length: -1\r\n",
            "Content-Length: 0x10\r\n",
            "Content-Length: 1 0\r\n",
            "Content-Length:\r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Transfer-Encoding: chunked, chunked\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
            "Transfer-Encoding: identity\r\n",
            "Transfer-Encoding: xchunked\r\n",
            "Transfer-Encoding: \"chunked\"\r\n",
            "Transfer-Encoding:\r\n",
        ] {
            assert!(of(headers).is_err(), "{headers:?}");
        }
        let Ok(Read::Whole(old, _)) = request(b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") else {
            panic!()
        };
        assert!(of_request(&old).is_err());
    }

    #[test]
    fn chunks_are_put_together_however_they_are_cut() {
        let bytes = b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: x\r\n\r\nnext";
        for size in 1..bytes.len() {
            assert_eq!(
                read(Body::Chunked, bytes, size),
                Ok((b"hello world".to_vec(), Some(bytes.len() - 4))),
                "{size}"
            );
        }
        for size in 1..8 {
            assert_eq!(read(Body::Length(5), b"hello next", size), Ok((b"hello".to_vec(), Some(5))));
            assert_eq!(read(Body::UntilClose, b"hello next", size), Ok((b"hello next".to_vec(), None)));
        }
        assert_eq!(read(Body::Length(5), b"hell", 9), Ok((b"hell".to_vec(), None)));
    }

    #[test]
    fn chunks_that_servers_would_read_differently_are_refused() {
        for bad in [
            "5\nhello\r\n0\r\n\r\n",
            "5\r\nhello\n0\r\n\r\n",
            "5\r\nhelloworld\r\n0\r\n\r\n",
            "5 \r\nhello\r\n0\r\n\r\n",
            " 5\r\nhello\r\n0\r\n\r\n",
            "0x5\r\nhello\r\n0\r\n\r\n",
            "+5\r\nhello\r\n0\r\n\r\n",
            "-1\r\nhello\r\n0\r\n\r\n",
            "\r\nhello\r\n0\r\n\r\n",
            "g\r\nhello\r\n0\r\n\r\n",
            "ffffffffffffffffff\r\nhello",
            "5\rhello\r\n0\r\n\r\n",
            "5;\0\r\nhello\r\n0\r\n\r\n",
            "5;a\nb\r\nhello\r\n0\r\n\r\n",
            "0\r\nA: b\n\r\n",
        ] {
            assert!(read(Body::Chunked, bad.as_bytes(), 100).is_err(), "{bad:?}");
        }
        assert!(read(Body::Chunked, &[b'1'; 5000], 100).is_err());
        assert!(read(Body::Chunked, format!("0\r\n{}\r\n", "A: b\r\n".repeat(1000)).as_bytes(), 100).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_odd_and_none_is_used_twice(bytes in "[0-9a-f;\r\n]{0,60}", size in 1..20_usize) {
            if let Ok((data, Some(used))) = read(Body::Chunked, bytes.as_bytes(), size) {
                prop_assert!(used <= bytes.len() && data.len() < used);
            }
        }

        #[test]
        fn what_is_cut_into_chunks_comes_back(data in proptest::collection::vec(any::<u8>(), 0..500), cut in 1..50_usize, size in 1..70_usize) {
            let mut bytes: Vec<u8> = Vec::new();
            for chunk in data.chunks(cut) {
                bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                bytes.extend_from_slice(chunk);
                bytes.extend_from_slice(b"\r\n");
            }
            bytes.extend_from_slice(b"0\r\n\r\n");
            let length = bytes.len();
            prop_assert_eq!(read(Body::Chunked, &bytes, size), Ok((data, Some(length))));
        }
    }
}
