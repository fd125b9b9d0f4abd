//! Packings of a whole input: compressed files, archives, notebooks. One file for each.
//!
//! What is compressed is read as a stream, so that a layer of a container image passes through without ever being whole in
//! memory; only the file that is looked into is. A zip archive is the exception, because its list of files is at its end.

mod bzip2;
mod document;
mod notebook;
mod tar;
mod zip;
mod zip_file;

use super::layer::{Layer, Link, Way};
use super::limits::Budget;
use super::magic::{self, Packing};
use super::text;
use super::walk::{Depth, Text, Walk};
use super::{Reason, Seekable, Step};
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use std::cell::Cell;
use std::io::{self, Read};

/// Most memory for the dictionary of an xz stream, in KiB.
const XZ_MEMORY: u32 = 64 << 10;
/// Most memory for the window of a zstd stream.
const ZSTD_WINDOW: u64 = 64 << 20;
/// Pieces of a large file overlap by what is looked at around a hit, and around what is encoded.
const OVERLAP: usize = 2 * if crate::engine::REACH > text::REACH { crate::engine::REACH } else { text::REACH };

/// Something that may be packed.
pub(super) enum Input<'i> {
    /// All of it is here.
    Slice(&'i [u8]),
    /// It comes bit by bit.
    Stream(&'i mut dyn Read),
    /// It can be read from any place.
    File(&'i mut dyn Seekable),
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Slice(bytes) => bytes.read(buffer),
            Self::Stream(stream) => stream.read(buffer),
            Self::File(file) => file.read(buffer),
        }
    }
}

/// Counts what a decoder reads, so that the ratio is known.
struct Counted<'c, R> {
    inner: R,
    consumed: &'c Cell<u64>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.consumed.set(self.consumed.get() + count as u64);
        Ok(count)
    }
}

/// Counts what a decoder produces, and stops it when that is too much.
struct Metered<'m> {
    decoder: Box<dyn Read + 'm>,
    consumed: &'m Cell<u64>,
    produced: u64,
    budget: &'m Budget,
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.decoder.read(buffer)?;
        self.produced += count as u64;
        self.budget.unpacked(count, self.produced, self.consumed.get())?;
        Ok(count)
    }
}

/// How bytes are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compression {
    Stored,
    Deflate,
    Gzip,
    Zlib,
    Zstd,
    Xz,
    Bzip2,
}

impl Compression {
    fn decoder<'d>(self, source: impl Read + 'd) -> io::Result<Box<dyn Read + 'd>> {
        Ok(match self {
            Self::Stored => Box::new(source),
            Self::Deflate => Box::new(DeflateDecoder::new(source)),
            Self::Gzip => Box::new(MultiGzDecoder::new(source)),
            Self::Zlib => Box::new(ZlibDecoder::new(source)),
            Self::Zstd => Box::new(
                ruzstd::decoding::StreamingDecoder::new_with_max_window_size(source, ZSTD_WINDOW)
                    .map_err(io::Error::other)?,
            ),
            Self::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(source, true, XZ_MEMORY)),
            Self::Bzip2 => Box::new(bzip2::Decoder::new(source)),
        })
    }
}

impl Walk<'_> {
    /// Looks into the input as a whole.
    pub(super) fn input(&mut self, bytes: &[u8]) {
        let depth = Depth::default();
        if magic::packing(bytes).is_some() {
            self.unpack(Input::Slice(bytes), None, depth);
        } else {
            self.content(Text { bytes, link: None, depth });
        }
    }

    /// Unpacks what is known to be packed.
    pub(super) fn unpack(&mut self, input: Input<'_>, outer: Option<&Link<'_>>, depth: Depth) {
        match input {
            Input::Slice(bytes) => self.unpack_as(magic::packing(bytes), Input::Slice(bytes), outer, depth),
            Input::Stream(stream) => {
                let (head, _) = read_up_to(stream, magic::HEAD);
                let mut whole = head.as_slice().chain(stream);
                self.unpack_as(magic::packing(&head), Input::Stream(&mut whole), outer, depth);
            }
            Input::File(file) => {
                // Whoever hands it over may have read its beginning already.
                let begun = file.rewind().is_ok();
                let (head, _) = read_up_to(file, magic::HEAD);
                if !begun || file.rewind().is_err() {
                    return self.skip(outer, Reason::Damaged);
                }
                self.unpack_as(magic::packing(&head), Input::File(file), outer, depth);
            }
        }
    }

    fn unpack_as(&mut self, packing: Option<Packing>, input: Input<'_>, outer: Option<&Link<'_>>, depth: Depth) {
        let archives = depth.archives >= self.limits.archive_depth;
        // A compressed archive is one archive; compression alone can be nested without any, so it has a limit as well.
        let packings = depth.packings >= 2 * self.limits.archive_depth;
        let deeper = Depth { archives: depth.archives + 1, ..depth };
        match packing {
            Some(_) if packings => self.skip(outer, Reason::TooDeep),
            Some(Packing::Zip | Packing::Tar) if archives => self.skip(outer, Reason::TooDeep),
            Some(Packing::Gzip) => self.decompress(Compression::Gzip, Step::Gzip, input, outer, depth),
            Some(Packing::Zlib) => self.decompress(Compression::Zlib, Step::Zlib, input, outer, depth),
            Some(Packing::Zstd) => self.decompress(Compression::Zstd, Step::Zstd, input, outer, depth),
            Some(Packing::Xz) => self.decompress(Compression::Xz, Step::Xz, input, outer, depth),
            Some(Packing::Bzip2) => self.decompress(Compression::Bzip2, Step::Bzip2, input, outer, depth),
            Some(Packing::Zip) => self.zip(input, outer, deeper),
            Some(Packing::Tar) => self.tar(input, outer, deeper),
            Some(Packing::Unsupported) | None => self.skip(outer, Reason::Unsupported),
        }
    }

    /// Decompresses something, and opens what comes out.
    fn decompress(
        &mut self,
        compression: Compression,
        step: Step,
        input: Input<'_>,
        outer: Option<&Link<'_>>,
        depth: Depth,
    ) {
        let consumed = Cell::new(0);
        let budget = self.budget;
        let depth = Depth { packings: depth.packings + 1, ..depth };
        match compression.decoder(Counted { inner: input, consumed: &consumed }) {
            Ok(decoder) => {
                let mut metered = Metered { decoder, consumed: &consumed, produced: 0, budget };
                self.open(&mut metered, step, outer, depth);
            }
            Err(_) => self.skip(Some(&Link { outer, step, way: Way::Packed(&[]) }), Reason::Damaged),
        }
    }

    /// Opens what a step brought to light: unpacks it in turn, or looks into it.
    fn open(&mut self, stream: &mut dyn Read, step: Step, outer: Option<&Link<'_>>, depth: Depth) {
        let (head, error) = read_up_to(stream, magic::HEAD);
        if magic::packing(&head).is_some() {
            let link = Link { outer, step, way: Way::Packed(&[]) };
            return self.unpack(Input::Stream(&mut head.as_slice().chain(stream)), Some(&link), depth);
        }
        let most = self.limits.entry;
        let (mut bytes, mut error) = match error {
            Some(error) => (head, Some(error)),
            None => read_up_to(&mut head.as_slice().chain(&mut *stream), most),
        };
        let mut first = true;
        loop {
            let next = if error.is_none() && bytes.len() == most {
                read_up_to(stream, self.next_piece())
            } else {
                (Vec::new(), None)
            };
            let link = Link { outer, step: step.clone(), way: Way::Packed(&bytes) };
            let goes_on = !next.0.is_empty();
            if error.is_some() {
                self.skip(Some(&link), self.budget.why_failed());
            } else if goes_on && !self.limits.in_pieces {
                self.skip(Some(&link), Reason::TooLarge);
            }
            (self.visit)(Layer::new(&bytes, &link, self.input));
            let text = Text { bytes: &bytes, link: Some(&link), depth };
            if first {
                self.content(text);
            } else {
                self.text(text);
            }
            if !(self.limits.in_pieces && (goes_on || next.1.is_some())) {
                return;
            }
            let overlap = bytes.len().saturating_sub(OVERLAP);
            bytes.drain(..overlap);
            bytes.extend(next.0);
            (error, first) = (next.1, false);
        }
    }

    /// How much of a large file is read at a time.
    fn next_piece(&self) -> usize {
        if self.limits.in_pieces { self.limits.entry.saturating_sub(OVERLAP).max(1) } else { 1 }
    }

    /// Looks into what is not packed any more.
    fn content(&mut self, text: Text<'_>) {
        if let Some(cells) = notebook::cells(text.bytes) {
            for cell in cells {
                self.show(text, &cell);
            }
            return;
        }
        let path = text.link.and_then(|link| link.step.entry());
        if let Some(found) = path.and_then(|path| document::text(path, text.bytes)) {
            self.show(text, &found);
        }
        self.text(text);
    }
}

/// Reads until there are so many bytes, or no more.
fn read_up_to(stream: &mut (impl Read + ?Sized), most: usize) -> (Vec<u8>, Option<io::Error>) {
    let mut bytes = Vec::new();
    let error = stream.take(most as u64).read_to_end(&mut bytes).err();
    (bytes, error)
}
