//! Our ledger as a contender, and the bare disk beneath it.

use super::records::Records;
use super::round::{Contender, Round, threads};
use portcullis_ledger::disk::RealDisk;
use portcullis_ledger::{Log, Options};
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub(crate) fn open(root: &Path) -> anyhow::Result<Log> {
    Ok(Log::open(Arc::new(RealDisk), root, Options::default())?)
}

/// Threads that append to one log.
#[derive(Debug)]
pub(crate) struct Ours {
    log: Log,
    records: Records,
    writers: u64,
}

impl Ours {
    pub(crate) fn new(root: &Path, records: &Records, writers: u64) -> anyhow::Result<Self> {
        Ok(Self { log: open(root)?, records: records.clone(), writers })
    }
}

impl Contender for Ours {
    fn name(&self) -> String {
        "portcullis".to_owned()
    }

    fn round(&mut self, time: Duration) -> anyhow::Result<Round> {
        let (log, records) = (&self.log, &self.records);
        threads(self.writers, time, |_| {
            Ok(move |turn| {
                log.append(records.get(turn)?)?;
                Ok(())
            })
        })
    }
}

/// One thread that writes as many bytes to a file of zeros that is there already, and waits for the disk. Nothing that
/// is durable record by record can be faster.
#[derive(Debug)]
pub(crate) struct Bare {
    file: File,
    bytes: Vec<u8>,
    offset: u64,
}

const PREALLOCATED: u64 = 64 << 20;

impl Bare {
    pub(crate) fn new(path: &Path, length: usize) -> anyhow::Result<Self> {
        let file = File::create_new(path)?;
        let zeros = vec![0; 1 << 20];
        for offset in (0..PREALLOCATED).step_by(zeros.len()) {
            file.write_all_at(&zeros, offset)?;
        }
        file.sync_all()?;
        Ok(Self { file, bytes: vec![b'x'; length], offset: 0 })
    }
}

impl Contender for Bare {
    fn name(&self) -> String {
        "bare write + fdatasync".to_owned()
    }

    fn round(&mut self, time: Duration) -> anyhow::Result<Round> {
        let (file, bytes, first) = (&self.file, &self.bytes, self.offset);
        let length = bytes.len() as u64;
        let round = threads(1, time, |_| {
            let mut offset = first;
            Ok(move |_| {
                file.write_all_at(bytes, offset)?;
                file.sync_data()?;
                offset = (offset + length) % (PREALLOCATED - length);
                Ok(())
            })
        })?;
        self.offset = (first + round.events * length) % (PREALLOCATED - length);
        Ok(round)
    }
}
