//! Zip archives that are too large to be held: the list at the end is read first, then each file from its place.

use super::super::layer::{Link, Way};
use super::super::step::shown_path;
use super::super::walk::{Depth, Walk};
use super::super::{Reason, Seekable, Step};
use super::zip::{END, END_64, END_64_LOCATOR, END_AREA, LISTED, LOCAL, compression, number, place, sizes};
use super::{Counted, Input, Metered, read_up_to};
use std::cell::Cell;
use std::io::{Read as _, SeekFrom};

/// Longest list that is read, in bytes: about two hundred thousand files.
const LONGEST_LIST: u64 = 16 << 20;
/// The locator and the wide end record that may stand before the end record.
const WIDE: usize = 20 + 56;

/// A file in an archive.
struct Entry {
    path: String,
    encrypted: bool,
    method: u16,
    packed: u64,
    local: u64,
}

impl Walk<'_> {
    pub(super) fn zip_file(&mut self, file: &mut dyn Seekable, outer: Option<&Link<'_>>, depth: Depth) {
        let Some((list, moved)) = list(file) else {
            // Without a list it is cut off, and read from its front as far as it can be held.
            self.skip(outer, Reason::Damaged);
            return match file.rewind() {
                Ok(()) => self.zip(Input::Stream(file), outer, depth),
                Err(_) => self.skip(outer, Reason::Damaged),
            };
        };
        let mut at = 0;
        while list.get(at..).is_some_and(|rest| rest.starts_with(LISTED)) {
            let lengths = [28, 30, 32].map(|offset| place(&list, at + offset, 2));
            let [Some(path), Some(extra), Some(comment)] = lengths else { break };
            let Some(entry) = entry(&list, at, path, extra) else { break };
            at += 46 + path + extra + comment;
            if entry.path.ends_with('/') {
                continue;
            }
            if !self.budget.open_entry() {
                return self.skip(outer, Reason::TooManyEntries);
            }
            self.file_entry(file, &entry, moved, outer, depth);
        }
        if at < list.len() {
            self.skip(outer, Reason::Damaged);
        }
    }

    fn file_entry(
        &mut self,
        file: &mut dyn Seekable,
        entry: &Entry,
        moved: u64,
        outer: Option<&Link<'_>>,
        depth: Depth,
    ) {
        let step = Step::ZipEntry(entry.path.clone());
        let (consumed, budget) = (Cell::new(0), self.budget);
        let why = match (entry.encrypted, compression(entry.method)) {
            (true, _) => Reason::Encrypted,
            (false, None) => Reason::Unsupported,
            (false, Some(compression)) => match go_to(file, entry, moved) {
                None => Reason::Damaged,
                Some(()) => {
                    match compression.decoder(Counted { inner: file.take(entry.packed), consumed: &consumed }) {
                        Ok(decoder) => {
                            let mut metered = Metered { decoder, consumed: &consumed, produced: 0, budget };
                            return self.open(&mut metered, step, outer, depth);
                        }
                        Err(_) => Reason::Damaged,
                    }
                }
            },
        };
        self.skip(Some(&Link { outer, step, way: Way::Packed(&[]) }), why);
    }
}

/// The list of the files, and by how much all places are off because something stands before the archive.
fn list(file: &mut dyn Seekable) -> Option<(Vec<u8>, u64)> {
    let length = file.seek(SeekFrom::End(0)).ok()?;
    let area = length.saturating_sub((END_AREA + WIDE) as u64);
    file.seek(SeekFrom::Start(area)).ok()?;
    let (tail, error) = read_up_to(file, END_AREA + WIDE);
    let end = memchr::memmem::rfind(&tail, END).filter(|_| error.is_none())?;
    let (mut size, mut start) = (number(&tail, end + 12, 4)?, number(&tail, end + 16, 4)?);
    let mut list_end = area + end as u64;
    let locator = end.checked_sub(20).filter(|at| tail.get(*at..).is_some_and(|it| it.starts_with(END_64_LOCATOR)));
    if let Some(wide) = locator.and_then(|_| memchr::memmem::rfind(tail.get(..end)?, END_64)) {
        (size, start) = (number(&tail, wide + 40, 8)?, number(&tail, wide + 48, 8)?);
        list_end = area + wide as u64;
    }
    let begin = list_end.checked_sub(size)?;
    let moved = begin.saturating_sub(start);
    file.seek(SeekFrom::Start(begin)).ok()?;
    let (list, error) = read_up_to(file, usize::try_from(size.min(LONGEST_LIST)).ok()?);
    (error.is_none() && list.starts_with(LISTED)).then_some((list, moved))
}

fn entry(list: &[u8], at: usize, path: usize, extra: usize) -> Option<Entry> {
    let (packed, local) = sizes(list, at, path, extra)?;
    Some(Entry {
        path: shown_path(list.get(at + 46..at + 46 + path)?),
        encrypted: number(list, at + 8, 2)? & 1 == 1,
        method: u16::try_from(number(list, at + 10, 2)?).ok()?,
        packed,
        local,
    })
}

/// Goes to where the bytes of a file begin, behind its local header.
fn go_to(file: &mut dyn Seekable, entry: &Entry, moved: u64) -> Option<()> {
    file.seek(SeekFrom::Start(entry.local.checked_add(moved)?)).ok()?;
    let mut header = [0; 30];
    file.read_exact(&mut header).ok()?;
    let behind = header.starts_with(LOCAL).then(|| place(&header, 26, 2)?.checked_add(place(&header, 28, 2)?))??;
    file.seek(SeekFrom::Current(i64::try_from(behind).ok()?)).ok()?;
    Some(())
}
