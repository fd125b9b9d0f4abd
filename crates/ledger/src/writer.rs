//! The one place that writes records. Whoever appends, in whichever process, comes through here with the lock held.
//!
//! A batch becomes part of the log in three steps: its frames are written behind the last one, they are synced, and
//! the head is moved over them. Only then is anybody told. A crash between any two steps leaves frames behind the
//! head; the next writer takes the whole ones up and clears away the rest.

use crate::disk::{Disk, DiskLock};
use crate::error::LedgerError;
use crate::frame::{self, FrameKind};
use crate::head::{Head, HeadFile, Slots};
use crate::keys;
use crate::merkle::{Hash, leaf_hash};
use crate::note::{Checkpoint, Signer};
use crate::recover;
use crate::segment::{self, Room, Segment, SegmentHeader};
use std::path::PathBuf;
use std::sync::Arc;

/// Records between two checkpoint frames, at most one batch more. They bound the range that damage can be hidden in.
const CHECKPOINT_EVERY: u32 = 256;

/// A record that is ready to be written.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) kind: FrameKind,
    pub(crate) bytes: Vec<u8>,
    pub(crate) leaf: Hash,
    /// Sealed content that the record commits to.
    pub(crate) blobs: Vec<Vec<u8>>,
}

impl Entry {
    /// An entry without sealed content.
    pub(crate) fn new(kind: FrameKind, bytes: Vec<u8>) -> Self {
        let leaf = leaf_hash(&bytes);
        Self { kind, bytes, leaf, blobs: Vec::new() }
    }

    /// Bytes that the entry takes in a segment.
    pub(crate) fn length(&self) -> usize {
        self.blobs.iter().map(|blob| frame::HEADER + blob.len()).sum::<usize>() + frame::HEADER + self.bytes.len()
    }
}

/// What is known about the end of the log.
#[derive(Debug)]
pub(crate) struct Tail {
    pub(crate) head: Head,
    pub(crate) segment: Segment,
}

/// Frames that are ready to be written behind a tail, and the tail that they lead to.
struct Batch {
    frames: Vec<u8>,
    after: Head,
}

#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) root: PathBuf,
    pub(crate) ledger: PathBuf,
    pub(crate) head_file: HeadFile,
    pub(crate) signer: Signer,
    pub(crate) boot: String,
    segment_size: u64,
    lock: Box<dyn DiskLock>,
    /// What this process knows of the tail; `None` after an error, when only the files know.
    tail: Option<Tail>,
}

/// Whether a checkpoint frame follows a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checkpointing {
    /// After enough records.
    WhenDue,
    /// In any case.
    Now,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Committed {
    /// Index of the first record of the batch.
    pub(crate) first: u64,
    /// The number of the segment that was closed early because writing to it failed.
    pub(crate) sealed: Option<u32>,
    /// How much room is left in the segment.
    pub(crate) room: u64,
}

impl Writer {
    pub(crate) fn open(disk: Arc<dyn Disk>, root: PathBuf, segment_size: u64) -> Result<Self, LedgerError> {
        let ledger = crate::folder(&root);
        let head_file = HeadFile::open(disk.as_ref(), &ledger, false)?;
        let signer = keys::signer(disk.as_ref(), &root)?;
        let lock = open_lock(disk.as_ref(), &ledger)?;
        let boot = disk.boot();
        Ok(Self { disk, root, ledger, head_file, signer, boot, segment_size, lock, tail: None })
    }

    /// Writes a batch and returns once it is durable.
    pub(crate) fn commit(&mut self, entries: &[Entry]) -> Result<Committed, LedgerError> {
        self.locked(|writer| writer.commit_locked(entries, Checkpointing::WhenDue))
    }

    /// Brings the files into order after a crash, without writing a record.
    pub(crate) fn settle(&mut self) -> Result<u64, LedgerError> {
        self.locked(Self::size)
    }

    /// How many records there are. The lock must be held.
    pub(crate) fn size(&mut self) -> Result<u64, LedgerError> {
        let tail = self.refresh()?;
        let size = tail.head.size();
        self.tail = Some(tail);
        Ok(size)
    }

    /// The disk and the folder that are written to.
    pub(crate) fn place(&self) -> (Arc<dyn Disk>, PathBuf) {
        (self.disk.clone(), self.ledger.clone())
    }

    /// Runs `work` while no other process writes.
    pub(crate) fn locked<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let lock_path = self.ledger.join("lock");
        self.lock.acquire().map_err(LedgerError::io("lock", &lock_path))?;
        let result = self.stay_current().and_then(|()| work(self));
        if result.is_err() {
            self.tail = None;
        }
        self.lock.release().map_err(LedgerError::io("unlock", &lock_path))?;
        result
    }

    /// Makes sure that the files that are open are still the ledger. What would be written to a folder that was taken
    /// away or exchanged would be lost.
    fn stay_current(&mut self) -> Result<(), LedgerError> {
        let current = self.head_file.is_current()?;
        if !current {
            self.head_file = HeadFile::open(self.disk.as_ref(), &self.ledger, false)?;
        }
        let moved = |tail: &mut Tail| !current || !tail.segment.is_current();
        self.tail.take_if(moved);
        Ok(())
    }

    pub(crate) fn commit_locked(
        &mut self,
        entries: &[Entry],
        checkpointing: Checkpointing,
    ) -> Result<Committed, LedgerError> {
        let mut tail = self.refresh()?;
        let first = tail.head.size();
        let before = tail.segment.header.number;
        let batch = self.build(&tail.head, entries, checkpointing);
        let fits = tail.head.offset + batch.frames.len() as u64 <= tail.segment.capacity;
        let failed = if fits { write_frames(&tail.segment, tail.head.offset, &batch.frames).is_err() } else { false };
        if failed {
            // Nobody was told of these frames. Take them away if the disk lets us, so that they are not taken up later.
            let zeros = vec![0; batch.frames.len()];
            tail.segment.file.write_at(&zeros, tail.head.offset).ok();
        }
        if !fits || failed {
            tail.segment = self.next_segment(&tail, batch.frames.len() as u64)?;
            tail.head.offset = segment::HEADER;
            write_frames(&tail.segment, segment::HEADER, &batch.frames)?;
        }
        let moved = tail.segment.header.number != before;
        let mut head = batch.after;
        head.segment = tail.segment.header.number;
        head.offset = tail.head.offset + batch.frames.len() as u64;
        self.write_head(&mut head, moved)?;
        let room = tail.segment.capacity - head.offset;
        tail.head = head;
        self.tail = Some(tail);
        Ok(Committed { first, sealed: failed.then_some(before), room })
    }

    /// What the end of the log is now: as remembered if nobody wrote since, otherwise as the files say.
    fn refresh(&mut self) -> Result<Tail, LedgerError> {
        let claimed = self.head_file.claimed_sequence()?;
        if let Some(tail) = self.tail.take_if(|tail| claimed == Some(tail.head.sequence)) {
            return recover::settle(self, tail);
        }
        let Slots { newest: mut head, anchored, .. } = self.head_file.read()?;
        if !anchored {
            // INVARIANT: nothing is acknowledged in a segment that the durable head does not know.
            self.believe(&mut head)?;
            self.write_head(&mut head, true)?;
        }
        let tail = match self.tail.take() {
            Some(Tail { segment, .. }) if segment.header.number == head.segment => {
                self.believe(&mut head)?;
                Tail { head, segment }
            }
            Some(_) | None => {
                self.believe(&mut head)?;
                let segment = Segment::open(self.disk.as_ref(), &self.ledger, head.segment, false)?;
                Tail { head, segment }
            }
        };
        recover::settle(self, tail)
    }

    /// Checks that the head was signed with our key. After a rotation by another process, the key is read again.
    fn believe(&mut self, head: &mut Head) -> Result<(), LedgerError> {
        if self.signed_by_us(head) {
            return Ok(());
        }
        self.signer = keys::signer(self.disk.as_ref(), &self.root)?;
        if self.signed_by_us(head) {
            return Ok(());
        }
        // A rotation that was interrupted after its record was written, but before the new key took its name.
        if let Some(drafted) = keys::drafted(self.disk.as_ref(), &self.root) {
            self.signer = drafted;
            if self.signed_by_us(head) {
                return self.confirm_key(head);
            }
        }
        Err(LedgerError::damaged(HeadFile::path(&self.ledger), "it is not signed with the key of this ledger"))
    }

    /// Gives the drafted key, which signed `head`, its name. The head is made durable first: were it lost with the
    /// caches, what is left would be signed by a key that is gone.
    fn confirm_key(&self, head: &mut Head) -> Result<(), LedgerError> {
        self.write_head(head, true)?;
        keys::confirm(self.disk.as_ref(), &self.root)
    }

    /// Completes a rotation whose key already signs but has not taken its name: drafting another would destroy it.
    pub(crate) fn finish_rotation(&mut self) -> Result<(), LedgerError> {
        let mut tail = self.refresh()?;
        let named = keys::signer(self.disk.as_ref(), &self.root)?;
        if named.verifier() != self.signer.verifier() {
            self.confirm_key(&mut tail.head)?;
        }
        self.tail = Some(tail);
        Ok(())
    }

    fn signed_by_us(&self, head: &Head) -> bool {
        // Signing again gives the same bytes and takes a third of the time that checking a signature does.
        self.checkpoint(head) == head.checkpoint
    }

    fn build(&self, head: &Head, entries: &[Entry], checkpointing: Checkpointing) -> Batch {
        let mut frames = Vec::with_capacity(entries.iter().map(Entry::length).sum::<usize>() + 512);
        let mut after = head.clone();
        for entry in entries {
            for blob in &entry.blobs {
                after.chain = frame::write(&mut frames, after.chain, FrameKind::Blob, blob);
            }
            after.chain = frame::write(&mut frames, after.chain, entry.kind, &entry.bytes);
            after.frontier.push(entry.leaf);
            after.unchecked = after.unchecked.saturating_add(1);
        }
        after.checkpoint = self.checkpoint(&after);
        if after.unchecked >= CHECKPOINT_EVERY || checkpointing == Checkpointing::Now {
            after.chain = frame::write(&mut frames, after.chain, FrameKind::Checkpoint, after.checkpoint.as_bytes());
            after.unchecked = 0;
        } else {
            let signature = Checkpoint::bare_signature(&after.checkpoint);
            after.chain = frame::write(&mut frames, after.chain, FrameKind::Commit, signature.as_bytes());
        }
        after.sequence += 1;
        after.boot.clone_from(&self.boot);
        Batch { frames, after }
    }

    /// Signs with another key from now on, beginning with the head as it is.
    pub(crate) fn sign_with(&mut self, signer: Signer) -> Result<(), LedgerError> {
        let mut tail = self.refresh()?;
        self.signer = signer;
        tail.head.checkpoint = self.checkpoint(&tail.head);
        tail.head.sequence += 1;
        self.write_head(&mut tail.head, true)?;
        self.tail = Some(tail);
        Ok(())
    }

    /// The signed checkpoint of the records that `head` stands for.
    pub(crate) fn checkpoint(&self, head: &Head) -> String {
        let origin = self.signer.verifier().name().to_owned();
        Checkpoint { origin, size: head.size(), root: head.frontier.root() }.sign(&self.signer)
    }

    /// The segment after the one that `tail` is in, which ends where `tail` is.
    pub(crate) fn next_segment(&self, tail: &Tail, needed: u64) -> Result<Segment, LedgerError> {
        let header = SegmentHeader {
            number: tail.segment.header.number + 1,
            first: tail.head.size(),
            previous_end: tail.head.offset,
            chain: tail.head.chain,
            root: tail.head.frontier.root(),
        };
        // One segment may be there already: its writer died before the head knew of it. The one after that may not.
        let later = header.number + 1;
        if segment::numbers(self.disk.as_ref(), &self.ledger)?.iter().any(|&number| number >= later) {
            let what =
                format!("it was set back: it ends in segment {}, and {later} is there", tail.segment.header.number);
            return Err(LedgerError::damaged(HeadFile::path(&self.ledger), what));
        }
        Segment::create(self.disk.as_ref(), &self.ledger, header, Room { needed, unit: self.segment_size })
    }

    /// Moves the head. Where it enters another segment it is made durable, so that after a power loss no record that
    /// was acknowledged can lie in a segment that the head knows nothing of.
    pub(crate) fn write_head(&self, head: &mut Head, durable: bool) -> Result<(), LedgerError> {
        let mut write = || if durable { self.head_file.write_durably(head) } else { self.head_file.write(head) };
        // Once more after an error: writing makes the page dirty again, so that this is no retry of a failed sync.
        write().or_else(|_| write())
    }
}

pub(crate) fn open_lock(disk: &dyn Disk, ledger: &std::path::Path) -> Result<Box<dyn DiskLock>, LedgerError> {
    let path = ledger.join("lock");
    disk.open_lock(&path).map_err(LedgerError::io("open", path))
}

pub(crate) fn write_frames(segment: &Segment, offset: u64, frames: &[u8]) -> Result<(), LedgerError> {
    segment.file.write_at(frames, offset).map_err(LedgerError::io("write", &segment.path))?;
    segment.file.sync().map_err(LedgerError::io("sync", &segment.path))
}
