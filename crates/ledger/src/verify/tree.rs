//! The part of a walk that is about the tree: which leaves there are, who signed how many of them, and where the tree
//! stopped being the one that was signed.

use super::{Walk, Wrong};
use crate::merkle::Hash;
use crate::note::{Checkpoint, Verifier};
use crate::notice;
use crate::scan::Scanned;
use crate::tiles::Tiles;
use portcullis_event::{Body, LedgerOp, Record};

/// Leaves that are remembered to say which of them was changed. Damage behind more of them is located less exactly.
const REMEMBERED: usize = 1 << 16;

impl Walk {
    pub(super) fn push(&mut self, leaf: Hash) {
        self.frontier.push(leaf);
        if self.since.len() < REMEMBERED {
            self.since.push(leaf);
        }
        self.report.records += 1;
        while self.expected.last().is_some_and(|expected| expected.checkpoint.size <= self.frontier.size()) {
            let Some(expected) = self.expected.pop() else { break };
            let same_size = expected.checkpoint.size == self.frontier.size();
            if same_size && expected.checkpoint.root != self.frontier.root() {
                self.not_what_was_witnessed(expected.by);
            } else if same_size {
                self.agreed = self.frontier.size();
            }
        }
    }

    /// A rotation announces the key that signs from here on; the old one is still good until the new one has signed.
    /// Anyone can write a record that looks like a notice: it counts if it is signed with a key that is good already.
    pub(super) fn control(&mut self, payload: &[u8]) {
        let Ok(record) = Record::decode(payload) else { return };
        let Body::Ledger(notice) = record.event.what else { return };
        if !notice::is_signed(&notice, &self.keys) {
            return;
        }
        if notice.op == LedgerOp::KeyRotated {
            let announced = notice.key.as_deref().and_then(|key| Verifier::parse(key).ok());
            self.keys.extend(announced.filter(|key| self.keys.first().is_some_and(|first| first.name() == key.name())));
        }
        if let (LedgerOp::RecordsPruned, Some(first), Some(count)) = (notice.op, notice.first, notice.count) {
            self.announced.push((first, first.saturating_add(count)));
        }
    }

    pub(super) fn checkpoint(&mut self, segment: u32, frame: &Scanned<'_>) {
        self.report.checkpoints += 1;
        let text = String::from_utf8_lossy(frame.payload);
        match self.open_checkpoint(&text) {
            Err(what) => self.problem(Some(segment), Some(frame.offset), None, Wrong::Signature(what)),
            Ok(signed) if signed.size == self.frontier.size() && signed.root == self.frontier.root() => {
                self.begin_anew();
            }
            Ok(_) => {
                self.not_what_was_signed(Some(segment), Some(frame.offset), "the log's own checkpoint".to_owned());
                self.begin_anew();
            }
        }
    }

    fn begin_anew(&mut self) {
        self.since.clear();
        self.since_first = self.frontier.size();
    }

    /// Opens a checkpoint with the current key or with one that was announced; the latter is then the current one.
    pub(super) fn open_checkpoint(&mut self, note: &str) -> Result<Checkpoint, String> {
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
    pub(super) fn not_what_was_signed(&mut self, segment: Option<u32>, offset: Option<u64>, by: String) {
        if self.report.problems.iter().any(|problem| matches!(problem.what, Wrong::Frame(_) | Wrong::SegmentMissing)) {
            return;
        }
        // If the stored tiles agree with what is there, they were changed as well.
        let records = self.first_suspect().unwrap_or((self.since_first, self.frontier.size()));
        self.problem(segment, offset, Some(records), Wrong::NotWhatWasSigned { by });
    }

    /// Reports that somebody else saw another tree. Our own signatures and tiles say nothing about where.
    fn not_what_was_witnessed(&mut self, by: String) {
        if self.report.problems.iter().any(|problem| matches!(problem.what, Wrong::Frame(_) | Wrong::SegmentMissing)) {
            return;
        }
        let records = (self.agreed, self.frontier.size());
        self.problem(None, None, Some(records), Wrong::NotWhatWasSigned { by });
    }

    /// The first record since the last good checkpoint that may not be what it was: exactly, where the stored tiles
    /// still know its hash; otherwise all of them. `None` if the tiles know them all and all are as they were.
    pub(super) fn first_suspect(&self) -> Option<(u64, u64)> {
        let end = self.frontier.size();
        let tiles = Tiles::cache(self.disk.clone(), &self.ledger);
        for (index, leaf) in (self.since_first..end).zip(&self.since) {
            match tiles.leaf(index) {
                Some(kept) if kept == *leaf => {}
                Some(_) => return Some((index, index + 1)),
                None => return Some((index, end)),
            }
        }
        let behind = self.since_first + self.since.len() as u64;
        (behind < end).then_some((behind, end))
    }
}
