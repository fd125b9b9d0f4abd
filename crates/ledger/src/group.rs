//! Group commit: many threads append at once, and one sync serves them all.
//!
//! One of them leads: it takes what has gathered, has it written and synced in one go, and tells the others. While it
//! waits for the disk the next batch gathers. Between processes the same happens through the lock. There is no daemon
//! and, for a process that writes one record and exits, no second thread.

use crate::error::LedgerError;
use crate::notice;
use crate::segment;
use crate::writer::{Committed, Entry, Writer};
use portcullis_event::{LedgerNotice, LedgerOp, Timestamp};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// A batch is written once it has this many bytes, even if more has gathered.
const BATCH_BYTES: usize = 1 << 20;

/// How many batches a thread leads for others after its own is done.
const ROUNDS: u32 = 16;

/// How long a leader waits for those who appended last time to come back, before it writes without them.
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
    waiting: Vec<Waiting>,
    leading: bool,
    last_batch: usize,
}

#[derive(Debug)]
struct Waiting {
    entries: Vec<Entry>,
    ticket: Arc<Ticket>,
}

#[derive(Debug)]
struct Ticket {
    thread: Thread,
    outcome: OnceLock<Result<u64, Arc<LedgerError>>>,
    lead: AtomicBool,
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
        let ticket =
            Arc::new(Ticket { thread: std::thread::current(), outcome: OnceLock::new(), lead: AtomicBool::new(false) });
        let lead = {
            let mut queue = lock(&self.queue);
            queue.waiting.push(Waiting { entries, ticket: ticket.clone() });
            !std::mem::replace(&mut queue.leading, true)
        };
        if lead {
            self.lead(&ticket);
        }
        loop {
            if let Some(outcome) = ticket.outcome.get() {
                return outcome.clone().map_err(|error| LedgerError::Batch(error.to_string()));
            }
            if ticket.lead.swap(false, Ordering::AcqRel) {
                self.lead(&ticket);
            } else {
                std::thread::park();
            }
        }
    }

    /// Writes batches until one's own is done and somebody else can lead, or nobody waits.
    fn lead(&self, mine: &Ticket) {
        let mut rounds = 0;
        loop {
            self.linger();
            let batch = self.take_batch();
            self.write_batch(batch);
            let mut queue = lock(&self.queue);
            let done = mine.outcome.get().is_some();
            if done && queue.waiting.is_empty() {
                queue.leading = false;
                return;
            }
            rounds += 1;
            if done && rounds >= ROUNDS {
                if let Some(next) = queue.waiting.first() {
                    next.ticket.lead.store(true, Ordering::Release);
                    next.ticket.thread.unpark();
                }
                return;
            }
        }
    }

    /// Waits a moment for those who appended last time: they were told just now and are about to come back. One sync
    /// for all of them is cheaper than one for the first and another for the rest.
    fn linger(&self) {
        let start = Instant::now();
        loop {
            let queue = lock(&self.queue);
            if queue.last_batch <= 1 || queue.waiting.len() >= queue.last_batch || start.elapsed() >= LINGER {
                return;
            }
            drop(queue);
            std::thread::yield_now();
        }
    }

    fn take_batch(&self) -> Vec<Waiting> {
        let mut queue = lock(&self.queue);
        let mut bytes = 0;
        let count = queue
            .waiting
            .iter()
            .take_while(|waiting| {
                let fits = bytes < BATCH_BYTES;
                bytes += waiting.entries.iter().map(Entry::length).sum::<usize>();
                fits
            })
            .count();
        let rest = queue.waiting.split_off(count);
        queue.last_batch = count;
        std::mem::replace(&mut queue.waiting, rest)
    }

    fn write_batch(&self, batch: Vec<Waiting>) {
        let mut entries = Vec::new();
        let mut tickets = Vec::with_capacity(batch.len());
        for waiting in batch {
            tickets.push((waiting.entries.len(), waiting.ticket));
            entries.extend(waiting.entries);
        }
        let result = self.writer().commit(&entries);
        match result {
            Ok(committed) => {
                self.look_ahead(committed);
                self.report_sealed(committed);
                let mut index = committed.first;
                for (count, ticket) in tickets {
                    ticket.settle(Ok(index));
                    index += count as u64;
                }
            }
            Err(error) => {
                let error = Arc::new(error);
                for (_, ticket) in tickets {
                    ticket.settle(Err(error.clone()));
                }
            }
        }
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

impl Ticket {
    fn settle(&self, outcome: Result<u64, Arc<LedgerError>>) {
        // INVARIANT: only the leader of the batch settles a ticket, once.
        self.outcome.set(outcome).ok();
        self.thread.unpark();
    }
}
