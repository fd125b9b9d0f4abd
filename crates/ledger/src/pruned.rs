//! What is left of a segment whose records were dropped because policy says they are too old: the hash of each, so that
//! every proof about the records that are left still holds, and the log's notices about itself, without which its keys
//! could not be followed.

use crate::disk::{Disk, read_file, replace_file};
use crate::error::LedgerError;
use crate::merkle::{Hash, leaf_hash};
use crate::scan::{SegmentScan, Step};
use crate::segment::{self, HEADER_BYTES, Segment, SegmentHeader};
use crate::{frame::FrameKind, segment::numbers};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"PCLPRUN1";

/// The remains of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pruned {
    pub(crate) header: SegmentHeader,
    /// Where the segment ended.
    pub(crate) end: u64,
    /// The checksum of its last frame.
    pub(crate) chain: u32,
    pub(crate) leaves: Vec<Hash>,
    /// The log's notices among its records, by their position in `leaves`.
    pub(crate) notices: Vec<(u32, Vec<u8>)>,
}

/// A segment as it is now.
#[derive(Debug)]
pub(crate) enum Piece {
    Whole(Segment),
    Pruned(Pruned),
}

impl Piece {
    /// Opens segment `number`. A whole one comes first: if both are there, dropping it was interrupted.
    pub(crate) fn open(disk: &dyn Disk, ledger: &Path, number: u32, read_only: bool) -> Result<Self, LedgerError> {
        match Segment::open(disk, ledger, number, read_only) {
            Err(LedgerError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                Pruned::open(disk, ledger, number).map(Self::Pruned)
            }
            whole => whole.map(Self::Whole),
        }
    }

    pub(crate) fn header(&self) -> &SegmentHeader {
        match self {
            Self::Whole(segment) => &segment.header,
            Self::Pruned(pruned) => &pruned.header,
        }
    }
}

fn path(ledger: &Path, number: u32) -> PathBuf {
    segment::folder(ledger).join(format!("{number:08}.pruned"))
}

impl Pruned {
    fn open(disk: &dyn Disk, ledger: &Path, number: u32) -> Result<Self, LedgerError> {
        let path = path(ledger, number);
        let bytes = read_file(disk, &path).map_err(LedgerError::io("open", &path))?;
        let pruned = Self::decode(&bytes).filter(|pruned| pruned.header.number == number);
        pruned.ok_or_else(|| LedgerError::damaged(&path, "it is not what is left of this segment"))
    }

    /// What would be left of a whole segment that ends at `end`.
    pub(crate) fn of(segment: &Segment, end: u64) -> Result<Self, LedgerError> {
        let mut pruned =
            Self { header: segment.header, end, chain: segment.header.chain, leaves: Vec::new(), notices: Vec::new() };
        let mut scan = SegmentScan::new(segment, end);
        loop {
            match scan.step()? {
                Step::Frame(frame) => {
                    if frame.kind == FrameKind::Control {
                        let position = u32::try_from(pruned.leaves.len()).unwrap_or(u32::MAX);
                        pruned.notices.push((position, frame.payload.to_vec()));
                    }
                    if frame.kind.is_leaf() {
                        pruned.leaves.push(leaf_hash(frame.payload));
                    }
                    pruned.chain = frame.chain;
                }
                Step::End { offset } if offset == end => return Ok(pruned),
                Step::End { offset } | Step::Broken { offset, .. } => {
                    let what = format!("it can't be read at {offset} and is therefore kept");
                    return Err(LedgerError::damaged(&segment.path, what));
                }
            }
        }
    }

    /// Takes the place of the whole segment. The remains are durable before the records go.
    pub(crate) fn replace(&self, disk: &dyn Disk, ledger: &Path) -> Result<(), LedgerError> {
        let path = path(ledger, self.header.number);
        replace_file(disk, &path, &self.encode()).map_err(LedgerError::io("write", &path))?;
        let whole = segment::path(ledger, self.header.number);
        disk.remove(&whole).map_err(LedgerError::io("remove", &whole))?;
        let folder = segment::folder(ledger);
        disk.sync_folder(&folder).map_err(LedgerError::io("sync", folder))
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let mut header = self.header.encode();
        header.resize(HEADER_BYTES, 0);
        out.extend_from_slice(&header);
        out.extend_from_slice(&self.end.to_le_bytes());
        out.extend_from_slice(&self.chain.to_le_bytes());
        // INVARIANT: a segment holds far fewer than 2^32 records, and a notice is far shorter than 4 GiB.
        out.extend_from_slice(&u32::try_from(self.leaves.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(self.leaves.as_flattened());
        for (position, notice) in &self.notices {
            out.extend_from_slice(&position.to_le_bytes());
            out.extend_from_slice(&u32::try_from(notice.len()).unwrap_or(u32::MAX).to_le_bytes());
            out.extend_from_slice(notice);
        }
        let checksum = crc32c::crc32c(&out);
        out.extend_from_slice(&checksum.to_le_bytes());
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (covered, checksum) = bytes.split_last_chunk::<4>()?;
        (crc32c::crc32c(covered) == u32::from_le_bytes(*checksum)).then_some(())?;
        let (magic, rest) = covered.split_first_chunk::<8>()?;
        (magic == MAGIC).then_some(())?;
        let (header, rest) = rest.split_first_chunk::<HEADER_BYTES>()?;
        let header = SegmentHeader::decode(header)?;
        let (end, rest) = rest.split_first_chunk()?;
        let (chain, rest) = rest.split_first_chunk()?;
        let (count, rest) = rest.split_first_chunk()?;
        let (leaves, mut rest) = rest.split_at_checked((u32::from_le_bytes(*count) as usize).checked_mul(32)?)?;
        let leaves = leaves.as_chunks::<32>().0.to_vec();
        let mut notices = Vec::new();
        while !rest.is_empty() {
            let (position, behind) = rest.split_first_chunk()?;
            let (length, behind) = behind.split_first_chunk()?;
            let (notice, behind) = behind.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            notices.push((u32::from_le_bytes(*position), notice.to_vec()));
            rest = behind;
        }
        Some(Self { header, end: u64::from_le_bytes(*end), chain: u32::from_le_bytes(*chain), leaves, notices })
    }

    /// The notice that is record `position` of the segment, if it is one.
    pub(crate) fn notice(&self, position: usize) -> Option<&[u8]> {
        let found = self.notices.iter().find(|(at, _)| usize::try_from(*at) == Ok(position));
        found.map(|(_, notice)| notice.as_slice())
    }
}

/// Segments that are whole and not written to any more, the oldest first.
pub(crate) fn finished(disk: &dyn Disk, ledger: &Path, current: u32) -> Result<Vec<u32>, LedgerError> {
    Ok(numbers(disk, ledger)?
        .into_iter()
        .filter(|&number| number < current && disk.open(&segment::path(ledger, number), true).is_ok())
        .collect())
}
