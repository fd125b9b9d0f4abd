//! Reads records back, in order, while others may be writing. A reader takes no lock and never writes.

use crate::disk::Disk;
use crate::error::LedgerError;
use crate::frame::{self, FrameKind};
use crate::head::{Head, HeadFile};
use crate::keys;
use crate::merkle::{Hash, leaf_hash};
use crate::pruned::{Piece, Pruned};
use crate::scan::{SegmentScan, Step};
use crate::segment::{self, Segment, SegmentHeader};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A record as it lies in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its position in the log, counted from 0.
    pub index: u64,
    /// The segment that it is in.
    pub segment: u32,
    /// Where in the segment its frame starts.
    pub offset: u64,
    /// Its canonical bytes: the leaf of the tree. Empty if retention has dropped the record.
    pub bytes: Vec<u8>,
    /// The hash that is left of a record that was dropped.
    pub dropped: Option<Hash>,
}

impl Stored {
    /// The hash of the leaf.
    pub fn leaf(&self) -> Hash {
        self.dropped.unwrap_or_else(|| leaf_hash(&self.bytes))
    }
}

/// How far the log goes at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// How many records it has.
    pub size: u64,
    /// The root of their tree.
    pub root: Hash,
    /// The signed checkpoint that says so.
    pub checkpoint: String,
}

/// Reads a log.
#[derive(Debug)]
pub struct Reader {
    disk: Arc<dyn Disk>,
    root: PathBuf,
    ledger: PathBuf,
    head_file: HeadFile,
    /// Where the last read stopped: the next one usually goes on there.
    stopped: Mutex<Option<Place>>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    index: u64,
    segment: u32,
    offset: u64,
    chain: u32,
}

impl Reader {
    /// Opens the log in `root`.
    pub fn open(disk: Arc<dyn Disk>, root: &Path) -> Result<Self, LedgerError> {
        let ledger = crate::folder(root);
        if !keys::exists(disk.as_ref(), &HeadFile::path(&ledger))? && !keys::exist(disk.as_ref(), root)? {
            return Err(LedgerError::Missing(ledger));
        }
        let head_file = HeadFile::open(disk.as_ref(), &ledger, true)?;
        Ok(Self { disk, root: root.to_owned(), ledger, head_file, stopped: Mutex::new(None) })
    }

    /// How far the log goes.
    pub fn extent(&self) -> Result<Extent, LedgerError> {
        let head = self.head()?;
        Ok(Extent { size: head.size(), root: head.frontier.root(), checkpoint: head.checkpoint })
    }

    /// The folder of the ledger.
    pub fn folder(&self) -> &Path {
        &self.ledger
    }

    /// The root of the user's state that the ledger belongs to.
    pub fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn disk(&self) -> &Arc<dyn Disk> {
        &self.disk
    }

    pub(crate) fn head(&self) -> Result<Head, LedgerError> {
        Ok(self.head_file.read()?.newest)
    }

    /// Up to `limit` records from `first` on; fewer only where the log ends.
    pub fn read(&self, first: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
        let head = self.head()?;
        let end = head.size().min(first.saturating_add(limit as u64));
        let mut records = Vec::new();
        if first >= end {
            return Ok(records);
        }
        let mut place = self.find(first, &head)?;
        while place.index < end {
            place = match Piece::open(self.disk.as_ref(), &self.ledger, place.segment, true)? {
                Piece::Whole(segment) => {
                    read_segment(&segment, self.end_of(place.segment, &head)?, place, first..end, &mut records)?
                }
                Piece::Pruned(pruned) => read_pruned(&pruned, place, first..end, &mut records),
            };
            if place.index < end {
                place = self.next_segment(place, &head)?;
            }
        }
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
        Ok(records)
    }

    /// The record whose frame starts at a place that an index remembers.
    pub fn read_at(&self, segment: u32, offset: u64) -> Result<Vec<u8>, LedgerError> {
        let segment = Segment::open(self.disk.as_ref(), &self.ledger, segment, true)?;
        let nothing = || LedgerError::damaged(&segment.path, format!("there is no record at {offset}"));
        if !(segment::HEADER..segment.capacity).contains(&offset) {
            return Err(nothing());
        }
        let mut header = [0; frame::HEADER];
        let read = segment.read_at(&mut header, offset)?;
        let [l0, l1, l2, l3, ..] = header;
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        if read < header.len() || length > frame::LARGEST {
            return Err(nothing());
        }
        let mut bytes = vec![0; length];
        let read = segment.read_at(&mut bytes, offset + frame::HEADER as u64)?;
        if read < length { Err(nothing()) } else { Ok(bytes) }
    }

    /// The sealed content that lies before record `index`, as it lies there.
    pub fn blobs(&self, index: u64) -> Result<Vec<Vec<u8>>, LedgerError> {
        let head = self.head()?;
        let number = self.segment_of(index, &head)?;
        let Piece::Whole(segment) = Piece::open(self.disk.as_ref(), &self.ledger, number, true)? else {
            return Ok(Vec::new());
        };
        let mut scan = SegmentScan::new(&segment, self.end_of(number, &head)?);
        let (mut next, mut blobs) = (segment.header.first, Vec::new());
        loop {
            match scan.step()? {
                Step::Frame(frame) if frame.kind.is_leaf() => {
                    if next == index {
                        return Ok(blobs);
                    }
                    next += 1;
                    blobs.clear();
                }
                Step::Frame(frame) if frame.kind == FrameKind::Blob => blobs.push(frame.payload.to_vec()),
                Step::Frame(_) => {}
                Step::Broken { .. } | Step::End { .. } => return Ok(Vec::new()),
            }
        }
    }

    /// Where to start so as to meet record `first`: where the last read stopped, or the start of its segment.
    fn find(&self, first: u64, head: &Head) -> Result<Place, LedgerError> {
        let stopped = *self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = stopped.filter(|place| place.index == first) {
            return Ok(place);
        }
        self.start_of(self.segment_of(first, head)?)
    }

    fn start_of(&self, number: u32) -> Result<Place, LedgerError> {
        let header = self.header_of(number)?;
        Ok(Place { index: header.first, segment: number, offset: segment::HEADER, chain: header.chain })
    }

    fn next_segment(&self, place: Place, head: &Head) -> Result<Place, LedgerError> {
        if place.segment >= head.segment {
            return Err(LedgerError::WentBack { found: place.index, signed: head.size() });
        }
        let next = self.start_of(place.segment + 1)?;
        if next.index == place.index {
            return Ok(next);
        }
        let path = segment::path(&self.ledger, place.segment);
        Err(LedgerError::damaged(path, format!("records {} to {} can't be read", place.index, next.index)))
    }

    /// The last segment that begins at or before record `index`.
    fn segment_of(&self, index: u64, head: &Head) -> Result<u32, LedgerError> {
        let (mut low, mut high) = (1, head.segment);
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            let header = self.header_of(middle)?;
            if header.first <= index { low = middle } else { high = middle - 1 }
        }
        Ok(low)
    }

    pub(crate) fn end_of(&self, number: u32, head: &Head) -> Result<u64, LedgerError> {
        if number == head.segment {
            return Ok(head.offset);
        }
        Ok(self.header_of(number + 1)?.previous_end)
    }

    pub(crate) fn header_of(&self, number: u32) -> Result<SegmentHeader, LedgerError> {
        Ok(*Piece::open(self.disk.as_ref(), &self.ledger, number, true)?.header())
    }
}

/// Collects the wanted records of one segment and returns where it stopped.
fn read_segment(
    segment: &Segment,
    end: u64,
    place: Place,
    wanted: std::ops::Range<u64>,
    records: &mut Vec<Stored>,
) -> Result<Place, LedgerError> {
    let mut scan = SegmentScan::from(segment, place.offset, place.chain, end);
    let mut place = place;
    while place.index < wanted.end {
        match scan.step()? {
            Step::Frame(frame) => {
                if frame.kind.is_leaf() {
                    if place.index >= wanted.start {
                        let (index, offset, bytes) = (place.index, frame.offset, frame.payload.to_vec());
                        records.push(Stored { index, segment: place.segment, offset, bytes, dropped: None });
                    }
                    place.index += 1;
                }
                place.offset = frame.offset + frame.length();
                place.chain = frame.chain;
            }
            Step::Broken { offset, damage } => {
                let what = format!("the frame at {offset}, record {}: {damage}", place.index);
                return Err(LedgerError::damaged(&segment.path, what));
            }
            Step::End { .. } => break,
        }
    }
    Ok(place)
}

/// Collects what is left of the wanted records of a pruned segment and returns where it stopped.
fn read_pruned(pruned: &Pruned, mut place: Place, wanted: std::ops::Range<u64>, records: &mut Vec<Stored>) -> Place {
    let segment = pruned.header.number;
    for (position, leaf) in pruned.leaves.iter().enumerate() {
        let index = pruned.header.first + position as u64;
        if wanted.contains(&index) {
            let (bytes, dropped) = match pruned.notice(position) {
                Some(notice) => (notice.to_vec(), None),
                None => (Vec::new(), Some(*leaf)),
            };
            records.push(Stored { index, segment, offset: 0, bytes, dropped });
            place.index = index + 1;
        }
    }
    place
}
