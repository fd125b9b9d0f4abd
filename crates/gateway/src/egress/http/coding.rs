//! Bodies that were packed to be sent, as `Content-Encoding` says. They are unpacked before anybody looks into them, and go on
//! unpacked: what was looked into and what is sent are the same bytes.

use super::head::Head;
use std::io::{BufRead as _, Read};

const HEADER: &str = "content-encoding";

/// Most memory for the window of a zstd stream: what HTTP allows it (RFC 9659).
const WINDOW: u64 = 8 << 20;

/// A way to pack a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Zlib,
    Zstd,
}

/// Why a body is not unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StaysPacked {
    /// In a way that is not known here, or in more than one.
    Unknown,
    /// Its end is missing, its sum is wrong, or something follows that another reader may take for a part of it.
    Damaged,
    /// More comes out than is read.
    TooLong,
}

impl StaysPacked {
    /// The status that answers it, and why.
    pub(crate) fn answer(self) -> (u16, &'static str) {
        match self {
            Self::Unknown => (415, "it is packed in a way that can't be looked into; gzip, deflate and zstd can"),
            Self::Damaged => (400, "it can't be unpacked"),
            Self::TooLong => (413, "unpacked, it is longer than this gate reads"),
        }
    }
}

/// Whether a body is packed, in whatever way.
pub(crate) fn is_packed(head: &Head) -> bool {
    coding(head) != Ok(None)
}

/// A body as it was before it was packed. The head says no more then that it is.
pub(crate) fn unpacked(head: &mut Head, body: Vec<u8>, longest: usize) -> Result<Vec<u8>, StaysPacked> {
    let Some(coding) = coding(head)? else { return Ok(body) };
    let unpacked = coding.unpack(&body, longest)?;
    head.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(HEADER));
    Ok(unpacked)
}

fn coding(head: &Head) -> Result<Option<Coding>, StaysPacked> {
    let mut words = head.words(HEADER).into_iter().filter(|word| !word.is_empty() && word != "identity");
    let coding = match words.next().as_deref() {
        None => return Ok(None),
        Some("gzip" | "x-gzip") => Coding::Gzip,
        Some("deflate") => Coding::Zlib,
        Some("zstd") => Coding::Zstd,
        Some(_) => return Err(StaysPacked::Unknown),
    };
    if words.next().is_some() { Err(StaysPacked::Unknown) } else { Ok(Some(coding)) }
}

impl Coding {
    fn unpack(self, body: &[u8], longest: usize) -> Result<Vec<u8>, StaysPacked> {
        let mut rest = body;
        let unpacked = match self {
            Self::Gzip => all(flate2::bufread::GzDecoder::new(&mut rest), longest),
            Self::Zlib => all(flate2::bufread::ZlibDecoder::new(&mut rest), longest),
            Self::Zstd => {
                let decoder = ruzstd::decoding::StreamingDecoder::new_with_max_window_size(&mut rest, WINDOW);
                all(decoder.map_err(|_| StaysPacked::Damaged)?, longest)
            }
        }?;
        // Some readers go on with what follows, others stop.
        if rest.fill_buf().is_ok_and(<[u8]>::is_empty) { Ok(unpacked) } else { Err(StaysPacked::Damaged) }
    }
}

fn all(decoder: impl Read, longest: usize) -> Result<Vec<u8>, StaysPacked> {
    let mut unpacked = Vec::new();
    decoder.take(longest as u64 + 1).read_to_end(&mut unpacked).map_err(|_| StaysPacked::Damaged)?;
    if unpacked.len() > longest { Err(StaysPacked::TooLong) } else { Ok(unpacked) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::egress::http::head::{self, Read as Found};
    use flate2::Compression;
    use std::io::Write as _;

    const TEXT: &[u8] = b"{\"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": \"hello\"}]}";

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
    }

    fn head_with(codings: &[&str]) -> Head {
        let lines: Vec<String> = codings.iter().map(|it| format!("Content-Encoding: {it}\r\n")).collect();
        let text = format!("POST / HTTP/1.1\r\nHost: a\r\n{}\r\n", lines.concat());
        match head::request(text.as_bytes()).unwrap() {
            Found::Whole(head, _) => head,
            Found::Partial => panic!("{text}"),
        }
    }

    fn unpack(codings: &[&str], body: &[u8]) -> Result<Vec<u8>, StaysPacked> {
        let mut head = head_with(codings);
        let unpacked = unpacked(&mut head, body.to_vec(), 4096)?;
        assert!(!is_packed(&head));
        Ok(unpacked)
    }

    #[test]
    fn what_was_packed_is_unpacked_and_nothing_says_that_it_still_is() {
        for codings in [&[][..], &["identity"], &["", "identity, identity"]] {
            assert_eq!(unpack(codings, TEXT).as_deref(), Ok(TEXT));
        }
        for (coding, body) in
            [("gzip", gzip(TEXT)), ("X-GZIP", gzip(TEXT)), ("deflate", zlib(TEXT)), ("zstd", zstd(TEXT))]
        {
            assert!(is_packed(&head_with(&[coding])));
            assert_eq!(unpack(&[coding], &body).as_deref(), Ok(TEXT), "{coding}");
            assert_eq!(unpack(&["identity", coding], &body).as_deref(), Ok(TEXT), "{coding}");
        }
    }

    #[test]
    fn what_two_readers_could_read_differently_stays_packed() {
        let twice = gzip(&gzip(TEXT));
        for codings in [&["gzip, gzip"][..], &["gzip", "gzip"], &["br"], &["compress"], &["gzip;q=1"], &["zstd, br"]] {
            assert_eq!(unpack(codings, &twice), Err(StaysPacked::Unknown), "{codings:?}");
        }
        for (coding, body) in [("gzip", gzip(TEXT)), ("deflate", zlib(TEXT)), ("zstd", zstd(TEXT))] {
            let more = [body.clone(), body.clone()].concat();
            let tail = [&body[..], b" "].concat();
            for damaged in [&more[..], &tail, &body[..body.len() - 1], &body[..body.len() / 2], &body[1..], b"", TEXT] {
                assert_eq!(unpack(&[coding], damaged), Err(StaysPacked::Damaged), "{coding} {}", damaged.len());
            }
        }
        // The sum at the end is looked at.
        let mut wrong = gzip(TEXT);
        let place = wrong.len() - 8;
        wrong[place] ^= 1;
        assert_eq!(unpack(&["gzip"], &wrong), Err(StaysPacked::Damaged));
    }

    #[test]
    fn what_grows_without_end_is_not_held() {
        let zeros = vec![0; 64 << 20];
        for (coding, body) in [("gzip", gzip(&zeros)), ("deflate", zlib(&zeros)), ("zstd", zstd(&zeros))] {
            assert_eq!(unpack(&[coding], &body), Err(StaysPacked::TooLong), "{coding}");
        }
    }
}
