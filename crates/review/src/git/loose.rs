//! Objects that lie in a file each.

use super::object::{Kind, Object};
use super::{HashKind, ObjectId};
use crate::report::Why;
use flate2::read::ZlibDecoder;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

/// Where the file of an object is.
pub(crate) fn path(objects: &Path, id: &ObjectId) -> PathBuf {
    let name = id.to_string();
    let (folder, file) = name.split_at_checked(2).unwrap_or_default();
    objects.join(folder).join(file)
}

/// The longest that a head can be: a kind, a space, a size, a zero.
const HEAD: usize = 32;

/// The object in a file.
pub(crate) fn read(path: &Path, most: u64) -> Result<Object, Why> {
    let (kind, from) = open(path)?;
    if from.left > most {
        return Err(Why::TooLarge { bytes: from.left, most });
    }
    let mut bytes = Vec::new();
    let read = { from }.read_to_end(&mut bytes);
    read.map_err(|error| Why::Corrupt(error.to_string()))?;
    Ok(Object { kind, bytes })
}

/// The kind of the object in a file, and a reader of what it holds.
pub(crate) fn open(path: &Path) -> Result<(Kind, Content), Why> {
    let file = File::open(path).map_err(|error| Why::Unreadable(error.to_string()))?;
    let mut inflated = BufReader::with_capacity(8 << 10, ZlibDecoder::new(file));
    let mut head = Vec::new();
    let read = inflated.by_ref().take(HEAD as u64).read_until(0, &mut head);
    let parsed = read.ok().and_then(|_| parse_head(head.strip_suffix(&[0])?));
    let (kind, left) =
        parsed.ok_or_else(|| Why::Corrupt("an object of the repository does not start like one".to_owned()))?;
    Ok((kind, Content { inflated, left }))
}

fn parse_head(head: &[u8]) -> Option<(Kind, u64)> {
    let (kind, size) = std::str::from_utf8(head).ok()?.split_once(' ')?;
    let plain = size == "0" || (size.starts_with(|first| matches!(first, '1'..='9')) && !size.contains('+'));
    Some((Kind::parse(kind.as_bytes())?, size.parse().ok().filter(|_| plain)?))
}

/// What an object holds: exactly as much as its head says, or an error.
#[derive(Debug)]
pub(crate) struct Content {
    inflated: BufReader<ZlibDecoder<File>>,
    left: u64,
}

impl Read for Content {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inflated.read(out)?;
        let damaged = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| damaged("it is longer than it says"))?;
        if read == 0 && self.left > 0 && !out.is_empty() {
            return Err(damaged("it is shorter than it says"));
        }
        Ok(read)
    }
}

/// The names of all objects below a folder `objects`.
pub(crate) fn list(objects: &Path, hash: HashKind) -> Result<Vec<ObjectId>, Why> {
    let unreadable = |error: std::io::Error| Why::Unreadable(error.to_string());
    let mut ids = Vec::new();
    for folder in std::fs::read_dir(objects).map_err(unreadable)? {
        let folder = folder.map_err(unreadable)?;
        let start = folder.file_name();
        let Some(start) = start.to_str().filter(|name| name.len() == 2 && is_hex(name)) else { continue };
        // In the layer of an overlay, what is gone is no folder any more.
        if !folder.file_type().map_err(unreadable)?.is_dir() {
            continue;
        }
        ids.extend(list_folder(&folder.path(), start, hash)?);
    }
    ids.sort_unstable();
    Ok(ids)
}

/// The names of the objects in one folder, all of which start with `start`; none if it is not there.
pub(crate) fn list_folder(folder: &Path, start: &str, hash: HashKind) -> Result<Vec<ObjectId>, Why> {
    let mut ids = Vec::new();
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(ids),
        Err(error) => return Err(Why::Unreadable(error.to_string())),
    };
    for file in entries {
        let name = file.map_err(|error| Why::Unreadable(error.to_string()))?.file_name();
        let id = name.to_str().and_then(|rest| ObjectId::from_hex(format!("{start}{rest}").as_bytes()));
        ids.extend(id.filter(|id| id.kind() == hash));
    }
    Ok(ids)
}

fn is_hex(name: &str) -> bool {
    name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
