//! Group commit: many threads append at once, and one sync serves them all.
//!
//! Whoever finds no batch to join begins one, and writes it as soon as the batch before it is durable; until then others
//! join. All of a batch are told at once. Between processes the same happens through the lock. There is no daemon
//! and, for a process that writes one record and exits, no second thread.

use crate::error::LedgerError;
use crate::notice;
use crate::segment;
use crate::writer::{Checkpointing, Committed, Entry, Writer};
use portcullis_event::{LedgerNotice, LedgerOp, Timestamp};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// A batch is written once it has this many bytes, even if more has gathered.
const BATCH_BYTES: usize = 1 << 20;

/// How long a batch stays open for those who appended last time to come back.
const LINGER: Duration = Duration::from_micros(150);

/// The writer of this process and those who wait for it.
#[derive(Debug)]
pub(crate) struct Group {
    queue: Mutex<Queue>,
    writer: Mutex<Writer>,
    preparing: Arc<AtomicBool>,
    now: fn() -> Timestamp,
}

#[derive(Debug, Default)]
struct Queue {
    gathering: VecDeque<Gathering>,
    /// How many waited for the last batch that was taken.
    last_batch: usize,
}

/// A batch that can still be joined.
#[derive(Debug)]
struct Gathering {
    entries: Vec<Entry>,
    bytes: usize,
    waiting: usize,
    outcome: Arc<Outcome>,
}

/// The index of the first record of a batch, or why there is none. All who wait for it are woken at once.
type Outcome = OnceLock<Result<u64, Arc<LedgerError>>>;

/// One's place in a batch.
struct Joined {
    outcome: Arc<Outcome>,
    /// How many entries come before one's own.
    before: u64,
    /// Whether one began the batch and therefore has to see to it that a batch is written.
    began: bool,
}

/// A lock that a panicking thread held protects nothing that could be half done: the queue is only moved in whole
/// pieces, and the writer forgets what it knows after an error.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Group {
    pub(crate) fn new(writer: Writer, now: fn() -> Timestamp) -> Self {
        Self { queue: Mutex::default(), writer: Mutex::new(writer), preparing: Arc::default(), now }
    }

    /// The writer, for work that is not a batch.
    pub(crate) fn writer(&self) -> MutexGuard<'_, Writer> {
        lock(&self.writer)
    }

    /// Hands entries in and waits until they are durable. Returns the index of the first.
    pub(crate) fn submit(&self, entries: Vec<Entry>) -> Result<u64, LedgerError> {
        let Joined { outcome, before, began } = self.join(entries);
        if began {
            self.write_next();
        }
        match outcome.wait() {
            Ok(first) => Ok(first + before),
            Err(error) => Err(LedgerError::Batch(error.to_string())),
        }
    }

    fn join(&self, entries: Vec<Entry>) -> Joined {
        let bytes = entries.iter().map(Entry::length).sum::<usize>();
        let mut queue = lock(&self.queue);
        if let Some(last) = queue.gathering.back_mut().filter(|last| last.bytes < BATCH_BYTES) {
            let before = last.entries.len() as u64;
            last.entries.extend(entries);
            last.bytes += bytes;
            last.waiting += 1;
            return Joined { outcome: last.outcome.clone(), before, began: false };
        }
        let outcome = Arc::new(OnceLock::new());
        queue.gathering.push_back(Gathering { entries, bytes, waiting: 1, outcome: outcome.clone() });
        Joined { outcome, before: 0, began: true }
    }

    /// Writes the batch that has waited longest. It is taken when nobody else writes any more, in this process or
    /// another: whoever comes until then is still served by the same sync.
    fn write_next(&self) {
        let mut taken = None;
        let result = self.writer().locked(|writer| {
            self.linger();
            taken = self.take();
            // INVARIANT: each batch is written by one call, made by whoever began a batch, so there is one to take.
            let entries = taken.as_ref().map_or(&[][..], |batch| batch.entries.as_slice());
            writer.commit_locked(entries, Checkpointing::WhenDue)
        });
        // If the lock between processes could not be had, nothing was taken yet.
        let Some(batch) = taken.or_else(|| self.take()) else { return };
        if let Ok(committed) = &result {
            self.look_ahead(*committed);
            self.report_sealed(*committed);
        }
        // INVARIANT: only who took the batch settles it, once.
        batch.outcome.set(result.map(|committed| committed.first).map_err(Arc::new)).ok();
    }

    /// Waits a moment for those who appended last time: they were told just now and are about to come back. One sync
    /// for all of them is cheaper than one for the first and another for the rest.
    fn linger(&self) {
        let start = Instant::now();
        loop {
            let queue = lock(&self.queue);
            let waiting = queue.gathering.front().map_or(0, |batch| batch.waiting);
            if queue.last_batch <= 1 || waiting >= queue.last_batch || start.elapsed() >= LINGER {
                return;
            }
            drop(queue);
            std::thread::yield_now();
        }
    }

    fn take(&self) -> Option<Gathering> {
        let mut queue = lock(&self.queue);
        let batch = queue.gathering.pop_front()?;
        queue.last_batch = batch.waiting;
        Some(batch)
    }

    /// Says on the record that a segment was closed because the disk failed. The records are safe in the next one; if
    /// the notice can't be written, whoever appends next hears of it.
    fn report_sealed(&self, committed: Committed) {
        let Some(number) = committed.sealed else { return };
        let mut notice = LedgerNotice::new(LedgerOp::SegmentSealed);
        notice.note = Some(format!("writing to segment {number} failed; the log goes on in the next one"));
        if let Ok(entry) = notice::entry((self.now)(), notice) {
            self.writer().commit(&[entry]).ok();
        }
    }

    /// Has the next segment made ready by another thread, once this one is so full that it will soon be needed.
    fn look_ahead(&self, committed: Committed) {
        let busy = lock(&self.queue).last_batch > 1;
        if !busy || committed.room > segment::LARGE / 2 || self.preparing.swap(true, Ordering::AcqRel) {
            return;
        }
        let (disk, ledger) = self.writer().place();
        let preparing = self.preparing.clone();
        let spawned = std::thread::Builder::new().name("ledger-prepare".to_owned()).spawn(move || {
            // If it fails, the segment is made by whoever needs it, who then hears of the error.
            segment::prepare(disk.as_ref(), &ledger).ok();
            preparing.store(false, Ordering::Release);
        });
        if spawned.is_err() {
            self.preparing.store(false, Ordering::Release);
        }
    }
}
