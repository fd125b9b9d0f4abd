//! Reads one file and has it looked into.

use crate::origin::Origin;
use crate::report::Why;
use crate::worker::{AT_ONCE, About, Worker};
use portcullis_inspect::decode;
use rustix::fs::{self, FileType};
use rustix::io::{self, Errno};
use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::path::Path;

/// So much is read of a file that said it was small.
const UNANNOUNCED: u64 = 16 << 20;

/// One thread's buffer for files.
pub(crate) struct Reader<'a> {
    pub(crate) worker: Worker<'a>,
    buffer: Vec<u8>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(worker: Worker<'a>) -> Self {
        Self { worker, buffer: Vec::new() }
    }

    /// Has an open file looked into, if it is one.
    pub(crate) fn file(&mut self, file: &OwnedFd, path: &Path) {
        match self.try_file(file, path) {
            Ok(()) => {}
            Err(Why::Special) => self.worker.gathered.statistics.special += 1,
            Err(
                why @ (Why::Unreadable(_)
                | Why::TooLarge { .. }
                | Why::Corrupt(_)
                | Why::Unsupported(_)
                | Why::Missing(_)
                | Why::Inside { .. }
                | Why::More(_)),
            ) => self.worker.not_looked_into(Origin::File { path: path.to_owned() }, why),
        }
    }

    fn try_file(&mut self, file: &OwnedFd, path: &Path) -> Result<(), Why> {
        let unreadable = |error: Errno| Why::Unreadable(error.to_string());
        let stat = fs::fstat(file).map_err(unreadable)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(Why::Special);
        }
        let (bytes, most) = (u64::try_from(stat.st_size).unwrap_or(0), self.worker.shared.settings.limits.file);
        if bytes > most {
            return Err(Why::TooLarge { bytes, most });
        }
        let hint = path.to_string_lossy();
        let origin = || Origin::File { path: path.to_owned() };
        let about = About::whole(&origin, Some(&hint));
        let ended = self.read_at_once(file, bytes).map_err(unreadable)?;
        if ended {
            self.worker.text(&self.buffer, about);
            return Ok(());
        }
        let mut rest = File::from(file.try_clone().map_err(|error| Why::Unreadable(error.to_string()))?);
        if bytes <= AT_ONCE as u64 {
            return self.unannounced(rest, about);
        }
        if decode::is_packed(&self.buffer) {
            self.worker.packed_file(&mut rest, bytes, about);
            return Ok(());
        }
        self.worker.stream(rest, &mut self.buffer, about).map_err(|error| Why::Unreadable(error.to_string()))
    }

    /// Has a file looked into that holds more than it says: it grows, or the kernel makes it up as it is read, and then it may
    /// have no end.
    fn unannounced(&mut self, rest: File, about: About<'_>) -> Result<(), Why> {
        let mut rest = rest.take(UNANNOUNCED);
        self.worker.stream(&mut rest, &mut self.buffer, about).map_err(|error| Why::Unreadable(error.to_string()))?;
        if rest.limit() == 0 {
            return Err(Why::Corrupt("it holds far more than it says".to_owned()));
        }
        Ok(())
    }

    /// Reads the beginning of the file into the buffer, and says whether that is all of it.
    fn read_at_once(&mut self, file: &OwnedFd, size: u64) -> Result<bool, Errno> {
        let room = usize::try_from(size).unwrap_or(AT_ONCE).min(AT_ONCE) + 1;
        self.buffer.clear();
        self.buffer.reserve(room);
        loop {
            let read = io::retry_on_intr(|| io::read(file, rustix::buffer::spare_capacity(&mut self.buffer)))?;
            // A file that gave as much as it said it holds is at its end; that saves most files the second call.
            if read == 0 || (self.buffer.len() as u64 == size && size > 0) {
                return Ok(true);
            }
            if self.buffer.len() >= AT_ONCE {
                return Ok(false);
            }
            self.buffer.reserve(4096);
        }
    }
}
