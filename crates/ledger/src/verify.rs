//! Checks all of a log: every byte, every checksum, every hash, every signature; and says where it is wrong.
//!
//! What a crash leaves behind is told apart from what somebody did: unfinished frames behind the head are a remark,
//! anything missing or changed before it is a problem.

use crate::disk::Disk;
use crate::error::{Damage, LedgerError};
use crate::frame::FrameKind;
use crate::head::{Head, HeadFile};
use crate::keys;
use crate::merkle::{Frontier, Hash, leaf_hash};
use crate::note::{Checkpoint, Verifier};
use crate::pruned::{Piece, Pruned};
use crate::scan::{Scanned, SegmentScan, Step};
use crate::segment::{self, Segment, SegmentHeader};
use crate::tiles::Tiles;
use portcullis_event::{Body, LedgerOp, Record};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// After this many problems the report says only that there are more.
const MOST: usize = 100;

/// Something that is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The segment that it is in, if it is in one.
    pub segment: Option<u32>,
    /// Where in the segment.
    pub offset: Option<u64>,
    /// The records that are concerned: the first, and the one after the last.
    pub records: Option<(u64, u64)>,
    /// What is wrong.
    pub what: Wrong,
}

/// In which way a log is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// A frame is not what was written.
    Frame(Damage),
    /// A segment's header can't be read or does not follow from the segments before it.
    Header(String),
    /// A segment is not there.
    SegmentMissing,
    /// Records were changed, removed, added or moved: the tree is not the one that was signed.
    NotWhatWasSigned {
        /// Who signed it: the log's own checkpoint, or the name of a witness.
        by: String,
    },
    /// The log is shorter than what was signed.
    Shorter {
        /// Records that are there.
        found: u64,
        /// Records that were signed.
        signed: u64,
        /// By whom.
        by: String,
    },
    /// Records are gone, and the log has no notice that they were dropped.
    DroppedWithoutNotice,
    /// A checkpoint carries no valid signature of the log's key.
    Signature(String),
    /// The head can't be read.
    Head(String),
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Frame(damage) => write!(f, "a frame is damaged: {damage}"),
            Self::Header(what) => write!(f, "a segment's header is wrong: {what}"),
            Self::SegmentMissing => f.write_str("a segment is missing"),
            Self::NotWhatWasSigned { by } => write!(f, "the records are not those that were signed by {by}"),
            Self::Shorter { found, signed, by } => {
                write!(f, "the log has {found} records, but {by} signed {signed}: records were removed")
            }
            Self::DroppedWithoutNotice => f.write_str("records were dropped, and the log does not say so"),
            Self::Signature(what) => write!(f, "a checkpoint is not valid: {what}"),
            Self::Head(what) => write!(f, "the head is not valid: {what}"),
        }
    }
}

/// What a check of the whole log showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// Records that were counted.
    pub records: u64,
    /// Those of them that retention has dropped, of which only the hash is left.
    pub pruned: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// Segments that were read.
    pub segments: u32,
    /// Signed checkpoints inside the log that were checked.
    pub checkpoints: u64,
    /// The root of the tree over all records that were read.
    pub root: Hash,
    /// The key that signs now, if the head is signed with a key of this log.
    pub signed_by: Option<Verifier>,
    /// What is wrong. Empty means: nothing.
    pub problems: Vec<Problem>,
    /// What is worth knowing but not wrong.
    pub remarks: Vec<String>,
}

/// A checkpoint that somebody else keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed {
    /// Who.
    pub by: String,
    /// What they saw.
    pub checkpoint: Checkpoint,
}

/// Checks the log in `root` against itself and against what was `witnessed`.
pub fn verify(disk: &Arc<dyn Disk>, root: &Path, witnessed: &[Witnessed]) -> Result<Verification, LedgerError> {
    let ledger = crate::folder(root);
    let mut walk = Walk::new(disk.clone(), root, ledger, witnessed)?;
    walk.segments()?;
    Ok(walk.finish())
}

/// The state of a walk over the log.
struct Walk {
    disk: Arc<dyn Disk>,
    root: PathBuf,
    ledger: PathBuf,
    head: Option<Head>,
    /// Keys that may sign: the current one, then those that a rotation announced.
    keys: Vec<Verifier>,
    frontier: Frontier,
    /// Leaves since the last checkpoint that was right; damage is located among them.
    since: Vec<Hash>,
    expected: Vec<Witnessed>,
    /// Ranges of records that are gone, and ranges that the log says were dropped.
    dropped: Vec<(u64, u64)>,
    announced: Vec<(u64, u64)>,
    report: Verification,
}

impl Walk {
    fn new(disk: Arc<dyn Disk>, root: &Path, ledger: PathBuf, witnessed: &[Witnessed]) -> Result<Self, LedgerError> {
        let genesis = keys::genesis(disk.as_ref(), root)?;
        let mut expected = witnessed.to_vec();
        expected.sort_by_key(|witnessed| std::cmp::Reverse(witnessed.checkpoint.size));
        let mut report = Verification::default();
        let head = match HeadFile::open(disk.as_ref(), &ledger, true).and_then(|file| file.read()) {
            Ok(slots) => {
                if slots.other_damaged {
                    report.remarks.push("a copy of the head is damaged; another one is whole".to_owned());
                }
                Some(slots.newest)
            }
            Err(error) => {
                let what = Wrong::Head(error.to_string());
                report.problems.push(Problem { segment: None, offset: None, records: None, what });
                None
            }
        };
        let frontier = Frontier::default();
        let root = root.to_owned();
        let keys = vec![genesis];
        let (since, dropped, announced) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { disk, root, ledger, head, keys, frontier, since, expected, dropped, announced, report })
    }

    fn segments(&mut self) -> Result<(), LedgerError> {
        let present = segment::numbers(self.disk.as_ref(), &self.ledger)?;
        let last = self.head.as_ref().map(|head| head.segment).or(present.last().copied()).unwrap_or(0);
        if let Some(number) = present.iter().find(|&&number| number > last) {
            self.report.remarks.push(format!("segment {number} was begun by a writer that died before it was used"));
        }
        let mut before: Option<Passed> = None;
        for number in 1..=last {
            before = self.segment(number, last, before)?;
        }
        Ok(())
    }

    /// Walks one segment; returns what the next one must continue.
    fn segment(&mut self, number: u32, last: u32, before: Option<Passed>) -> Result<Option<Passed>, LedgerError> {
        let segment = match Piece::open(self.disk.as_ref(), &self.ledger, number, true) {
            Ok(Piece::Whole(segment)) => segment,
            Ok(Piece::Pruned(pruned)) => return Ok(Some(self.pruned(&pruned, before))),
            Err(LedgerError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                self.problem(Some(number), None, None, Wrong::SegmentMissing);
                return Ok(None);
            }
            Err(LedgerError::Damaged { what, .. }) => {
                self.problem(Some(number), Some(0), None, Wrong::Header(what));
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        self.report.segments += 1;
        self.check_header(&segment.header, before);
        let known_end = self.end_of(number, last);
        let end = known_end.unwrap_or(segment.capacity);
        let passed = self.frames(&segment, end)?;
        if known_end.is_some() && passed.offset < end {
            let records = Some((self.frontier.size(), self.frontier.size() + 1));
            self.problem(Some(number), Some(passed.offset), records, Wrong::Frame(Damage::Length));
        }
        if number == last {
            self.look_behind(&segment, end)?;
        }
        Ok(Some(passed))
    }

    /// Walks what is left of a segment whose records were dropped. The hashes are as good as the records for the tree.
    fn pruned(&mut self, pruned: &Pruned, before: Option<Passed>) -> Passed {
        self.report.segments += 1;
        self.check_header(&pruned.header, before);
        let first = self.frontier.size();
        pruned.leaves.iter().for_each(|leaf| self.push(*leaf));
        for (position, notice) in &pruned.notices {
            let leaf = usize::try_from(*position).ok().and_then(|position| pruned.leaves.get(position));
            if leaf == Some(&leaf_hash(notice)) {
                self.control(notice);
            } else {
                let at = first + u64::from(*position);
                self.problem(Some(pruned.header.number), None, Some((at, at + 1)), Wrong::Frame(Damage::Checksum));
            }
        }
        self.report.pruned += pruned.leaves.len() as u64;
        self.dropped.push((first, self.frontier.size()));
        Passed { offset: pruned.end, chain: pruned.chain }
    }

    fn check_header(&mut self, header: &SegmentHeader, before: Option<Passed>) {
        let wrong = match before {
            Some(before) if before.chain != header.chain => {
                Some("its first frame does not follow the last one before it")
            }
            _ if header.first != self.frontier.size() => Some("it does not begin with the record that comes next"),
            _ if header.root != self.frontier.root() => Some("it continues another tree"),
            _ => None,
        };
        if let Some(what) = wrong {
            let records = Some((self.frontier.size(), header.first.max(self.frontier.size())));
            self.problem(Some(header.number), Some(0), records, Wrong::Header(what.to_owned()));
        }
    }

    /// Where a segment ends: where the next one says, or the head; `None` if that can't be read.
    fn end_of(&self, number: u32, last: u32) -> Option<u64> {
        if number < last {
            let next = Piece::open(self.disk.as_ref(), &self.ledger, number + 1, true).ok();
            next.map(|next| next.header().previous_end)
        } else {
            self.head.as_ref().map(|head| head.offset)
        }
    }

    fn frames(&mut self, segment: &Segment, end: u64) -> Result<Passed, LedgerError> {
        let number = segment.header.number;
        let mut passed = Passed { offset: segment::HEADER, chain: segment.header.chain };
        let mut scan = SegmentScan::new(segment, end);
        loop {
            match scan.step()? {
                Step::Frame(frame) => {
                    passed = Passed { offset: frame.offset + frame.length(), chain: frame.chain };
                    self.frame(number, &frame);
                }
                Step::Broken { offset, damage } => {
                    let at = self.frontier.size();
                    self.problem(Some(number), Some(offset), Some((at, at + 1)), Wrong::Frame(damage));
                    // Its record is counted, so that those behind it keep their numbers; its hash can't be right.
                    self.push([0; 32]);
                }
                Step::End { offset } => {
                    self.report.bytes += offset;
                    passed.offset = offset;
                    return Ok(passed);
                }
            }
        }
    }

    fn frame(&mut self, segment: u32, frame: &Scanned<'_>) {
        match frame.kind {
            FrameKind::Record => self.push(leaf_hash(frame.payload)),
            FrameKind::Control => {
                self.push(leaf_hash(frame.payload));
                self.control(frame.payload);
            }
            FrameKind::Checkpoint => self.checkpoint(segment, frame),
            FrameKind::Blob => {}
        }
    }

    fn push(&mut self, leaf: Hash) {
        self.frontier.push(leaf);
        self.since.push(leaf);
        self.report.records += 1;
        while self.expected.last().is_some_and(|expected| expected.checkpoint.size <= self.frontier.size()) {
            let Some(expected) = self.expected.pop() else { break };
            let same_size = expected.checkpoint.size == self.frontier.size();
            if same_size && expected.checkpoint.root != self.frontier.root() {
                self.not_what_was_signed(None, None, expected.by);
            }
        }
    }

    /// A rotation announces the key that signs from here on; the old one is still good until the new one has signed.
    fn control(&mut self, payload: &[u8]) {
        let Ok(record) = Record::decode(payload) else { return };
        let Body::Ledger(notice) = record.event.what else { return };
        if notice.op == LedgerOp::KeyRotated {
            let announced = notice.key.as_deref().and_then(|key| Verifier::parse(key).ok());
            self.keys.extend(announced.filter(|key| self.keys.first().is_some_and(|first| first.name() == key.name())));
        }
        if let (LedgerOp::RecordsPruned, Some(first), Some(count)) = (notice.op, notice.first, notice.count) {
            self.announced.push((first, first.saturating_add(count)));
        }
    }

    fn checkpoint(&mut self, segment: u32, frame: &Scanned<'_>) {
        self.report.checkpoints += 1;
        let text = String::from_utf8_lossy(frame.payload);
        match self.open_checkpoint(&text) {
            Err(what) => self.problem(Some(segment), Some(frame.offset), None, Wrong::Signature(what)),
            Ok(signed) if signed.size == self.frontier.size() && signed.root == self.frontier.root() => {
                self.since.clear();
            }
            Ok(_) => {
                self.not_what_was_signed(Some(segment), Some(frame.offset), "the log's own checkpoint".to_owned());
                self.since.clear();
            }
        }
    }

    /// Opens a checkpoint with the current key or with one that was announced; the latter is then the current one.
    fn open_checkpoint(&mut self, note: &str) -> Result<Checkpoint, String> {
        let mut last = String::from("no key is known");
        for (position, key) in self.keys.iter().enumerate() {
            match Checkpoint::open(note, key) {
                Ok(checkpoint) => {
                    self.keys.drain(..position);
                    return Ok(checkpoint);
                }
                Err(error) => last = error.to_string(),
            }
        }
        Err(last)
    }

    /// Reports that the tree is wrong, as closely as the stored tiles can tell where.
    fn not_what_was_signed(&mut self, segment: Option<u32>, offset: Option<u64>, by: String) {
        if self.report.problems.iter().any(|problem| matches!(problem.what, Wrong::Frame(_) | Wrong::SegmentMissing)) {
            return;
        }
        let end = self.frontier.size();
        let records = self.first_suspect().unwrap_or((end, end));
        self.problem(segment, offset, Some(records), Wrong::NotWhatWasSigned { by });
    }

    /// The first record since the last good checkpoint that may not be what it was: exactly, where the stored tiles
    /// still know its hash; otherwise all of them. `None` if the tiles know them all and all are as they were.
    fn first_suspect(&self) -> Option<(u64, u64)> {
        let end = self.frontier.size();
        let first = end - self.since.len() as u64;
        let tiles = Tiles::cache(self.disk.clone(), &self.ledger);
        for (index, leaf) in (first..end).zip(&self.since) {
            match tiles.leaf(index) {
                Some(kept) if kept == *leaf => {}
                Some(_) => return Some((index, index + 1)),
                None => return Some((index, end)),
            }
        }
        None
    }

    /// What lies behind the end: nothing, or what a writer that died left there.
    fn look_behind(&mut self, segment: &Segment, end: u64) -> Result<(), LedgerError> {
        let mut buffer = vec![0; 1 << 20];
        let mut offset = end;
        while offset < segment.capacity {
            let read = segment.read_at(&mut buffer, offset)?;
            let bytes = buffer.get(..read).unwrap_or_default();
            if let Some(at) = bytes.iter().position(|&byte| byte != 0) {
                let at = offset + at as u64;
                self.report.remarks.push(format!(
                    "segment {} holds bytes behind its end, at {at}: a write that was never acknowledged",
                    segment.header.number
                ));
                return Ok(());
            }
            if read == 0 {
                return Ok(());
            }
            offset += read as u64;
        }
        Ok(())
    }

    fn finish(mut self) -> Verification {
        if let Some(head) = self.head.take() {
            self.check_head(&head);
        }
        self.check_dropped();
        let found = self.frontier.size();
        for expected in std::mem::take(&mut self.expected) {
            let what = Wrong::Shorter { found, signed: expected.checkpoint.size, by: expected.by };
            self.problem(None, None, Some((found, expected.checkpoint.size)), what);
        }
        self.report.root = self.frontier.root();
        self.report
    }

    /// Records may be missing only where the log itself says that they were dropped.
    fn check_dropped(&mut self) {
        for (first, end) in std::mem::take(&mut self.dropped) {
            if !self.announced.iter().any(|&(from, to)| from <= first && end <= to) {
                self.problem(None, None, Some((first, end)), Wrong::DroppedWithoutNotice);
            }
        }
    }

    fn check_head(&mut self, head: &Head) {
        let signed = match self.open_checkpoint(&head.checkpoint) {
            Ok(signed) => signed,
            Err(what) => return self.problem(None, None, None, Wrong::Signature(format!("the head's: {what}"))),
        };
        self.report.signed_by = self.keys.first().cloned();
        let found = self.frontier.size();
        if signed.size != head.size() || signed.root != head.frontier.root() {
            self.problem(
                None,
                None,
                None,
                Wrong::Head("it speaks of another tree than its signed checkpoint".to_owned()),
            );
        }
        if signed.size > found {
            let first = self.first_suspect().map_or(found, |(first, _)| first);
            let what = Wrong::Shorter { found, signed: signed.size, by: "the log itself".to_owned() };
            self.problem(None, None, Some((first, signed.size)), what);
        } else if signed.size < found || signed.root != self.frontier.root() {
            self.not_what_was_signed(None, None, "the log's head".to_owned());
        }
        if let Err(error) = keys::signer(self.disk.as_ref(), &self.root) {
            self.report.remarks.push(format!("nothing can be appended: {error}"));
        }
    }

    fn problem(&mut self, segment: Option<u32>, offset: Option<u64>, records: Option<(u64, u64)>, what: Wrong) {
        match self.report.problems.len().cmp(&MOST) {
            std::cmp::Ordering::Less => self.report.problems.push(Problem { segment, offset, records, what }),
            std::cmp::Ordering::Equal
                if self.report.remarks.last().is_none_or(|last| !last.starts_with("there are more")) =>
            {
                self.report.remarks.push("there are more problems than are listed here".to_owned());
            }
            std::cmp::Ordering::Equal | std::cmp::Ordering::Greater => {}
        }
    }
}

/// Where the walk over a segment ended.
#[derive(Debug, Clone, Copy)]
struct Passed {
    offset: u64,
    chain: u32,
}
