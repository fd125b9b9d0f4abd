//! This user's ledger, for reading: the log itself, and the index that makes it searchable.

use crate::failure::Failure;
use crate::home::Home;
use portcullis_event::{ParseError, Record, hex};
use portcullis_ledger::disk::RealDisk;
use portcullis_ledger::index::{Index, Located, Source};
use portcullis_ledger::note::{Checkpoint, Verifier};
use portcullis_ledger::{LedgerError, Reader, Stored};
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;

/// How many records are read at once.
pub(crate) const SLICE: usize = 1024;
/// The index is worth telling about only when there is this much to do.
const WORTH_TELLING: u64 = 100_000;

/// Opens the log for reading.
pub(crate) fn open(home: &Home) -> Result<Reader, Failure> {
    Ok(Reader::open(Arc::new(RealDisk), home.path())?)
}

/// A record and its leaf.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) index: u64,
    pub(crate) leaf: [u8; 32],
    /// Whether retention has dropped it, so that only its hash is left.
    pub(crate) dropped: bool,
    pub(crate) record: Result<Record, ParseError>,
}

impl From<Stored> for Entry {
    fn from(stored: Stored) -> Self {
        let (index, leaf, dropped) = (stored.index, stored.leaf(), stored.dropped.is_some());
        Self { index, leaf, dropped, record: Record::decode(&stored.bytes) }
    }
}

/// One record by its number.
pub(crate) fn entry(reader: &Reader, index: u64) -> Result<Entry, Failure> {
    match reader.read(index, 1)?.pop() {
        Some(stored) => Ok(stored.into()),
        None => Err(LedgerError::NoSuchRecord { index, size: reader.extent()?.size }.into()),
    }
}

/// The index of this log, up to date.
pub(crate) fn index(home: &Home, reader: &Reader) -> Result<Index, Failure> {
    catch_up(Index::open(&home.path().join("index.sqlite"))?, reader)
}

/// Adds what the log has and the index has not. Progress goes to standard error, and only on a terminal.
pub(crate) fn catch_up(mut index: Index, reader: &Reader) -> Result<Index, Failure> {
    let log = Indexed { reader, identity: identity(reader)? };
    let terminal = io::stderr().is_terminal();
    let mut told = false;
    index.catch_up(&log, &mut |done, size| {
        told |= terminal && size.saturating_sub(done) > WORTH_TELLING;
        if told {
            // Progress that can't be shown is no reason to stop.
            drop(write!(io::stderr(), "\rindexing {done} of {size} records"));
        }
    })?;
    if told {
        drop(writeln!(io::stderr()));
    }
    Ok(index)
}

/// The log as the index reads it.
struct Indexed<'a> {
    reader: &'a Reader,
    identity: String,
}

/// Which log it is: its name and its first record.
fn identity(reader: &Reader) -> Result<String, Failure> {
    let first = reader.read(0, 1)?.pop().map(|stored| hex::encode(&stored.leaf()));
    Ok(format!("{} {}", origin(reader)?, first.unwrap_or_default()))
}

/// The log's name.
pub(crate) fn origin(reader: &Reader) -> Result<String, Failure> {
    Ok(checkpoint(reader)?.0.origin)
}

/// The newest checkpoint, and the signed note that it comes from.
pub(crate) fn checkpoint(reader: &Reader) -> Result<(Checkpoint, String), Failure> {
    let note = reader.extent()?.checkpoint;
    match Checkpoint::parse(&note) {
        Ok(checkpoint) => Ok((checkpoint, note)),
        Err(error) => Err(LedgerError::Damaged { path: reader.folder().to_owned(), what: error.to_string() }.into()),
    }
}

/// The log's first public key.
pub(crate) fn first_key(home: &Home) -> Result<Verifier, Failure> {
    let path = home.path().join("keys/ledger.pub");
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Failure::io("read the ledger's public key", Some(&path), &error))?;
    Verifier::parse(text.trim()).map_err(|error| LedgerError::Key { path, why: error.to_string() }.into())
}

impl Source for Indexed<'_> {
    type Error = LedgerError;

    fn size(&self) -> Result<u64, LedgerError> {
        Ok(self.reader.extent()?.size)
    }

    fn read(&self, first: u64, limit: usize) -> Result<Vec<Located>, LedgerError> {
        let located = |stored: Stored| {
            let Stored { index, segment, offset, bytes, .. } = stored;
            Located { index, segment, offset, bytes }
        };
        Ok(self.reader.read(first, limit)?.into_iter().map(located).collect())
    }

    fn identity(&self) -> String {
        self.identity.clone()
    }
}
