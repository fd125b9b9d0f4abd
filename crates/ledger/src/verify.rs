//! Checks all of a log: every byte, every checksum, every hash, every signature; and says where it is wrong.
//!
//! What a crash leaves behind is told apart from what somebody did: unfinished frames behind the head are a remark,
//! anything missing or changed before it is a problem.

mod findings;
mod tree;

pub use findings::{Problem, Verification, Witnessed, Wrong};

use crate::disk::Disk;
use crate::error::{Damage, LedgerError};
use crate::frame::FrameKind;
use crate::head::{Head, HeadFile};
use crate::keys;
use crate::merkle::{Frontier, Hash, leaf_hash};
use crate::note::Verifier;
use crate::pruned::{Piece, Pruned};
use crate::scan::{Scanned, SegmentScan, Step};
use crate::sealed::Sealed;
use crate::segment::{self, Segment, SegmentHeader};
use portcullis_event::{Body, LedgerOp, Record};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// After this many problems the report says only that there are more.
const MOST: usize = 100;

/// How far is looked behind the end of the log.
const FAR_ENOUGH: u64 = 2 * segment::LARGE;

/// How often a walk goes on to a newer end of the log, to find there that records were dropped meanwhile.
const EXTENSIONS: u32 = 100;

/// Checks the log in `root` against itself and against what was `witnessed`.
pub fn verify(disk: &Arc<dyn Disk>, root: &Path, witnessed: &[Witnessed]) -> Result<Verification, LedgerError> {
    let ledger = crate::folder(root);
    let mut walk = Walk::new(disk.clone(), root, ledger, witnessed)?;
    walk.segments()?;
    for _ in 0..EXTENSIONS {
        if !walk.go_on()? {
            break;
        }
    }
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
    /// Leaves since the last checkpoint that was right, or the first of them; damage is located among them.
    since: Vec<Hash>,
    /// Where `since` begins.
    since_first: u64,
    /// How far somebody else agrees.
    agreed: u64,
    /// Sealed content before the next record.
    sealed: Sealed,
    /// Where the walk over the last segment ended.
    place: Option<Passed>,
    expected: Vec<Witnessed>,
    /// Ranges of records that are gone, and ranges that the log says were dropped.
    dropped: Vec<(u64, u64)>,
    announced: Vec<(u64, u64)>,
    report: Verification,
}

impl Walk {
    fn new(disk: Arc<dyn Disk>, root: &Path, ledger: PathBuf, witnessed: &[Witnessed]) -> Result<Self, LedgerError> {
        let genesis = keys::genesis(disk.as_ref(), root)?;
        // Everybody agrees about a log without records.
        let mut expected: Vec<Witnessed> =
            witnessed.iter().filter(|witnessed| witnessed.checkpoint.size > 0).cloned().collect();
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
        let (since_first, agreed, sealed, place) = (0, 0, Sealed::default(), None);
        Ok(Self {
            disk,
            root,
            ledger,
            head,
            keys,
            frontier,
            since,
            since_first,
            agreed,
            sealed,
            place,
            expected,
            dropped,
            announced,
            report,
        })
    }

    fn segments(&mut self) -> Result<(), LedgerError> {
        let present = segment::numbers(self.disk.as_ref(), &self.ledger)?;
        let last = self.head.as_ref().map(|head| head.segment).or(present.last().copied()).unwrap_or(0);
        let mut before: Option<Passed> = None;
        let mut next = 1;
        for number in present.iter().copied().filter(|number| (1..=last).contains(number)) {
            self.missing(next..number);
            let before_it = if next == number { before } else { None };
            before = self.segment(number, last, before_it)?;
            next = number + 1;
        }
        self.missing(next..last + 1);
        self.place = before.filter(|_| next == last + 1);
        self.check_end(&present, last)
    }

    /// Reports segments that are not there. There can be billions of them if the head was forged.
    fn missing(&mut self, numbers: std::ops::Range<u32>) {
        for number in numbers.take(MOST + 1) {
            self.problem(Some(number), None, None, Wrong::SegmentMissing);
        }
    }

    /// Looks at what lies behind the end: nothing, what a writer that died left there, or signs that the head is not
    /// the newest one that there was.
    fn check_end(&mut self, present: &[u32], last: u32) -> Result<(), LedgerError> {
        let mut remarks = Vec::new();
        if let (Some(head), Ok(Piece::Whole(segment))) =
            (&self.head, Piece::open(self.disk.as_ref(), &self.ledger, last, true))
        {
            remarks.extend(look_behind(&segment, head.offset)?);
        }
        if let Some(number) = present.iter().find(|&&number| number > last) {
            remarks.push(format!("segment {number} was begun and not used: its writer is at work, or died"));
        }
        if self.newer_head().is_some() {
            // Others write at this moment. What lies behind the end is theirs.
            return Ok(());
        }
        self.report.remarks.append(&mut remarks);
        if let Some(number) = present.iter().find(|&&number| self.head.is_some() && number > last + 1) {
            let what = format!("it was set back: it ends in segment {last}, and {number} is there");
            self.problem(None, None, None, Wrong::Head(what));
        }
        Ok(())
    }

    /// The head as it is now, if it has moved since it was read.
    fn newer_head(&self) -> Option<Head> {
        let now = HeadFile::open(self.disk.as_ref(), &self.ledger, true).and_then(|file| file.read()).ok()?.newest;
        self.head.as_ref().is_some_and(|head| now.sequence > head.sequence).then_some(now)
    }

    /// Whoever drops records says so first. If records are gone and the walk met no word of it, the word lies behind
    /// the end that the log had when the walk began: the walk goes on to the end that it has now. Returns whether that
    /// was done.
    fn go_on(&mut self) -> Result<bool, LedgerError> {
        let (Some(place), Some(head)) = (self.place, self.head.clone()) else { return Ok(false) };
        if self.dropped.iter().all(|range| self.is_announced(*range)) {
            return Ok(false);
        }
        let Some(newer) = self.newer_head() else { return Ok(false) };
        let last = newer.segment;
        self.head = Some(newer);
        let mut before = self.rest_of_segment(head.segment, last, place)?;
        for number in head.segment + 1..=last {
            before = self.segment(number, last, before)?;
        }
        self.place = before;
        Ok(self.place.is_some())
    }

    /// Walks over what was appended to a segment since it was walked over.
    fn rest_of_segment(&mut self, number: u32, last: u32, place: Passed) -> Result<Option<Passed>, LedgerError> {
        match Piece::open(self.disk.as_ref(), &self.ledger, number, true)? {
            Piece::Whole(segment) => {
                let end = self.end_of(number, last).unwrap_or(segment.capacity);
                let passed = self.frames(&segment, place, end)?;
                Ok((passed.offset >= end).then_some(passed))
            }
            Piece::Pruned(pruned) => {
                let seen =
                    usize::try_from(self.frontier.size().saturating_sub(pruned.header.first)).unwrap_or(usize::MAX);
                Ok(Some(self.leaves(&pruned, seen)))
            }
        }
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
        let start = Passed { offset: segment::HEADER, chain: segment.header.chain };
        let passed = self.frames(&segment, start, end)?;
        if known_end.is_some() && passed.offset < end {
            let records = Some((self.frontier.size(), self.frontier.size() + 1));
            self.problem(Some(number), Some(passed.offset), records, Wrong::Frame(Damage::Length));
        }
        Ok(Some(passed))
    }

    /// Walks what is left of a segment whose records were dropped. The hashes are as good as the records for the tree.
    fn pruned(&mut self, pruned: &Pruned, before: Option<Passed>) -> Passed {
        self.report.segments += 1;
        self.check_header(&pruned.header, before);
        self.leaves(pruned, 0)
    }

    /// Counts the hashes of a segment's remains, without those that were seen already.
    fn leaves(&mut self, pruned: &Pruned, seen: usize) -> Passed {
        let first = self.frontier.size();
        if first == 0 {
            self.first_record(pruned.notice(0));
        }
        let new = pruned.leaves.get(seen..).unwrap_or_default();
        for leaf in new {
            self.push(*leaf);
        }
        for (position, notice) in &pruned.notices {
            let position = usize::try_from(*position).unwrap_or(usize::MAX);
            if position < seen {
                continue;
            }
            if pruned.leaves.get(position) == Some(&leaf_hash(notice)) {
                self.control(notice);
            } else {
                let at = first + (position - seen) as u64;
                self.problem(Some(pruned.header.number), None, Some((at, at + 1)), Wrong::Frame(Damage::Checksum));
            }
        }
        self.report.pruned += new.len() as u64;
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

    fn frames(&mut self, segment: &Segment, start: Passed, end: u64) -> Result<Passed, LedgerError> {
        let number = segment.header.number;
        let mut passed = start;
        let mut scan = SegmentScan::from(segment, start.offset, start.chain, end);
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
                    self.sealed.clear();
                }
                Step::End { offset } => {
                    self.report.bytes += offset - if start.offset == segment::HEADER { 0 } else { start.offset };
                    passed.offset = offset;
                    if !self.sealed.is_empty() {
                        self.content(number, offset);
                        self.sealed.clear();
                    }
                    return Ok(passed);
                }
            }
        }
    }

    fn frame(&mut self, segment: u32, frame: &Scanned<'_>) {
        match frame.kind {
            FrameKind::Record | FrameKind::Control => {
                if !self.sealed.fit(frame.payload) {
                    self.content(segment, frame.offset);
                }
                let notice = (frame.kind == FrameKind::Control).then_some(frame.payload);
                if self.frontier.size() == 0 {
                    self.first_record(notice);
                }
                self.push(leaf_hash(frame.payload));
                if let Some(notice) = notice {
                    self.control(notice);
                }
            }
            FrameKind::Checkpoint => self.checkpoint(segment, frame),
            FrameKind::Blob => self.sealed.push(frame.payload),
            // It speaks to whoever goes on after a crash; what it signs is in the next checkpoint, too.
            FrameKind::Commit => {}
        }
    }

    /// The first record names the first key. It is what ties the key to the tree, and so to everything that others have
    /// seen of the tree: without it, the same records could be signed anew with another key.
    fn first_record(&mut self, notice: Option<&[u8]>) {
        let named = notice.and_then(|notice| Record::decode(notice).ok()).and_then(|record| {
            let Body::Ledger(notice) = record.event.what else { return None };
            notice.key.filter(|_| notice.op == LedgerOp::Created)
        });
        let first = self.keys.first().map(ToString::to_string);
        if named != first {
            let what = "the first record does not name the key that the log begins with".to_owned();
            self.problem(None, None, Some((0, 1)), Wrong::Signature(what));
        }
    }

    /// The sealed content of the record that comes next is not what it commits to.
    fn content(&mut self, segment: u32, offset: u64) {
        let at = self.frontier.size();
        self.problem(Some(segment), Some(offset), Some((at, at + 1)), Wrong::Content);
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
            if !self.is_announced((first, end)) {
                self.problem(None, None, Some((first, end)), Wrong::DroppedWithoutNotice);
            }
        }
    }

    fn is_announced(&self, (first, end): (u64, u64)) -> bool {
        self.announced.iter().any(|&(from, to)| from <= first && end <= to)
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

/// A remark about bytes behind the end of the log, if there are any.
fn look_behind(segment: &Segment, end: u64) -> Result<Option<String>, LedgerError> {
    let mut buffer = vec![0; 1 << 20];
    let mut offset = end;
    while offset < segment.capacity.min(end.saturating_add(FAR_ENOUGH)) {
        let read = segment.read_at(&mut buffer, offset)?;
        let bytes = buffer.get(..read).unwrap_or_default();
        if let Some(at) = bytes.iter().position(|&byte| byte != 0) {
            return Ok(Some(format!(
                "segment {} holds bytes behind its end, at {}: a write that is under way, or whose writer died",
                segment.header.number,
                offset + at as u64
            )));
        }
        if read == 0 {
            break;
        }
        offset += read as u64;
    }
    Ok(None)
}
