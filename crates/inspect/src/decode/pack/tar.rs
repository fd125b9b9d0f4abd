//! Tar archives: the old form, ustar, pax and GNU's long names. Container images are tar archives in tar archives.

use super::super::layer::Link;
use super::super::step::shown_path;
use super::super::walk::{Depth, Walk};
use super::super::{Reason, Step, magic};
use super::{Input, read_up_to};
use std::io::{self, Read as _};

const BLOCK: usize = 512;
/// Longest path or list of pax records that is read.
const LONGEST_EXTENSION: u64 = 1 << 20;

/// What the headers before an entry said about it.
#[derive(Debug, Default)]
struct Extension {
    path: Option<Vec<u8>>,
    size: Option<u64>,
}

impl Walk<'_> {
    pub(super) fn tar(&mut self, mut input: Input<'_>, outer: Option<&Link<'_>>, depth: Depth) {
        let mut extension = Extension::default();
        loop {
            let (header, error) = read_up_to(&mut input, BLOCK);
            if header.is_empty() && error.is_none() {
                return;
            }
            if header.iter().all(|byte| *byte == 0) && header.len() == BLOCK {
                continue;
            }
            if error.is_some() || !magic::is_tar(&header) {
                return self.skip(outer, self.budget.why_failed());
            }
            if let Err(why) = self.entry(&mut input, &header, &mut extension, outer, depth) {
                return self.skip(outer, why);
            }
        }
    }

    /// Reads what follows a header.
    fn entry(
        &mut self,
        input: &mut Input<'_>,
        header: &[u8],
        extension: &mut Extension,
        outer: Option<&Link<'_>>,
        depth: Depth,
    ) -> Result<(), Reason> {
        let kind = header.get(156).copied().unwrap_or_default();
        let written = size(header).ok_or(Reason::Damaged)?;
        let size = if matches!(kind, b'x' | b'g' | b'L' | b'K') { written } else { extension.size.unwrap_or(written) };
        if kind == b'S' && header.get(482) == Some(&1) {
            skip_sparse_map(input).map_err(|_| self.budget.why_failed())?;
        }
        let mut body = (&mut *input).take(size);
        match kind {
            b'x' => pax(&extension_text(&mut body), extension),
            b'L' => extension.path = Some(until_nul(&extension_text(&mut body)).to_vec()),
            0 | b'0' | b'7' | b'S' => {
                let path = extension.path.take().unwrap_or_else(|| path(header));
                if !self.budget.open_entry() {
                    return Err(Reason::TooManyEntries);
                }
                self.open(&mut body, Step::TarEntry(shown_path(&path)), outer, depth);
                *extension = Extension::default();
            }
            // Folders, links, devices, and pax records that speak of all entries.
            b'g' | b'K' => {}
            _ => *extension = Extension::default(),
        }
        let rest = body.limit();
        let padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
        io::copy(&mut input.take(rest + padding), &mut io::sink()).map_err(|_| self.budget.why_failed())?;
        Ok(())
    }
}

/// The size of an entry: octal digits, or a binary number if the highest bit says so.
fn size(header: &[u8]) -> Option<u64> {
    let field = header.get(124..136)?;
    if field.first()? & 0x80 == 0 {
        return magic::octal(field);
    }
    Some(u64::from_be_bytes(*field.last_chunk::<8>()?))
}

fn path(header: &[u8]) -> Vec<u8> {
    let field = |range: std::ops::Range<usize>| until_nul(header.get(range).unwrap_or_default());
    let prefix = if header.get(257..262) == Some(b"ustar") { field(345..500) } else { &[] };
    if prefix.is_empty() { field(0..100).to_vec() } else { [prefix, b"/", field(0..100)].concat() }
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn extension_text(body: &mut io::Take<&mut Input<'_>>) -> Vec<u8> {
    let most = LONGEST_EXTENSION.min(body.limit());
    read_up_to(body, usize::try_from(most).unwrap_or_default()).0
}

/// Pax records: the length of the record, a space, a key, `=`, a value, and the end of the line.
fn pax(mut records: &[u8], extension: &mut Extension) {
    while let Some(space) = records.iter().position(|byte| *byte == b' ') {
        let length = std::str::from_utf8(records.get(..space).unwrap_or_default()).ok().and_then(|it| it.parse().ok());
        let Some((record, rest)) = length.and_then(|length| records.split_at_checked(length)) else { return };
        let Some(record) = record.get(space + 1..record.len().saturating_sub(1)) else { return };
        if let Some(path) = record.strip_prefix(b"path=") {
            extension.path = Some(path.to_vec());
        }
        if let Some(size) = record.strip_prefix(b"size=") {
            extension.size = std::str::from_utf8(size).ok().and_then(|size| size.parse().ok());
        }
        records = rest;
    }
}

/// The list of the parts of a sparse file goes on in further blocks while the last bytes of one say so.
fn skip_sparse_map(input: &mut Input<'_>) -> io::Result<()> {
    let mut block = [0; BLOCK];
    loop {
        input.read_exact(&mut block)?;
        if block.get(504) != Some(&1) {
            return Ok(());
        }
    }
}
