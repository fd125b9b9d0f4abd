//! The file of the index: opened, or put out of the way and made anew.
//!
//! Whoever opens or replaces the file holds a lock on a file beside it. A process that still has a replaced file open
//! goes on with it undisturbed; SQLite sees that the file has moved and leaves its successor's journal alone.

use super::error::{IndexError, Inner};
use super::{sql, state};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why an index was thrown away and is built anew from the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Replaced {
    /// There was a file that no version of this program wrote. It was kept.
    #[error("the file at the index's place is no index ({what}); it was kept as {}", kept.display())]
    Foreign {
        /// What it is instead.
        what: String,
        /// Its new name.
        kept: PathBuf,
    },
    /// Another version of this program wrote it.
    #[error("the index was written by another version of this program")]
    OtherVersion,
    /// It contradicts itself.
    #[error("the index was damaged ({0})")]
    Damaged(String),
    /// Somebody asked for it.
    #[error("a rebuild was asked for")]
    Asked,
    /// It was made from another log.
    #[error("the index was made from another log")]
    OtherLog,
}

/// An open index.
#[derive(Debug)]
pub(super) struct Place {
    /// The file.
    pub(super) path: PathBuf,
    /// The connection to it.
    pub(super) connection: Connection,
    /// What it replaced.
    pub(super) replaced: Option<Replaced>,
    /// Device and number of the file.
    file: (u64, u64),
}

/// What a file turned out to be.
enum Verdict {
    Ours,
    Blank,
    Unusable(Replaced),
    Foreign(String),
}

impl Place {
    /// Opens the index at `path`, or makes a new one.
    pub(super) fn open(path: &Path) -> Result<Self, IndexError> {
        let path = absolute(path).map_err(io_error(path))?;
        let guard = lock(&path).map_err(io_error(&path))?;
        let place = open_locked(path, None)?;
        drop(guard);
        Ok(place)
    }

    /// Throws the index away and makes a new one, unless somebody has done so already.
    pub(super) fn replace(&mut self, why: Replaced) -> Result<(), IndexError> {
        let guard = lock(&self.path).map_err(io_error(&self.path))?;
        let still_mine = self.is_current() || marker(&self.path).exists();
        self.connection = Connection::open_in_memory()?;
        *self = open_locked(self.path.clone(), still_mine.then_some(why))?;
        drop(guard);
        Ok(())
    }

    /// Whether the file that is open is the one at its place.
    pub(super) fn is_current(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok_and(|now| identify(&now) == self.file)
    }

    /// Whether somebody found the index damaged.
    pub(super) fn is_marked(&self) -> bool {
        marker(&self.path).exists()
    }

    /// Remembers beyond this process that the index is damaged.
    pub(super) fn mark_damaged(&self) {
        if self.is_current() {
            // If it can't be written, the damage is found again the next time.
            let _ignored = private(OpenOptions::new().write(true).create(true).truncate(false), &marker(&self.path));
        }
    }
}

fn open_locked(path: PathBuf, throw_away: Option<Replaced>) -> Result<Place, IndexError> {
    let marked = marker(&path).exists().then(|| Replaced::Damaged("found while searching".to_owned()));
    let mut replaced = None;
    if fs::symlink_metadata(&path).is_ok() {
        let verdict = match throw_away.or(marked) {
            Some(why) => Verdict::Unusable(why),
            None => examine(&path)?,
        };
        match verdict {
            Verdict::Ours | Verdict::Blank => {}
            Verdict::Unusable(why) => {
                remove(&path, true).map_err(io_error(&path))?;
                replaced = Some(why);
            }
            Verdict::Foreign(what) => {
                let kept = set_aside(&path).map_err(io_error(&path))?;
                replaced = Some(Replaced::Foreign { what, kept });
            }
        }
    }
    drop(private(OpenOptions::new().read(true).write(true).create(true), &path).map_err(io_error(&path))?);
    let mut connection = connect(&path)?;
    initialise(&mut connection, &path)?;
    let file = identify(&fs::symlink_metadata(&path).map_err(io_error(&path))?);
    Ok(Place { path, connection, replaced, file })
}

/// Opens a file for the owner alone, also if it was readable for others before.
fn private(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let file = options.mode(0o600).custom_flags(no_follow()).open(path)?;
    if file.metadata()?.mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

/// `O_NOFOLLOW`, as this platform numbers it.
const fn no_follow() -> i32 {
    if cfg!(any(target_arch = "aarch64", target_arch = "arm", target_arch = "powerpc64")) {
        0o100_000
    } else {
        0o400_000
    }
}

fn connect(path: &Path) -> Result<Connection, IndexError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_mins(1))?;
    connection.set_prepared_statement_cache_capacity(64);
    for (pragma, value) in [("page_size", 8192), ("cache_size", -65_536), ("trusted_schema", 0), ("cell_size_check", 1)]
    {
        connection.pragma_update(None, pragma, value)?;
    }
    connection.pragma_update(None, "temp_store", "memory")?;
    Ok(connection)
}

/// Looks at a file without changing it.
fn examine(path: &Path) -> Result<Verdict, IndexError> {
    let connection = connect(path).and_then(|connection| Ok(describe(&connection).map(|found| (connection, found))?));
    match connection {
        Ok((_, found)) => Ok(judge(&found)),
        Err(IndexError::Sqlite(error)) if super::error::means_damage(&error) => Ok(damaged(path, error.to_string())),
        Err(error) => Err(error),
    }
}

/// A file that SQLite can't read is ours if it still begins as ours do.
fn damaged(path: &Path, what: String) -> Verdict {
    let ours = fs::File::open(path).ok().is_some_and(|mut file| {
        let mut header = [0; 72];
        io::Read::read_exact(&mut file, &mut header).is_ok() && header.ends_with(&sql::APPLICATION_ID.to_be_bytes())
    });
    if ours { Verdict::Unusable(Replaced::Damaged(what)) } else { Verdict::Foreign(what) }
}

/// Application id, version, and the text of all tables.
type Description = (i32, i32, Vec<String>);

fn describe(connection: &Connection) -> rusqlite::Result<Description> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get(0));
    let mut statement = connection.prepare(sql::TABLES)?;
    let tables = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok((number("application_id")?, number("user_version")?, tables))
}

fn judge((application, version, tables): &Description) -> Verdict {
    match (*application, *version) {
        (0, 0) if tables.is_empty() => Verdict::Blank,
        (sql::APPLICATION_ID, sql::SCHEMA_VERSION) if sql::tables().eq(tables) => Verdict::Ours,
        (sql::APPLICATION_ID, sql::SCHEMA_VERSION) => {
            Verdict::Unusable(Replaced::Damaged("its tables are not as they should be".to_owned()))
        }
        (sql::APPLICATION_ID, _) => Verdict::Unusable(Replaced::OtherVersion),
        _ => Verdict::Foreign("a database of another program".to_owned()),
    }
}

/// Makes the tables, all or none, if they are not there.
fn initialise(connection: &mut Connection, path: &Path) -> Result<(), IndexError> {
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let present: i32 = transaction.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if present == 0 {
        transaction.execute_batch(sql::SCHEMA)?;
        transaction.pragma_update(None, "application_id", sql::APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", sql::SCHEMA_VERSION)?;
        let mut key = [0; 64];
        getrandom::fill(&mut key).map_err(|error| IndexError::Random(error.to_string()))?;
        state::set_term_key(&transaction, &key).map_err(|error: Inner| error.at(path))?;
    }
    Ok(transaction.commit()?)
}

fn lock(path: &Path) -> io::Result<File> {
    let file = private(OpenOptions::new().write(true).create(true).truncate(false), &beside(path, "-guard"))?;
    file.lock()?;
    Ok(file)
}

fn marker(path: &Path) -> PathBuf {
    beside(path, "-damaged")
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn remove(path: &Path, main_file: bool) -> io::Result<()> {
    let files = ["", "-wal", "-shm", "-journal", "-damaged"].into_iter().skip(usize::from(!main_file));
    for ending in files {
        match fs::remove_file(beside(path, ending)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Renames a file that may be somebody's work. Its journals go with it.
fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let free =
        (1..1000).map(|n| beside(path, &format!(".set-aside-{n}"))).find(|name| fs::symlink_metadata(name).is_err());
    let kept = free.ok_or_else(|| io::Error::other("there are a thousand files set aside already"))?;
    for ending in ["-wal", "-shm", "-journal"] {
        if fs::symlink_metadata(beside(path, ending)).is_ok() {
            fs::rename(beside(path, ending), beside(&kept, ending))?;
        }
    }
    fs::rename(path, &kept)?;
    remove(path, false)?;
    Ok(kept)
}

/// The path with its folder resolved, so that only the last name is left to check for a link.
fn absolute(path: &Path) -> io::Result<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or_else(|| io::Error::other("it names no file"))?;
    Ok(folder.canonicalize()?.join(name))
}

fn identify(metadata: &fs::Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> IndexError + use<> {
    let path = path.to_owned();
    move |source| IndexError::Io { path, source }
}
