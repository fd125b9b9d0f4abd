//! The few things that the log asks of a file system, as a trait.
//!
//! There are two implementors: the real one below, and one in the tests that loses caches, tears writes and fails on
//! demand. Everything that the log promises about crashes is proven against the second.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

/// A file system.
pub trait Disk: Debug + Send + Sync {
    /// Opens an existing file for reading and, unless `read_only`, for writing.
    fn open(&self, path: &Path, read_only: bool) -> io::Result<Box<dyn DiskFile>>;
    /// Creates a file that must not exist yet, readable by its owner only.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Gives a file its final name, replacing what bore it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// The names in a folder.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;
    /// Makes a folder, and those above it, accessible to the owner only.
    fn create_folder(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a folder durable.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
    /// Opens the file that processes lock to write one after another.
    fn open_lock(&self, path: &Path) -> io::Result<Box<dyn DiskLock>>;
    /// Changes whenever caches may have been lost: at every start of the machine.
    fn boot(&self) -> String;
}

/// An open file.
pub trait DiskFile: Debug + Send + Sync {
    /// Reads up to `buffer.len()` bytes; fewer only at the end of the file.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes all of `bytes`.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Returns once everything written is durable. After an error nothing written since the last success can be
    /// trusted, and the same file must not be synced again: the kernel reports such an error once and then forgets it.
    fn sync(&self) -> io::Result<()>;
    /// The file's length.
    fn length(&self) -> io::Result<u64>;
    /// Whether `path` still leads to this file. What is written to a file that no name leads to is lost.
    fn is_at(&self, path: &Path) -> io::Result<bool> {
        let _ = path;
        Ok(true)
    }
}

/// A lock between processes. It is released by the system when its holder dies.
pub trait DiskLock: Debug + Send + Sync {
    /// Waits for the lock, but not for ever: its holder may have been stopped.
    fn acquire(&self) -> io::Result<()>;
    /// Gives it back.
    fn release(&self) -> io::Result<()>;
}

/// The file system of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn open(&self, path: &Path, read_only: bool) -> io::Result<Box<dyn DiskFile>> {
        // A pipe in the place of a file would have us wait for ever.
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
        }
        Ok(Box::new(RealFile::of(OpenOptions::new().read(true).write(!read_only).open(path)?)?))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
        Ok(Box::new(RealFile::of(file)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn open_lock(&self, path: &Path) -> io::Result<Box<dyn DiskLock>> {
        Ok(Box::new(RealLock { path: path.to_owned(), file: Mutex::new(open_lock_file(path)?) }))
    }

    fn boot(&self) -> String {
        fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
    }
}

#[derive(Debug)]
struct RealFile {
    file: File,
    identity: Identity,
}

impl RealFile {
    fn of(file: File) -> io::Result<Self> {
        let identity = Identity::of(&file.metadata()?);
        Ok(Self { file, identity })
    }
}

/// What tells a file from every other that exists at the same time: its device and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity(u64, u64);

impl Identity {
    fn of(metadata: &fs::Metadata) -> Self {
        Self(metadata.dev(), metadata.ino())
    }

    /// Whether `path` leads to this file.
    fn is_at(self, path: &Path) -> io::Result<bool> {
        match fs::metadata(path) {
            Ok(named) => Ok(Self::of(&named) == self),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl DiskFile for RealFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.file.read_at(rest, offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn is_at(&self, path: &Path) -> io::Result<bool> {
        self.identity.is_at(path)
    }
}

/// How long to wait for a lock. Writing takes milliseconds; a holder that takes this long was stopped.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug)]
struct RealLock {
    path: PathBuf,
    file: Mutex<File>,
}

fn open_lock_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

impl RealLock {
    fn file(&self) -> MutexGuard<'_, File> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DiskLock for RealLock {
    fn acquire(&self) -> io::Result<()> {
        let mut file = self.file();
        loop {
            wait_for(&mut file, &self.path, PATIENCE)?;
            if Identity::of(&file.metadata()?).is_at(&self.path)? {
                return Ok(());
            }
            // Somebody deleted the lock's file. Whoever comes later locks another one, and so must we.
            *file = open_lock_file(&self.path)?;
        }
    }

    fn release(&self) -> io::Result<()> {
        self.file().unlock()
    }
}

fn wait_for(file: &mut File, path: &Path, patience: Duration) -> io::Result<()> {
    match file.try_lock() {
        Ok(()) => return Ok(()),
        Err(TryLockError::Error(error)) => return Err(error),
        Err(TryLockError::WouldBlock) => {}
    }
    // The system wakes whoever waits in its queue; looking again and again would lose against a holder that comes right
    // back. It knows no limit of time, so a thread waits in its place. The thread has the file opened for itself: a
    // lock belongs to whom it was opened by, and one that comes too late goes with its file and no other.
    let (sender, receiver) = mpsc::channel();
    let path = path.to_owned();
    let take = move || open_lock_file(&path).and_then(|file| file.lock().map(|()| file));
    std::thread::Builder::new().name("ledger-lock".to_owned()).spawn(move || sender.send(take()).ok())?;
    let Ok(locked) = receiver.recv_timeout(patience) else {
        let what = format!(
            "another process has held it for {} seconds; if that one is stopped, continue or end it",
            patience.as_secs()
        );
        return Err(io::Error::new(io::ErrorKind::TimedOut, what));
    };
    *file = locked?;
    Ok(())
}

/// Writes a small file so that after a crash there is either the old one or the new one, whole.
pub fn replace_file(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = temporary_name(path);
    let write = || {
        let file = disk.create(&temporary)?;
        file.write_at(bytes, 0)?;
        file.sync()?;
        disk.rename(&temporary, path)
    };
    if let Err(error) = write() {
        // Best effort: nobody else would take it away.
        disk.remove(&temporary).ok();
        return Err(error);
    }
    path.parent().map_or(Ok(()), |folder| disk.sync_folder(folder))
}

/// A name beside `path` that no other process or thread uses. A process's number alone would not do: in containers
/// it is the same each time, and what one that died left behind would be in the way of the next.
pub(crate) fn temporary_name(path: &Path) -> PathBuf {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut random = [0; 8];
    // Without randomness the rest of the name still tells the processes of one machine apart.
    getrandom::fill(&mut random).ok();
    let (count, random) = (COUNT.fetch_add(1, Ordering::Relaxed), u64::from_le_bytes(random));
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}-{count}-{random:016x}.tmp", std::process::id()));
    PathBuf::from(name)
}

/// The largest file that is read whole. None of ours comes near it.
const LARGEST_WHOLE: u64 = 64 << 20;

/// Reads a whole small file.
pub(crate) fn read_file(disk: &dyn Disk, path: &Path) -> io::Result<Vec<u8>> {
    let file = disk.open(path, true)?;
    let length = file.length()?;
    if length > LARGEST_WHOLE {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is larger than any such file can be"));
    }
    let length = usize::try_from(length).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    let read = file.read_at(&mut bytes, 0)?;
    bytes.truncate(read);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_whose_holder_was_stopped_is_not_waited_for_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = open_lock_file(&path).unwrap();
        held.lock().unwrap();
        let mut mine = open_lock_file(&path).unwrap();
        let error = wait_for(&mut mine, &path, Duration::from_millis(20)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(error.to_string().contains("another process has held it"), "{error}");
        held.unlock().unwrap();
        wait_for(&mut mine, &path, Duration::from_millis(20)).unwrap();
    }

    #[test]
    fn a_wait_that_was_given_up_does_not_give_back_the_lock_of_a_later_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let (held, other) = (open_lock_file(&path).unwrap(), open_lock_file(&path).unwrap());
        let mut mine = open_lock_file(&path).unwrap();
        for _ in 0..20 {
            held.lock().unwrap();
            wait_for(&mut mine, &path, Duration::from_millis(3)).unwrap_err();
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    std::thread::sleep(Duration::from_millis(3));
                    held.unlock().unwrap();
                });
                wait_for(&mut mine, &path, Duration::from_mins(1)).unwrap();
            });
            for _ in 0..10 {
                assert!(matches!(other.try_lock(), Err(TryLockError::WouldBlock)), "two hold the lock");
                std::thread::sleep(Duration::from_micros(100));
            }
            mine.unlock().unwrap();
        }
    }
}
