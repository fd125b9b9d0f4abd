//! The log as its users see it: append, and know that it is durable.
//!
//! It makes records ready to be written: seals what is private, shortens what is too long, encodes. How many of them
//! are written at once is the affair of `group`, and what happens on the disk that of `writer`.

use crate::content::{ContentKeeper, ContentRule};
use crate::disk::Disk;
use crate::error::LedgerError;
use crate::frame::FrameKind;
use crate::group::Group;
use crate::notice;
use crate::read::Reader;
use crate::segment;
use crate::shorten;
use crate::writer::{Checkpointing, Entry, Writer};
use portcullis_event::{LedgerNotice, LedgerOp, Receipt, Record, Recorder, Timestamp, hex};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

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
    Ok(format!("portcullis/{machine}/{}", hex::encode(seed.get(..6).unwrap_or_default())))
}

/// An open log that can be appended to from many threads.
#[derive(Debug)]
pub struct Log {
    group: Group,
    content: OnceLock<ContentKeeper>,
    disk: Arc<dyn Disk>,
    root: PathBuf,
    options: Options,
}

impl Log {
    /// Opens the log in `root`, and begins one if there never was one.
    pub fn open(disk: Arc<dyn Disk>, root: &Path, mut options: Options) -> Result<Self, LedgerError> {
        options.segment_size = options.segment_size.max(4096);
        crate::begin::ensure(disk.as_ref(), root, &options)?;
        let writer = Writer::open(disk.clone(), root.to_owned(), options.segment_size)?;
        let group = Group::new(writer, options.now);
        let log = Self { group, content: OnceLock::new(), disk, root: root.to_owned(), options };
        log.group.writer().settle()?;
        log.append_genesis()?;
        Ok(log)
    }

    /// Appends a record and returns once it is durable.
    pub fn append(&self, record: Record) -> Result<Receipt, LedgerError> {
        let entry = self.prepare(record)?;
        let leaf = entry.leaf;
        let index = self.group.submit(vec![entry])?;
        Ok(Receipt { index, leaf })
    }

    /// Appends several records side by side, all or none, and returns once they are durable.
    pub fn append_all(&self, records: Vec<Record>) -> Result<Vec<Receipt>, LedgerError> {
        let entries = records.into_iter().map(|record| self.prepare(record)).collect::<Result<Vec<_>, _>>()?;
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let leaves: Vec<_> = entries.iter().map(|entry| entry.leaf).collect();
        let first = self.group.submit(entries)?;
        Ok(leaves.into_iter().zip(first..).map(|(leaf, index)| Receipt { index, leaf }).collect())
    }

    /// Appends a notice of the log about itself.
    pub(crate) fn append_notice(&self, notice: LedgerNotice) -> Result<Receipt, LedgerError> {
        let entry = notice::entry((self.options.now)(), notice)?;
        let leaf = entry.leaf;
        Ok(Receipt { index: self.group.submit(vec![entry])?, leaf })
    }

    /// Seals, opens and erases content.
    pub fn content(&self) -> Result<&ContentKeeper, LedgerError> {
        if let Some(keeper) = self.content.get() {
            return Ok(keeper);
        }
        let keeper = ContentKeeper::open(self.disk.clone(), &self.root)?;
        Ok(self.content.get_or_init(|| keeper))
    }

    /// Destroys the key of a session's content, once it is on the record that it will be. Returns whether there was one.
    pub fn erase_content(&self, session: Option<&str>, note: Option<String>) -> Result<bool, LedgerError> {
        let name = self.content()?.key_name(session);
        self.erase_content_key(&name, note)
    }

    /// The same by the key's name.
    pub fn erase_content_key(&self, name: &str, note: Option<String>) -> Result<bool, LedgerError> {
        if !self.content()?.has_key(name)? {
            return Ok(false);
        }
        let mut notice = LedgerNotice::new(LedgerOp::ContentErased);
        notice.content_key = Some(name.to_owned());
        notice.note = note;
        self.append_notice(notice)?;
        self.content()?.erase(name)
    }

    /// The names of all content keys that still exist.
    pub fn content_keys(&self) -> Result<Vec<String>, LedgerError> {
        self.content()?.key_names()
    }

    /// Replaces the key that signs. The change is recorded under the old key, so that whoever trusts the old key can
    /// trust the new one.
    pub fn rotate_key(&self) -> Result<crate::note::Verifier, LedgerError> {
        let now = (self.options.now)();
        self.group.writer().locked(|writer| crate::rotate::rotate(writer, now))
    }

    /// Appends a notice that is signed with the key of the moment.
    pub(crate) fn append_signed_notice(&self, mut notice: LedgerNotice) -> Result<(), LedgerError> {
        let now = (self.options.now)();
        self.group.writer().locked(|writer| {
            writer.size()?;
            notice::sign(&mut notice, &writer.signer);
            writer.commit_locked(&[notice::entry(now, notice)?], Checkpointing::WhenDue).map(drop)
        })
    }

    /// Runs `work` while no process writes.
    pub(crate) fn with_writer<T>(
        &self,
        work: impl FnOnce(&mut Writer) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        self.group.writer().locked(work)
    }

    /// Reads the log.
    pub fn reader(&self) -> Result<Reader, LedgerError> {
        Reader::open(self.disk.clone(), &self.root)
    }

    /// The first record of a log says which log it is. Of several processes that begin it, one writes it.
    fn append_genesis(&self) -> Result<(), LedgerError> {
        self.group.writer().locked(|writer| {
            if writer.size()? > 0 {
                return Ok(());
            }
            let verifier = writer.signer.verifier();
            let mut notice = LedgerNotice::new(LedgerOp::Created);
            notice.origin = Some(verifier.name().to_owned());
            notice.key = Some(verifier.to_string());
            let entry = notice::entry((self.options.now)(), notice)?;
            writer.commit_locked(&[entry], Checkpointing::WhenDue).map(drop)
        })
    }

    /// Seals, shortens and encodes.
    fn prepare(&self, mut record: Record) -> Result<Entry, LedgerError> {
        let blobs = if record.event.content.is_empty() {
            Vec::new()
        } else {
            let sealed = self.content()?.seal(&mut record.event, self.options.content)?;
            sealed.into_iter().map(|sealed| sealed.bytes).collect()
        };
        if let Some(blob) = blobs.iter().find(|blob| blob.len() > crate::frame::LARGEST) {
            return Err(LedgerError::TooLarge { size: blob.len(), limit: crate::frame::LARGEST });
        }
        Ok(Entry { blobs, ..Entry::new(FrameKind::Record, shorten::encode(&record)?) })
    }
}

impl Recorder for Log {
    type Error = LedgerError;

    fn record(&self, record: Record) -> Result<Receipt, LedgerError> {
        self.append(record)
    }
}
