//! Zip archives, and all the formats that are zip archives under another name: jar, docx, xlsx, odt, whl, nupkg, apk.
//!
//! The list at the end is what counts, as it does for every program that unpacks; an archive without one is read from its
//! front.

use super::super::layer::{Link, Way};
use super::super::step::shown_path;
use super::super::walk::{Depth, Walk};
use super::super::{Reason, Step};
use super::{Compression, Counted, Input, Metered, read_up_to};
use std::cell::Cell;

pub(super) const END: &[u8] = b"PK\x05\x06";
pub(super) const END_64: &[u8] = b"PK\x06\x06";
pub(super) const END_64_LOCATOR: &[u8] = b"PK\x06\x07";
pub(super) const LISTED: &[u8] = b"PK\x01\x02";
pub(super) const LOCAL: &[u8] = b"PK\x03\x04";
/// The end record and the longest comment behind it.
pub(super) const END_AREA: usize = 22 + 0xffff;

/// A file in an archive.
#[derive(Debug, PartialEq, Eq)]
struct Entry<'z> {
    path: &'z [u8],
    encrypted: bool,
    method: u16,
    /// Nothing if the archive promises bytes that it does not have.
    data: Option<&'z [u8]>,
}

impl Walk<'_> {
    pub(super) fn zip(&mut self, input: Input<'_>, outer: Option<&Link<'_>>, depth: Depth) {
        let most = if self.limits.in_pieces { self.limits.nested } else { self.limits.entry };
        match input {
            Input::Slice(bytes) => self.zip_entries(bytes, outer, depth),
            Input::File(file) => self.zip_file(file, outer, depth),
            Input::Stream(stream) => {
                let (bytes, error) = read_up_to(stream, most);
                if error.is_some() {
                    self.skip(outer, self.budget.why_failed());
                } else if bytes.len() == most {
                    self.skip(outer, Reason::TooLarge);
                }
                self.zip_entries(&bytes, outer, depth);
            }
        }
    }

    fn zip_entries(&mut self, archive: &[u8], outer: Option<&Link<'_>>, depth: Depth) {
        for entry in entries(archive) {
            if entry.path.last() == Some(&b'/') {
                continue;
            }
            if !self.budget.open_entry() {
                return self.skip(outer, Reason::TooManyEntries);
            }
            self.zip_entry(&entry, outer, depth);
        }
    }

    fn zip_entry(&mut self, entry: &Entry<'_>, outer: Option<&Link<'_>>, depth: Depth) {
        let step = Step::ZipEntry(shown_path(entry.path));
        let consumed = Cell::new(0);
        let why = match (entry.encrypted, entry.data, compression(entry.method)) {
            (true, _, _) => Reason::Encrypted,
            (_, None, _) => Reason::Damaged,
            (_, _, None) => Reason::Unsupported,
            (false, Some(data), Some(compression)) => {
                match compression.decoder(Counted { inner: Input::Slice(data), consumed: &consumed }) {
                    Ok(decoder) => {
                        let budget = self.budget;
                        let mut metered = Metered { decoder, consumed: &consumed, produced: 0, budget };
                        return self.open(&mut metered, step, outer, depth);
                    }
                    Err(_) => Reason::Damaged,
                }
            }
        };
        self.skip(Some(&Link { outer, step, way: Way::Packed(&[]) }), why);
    }
}

pub(super) fn compression(method: u16) -> Option<Compression> {
    match method {
        0 => Some(Compression::Stored),
        8 => Some(Compression::Deflate),
        12 => Some(Compression::Bzip2),
        93 => Some(Compression::Zstd),
        95 => Some(Compression::Xz),
        _ => None,
    }
}

pub(super) fn number(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let field = bytes.get(at..at.checked_add(width)?)?;
    Some(field.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

pub(super) fn place(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
    usize::try_from(number(bytes, at, width)?).ok()
}

fn entries(archive: &[u8]) -> Vec<Entry<'_>> {
    listed(archive).filter(|entries| !entries.is_empty()).unwrap_or_else(|| from_the_front(archive))
}

/// The entries that the list at the end names.
fn listed(archive: &[u8]) -> Option<Vec<Entry<'_>>> {
    let area = archive.len().saturating_sub(END_AREA);
    let end = area + memchr::memmem::rfind(archive.get(area..)?, END)?;
    let (mut size, mut start) = (place(archive, end + 12, 4)?, place(archive, end + 16, 4)?);
    let mut list_end = end;
    if let Some(at) = end_64(archive, end) {
        (size, start) = (place(archive, at + 40, 8)?, place(archive, at + 48, 8)?);
        list_end = at;
    }
    // A program may stand before the archive, and then all places are off by its length.
    let moved = list_end.checked_sub(size)?.saturating_sub(start);
    let mut at = start.checked_add(moved)?;
    let mut out = Vec::new();
    while archive.get(at..).is_some_and(|rest| rest.starts_with(LISTED)) {
        let lengths = [28, 30, 32].map(|offset| place(archive, at + offset, 2));
        let [Some(path), Some(extra), Some(comment)] = lengths else { break };
        let Some(entry) = listed_entry(archive, at, path, extra, moved) else { break };
        out.push(entry);
        at += 46 + path + extra + comment;
    }
    Some(out)
}

fn end_64(archive: &[u8], end: usize) -> Option<usize> {
    let locator = end.checked_sub(20)?;
    let at = place(archive, locator + 8, 8)?;
    let is_there = archive.get(locator..)?.starts_with(END_64_LOCATOR) && archive.get(at..)?.starts_with(END_64);
    is_there.then_some(at)
}

fn listed_entry(archive: &[u8], at: usize, path: usize, extra: usize, moved: usize) -> Option<Entry<'_>> {
    let (packed, local) = sizes(archive, at, path, extra)?;
    let packed = usize::try_from(packed).ok()?;
    let local = usize::try_from(local).ok()?.checked_add(moved)?;
    Some(Entry {
        path: archive.get(at + 46..at + 46 + path)?,
        encrypted: number(archive, at + 8, 2)? & 1 == 1,
        method: u16::try_from(number(archive, at + 10, 2)?).ok()?,
        data: data_start(archive, local).and_then(|start| archive.get(start..start.checked_add(packed)?)),
    })
}

/// How many bytes an entry of the list has, and where its local header is.
pub(super) fn sizes(list: &[u8], at: usize, path: usize, extra: usize) -> Option<(u64, u64)> {
    let extra = list.get(at + 46 + path..at + 46 + path + extra)?;
    let unpacked = number(list, at + 24, 4)?;
    let mut wide = zip64_fields(extra);
    // Only what did not fit is in the wide fields, in this order.
    let mut full = |narrow: u64| if narrow == 0xffff_ffff { wide.next() } else { Some(narrow) };
    let _unpacked = full(unpacked)?;
    Some((full(number(list, at + 20, 4)?)?, full(number(list, at + 42, 4)?)?))
}

fn zip64_fields(extra: &[u8]) -> impl Iterator<Item = u64> {
    let mut at = 0;
    let mut field: &[u8] = &[];
    while let (Some(id), Some(length)) = (number(extra, at, 2), place(extra, at + 2, 2)) {
        if id == 1 {
            field = extra.get(at + 4..at + 4 + length).unwrap_or_default();
        }
        at += 4 + length;
    }
    field.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes))
}

/// Where the data begins behind a local header.
fn data_start(archive: &[u8], local: usize) -> Option<usize> {
    let is_there = archive.get(local..)?.starts_with(LOCAL);
    is_there.then_some(local + 30 + place(archive, local + 26, 2)? + place(archive, local + 28, 2)?)
}

/// The entries by their local headers. The length may be known only to the list that is missing; then the data goes on to the
/// next header.
fn from_the_front(archive: &[u8]) -> Vec<Entry<'_>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(start) = data_start(archive, at) {
        let (Some(flags), Some(method)) = (number(archive, at + 6, 2), number(archive, at + 8, 2)) else { break };
        let (Some(packed), Some(path)) = (place(archive, at + 18, 4), place(archive, at + 26, 2)) else { break };
        let known = packed > 0 && packed < 0xffff_ffff;
        let rest = archive.get(start..).unwrap_or_default();
        let next = memchr::memmem::find(rest, LOCAL).unwrap_or(rest.len());
        let length = if known { packed.min(rest.len()) } else { next };
        out.push(Entry {
            path: archive.get(at + 30..at + 30 + path).unwrap_or_default(),
            encrypted: flags & 1 == 1,
            method: u16::try_from(method).unwrap_or(u16::MAX),
            data: rest.get(..length),
        });
        at = start + length;
    }
    out
}
