//! Attacks that an adversarial reading of the ledger came up with: forged frames, hostile files, processes that get in
//! each other's way. Each of them once worked, or nearly did.

mod beside;
mod forged;
mod garbage;
mod interrupted;
mod live;
mod witnessed;

use crate::disk::FaultDisk;
use crate::sample::ROOT;
use portcullis_ledger::disk::{Disk, DiskFile, DiskLock};
use portcullis_ledger::{Log, Reader, Verification, verify};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

fn shared(disk: &FaultDisk) -> Arc<dyn Disk> {
    Arc::new(disk.clone())
}

fn check(disk: &FaultDisk) -> Verification {
    verify(&shared(disk), Path::new(ROOT), &[]).unwrap()
}

fn reader(disk: &FaultDisk) -> Reader {
    Reader::open(shared(disk), Path::new(ROOT)).unwrap()
}

fn segment(number: u32) -> PathBuf {
    Path::new(ROOT).join(format!("ledger/segments/{number:08}.log"))
}

fn head_path() -> PathBuf {
    Path::new(ROOT).join("ledger/head")
}

/// Where in a slot of the head the signed checkpoint lies: behind the numbers, the peaks of the tree, and the boot id.
fn checkpoint_in(slot: &[u8]) -> Option<std::ops::Range<usize>> {
    let size = u64::from_le_bytes(slot.get(16..24)?.try_into().unwrap());
    let text = |at: usize| {
        let length = u16::from_le_bytes(slot.get(at..at + 2)?.try_into().unwrap());
        Some(at + 2..at + 2 + usize::from(length))
    };
    let boot = text(44 + 32 * size.count_ones() as usize)?;
    text(boot.end).filter(|checkpoint| checkpoint.end + 4 <= slot.len())
}

fn append(log: &Log, text: &str, sealed: bool) {
    log.append(crate::sample::record(text, sealed)).unwrap();
}

/// The texts of all notes that can be read.
fn texts(disk: &FaultDisk) -> Vec<String> {
    let stored = reader(disk).read(0, usize::MAX).unwrap();
    stored.iter().filter(|stored| !stored.bytes.is_empty()).filter_map(|s| crate::sample::note_of(&s.bytes)).collect()
}

type Action = Box<dyn FnOnce() + Send>;

/// A disk on which something else happens right before a certain operation: another process at a chosen moment.
#[derive(Clone)]
struct Meanwhile {
    inner: Arc<dyn Disk>,
    before: &'static str,
    action: Arc<Mutex<Option<Action>>>,
}

impl std::fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Meanwhile({})", self.before)
    }
}

impl Meanwhile {
    /// `before` is an operation and a part of the path, such as `list segments`.
    fn disk(inner: Arc<dyn Disk>, before: &'static str, action: impl FnOnce() + Send + 'static) -> Arc<dyn Disk> {
        Arc::new(Self { inner, before, action: Arc::new(Mutex::new(Some(Box::new(action)))) })
    }

    fn at(&self, operation: &str, path: &Path) {
        let (wanted, part) = self.before.split_once(' ').unwrap();
        if wanted == operation && path.to_string_lossy().contains(part) {
            let action = self.action.lock().unwrap().take();
            if let Some(action) = action {
                action();
            }
        }
    }
}

impl Disk for Meanwhile {
    fn open(&self, path: &Path, read_only: bool) -> io::Result<Box<dyn DiskFile>> {
        self.at("open", path);
        self.inner.open(path, read_only)
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.at("create", path);
        self.inner.create(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.at("rename", to);
        self.inner.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.at("remove", path);
        self.inner.remove(path)
    }
    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.at("list", folder);
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
