//! Segments: the files that records are written to, filled with zeros beforehand so that a sync has nothing to do but
//! write the record itself.

use crate::disk::{Disk, DiskFile, temporary_name};
use crate::error::LedgerError;
use crate::head::FAR;
use crate::merkle::Hash;
use std::path::{Path, PathBuf};

/// Bytes before the first frame.
pub(crate) const HEADER: u64 = HEADER_BYTES as u64;

pub(crate) const HEADER_BYTES: usize = 512;

/// Size of a segment that is made while somebody waits for it, unless the options say otherwise.
pub(crate) const SMALL: u64 = 4 << 20;

/// Size of a segment that is made ahead of time.
pub(crate) const LARGE: u64 = 64 << 20;

/// A file that is larger than this is no segment.
const LARGEST: u64 = 4 << 30;

const MAGIC: &[u8; 8] = b"PCLSEGM1";

/// What a segment says of itself and of how the one before it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    /// Its number; the first is 1.
    pub(crate) number: u32,
    /// The index of its first record.
    pub(crate) first: u64,
    /// Where the segment before it ends. What lies behind that is not part of the log.
    pub(crate) previous_end: u64,
    /// The checksum of the last frame of the segment before it.
    pub(crate) chain: u32,
    /// The root of all records before its first.
    pub(crate) root: Hash,
}

impl SegmentHeader {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&self.number.to_le_bytes());
        out.extend_from_slice(&self.chain.to_le_bytes());
        out.extend_from_slice(&self.first.to_le_bytes());
        out.extend_from_slice(&self.previous_end.to_le_bytes());
        out.extend_from_slice(&self.root);
        let checksum = crc32c::crc32c(&out);
        out.extend_from_slice(&checksum.to_le_bytes());
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<8>()?;
        let (number, rest) = rest.split_first_chunk()?;
        let (chain, rest) = rest.split_first_chunk()?;
        let (first, rest) = rest.split_first_chunk()?;
        let (previous_end, rest) = rest.split_first_chunk()?;
        let (root, rest) = rest.split_first_chunk()?;
        let (checksum, padding) = rest.split_first_chunk()?;
        let covered = bytes.get(..bytes.len() - rest.len())?;
        let valid = magic == MAGIC
            && crc32c::crc32c(covered) == u32::from_le_bytes(*checksum)
            && padding.iter().all(|&byte| byte == 0);
        let header = Self {
            number: u32::from_le_bytes(*number),
            chain: u32::from_le_bytes(*chain),
            first: u64::from_le_bytes(*first),
            previous_end: u64::from_le_bytes(*previous_end),
            root: *root,
        };
        (valid && header.first.max(header.previous_end) < FAR).then_some(header)
    }
}

/// How large a segment must be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// Bytes of frames that must fit.
    pub(crate) needed: u64,
    /// The size is a multiple of this.
    pub(crate) unit: u64,
}

/// A segment that is open.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) header: SegmentHeader,
    pub(crate) path: PathBuf,
    pub(crate) file: Box<dyn DiskFile>,
    pub(crate) capacity: u64,
}

/// The folder that segments are in.
pub(crate) fn folder(ledger: &Path) -> PathBuf {
    ledger.join("segments")
}

/// The file of segment `number`.
pub(crate) fn path(ledger: &Path, number: u32) -> PathBuf {
    folder(ledger).join(format!("{number:08}.log"))
}

/// A file of zeros that a segment can be made from.
fn prepared(ledger: &Path) -> PathBuf {
    folder(ledger).join("prepared")
}

/// The numbers of all segments, whole or pruned, ascending.
pub(crate) fn numbers(disk: &dyn Disk, ledger: &Path) -> Result<Vec<u32>, LedgerError> {
    let folder = folder(ledger);
    let names = disk.list(&folder).map_err(LedgerError::io("list", &folder))?;
    let number = |name: &String| name.strip_suffix(".log").or(name.strip_suffix(".pruned"))?.parse().ok();
    // The last numbers of the type are nobody's, so that one can always be added.
    let mut numbers: Vec<u32> =
        names.iter().filter_map(number).filter(|number| (1..u32::MAX - 2).contains(number)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

impl Segment {
    /// Opens segment `number`.
    pub(crate) fn open(disk: &dyn Disk, ledger: &Path, number: u32, read_only: bool) -> Result<Self, LedgerError> {
        let path = path(ledger, number);
        let file = disk.open(&path, read_only).map_err(LedgerError::io("open", &path))?;
        let mut bytes = [0; HEADER_BYTES];
        let read = file.read_at(&mut bytes, 0).map_err(LedgerError::io("read", &path))?;
        let header = (read == bytes.len()).then(|| SegmentHeader::decode(&bytes)).flatten();
        let header = header.ok_or_else(|| LedgerError::damaged(&path, "its header can't be read"))?;
        if header.number != number {
            return Err(LedgerError::damaged(&path, format!("it is segment {} under another name", header.number)));
        }
        let capacity = file.length().map_err(LedgerError::io("measure", &path))?;
        if capacity > LARGEST {
            return Err(LedgerError::damaged(&path, format!("its {capacity} bytes are more than a segment can have")));
        }
        Ok(Self { header, path, file, capacity })
    }

    /// Makes a segment that has room for what is needed and returns once it is durable. A file that was
    /// prepared ahead of time is used if there is one.
    pub(crate) fn create(
        disk: &dyn Disk,
        ledger: &Path,
        header: SegmentHeader,
        room: Room,
    ) -> Result<Self, LedgerError> {
        let path = path(ledger, header.number);
        if HEADER + room.needed + room.unit > LARGEST {
            let [size, limit] = [room.needed, LARGEST].map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
            return Err(LedgerError::TooLarge { size, limit });
        }
        let (file, blank) = match take_prepared(disk, ledger, &path, room.needed) {
            Some(taken) => taken,
            None => blank(disk, &path, (HEADER + room.needed).next_multiple_of(room.unit))?,
        };
        let publish = || {
            file.write_at(&header.encode(), 0)?;
            file.sync()?;
            disk.rename(&blank, &path)?;
            disk.sync_folder(&folder(ledger))
        };
        if let Err(error) = publish() {
            // Best effort: what is left over has no number and is removed when the log is next opened.
            disk.remove(&blank).ok();
            return Err(LedgerError::io("create", &path)(error));
        }
        let capacity = file.length().map_err(LedgerError::io("measure", &path))?;
        Ok(Self { header, path, file, capacity })
    }

    /// Whether the file that is open is still the one that the name leads to.
    pub(crate) fn is_current(&self) -> bool {
        self.file.is_at(&self.path).unwrap_or(false)
    }

    /// Reads up to `buffer.len()` bytes.
    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize, LedgerError> {
        self.file.read_at(buffer, offset).map_err(LedgerError::io("read", &self.path))
    }
}

/// A new durable file of zeros under a temporary name.
fn blank(disk: &dyn Disk, near: &Path, size: u64) -> Result<(Box<dyn DiskFile>, PathBuf), LedgerError> {
    let path = temporary_name(near);
    let file = disk.create(&path).map_err(LedgerError::io("create", &path))?;
    let zeros = vec![0; 1 << 20];
    let write_zeros = || {
        let mut offset = 0;
        while offset < size {
            let step = zeros.len().min(usize::try_from(size - offset).unwrap_or(zeros.len()));
            file.write_at(zeros.get(..step).unwrap_or_default(), offset)?;
            offset += step as u64;
        }
        file.sync()
    };
    if let Err(error) = write_zeros() {
        disk.remove(&path).ok();
        return Err(LedgerError::io("fill", &path)(error));
    }
    Ok((file, path))
}

/// Takes the prepared file for oneself, if it is large enough. It is renamed before it is opened, so that the file that
/// is open is the one that bears the name, whoever else prepares one at this moment.
fn take_prepared(disk: &dyn Disk, ledger: &Path, near: &Path, needed: u64) -> Option<(Box<dyn DiskFile>, PathBuf)> {
    let prepared = prepared(ledger);
    let taken = temporary_name(near);
    disk.rename(&prepared, &taken).ok()?;
    let file = disk.open(&taken, false).ok();
    let fits = file.filter(|file| file.length().is_ok_and(|length| (HEADER + needed..=LARGEST).contains(&length)));
    if fits.is_none() {
        disk.remove(&taken).ok();
    }
    fits.map(|file| (file, taken))
}

/// Makes a large file of zeros for a later segment, unless there is one. Takes a while; meant for a thread of its own.
pub(crate) fn prepare(disk: &dyn Disk, ledger: &Path) -> Result<(), LedgerError> {
    let target = prepared(ledger);
    if disk.open(&target, true).is_ok() {
        return Ok(());
    }
    // Whoever died over this left a large file behind. Of two who do it at once, one does it in vain.
    remove_temporaries(disk, ledger, "prepared.")?;
    let (_, path) = blank(disk, &target, LARGE)?;
    disk.rename(&path, &target).map_err(LedgerError::io("rename", &path))
}

/// Removes what a crash left behind while a segment was being made. Only the holder of the lock may call this, and a
/// process that prepares a file at this moment merely fails to and tries again later.
pub(crate) fn sweep(disk: &dyn Disk, ledger: &Path) -> Result<(), LedgerError> {
    remove_temporaries(disk, ledger, "")
}

fn remove_temporaries(disk: &dyn Disk, ledger: &Path, prefix: &str) -> Result<(), LedgerError> {
    let folder = folder(ledger);
    let names = disk.list(&folder).map_err(LedgerError::io("list", &folder))?;
    for name in names.iter().filter(|name| name.starts_with(prefix) && name.strip_suffix(".tmp").is_some()) {
        let path = folder.join(name);
        match disk.remove(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(LedgerError::io("remove", &path)(error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_back_and_any_flipped_bit_is_noticed() {
        let header = SegmentHeader { number: 7, first: 1000, previous_end: 4096, chain: 5, root: [3; 32] };
        let mut bytes = header.encode();
        bytes.resize(HEADER_BYTES, 0);
        assert_eq!(SegmentHeader::decode(&bytes), Some(header));
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(SegmentHeader::decode(&damaged), None, "bit {bit}");
        }
    }
}
