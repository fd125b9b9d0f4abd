//! The log as its users see it: append, and know that it is durable.
//!
//! Many threads append at once. One of them leads: it takes what has gathered, has it written and synced in one go,
//! and tells the others. While it waits for the disk the next batch gathers. Between processes the same happens
//! through the lock. There is no daemon and, for a process that writes one record and exits, no second thread.

use crate::content::{ContentKeeper, ContentRule};
use crate::disk::Disk;
use crate::error::LedgerError;
use crate::frame::FrameKind;
use crate::merkle::leaf_hash;
use crate::read::Reader;
use crate::segment;
use crate::shorten;
use crate::writer::{Committed, Entry, Writer};
use portcullis_event::{
    Actor, Body, CheckId, Decision, Event, EventId, LedgerNotice, LedgerOp, Mode, Reason, Receipt, Record, Recorder,
    Rest, SCHEMA_VERSION, Timestamp, Verdict,
};
use std::path::{Path, PathBuf};
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

/// How a log is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// What happens to private text.
    pub content: ContentRule,
    /// The name for a log that does not exist yet; see [`origin_name`].
    pub origin: String,
    /// Size of a segment that is made while somebody waits for it, in bytes; at least 4096.
    pub segment_size: u64,
    /// The clock. The log uses it for its own notices only.
    pub now: fn() -> Timestamp,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            content: ContentRule::default(),
            origin: "portcullis".to_owned(),
            segment_size: segment::SMALL,
            now: || std::time::SystemTime::now().into(),
        }
    }
}

/// A name for a new log: the machine's name, and enough randomness that no two logs share one.
pub fn origin_name(machine: &str) -> Result<String, LedgerError> {
    let machine: String = machine
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '-' })
        .take(64)
        .collect();
    let seed = crate::keys::random_seed()?;
    Ok(format!("portcullis/{machine}/{}", crate::content::hex(seed.get(..6).unwrap_or_default())))
}

/// An open log that can be appended to from many threads.
#[derive(Debug)]
pub struct Log {
    queue: Mutex<Queue>,
    writer: Mutex<Writer>,
    preparing: Arc<AtomicBool>,
    content: OnceLock<ContentKeeper>,
    disk: Arc<dyn Disk>,
    root: PathBuf,
    options: Options,
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

impl Log {
    /// Opens the log in `root`, and begins one if there never was one.
    pub fn open(disk: Arc<dyn Disk>, root: &Path, mut options: Options) -> Result<Self, LedgerError> {
        options.segment_size = options.segment_size.max(4096);
        crate::begin::ensure(disk.as_ref(), root, &options)?;
        let writer = Writer::open(disk.clone(), root.to_owned(), options.segment_size)?;
        let log = Self {
            queue: Mutex::default(),
            writer: Mutex::new(writer),
            preparing: Arc::default(),
            content: OnceLock::new(),
            disk,
            root: root.to_owned(),
            options,
        };
        let size = lock(&log.writer).settle()?;
        if size == 0 {
            log.append_genesis()?;
        }
        Ok(log)
    }

    /// Appends a record and returns once it is durable.
    pub fn append(&self, record: Record) -> Result<Receipt, LedgerError> {
        let entry = self.prepare(record, FrameKind::Record)?;
        let leaf = entry.leaf;
        let index = self.submit(vec![entry])?;
        Ok(Receipt { index, leaf })
    }

    /// Appends several records side by side, all or none, and returns once they are durable.
    pub fn append_all(&self, records: Vec<Record>) -> Result<Vec<Receipt>, LedgerError> {
        let entries =
            records.into_iter().map(|record| self.prepare(record, FrameKind::Record)).collect::<Result<Vec<_>, _>>()?;
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let leaves: Vec<_> = entries.iter().map(|entry| entry.leaf).collect();
        let first = self.submit(entries)?;
        Ok(leaves.into_iter().zip(first..).map(|(leaf, index)| Receipt { index, leaf }).collect())
    }

    /// Appends a notice of the log about itself.
    pub(crate) fn append_notice(&self, notice: LedgerNotice) -> Result<Receipt, LedgerError> {
        let record = notice_record((self.options.now)(), notice);
        let entry = self.prepare(record, FrameKind::Control)?;
        let leaf = entry.leaf;
        Ok(Receipt { index: self.submit(vec![entry])?, leaf })
    }

    /// Seals, opens and erases content.
    pub fn content(&self) -> Result<&ContentKeeper, LedgerError> {
        if let Some(keeper) = self.content.get() {
            return Ok(keeper);
        }
        let keeper = ContentKeeper::open(self.disk.clone(), &self.root)?;
        Ok(self.content.get_or_init(|| keeper))
    }

    /// Destroys the key of a session's content, and records that it was destroyed. Returns whether there was one.
    pub fn erase_content(&self, session: Option<&str>, note: Option<String>) -> Result<bool, LedgerError> {
        let name = self.content()?.key_name(session);
        self.erase_content_key(&name, note)
    }

    /// The same by the key's name.
    pub fn erase_content_key(&self, name: &str, note: Option<String>) -> Result<bool, LedgerError> {
        let erased = self.content()?.erase(name)?;
        if erased {
            let mut notice = LedgerNotice::new(LedgerOp::ContentErased);
            notice.content_key = Some(name.to_owned());
            notice.note = note;
            self.append_notice(notice)?;
        }
        Ok(erased)
    }

    /// The names of all content keys that still exist.
    pub fn content_keys(&self) -> Result<Vec<String>, LedgerError> {
        self.content()?.key_names()
    }

    /// Replaces the key that signs. The change is recorded under the old key, so that whoever trusts the old key can
    /// trust the new one.
    pub fn rotate_key(&self) -> Result<crate::note::Verifier, LedgerError> {
        let now = (self.options.now)();
        lock(&self.writer).locked(|writer| crate::rotate::rotate(writer, now))
    }

    /// Runs `work` while no process writes.
    pub(crate) fn with_writer<T>(
        &self,
        work: impl FnOnce(&Writer) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        lock(&self.writer).locked(|writer| work(writer))
    }

    /// Reads the log.
    pub fn reader(&self) -> Result<Reader, LedgerError> {
        Reader::open(self.disk.clone(), &self.root)
    }

    fn append_genesis(&self) -> Result<(), LedgerError> {
        let verifier = lock(&self.writer).signer.verifier();
        let mut notice = LedgerNotice::new(LedgerOp::Created);
        notice.origin = Some(verifier.name().to_owned());
        notice.key = Some(verifier.to_string());
        self.append_notice(notice)?;
        Ok(())
    }

    fn prepare(&self, mut record: Record, kind: FrameKind) -> Result<Entry, LedgerError> {
        let blobs = if record.event.content.is_empty() {
            Vec::new()
        } else {
            let sealed = self.content()?.seal(&mut record.event, self.options.content)?;
            sealed.into_iter().map(|sealed| sealed.bytes).collect()
        };
        if let Some(blob) = blobs.iter().find(|blob| blob.len() > crate::frame::LARGEST) {
            return Err(LedgerError::TooLarge { size: blob.len(), limit: crate::frame::LARGEST });
        }
        let bytes = shorten::encode(&record)?;
        let leaf = leaf_hash(&bytes);
        Ok(Entry { kind, bytes, leaf, blobs })
    }

    /// Hands entries in and waits until they are durable. Returns the index of the first.
    fn submit(&self, entries: Vec<Entry>) -> Result<u64, LedgerError> {
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
        let result = lock(&self.writer).commit(&entries);
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
        let record = notice_record((self.options.now)(), notice);
        if let Ok(entry) = self.prepare(record, FrameKind::Control) {
            lock(&self.writer).commit(&[entry]).ok();
        }
    }

    /// Has the next segment made ready by another thread, once this one is so full that it will soon be needed.
    fn look_ahead(&self, committed: Committed) {
        let busy = lock(&self.queue).last_batch > 1;
        if !busy || committed.room > segment::LARGE / 2 || self.preparing.swap(true, Ordering::AcqRel) {
            return;
        }
        let (disk, ledger, preparing) = (self.disk.clone(), crate::folder(&self.root), self.preparing.clone());
        let spawned = std::thread::Builder::new().name("ledger-prepare".to_owned()).spawn(move || {
            // If it fails, the segment is made by whoever needs it, who then hears of the error.
            segment::prepare(disk.as_ref(), &ledger).ok();
            preparing.store(false, Ordering::Release);
        });
        drop(spawned);
    }
}

impl Ticket {
    fn settle(&self, outcome: Result<u64, Arc<LedgerError>>) {
        // INVARIANT: only the leader of the batch settles a ticket, once.
        self.outcome.set(outcome).ok();
        self.thread.unpark();
    }
}

impl Recorder for Log {
    type Error = LedgerError;

    fn record(&self, record: Record) -> Result<Receipt, LedgerError> {
        self.append(record)
    }
}

/// The record of a notice. The log itself is the actor and the judge: nothing is asked for, something is reported.
pub(crate) fn notice_record(now: Timestamp, notice: LedgerNotice) -> Record {
    let event = Event::new(EventId::fresh(), now, Actor::service("ledger"), Body::from(notice));
    let reasons = CheckId::parse("ledger").map(|check| Reason {
        check,
        verdict: Verdict::Allow,
        message: "the ledger reports on itself".to_owned(),
        source: None,
        fix: None,
        rest: Rest::new(),
    });
    let decision = Decision::strictest(Mode::Enforce, "none", reasons.into_iter().collect(), Vec::new());
    Record {
        v: SCHEMA_VERSION,
        event,
        findings: Vec::new(),
        coverage: portcullis_event::Coverage::default(),
        decision,
        rest: Rest::new(),
    }
}
