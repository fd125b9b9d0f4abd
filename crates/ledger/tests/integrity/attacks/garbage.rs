//! Files full of nonsense, with checksums that fit: whatever they say, nothing panics, hangs, or takes memory without
//! end.

use super::{checkpoint_in, head_path, shared};
use crate::disk::{FaultDisk, random};
use crate::sample::{ROOT, open, options, record};
use portcullis_event::Timestamp;
use portcullis_ledger::disk::{Disk, DiskFile, DiskLock};
use portcullis_ledger::{Reader, Tiles, verify};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const MOST_AT_ONCE: usize = 64 << 20;

/// A disk that says of one file that it is far longer than it is (a file with a hole), and counts what is read.
#[derive(Debug)]
struct Stretched {
    inner: Arc<dyn Disk>,
    path: Option<PathBuf>,
    operations: Arc<AtomicU64>,
}

#[derive(Debug)]
struct StretchedFile {
    inner: Box<dyn DiskFile>,
    length: Option<u64>,
    operations: Arc<AtomicU64>,
}

impl Stretched {
    fn count(&self) {
        count(&self.operations);
    }
}

fn count(operations: &AtomicU64) {
    assert!(operations.fetch_add(1, Ordering::Relaxed) < 100_000, "it goes on and on");
}

impl DiskFile for StretchedFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        count(&self.operations);
        assert!(buffer.len() <= MOST_AT_ONCE, "{} bytes at once", buffer.len());
        let Some(length) = self.length else { return self.inner.read_at(buffer, offset) };
        let read = if offset < 1 << 40 { self.inner.read_at(buffer, offset)? } else { 0 };
        let wanted = buffer.len().min(usize::try_from(length.saturating_sub(offset)).unwrap());
        buffer[read..wanted.max(read)].fill(0);
        Ok(wanted.max(read))
    }
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        count(&self.operations);
        if offset > 1 << 40 { Err(io::Error::from_raw_os_error(27)) } else { self.inner.write_at(bytes, offset) }
    }
    fn sync(&self) -> io::Result<()> {
        self.inner.sync()
    }
    fn length(&self) -> io::Result<u64> {
        self.length.map_or_else(|| self.inner.length(), Ok)
    }
}

impl Disk for Stretched {
    fn open(&self, path: &Path, read_only: bool) -> io::Result<Box<dyn DiskFile>> {
        self.count();
        let inner = self.inner.open(path, read_only)?;
        let length = (self.path.as_deref() == Some(path)).then_some(1 << 45);
        Ok(Box::new(StretchedFile { inner, length, operations: self.operations.clone() }))
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.count();
        self.inner.create(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.inner.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.inner.remove(path)
    }
    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.count();
        self.inner.list(folder)
    }
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.inner.create_folder(path)
    }
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.inner.sync_folder(path)
    }
    fn open_lock(&self, path: &Path) -> io::Result<Box<dyn DiskLock>> {
        self.inner.open_lock(path)
    }
    fn boot(&self) -> String {
        self.inner.boot()
    }
}

/// A small log with everything in it: sealed content, several segments, dropped ones, another key, tiles.
fn sample() -> FaultDisk {
    let disk = FaultDisk::default();
    let log = open(&disk, options()).unwrap();
    (0..20).for_each(|i| super::append(&log, &format!("note {i}"), i % 4 == 0));
    log.prune_before(Timestamp::from_micros(i64::MAX)).unwrap();
    log.rotate_key().unwrap();
    (0..20).for_each(|i| super::append(&log, &format!("later {i}"), i % 4 == 0));
    Tiles::catch_up(&super::reader(&disk)).unwrap();
    disk
}

/// Does everything that reads, and some that writes. Any answer will do.
fn use_it(disk: &Arc<dyn Disk>) {
    let root = Path::new(ROOT);
    drop(verify(disk, root, &[]));
    if let Ok(reader) = Reader::open(disk.clone(), root) {
        drop(reader.read(0, usize::MAX));
        drop(reader.read(30, 3));
        drop(reader.blobs(25));
        drop(reader.read_at(2, 512));
        drop(reader.read_at(2, u64::MAX));
        drop(portcullis_ledger::prove::inclusion(&reader, 3));
        drop(portcullis_ledger::prove::consistency(&reader, 3));
    }
    if let Ok(log) = portcullis_ledger::Log::open(disk.clone(), root, options()) {
        drop(log.append(record("more", true)));
        drop(log.prune_before(Timestamp::from_micros(i64::MAX)));
        drop(log.erase_content(None, None));
        drop(log.rotate_key());
    }
    drop(verify(disk, root, &[]));
}

fn watched(disk: &FaultDisk, path: Option<PathBuf>) -> Arc<dyn Disk> {
    Arc::new(Stretched { inner: shared(disk), path, operations: Arc::default() })
}

/// Makes the checksums right again that a change has broken: those of a head's slots, a segment's header, its first
/// frames, the remains of a segment.
fn mend(path: &Path, bytes: &mut [u8]) {
    let set = |bytes: &mut [u8], at: usize| {
        if let Some((covered, rest)) = bytes.split_at_mut_checked(at)
            && let Some(checksum) = rest.first_chunk_mut::<4>()
        {
            *checksum = crc32c::crc32c(covered).to_le_bytes();
        }
    };
    let is = |extension: &str| path.extension().is_some_and(|found| found == extension);
    if path.ends_with("head") {
        for slot in bytes.chunks_mut(4096) {
            let end = checkpoint_in(slot).map_or(0, |checkpoint| checkpoint.end);
            set(slot, end);
        }
    } else if is("pruned") {
        set(bytes, bytes.len().saturating_sub(4));
    } else if is("log") && bytes.len() > 512 {
        set(bytes, 64);
    }
}

fn damage(bytes: &mut Vec<u8>, seed: &mut u64) {
    let near = [64, 600, 4200, bytes.len()][(random(seed) % 4) as usize].clamp(1, bytes.len().max(1));
    let at = (random(seed) % near as u64) as usize;
    let width = [1, 2, 4, 8][(random(seed) % 4) as usize];
    let value = [0, u64::MAX, u64::MAX >> 1, 1 << 62, 1, random(seed)][(random(seed) % 6) as usize].to_le_bytes();
    match random(seed) % 8 {
        0 => bytes.truncate(at),
        1 => bytes.splice(at..at, value).for_each(drop),
        _ => bytes.iter_mut().skip(at).take(width).zip(value).for_each(|(byte, value)| *byte = value),
    }
}

#[test]
fn nonsense_in_any_file_does_no_more_harm_than_an_error() {
    let whole = sample();
    let files: Vec<PathBuf> =
        whole.files(Path::new(ROOT)).into_iter().filter(|path| !whole.read_bytes(path).is_empty()).collect();
    assert!(files.len() > 10);
    for round in 0..6000_u64 {
        let mut seed = round;
        let disk = whole.fork();
        for _ in 0..=random(&mut seed) % 3 {
            // The head and the headers say the most; they are chosen more often.
            let path = if random(&mut seed).is_multiple_of(3) {
                head_path()
            } else {
                files[(random(&mut seed) % files.len() as u64) as usize].clone()
            };
            let mended = !random(&mut seed).is_multiple_of(4);
            disk.tamper(&path, |bytes| {
                damage(bytes, &mut seed);
                if mended {
                    mend(&path, bytes);
                }
            });
        }
        use_it(&watched(&disk, None));
    }
}

/// Every field of the head and of the headers with the numbers that overflow.
#[test]
fn impossible_numbers_in_heads_and_headers_do_no_more_harm_than_an_error() {
    let whole = sample();
    let files: Vec<PathBuf> = whole.files(&Path::new(ROOT).join("ledger"));
    for path in files.iter().filter(|path| path.ends_with("head") || path.to_string_lossy().contains("segments/0")) {
        for at in (8..80).step_by(4) {
            for value in [0, 1, u64::MAX, u64::MAX - 1, 1 << 63, 1 << 45, 1 << 31, 511] {
                for width in [4, 8] {
                    let disk = whole.fork();
                    disk.tamper(path, |bytes| {
                        let slots = if path.ends_with("head") { 3 } else { 1 };
                        for slot in 0..slots {
                            let at = slot * 4096 + at;
                            bytes[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
                        }
                        mend(path, bytes);
                    });
                    use_it(&watched(&disk, None));
                }
            }
        }
    }
}

/// A file with a hole can say that it is larger than any memory.
#[test]
fn files_that_claim_to_be_enormous_are_not_read_whole() {
    let whole = sample();
    for path in whole.files(Path::new(ROOT)) {
        let disk = whole.fork();
        use_it(&watched(&disk, Some(path.clone())));
        // And with something behind the end, so that it has to be looked at.
        if path.extension().is_some_and(|extension| extension == "log") {
            disk.tamper(&path, |bytes| {
                let end = bytes.iter().rposition(|&byte| byte != 0).unwrap();
                bytes[end + 3] = 1;
            });
            use_it(&watched(&disk, Some(path)));
        }
    }
}
