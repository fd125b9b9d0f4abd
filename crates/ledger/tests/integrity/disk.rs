//! A file system in memory that fails on demand: it tears writes, runs full, reports errors, and loses its caches.
//!
//! What was written is in the cache; what was synced is durable. When a process is killed the cache stays, when the
//! power fails it goes, and of what was not synced any sectors at all may have reached the disk, in any order.

use portcullis_ledger::disk::{Disk, DiskFile, DiskLock};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

const SECTOR: u64 = 512;

/// What goes wrong at one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The process is killed after this many bytes of the write (or instead of another operation).
    Kill { torn: usize },
    /// The power fails; which unsynced sectors survive depends on the seed.
    PowerLoss { torn: usize, seed: u64 },
    /// The operation reports an error after this many bytes, once.
    Error { torn: usize, no_space: bool },
    /// Every write and sync of the file from now on reports an error.
    Broken,
}

type Sectors = BTreeMap<u64, [u8; SECTOR as usize]>;

#[derive(Debug, Default, Clone)]
struct Contents {
    sectors: Sectors,
    length: u64,
}

impl Contents {
    fn write(&mut self, bytes: &[u8], offset: u64) {
        self.length = self.length.max(offset + bytes.len() as u64);
        let mut at = offset;
        for chunk in split(bytes, offset) {
            let sector = at / SECTOR;
            let inside = (at % SECTOR) as usize;
            at += chunk.len() as u64;
            if chunk.iter().all(|&b| b == 0) && !self.sectors.contains_key(&sector) {
                continue;
            }
            self.sectors.entry(sector).or_insert([0; SECTOR as usize])[inside..inside + chunk.len()]
                .copy_from_slice(chunk);
        }
    }

    fn read(&self, buffer: &mut [u8], offset: u64) -> usize {
        let count = buffer.len().min(self.length.saturating_sub(offset) as usize);
        buffer[..count].fill(0);
        let (first, last) = (offset / SECTOR, (offset + count as u64) / SECTOR);
        for (number, sector) in self.sectors.range(first..=last) {
            for (inside, byte) in sector.iter().enumerate() {
                let at = number * SECTOR + inside as u64;
                if at >= offset && at < offset + count as u64 {
                    buffer[(at - offset) as usize] = *byte;
                }
            }
        }
        count
    }
}

/// Cuts `bytes` at sector boundaries.
fn split(bytes: &[u8], offset: u64) -> Vec<&[u8]> {
    let first = ((SECTOR - offset % SECTOR) as usize).min(bytes.len());
    let (head, tail) = bytes.split_at(first);
    std::iter::once(head).chain(tail.chunks(SECTOR as usize)).filter(|chunk| !chunk.is_empty()).collect()
}

#[derive(Debug, Default)]
struct Inode {
    cache: Contents,
    durable: Contents,
    /// Sectors that a sync would write.
    dirty: Vec<u64>,
    broken: bool,
}

#[derive(Debug, Clone)]
enum NameChange {
    Create(PathBuf, usize),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
}

#[derive(Debug, Default)]
struct State {
    inodes: Vec<Inode>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    pending_names: Vec<NameChange>,
    operations: u64,
    plan: BTreeMap<u64, Fault>,
    crashed: Option<Fault>,
    boots: u32,
    injected: u64,
    trace: Vec<String>,
}

/// A disk that many handles share.
#[derive(Debug, Clone, Default)]
pub(crate) struct FaultDisk(Arc<Mutex<State>>);

fn apply(names: &mut BTreeMap<PathBuf, usize>, change: &NameChange) {
    match change {
        NameChange::Create(path, inode) => drop(names.insert(path.clone(), *inode)),
        NameChange::Rename(from, to) => {
            if let Some(inode) = names.remove(from) {
                names.insert(to.clone(), inode);
            }
        }
        NameChange::Remove(path) => drop(names.remove(path)),
    }
}

/// A small generator of pseudo-random numbers (splitmix64).
pub(crate) fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl FaultDisk {
    /// How many operations that change something were asked for.
    pub(crate) fn operations(&self) -> u64 {
        self.0.lock().unwrap().operations
    }

    /// What those operations were.
    pub(crate) fn trace(&self) -> Vec<String> {
        self.0.lock().unwrap().trace.clone()
    }

    /// How many faults were really injected.
    pub(crate) fn injected(&self) -> u64 {
        self.0.lock().unwrap().injected
    }

    /// Has operation number `at` fail.
    pub(crate) fn plan(&self, at: u64, fault: Fault) {
        self.0.lock().unwrap().plan.insert(at, fault);
    }

    /// Has nothing fail any more that did not fail yet.
    pub(crate) fn behave(&self) {
        self.0.lock().unwrap().plan.clear();
    }

    /// Whether the process is dead.
    pub(crate) fn crashed(&self) -> bool {
        self.0.lock().unwrap().crashed.is_some()
    }

    /// Starts again after a crash.
    pub(crate) fn restart(&self) {
        let mut state = self.0.lock().unwrap();
        if let Some(Fault::PowerLoss { seed, .. }) = state.crashed.take() {
            lose_caches(&mut state, seed);
        }
    }

    /// Changes a file behind the ledger's back.
    pub(crate) fn tamper(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = self.read_bytes(path);
        change(&mut bytes);
        let mut state = self.0.lock().unwrap();
        let inode = state.names[path];
        let contents = &mut state.inodes[inode].cache;
        *contents = Contents::default();
        contents.write(&bytes, 0);
        contents.length = bytes.len() as u64;
    }

    /// A whole file.
    pub(crate) fn read_bytes(&self, path: &Path) -> Vec<u8> {
        let state = self.0.lock().unwrap();
        let contents = &state.inodes[state.names[path]].cache;
        let mut bytes = vec![0; contents.length as usize];
        contents.read(&mut bytes, 0);
        bytes
    }

    /// A whole file that is text.
    pub(crate) fn read_to_string(&self, path: &Path) -> String {
        String::from_utf8(self.read_bytes(path)).unwrap()
    }

    /// Puts a file, or takes it away, behind the ledger's back.
    pub(crate) fn put(&self, path: &Path, bytes: Option<&[u8]>) {
        let mut state = self.0.lock().unwrap();
        match bytes {
            None => drop(state.names.remove(path)),
            Some(bytes) => {
                let mut inode = Inode::default();
                inode.cache.write(bytes, 0);
                state.inodes.push(inode);
                let number = state.inodes.len() - 1;
                state.names.insert(path.to_owned(), number);
            }
        }
    }

    /// Every file under a folder.
    pub(crate) fn files(&self, folder: &Path) -> Vec<PathBuf> {
        self.0.lock().unwrap().names.keys().filter(|path| path.starts_with(folder)).cloned().collect()
    }

    /// A copy that shares nothing.
    pub(crate) fn fork(&self) -> Self {
        let state = self.0.lock().unwrap();
        let inodes = state
            .inodes
            .iter()
            .map(|i| Inode {
                cache: i.cache.clone(),
                durable: i.durable.clone(),
                dirty: i.dirty.clone(),
                broken: i.broken,
            })
            .collect();
        Self(Arc::new(Mutex::new(State {
            inodes,
            names: state.names.clone(),
            durable_names: state.durable_names.clone(),
            pending_names: state.pending_names.clone(),
            boots: state.boots,
            ..State::default()
        })))
    }

    /// Counts an operation and says what goes wrong with it. A dead process can do nothing.
    fn operate(state: &mut State, what: &str, path: &Path) -> Result<Option<Fault>, io::Error> {
        if state.crashed.is_some() {
            return Err(io::Error::other("the process is dead"));
        }
        let at = state.operations;
        state.operations += 1;
        state.trace.push(format!("{at}: {what} {}", path.display()));
        let fault = state.plan.get(&at).copied();
        if let Some(fault) = fault {
            state.injected += 1;
            if matches!(fault, Fault::Kill { .. } | Fault::PowerLoss { .. }) {
                state.crashed = Some(fault);
            }
        }
        Ok(fault)
    }

    fn change_name(&self, what: &str, path: &Path, change: NameChange) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        if let Some(fault) = Self::operate(&mut state, what, path)? {
            return Err(error(fault));
        }
        apply(&mut state.names, &change);
        state.pending_names.push(change);
        Ok(())
    }
}

fn error(fault: Fault) -> io::Error {
    match fault {
        Fault::Error { no_space: true, .. } => io::Error::from_raw_os_error(28),
        Fault::Error { .. } | Fault::Broken => io::Error::from_raw_os_error(5),
        Fault::Kill { .. } | Fault::PowerLoss { .. } => io::Error::other("the process is dead"),
    }
}

fn lose_caches(state: &mut State, mut seed: u64) {
    state.boots += 1;
    for inode in &mut state.inodes {
        let dirty = std::mem::take(&mut inode.dirty);
        for sector in dirty {
            if random(&mut seed) & 1 == 1 {
                match inode.cache.sectors.get(&sector) {
                    Some(bytes) => drop(inode.durable.sectors.insert(sector, *bytes)),
                    None => drop(inode.durable.sectors.remove(&sector)),
                }
                inode.durable.length = inode.durable.length.max((sector + 1) * SECTOR).min(inode.cache.length);
            }
        }
        inode.cache = inode.durable.clone();
    }
    // The journal of the file system keeps name changes in order: some first part of them survives.
    let pending = std::mem::take(&mut state.pending_names);
    let kept = (random(&mut seed) % (pending.len() as u64 + 1)) as usize;
    for change in &pending[..kept] {
        apply(&mut state.durable_names, change);
    }
    state.names = state.durable_names.clone();
}

#[derive(Debug)]
struct FaultFile {
    disk: FaultDisk,
    inode: usize,
    path: PathBuf,
}

impl DiskFile for FaultFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.0.lock().unwrap();
        if state.crashed.is_some() {
            return Err(io::Error::other("the process is dead"));
        }
        Ok(state.inodes[self.inode].cache.read(buffer, offset))
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.disk.0.lock().unwrap();
        let fault = FaultDisk::operate(&mut state, &format!("write {}@{offset}", bytes.len()), &self.path)?;
        let inode = &mut state.inodes[self.inode];
        inode.broken |= fault == Some(Fault::Broken);
        let written = match fault {
            None if !inode.broken => bytes,
            None | Some(Fault::Broken) => &[],
            Some(Fault::Kill { torn } | Fault::PowerLoss { torn, .. } | Fault::Error { torn, .. }) => {
                &bytes[..torn.min(bytes.len())]
            }
        };
        inode.cache.write(written, offset);
        if !written.is_empty() {
            inode.dirty.extend(offset / SECTOR..=(offset + written.len() as u64 - 1) / SECTOR);
        }
        match fault {
            Some(fault) => Err(error(fault)),
            None if inode.broken => Err(error(Fault::Broken)),
            None => Ok(()),
        }
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.0.lock().unwrap();
        let fault = FaultDisk::operate(&mut state, "sync", &self.path)?;
        let inode = &mut state.inodes[self.inode];
        inode.broken |= fault == Some(Fault::Broken);
        match fault {
            None if !inode.broken => {
                inode.dirty.clear();
                inode.durable = inode.cache.clone();
                Ok(())
            }
            Some(fault @ (Fault::Kill { .. } | Fault::PowerLoss { .. })) => Err(error(fault)),
            // As Linux does it: the pages count as clean afterwards although they never reached the disk.
            None | Some(Fault::Error { .. } | Fault::Broken) => {
                inode.dirty.clear();
                Err(error(fault.unwrap_or(Fault::Broken)))
            }
        }
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.disk.0.lock().unwrap().inodes[self.inode].cache.length)
    }
}

#[derive(Debug)]
struct NoLock;

impl DiskLock for NoLock {
    fn acquire(&self) -> io::Result<()> {
        Ok(())
    }

    fn release(&self) -> io::Result<()> {
        Ok(())
    }
}

impl Disk for FaultDisk {
    fn open(&self, path: &Path, _read_only: bool) -> io::Result<Box<dyn DiskFile>> {
        let state = self.0.lock().unwrap();
        if state.crashed.is_some() {
            return Err(io::Error::other("the process is dead"));
        }
        let inode = *state.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(FaultFile { disk: self.clone(), inode, path: path.to_owned() }))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let inode = {
            let mut state = self.0.lock().unwrap();
            state.inodes.push(Inode::default());
            state.inodes.len() - 1
        };
        self.change_name("create", path, NameChange::Create(path.to_owned(), inode))?;
        Ok(Box::new(FaultFile { disk: self.clone(), inode, path: path.to_owned() }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        if !self.0.lock().unwrap().names.contains_key(from) {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.change_name("rename", to, NameChange::Rename(from.to_owned(), to.to_owned()))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.change_name("remove", path, NameChange::Remove(path.to_owned()))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let state = self.0.lock().unwrap();
        let inside = state.names.keys().filter(|path| path.parent() == Some(folder));
        Ok(inside.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect())
    }

    fn create_folder(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        if let Some(fault) = Self::operate(&mut state, "sync folder", path)? {
            return Err(error(fault));
        }
        // One journal for the whole file system: syncing a folder commits every name change so far.
        let pending = std::mem::take(&mut state.pending_names);
        for change in &pending {
            apply(&mut state.durable_names, change);
        }
        Ok(())
    }

    fn open_lock(&self, _path: &Path) -> io::Result<Box<dyn DiskLock>> {
        Ok(Box::new(NoLock))
    }

    fn boot(&self) -> String {
        format!("boot-{}", self.0.lock().unwrap().boots)
    }
}
