//! The file itself: private, shared by many processes, and of a version that is known.

use crate::ApprovalsError;
use rusqlite::{Connection, OpenFlags};
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;

/// Tells SQLite's files apart.
const APPLICATION: i64 = 0x5043_4150;
const VERSION: i64 = 1;

/// A hook has to answer within two seconds, so this must be well below.
const PATIENCE: Duration = Duration::from_millis(900);

const TABLE: &str = "
CREATE TABLE IF NOT EXISTS ticket (
    id       TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    action   TEXT NOT NULL,
    queue    TEXT NOT NULL,
    stage    TEXT NOT NULL,
    request  TEXT NOT NULL,
    state    TEXT NOT NULL,
    seal     BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS allowance (
    id    TEXT PRIMARY KEY,
    scope TEXT NOT NULL,
    body  TEXT NOT NULL,
    seal  BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS allowance_scope ON allowance (scope);
CREATE INDEX IF NOT EXISTS ticket_action ON ticket (action);
CREATE INDEX IF NOT EXISTS ticket_queue ON ticket (queue, stage);
CREATE INDEX IF NOT EXISTS ticket_stage ON ticket (stage, revision);
CREATE UNIQUE INDEX IF NOT EXISTS ticket_revision ON ticket (revision);
";

/// Opens the file, or makes it.
pub(super) fn open(path: &Path) -> Result<Connection, ApprovalsError> {
    make_private(path).map_err(|source| ApprovalsError::Open { path: path.to_owned(), source })?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    // A use that is forgotten in a crash could be used again, so each write is on the disk before it counts.
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;")?;
    if version(&connection)? == (APPLICATION, VERSION) {
        return Ok(connection);
    }
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    match version(&transaction)? {
        (APPLICATION, VERSION) => {}
        (0, 0) => {
            transaction.execute_batch(TABLE)?;
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
        }
        (application, version) => {
            return Err(ApprovalsError::Foreign { what: format!("application {application:x}, version {version}") });
        }
    }
    transaction.commit()?;
    Ok(connection)
}

fn version(connection: &Connection) -> Result<(i64, i64), ApprovalsError> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    Ok((pragma("application_id")?, pragma("user_version")?))
}

/// Makes the file for its owner alone. What SQLite puts beside it gets the same rights. A link is not followed, and a file of
/// somebody else or one that others can look into is not used.
fn make_private(path: &Path) -> io::Result<()> {
    let no_follow = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or(0);
    let file = OpenOptions::new().read(true).write(true).create(true).mode(0o600).custom_flags(no_follow).open(path)?;
    let metadata = file.metadata()?;
    if metadata.mode() & 0o077 != 0 || metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other("others can get at it"));
    }
    Ok(())
}
