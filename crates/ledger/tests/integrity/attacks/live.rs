//! Reading, checking, dropping and rotating while others write: nobody may see a problem that is not there.

use super::{Meanwhile, check, shared};
use crate::disk::FaultDisk;
use crate::sample::{ROOT, open, options, record};
use portcullis_event::Timestamp;
use portcullis_ledger::disk::{Disk, DiskFile, DiskLock, RealDisk};
use portcullis_ledger::{ContentRule, LedgerError, Log, Options, Reader, Tiles, verify};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const FOR_EVER: Timestamp = Timestamp::from_micros(i64::MAX);

fn grown(size: usize) -> (FaultDisk, Log) {
    let disk = FaultDisk::default();
    let log = open(&disk, options()).unwrap();
    (0..size).for_each(|i| super::append(&log, &format!("note {i:06}"), false));
    (disk, log)
}

#[test]
fn dropping_old_records_during_a_check_is_no_false_alarm() {
    for moment in ["list segments", "open 00000003.log", "open 00000005.log"] {
        let (disk, log) = grown(60);
        let meanwhile = Meanwhile::disk(shared(&disk), moment, move || {
            assert!(log.prune_before(FOR_EVER).unwrap() > 20);
        });
        assert_eq!(verify(&meanwhile, Path::new(ROOT), &[]).unwrap().problems, [], "{moment}");
    }
}

#[test]
fn appending_and_changing_keys_during_a_check_is_neither_a_problem_nor_a_remark() {
    for moment in ["list segments", "open 00000003.log", "open 00000005.log"] {
        let (disk, log) = grown(60);
        let meanwhile = Meanwhile::disk(shared(&disk), moment, move || {
            for i in 0..30 {
                log.append(record(&format!("more {i:06}"), false)).unwrap();
                log.rotate_key().unwrap();
            }
        });
        let report = verify(&meanwhile, Path::new(ROOT), &[]).unwrap();
        assert_eq!((report.problems, report.remarks), (vec![], vec![]), "{moment}");
    }
}

#[test]
fn of_two_who_drop_old_records_at_once_neither_fails() {
    for moment in ["create pruned", "rename pruned", "remove .log"] {
        let (disk, log) = grown(60);
        let first = Log::open(
            Meanwhile::disk(shared(&disk), moment, move || {
                log.prune_before(FOR_EVER).unwrap();
            }),
            Path::new(ROOT),
            options(),
        );
        first.unwrap().prune_before(FOR_EVER).unwrap_or_else(|error| panic!("{moment}: {error}"));
        assert_eq!(check(&disk).problems, [], "{moment}");
    }
}

/// Shows the head half written a few times, as a reader sees it that is slow beside a fast writer.
#[derive(Debug)]
struct Torn {
    inner: FaultDisk,
    times: Arc<AtomicU64>,
}

#[derive(Debug)]
struct TornFile(Box<dyn DiskFile>, Arc<AtomicU64>);

impl DiskFile for TornFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let read = self.0.read_at(buffer, offset)?;
        let left = self.1.load(Ordering::Relaxed);
        if left > 0 {
            self.1.store(left - 1, Ordering::Relaxed);
            // Both slots that are written in turns; each time a little further.
            buffer[40] ^= left as u8;
            buffer[4096 + 40] ^= left as u8;
        }
        Ok(read)
    }
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_at(bytes, offset)
    }
    fn sync(&self) -> io::Result<()> {
        self.0.sync()
    }
    fn length(&self) -> io::Result<u64> {
        self.0.length()
    }
}

impl Disk for Torn {
    fn open(&self, path: &Path, read_only: bool) -> io::Result<Box<dyn DiskFile>> {
        let file = self.inner.open(path, read_only)?;
        Ok(if path.ends_with("ledger/head") { Box::new(TornFile(file, self.times.clone())) } else { file })
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.inner.create(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.inner.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.inner.remove(path)
    }
    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
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

#[test]
fn a_head_that_is_read_while_it_is_written_does_not_make_the_log_shorter() {
    let (disk, _log) = grown(10);
    let size = super::reader(&disk).extent().unwrap().size;
    for times in 0..4 {
        let torn: Arc<dyn Disk> = Arc::new(Torn { inner: disk.clone(), times: Arc::new(times.into()) });
        assert_eq!(Reader::open(torn.clone(), Path::new(ROOT)).unwrap().extent().unwrap().size, size, "{times}");
        let torn: Arc<dyn Disk> = Arc::new(Torn { inner: disk.clone(), times: Arc::new(times.into()) });
        let report = verify(&torn, Path::new(ROOT), &[]).unwrap();
        assert_eq!((report.records, report.remarks), (size, vec![]), "{times}");
    }
}

/// Reads on and on: every record follows the one before, and none is ever gone again.
fn follow(root: &Path, stop: &AtomicBool) -> Result<u64, LedgerError> {
    let reader = Reader::open(Arc::new(RealDisk), root)?;
    let (mut next, mut size) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        let now = reader.extent()?.size;
        assert!(now >= size, "the log became shorter");
        size = now;
        for stored in reader.read(next, 500)? {
            assert_eq!(stored.index, next);
            next += 1;
        }
        if next == size {
            next = size.saturating_sub(2000);
        }
    }
    Ok(size)
}

#[test]
fn everything_at_once_on_a_real_disk_raises_no_alarm_and_no_error() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path();
    let opened = || {
        let options = Options { segment_size: 64 << 10, content: ContentRule::Encrypt, ..options() };
        Log::open(Arc::new(RealDisk), root, options).unwrap()
    };
    drop(opened());
    let (stop, appended, checks) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let running = || !stop.load(Ordering::Relaxed);
    let running = &running;
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let (log, appended) = (opened(), &appended);
            scope.spawn(move || {
                for count in 0.. {
                    if !running() {
                        return;
                    }
                    log.append(record(&format!("{writer} {count}"), count % 7 == 0)).unwrap();
                    appended.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for _ in 0..2 {
            let log = opened();
            scope.spawn(move || {
                while running() {
                    log.prune_before(FOR_EVER).unwrap();
                    std::thread::sleep(Duration::from_millis(30));
                }
            });
            let log = opened();
            scope.spawn(move || {
                while running() {
                    log.rotate_key().unwrap();
                    std::thread::sleep(Duration::from_millis(40));
                }
            });
            scope.spawn(|| follow(root, &stop).unwrap());
            let checks = &checks;
            scope.spawn(move || {
                let disk: Arc<dyn Disk> = Arc::new(RealDisk);
                while running() {
                    let report = verify(&disk, root, &[]).unwrap();
                    assert_eq!(report.problems, []);
                    checks.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        scope.spawn(move || {
            while running() {
                Tiles::catch_up(&Reader::open(Arc::new(RealDisk), root).unwrap()).unwrap();
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(6) {
            std::thread::sleep(Duration::from_millis(50));
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(appended.into_inner() > 100);
    assert!(checks.into_inner() > 5);
}
