//! The staging area, which git calls the index: what the next commit will hold. Versions 2, 3 and 4, split and sparse.

mod bitmap;
mod folders;

use super::object::EntryKind;
use super::{HashKind, ObjectId, Repository};
use crate::report::Why;
use bitmap::Bitmap;
pub(crate) use folders::Folder;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use std::ops::Range;
use std::path::Path;

/// The bytes of an entry before its name of an object.
const STAT: usize = 40;

/// What the next commit will hold.
#[derive(Debug, Default)]
pub(crate) struct Staging {
    /// The paths of all entries, one after the other.
    names: Vec<u8>,
    /// In the order of their paths.
    entries: Vec<Entry>,
    /// What folders looked like when they were last written as trees.
    pub(crate) root: Option<Folder>,
}

/// An entry of the staging area.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    name: Range<usize>,
    pub(crate) kind: EntryKind,
    pub(crate) id: ObjectId,
    /// 0, or the side of a merge that is not settled.
    pub(crate) stage: u8,
    /// Its content is to be added later: the next commit will not hold it.
    pub(crate) intended: bool,
}

fn corrupt(what: &str) -> Why {
    Why::Corrupt(format!("the staging area {what}"))
}

impl Staging {
    /// Reads the staging area of a working tree; an empty one if there is none yet.
    pub(crate) fn read(repository: &Repository) -> Result<Self, Why> {
        Self::of(&repository.git_dir, repository.hash)
    }

    /// The same of a folder that has one.
    pub(crate) fn of(git_dir: &Path, hash: HashKind) -> Result<Self, Why> {
        let Some(bytes) = super::repository::read(&git_dir.join("index"))? else {
            return Ok(Self::default());
        };
        let (staging, link) = Self::parse(&bytes, hash)?;
        match link {
            None => Ok(staging),
            Some(link) => {
                let path = git_dir.join(format!("sharedindex.{}", link.id));
                let shared =
                    super::repository::read(&path)?.ok_or_else(|| Why::Missing("the shared index".to_owned()))?;
                let (shared, _) = Self::parse(&shared, hash)?;
                staging.onto(&shared, &link)
            }
        }
    }

    /// The entries, in the order of their paths.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The path of an entry.
    pub(crate) fn path(&self, entry: &Entry) -> &[u8] {
        self.names.get(entry.name.clone()).unwrap_or_default()
    }

    /// Whether an entry lies at `path`, or below it.
    pub(crate) fn tracks(&self, path: &[u8]) -> bool {
        let below = [path, b"/"].concat();
        let first_from = |path: &[u8]| {
            let at = self.entries.partition_point(|entry| self.path(entry) < path);
            self.entries.get(at).map(|entry| self.path(entry))
        };
        first_from(path) == Some(path)
            || first_from(&below).is_some_and(|found| found.starts_with(&below))
            || self.is_in_sparse_folder(path)
    }

    /// Whether a folder above `path` is tracked as a whole.
    fn is_in_sparse_folder(&self, path: &[u8]) -> bool {
        memchr::memchr_iter(b'/', path).any(|slash| {
            let folder = path.get(..=slash).unwrap_or_default();
            let found = self.entries.binary_search_by(|entry| self.path(entry).cmp(folder)).ok();
            found.and_then(|at| self.entries.get(at)).is_some_and(|entry| entry.kind == EntryKind::Folder)
        })
    }

    /// Reads the bytes of an index file.
    pub(crate) fn parse(bytes: &[u8], hash: HashKind) -> Result<(Self, Option<Link>), Why> {
        let cut_off = || corrupt("is cut off");
        let body = check(bytes, hash)?;
        let [b'D', b'I', b'R', b'C', head @ ..] = body.get(..12).ok_or_else(cut_off)? else {
            return Err(corrupt("does not start like one"));
        };
        let (version, count) = (word(head, 0).ok_or_else(cut_off)?, word(head, 4).ok_or_else(cut_off)?);
        if !(2..=4).contains(&version) {
            return Err(Why::Unsupported(format!("version {version} of the staging area")));
        }
        let mut staging = Self::default();
        let mut at = 12;
        for _ in 0..count {
            at = staging.entry(body, at, version, hash).ok_or_else(|| corrupt("has an entry that makes no sense"))?;
        }
        let link = staging.extensions(body.get(at..).ok_or_else(cut_off)?, hash)?;
        if link.is_none()
            && !staging.entries.is_sorted_by(|a, b| (staging.path(a), a.stage) < (staging.path(b), b.stage))
        {
            return Err(corrupt("is not in order"));
        }
        Ok((staging, link))
    }

    /// Reads the entry at `at`, and says where the next one starts.
    fn entry(&mut self, body: &[u8], at: usize, version: u32, hash: HashKind) -> Option<usize> {
        let mode = word(body, at + 24)?;
        let id = at + STAT;
        let flags = half(body, id + hash.length())?;
        let mut name = id + hash.length() + 2;
        let extended = flags & 0x4000 != 0;
        let flags_too = if extended { half(body, name).filter(|_| version >= 3)? } else { 0 };
        name += if extended { 2 } else { 0 };
        let start = self.names.len();
        if version == 4 {
            let (strip, after) = varint(body, name)?;
            let before = self.entries.last().map_or(start..start, |entry| entry.name.clone());
            let kept = before.len().checked_sub(strip)?;
            self.names.extend_from_within(before.start..before.start + kept);
            name = after;
        }
        let rest = body.get(name..)?;
        let end = memchr::memchr(0, rest)?;
        self.names.extend_from_slice(rest.get(..end)?);
        self.entries.push(Entry {
            name: start..self.names.len(),
            kind: EntryKind::of_mode(mode)?,
            id: ObjectId::from_bytes(body.get(id..id + hash.length())?, hash)?,
            stage: u8::try_from(flags >> 12 & 3).ok()?,
            intended: flags_too & 0x2000 != 0,
        });
        let end = name + end;
        // Up to version 3 an entry is filled up with 1 to 8 zeros, to a multiple of eight.
        Some(if version == 4 { end + 1 } else { at + ((end - at) / 8 + 1) * 8 })
    }

    /// Reads what follows the entries.
    fn extensions(&mut self, mut rest: &[u8], hash: HashKind) -> Result<Option<Link>, Why> {
        let cut_off = || corrupt("is cut off");
        let mut link = None;
        while !rest.is_empty() {
            let (name, after) = rest.split_first_chunk::<4>().ok_or_else(cut_off)?;
            let size = word(after, 0).ok_or_else(cut_off)? as usize;
            let data = after.get(4..).and_then(|data| data.get(..size)).ok_or_else(cut_off)?;
            match name {
                b"TREE" => self.root = Folder::parse(data, hash),
                b"link" => link = Some(Link::parse(data, hash).ok_or_else(|| corrupt("names no shared index"))?),
                b"sdir" => {}
                // What starts with a lower-case letter must be understood.
                [b'a'..=b'z', ..] => {
                    let name = crate::printable(String::from_utf8_lossy(name).as_ref());
                    return Err(Why::Unsupported(format!("the extension {name} of the staging area")));
                }
                _ => {}
            }
            rest = after.get(4 + size..).unwrap_or_default();
        }
        Ok(link)
    }

    /// The whole staging area, of which this one only has what differs from `shared`.
    fn onto(self, shared: &Self, link: &Link) -> Result<Self, Why> {
        let mut whole = Self { root: self.root.clone(), ..Self::default() };
        let mut own = self.entries.iter();
        for (number, old) in shared.entries.iter().enumerate() {
            if link.replaced.holds(number) {
                // What replaces comes first, in the same order, and without a name.
                let new = own.next().filter(|new| new.name.is_empty());
                let new = new.ok_or_else(|| corrupt("replaces more entries than it has"))?;
                whole.push(shared.path(old), new);
            } else if !link.deleted.holds(number) {
                whole.push(shared.path(old), old);
            }
        }
        for new in own {
            whole.push(self.path(new), new);
        }
        let Self { names, entries, .. } = &mut whole;
        let path = |entry: &Entry| names.get(entry.name.clone()).unwrap_or_default();
        entries.sort_by(|a, b| (path(a), a.stage).cmp(&(path(b), b.stage)));
        Ok(whole)
    }

    fn push(&mut self, path: &[u8], entry: &Entry) {
        let start = self.names.len();
        self.names.extend_from_slice(path);
        self.entries.push(Entry { name: start..self.names.len(), ..entry.clone() });
    }
}

/// Which entries of a shared index do not count any more.
#[derive(Debug)]
pub(crate) struct Link {
    id: ObjectId,
    deleted: Bitmap,
    replaced: Bitmap,
}

impl Link {
    fn parse(data: &[u8], hash: HashKind) -> Option<Self> {
        let (id, rest) = data.split_at_checked(hash.length())?;
        let id = ObjectId::from_bytes(id, hash)?;
        if rest.is_empty() {
            return Some(Self { id, deleted: Bitmap::default(), replaced: Bitmap::default() });
        }
        let (deleted, rest) = Bitmap::parse(rest)?;
        let (replaced, _) = Bitmap::parse(rest)?;
        Some(Self { id, deleted, replaced })
    }
}

/// What stands before the checksum, if that is right. It may be left out, and is all zeros then.
fn check(bytes: &[u8], hash: HashKind) -> Result<&[u8], Why> {
    let body = bytes.len().checked_sub(hash.length()).and_then(|length| bytes.split_at_checked(length));
    let (body, expected) = body.ok_or_else(|| corrupt("is cut off"))?;
    let right = expected.iter().all(|byte| *byte == 0)
        || match hash {
            HashKind::Sha1 => Sha1::digest(body).as_slice() == expected,
            HashKind::Sha256 => Sha256::digest(body).as_slice() == expected,
        };
    if right { Ok(body) } else { Err(corrupt("does not have the checksum that it ends with")) }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}

/// A number in groups of seven bits, the highest first, each but the last one short by one; and where it ends.
fn varint(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut number: usize = 0;
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        number = number.checked_mul(128)? | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, at));
        }
        number = number.checked_add(1)?;
    }
}
