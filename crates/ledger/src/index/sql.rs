//! Every table and every statement of the index. They stand in one place so that a test can ask SQLite how it would
//! carry out each of them: none may walk a whole table.

/// Marks the file as ours: "PCLI".
pub(super) const APPLICATION_ID: i32 = 0x5043_4C49;

/// Counted up whenever the tables, or the meaning of what is in them, change. An index of another version is rebuilt.
pub(super) const SCHEMA_VERSION: i32 = 1;

/// The tables.
///
/// `state` is what is known of the log. `events` has a row for each record. `runs`, `fences`, `blocks` and `postings`
/// are the inverted index: a run covers some consecutive records, its dictionary is cut into blocks, `fences` has the
/// first term of each block, and `postings` has what is too long for a block. `counts` has the sums for charts.
pub(super) const SCHEMA: &str = "
CREATE TABLE state(key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE names(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE events(idx INTEGER PRIMARY KEY, time INTEGER NOT NULL, id BLOB, kind INTEGER NOT NULL, op INTEGER,
    flags INTEGER NOT NULL, actor INTEGER, agent INTEGER, session INTEGER, segment INTEGER NOT NULL,
    offset INTEGER NOT NULL, summary TEXT NOT NULL) STRICT;
CREATE TABLE runs(first INTEGER PRIMARY KEY, size INTEGER NOT NULL, first_block INTEGER NOT NULL,
    last_block INTEGER NOT NULL, first_posting INTEGER NOT NULL, last_posting INTEGER NOT NULL,
    earliest INTEGER NOT NULL, latest INTEGER NOT NULL, times BLOB NOT NULL) STRICT;
CREATE TABLE fences(run INTEGER, term BLOB, block INTEGER NOT NULL, PRIMARY KEY(run, term)) STRICT, WITHOUT ROWID;
CREATE TABLE blocks(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
CREATE TABLE postings(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
CREATE TABLE counts(dimension INTEGER, scale INTEGER, bucket INTEGER, value INTEGER, n INTEGER NOT NULL,
    PRIMARY KEY(dimension, scale, bucket, value)) STRICT, WITHOUT ROWID;
";

/// The tables that a file has. The one statement that reads all of a table, which is SQLite's list of a dozen tables.
pub(super) const TABLES: &str = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid";

/// The tables that a file must have, in the words of [`SCHEMA`].
pub(super) fn tables() -> impl Iterator<Item = &'static str> {
    SCHEMA.split(';').map(str::trim).filter(|table| !table.is_empty())
}

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub(super) const $name: &str = $text;)*
        /// All of them.
        #[cfg(test)]
        pub(super) const ALL: &[&str] = &[$($name),*];
    };
}

statements! {
    /// What is known of the log.
    STATE = "SELECT value FROM state WHERE key = ?1";
    /// Remembers something of the log.
    SET_STATE = "INSERT INTO state(key, value) VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value";
    /// The number of a name.
    NAME_NUMBER = "SELECT id FROM names WHERE text = ?1";
    /// The name of a number.
    NAME_TEXT = "SELECT text FROM names WHERE id = ?1";
    /// A new name.
    ADD_NAME = "INSERT INTO names(text) VALUES(?1)";
    /// A new row.
    ADD_EVENT = "INSERT INTO events(idx, time, id, kind, op, flags, actor, agent, session, segment, offset, summary)
        VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    /// A row.
    EVENT = "SELECT time, id, kind, op, flags, actor, agent, session, segment, offset, summary FROM events WHERE idx = ?1";
    /// The time of a row.
    EVENT_TIME = "SELECT time FROM events WHERE idx = ?1";
    /// The runs that begin at or before a record, the newest first.
    RUNS = "SELECT first, size, first_block, last_block, first_posting, last_posting, earliest, latest FROM runs
        WHERE first <= ?1 ORDER BY first DESC";
    /// The times of a run.
    RUN_TIMES = "SELECT times FROM runs WHERE first = ?1";
    /// A new run.
    ADD_RUN = "INSERT INTO runs(first, size, first_block, last_block, first_posting, last_posting, earliest, latest, times)
        VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    /// Removes a run.
    DROP_RUN = "DELETE FROM runs WHERE first = ?1";
    /// The block of a run that may hold a term. A run is known by its first block.
    FENCE = "SELECT block FROM fences WHERE run = ?1 AND term <= ?2 ORDER BY term DESC LIMIT 1";
    /// A new fence.
    ADD_FENCE = "INSERT INTO fences(run, term, block) VALUES(?1, ?2, ?3)";
    /// Removes the fences of a run.
    DROP_FENCES = "DELETE FROM fences WHERE run = ?1";
    /// A block.
    BLOCK = "SELECT bytes FROM blocks WHERE id = ?1";
    /// The number of the last block.
    LAST_BLOCK = "SELECT max(id) FROM blocks";
    /// A new block.
    ADD_BLOCK = "INSERT INTO blocks(id, bytes) VALUES(?1, ?2)";
    /// Removes the blocks of a run.
    DROP_BLOCKS = "DELETE FROM blocks WHERE id BETWEEN ?1 AND ?2";
    /// A posting.
    POSTING = "SELECT bytes FROM postings WHERE id = ?1";
    /// The number of the last posting.
    LAST_POSTING = "SELECT max(id) FROM postings";
    /// A new posting.
    ADD_POSTING = "INSERT INTO postings(id, bytes) VALUES(?1, ?2)";
    /// Removes the postings of a run.
    DROP_POSTINGS = "DELETE FROM postings WHERE id BETWEEN ?1 AND ?2";
    /// Adds to a sum.
    ADD_COUNT = "INSERT INTO counts(dimension, scale, bucket, value, n) VALUES(?1, ?2, ?3, ?4, ?5)
        ON CONFLICT(dimension, scale, bucket, value) DO UPDATE SET n = n + excluded.n";
    /// The sums of a range of buckets.
    COUNTS = "SELECT bucket, value, n FROM counts WHERE dimension = ?1 AND scale = ?2 AND bucket >= ?3 AND bucket < ?4";
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn no_statement_walks_a_whole_table() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        assert!(ALL.len() > 20);
        for statement in ALL {
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
            let missing = vec![rusqlite::types::Null; plan.parameter_count()];
            let steps: Vec<String> = plan
                .query_map(rusqlite::params_from_iter(missing), |row| row.get(3))
                .unwrap()
                .map(Result::unwrap)
                .collect();
            let bad =
                |step: &String| step.contains("SCAN") || step.contains("TEMP B-TREE") || step.contains("AUTOMATIC");
            assert!(!steps.iter().any(bad), "{statement}: {steps:?}");
        }
    }

    #[test]
    fn statements_are_written_here_and_nowhere_else() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/index");
        let mut seen = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().is_some_and(|name| name == "sql.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for word in ["SELECT ", "INSERT ", "UPDATE ", "DELETE "] {
                assert!(!code.contains(word), "{} holds SQL", path.display());
            }
            seen += 1;
        }
        assert!(seen > 10);
    }
}
