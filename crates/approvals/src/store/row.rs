//! A ticket as a row. The columns that are searched by are told from the sealed ones when a row is read, so changing one of them
//! alone only makes the row count for nothing.

use crate::seal::Key;
use crate::{ActionHash, ApprovalsError, State, Ticket, TicketId};
use rusqlite::{Connection, OptionalExtension as _, params};

/// Where a ticket stands, as far as it is searched by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Waiting,
    Granted,
    Closed,
}

impl Stage {
    const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Granted => "granted",
            Self::Closed => "closed",
        }
    }

    const fn of(state: &State) -> Self {
        match state {
            State::Waiting(_) => Self::Waiting,
            State::Granted(_) => Self::Granted,
            State::Closed(_) => Self::Closed,
        }
    }
}

/// A ticket with the very row that it was read from.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) ticket: Ticket,
    row: Row,
}

impl Stored {
    /// Puts another state in the place of this very row; `None` if it was not there any more.
    pub(super) fn replace(
        self,
        connection: &Connection,
        key: &Key,
        state: State,
        revision: u64,
    ) -> Result<Option<Ticket>, ApprovalsError> {
        let mut row = Row {
            revision: i64::try_from(revision).unwrap_or(i64::MAX),
            stage: Stage::of(&state).word().to_owned(),
            state: serde_json::to_string(&state)?,
            ..self.row.clone()
        };
        row.seal = row.with_parts(|parts| key.seal(parts));
        let changed = connection
            .prepare_cached(
                "UPDATE ticket SET revision = ?1, stage = ?2, state = ?3, seal = ?4 WHERE id = ?5 AND seal = ?6",
            )?
            .execute(params![row.revision, row.stage, row.state, row.seal, self.row.id, self.row.seal])?;
        Ok((changed == 1).then_some(Ticket { revision, state, ..self.ticket }))
    }
}

/// A row as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    id: String,
    revision: i64,
    action: String,
    queue: String,
    stage: String,
    request: String,
    state: String,
    seal: Vec<u8>,
}

const COLUMNS: &str = "SELECT id, revision, action, queue, stage, request, state, seal FROM ticket";

impl Row {
    /// The row of a ticket, sealed.
    pub(super) fn sealed(ticket: &Ticket, key: &Key) -> Result<Self, ApprovalsError> {
        let mut row = Self {
            id: ticket.id.to_string(),
            revision: i64::try_from(ticket.revision).unwrap_or(i64::MAX),
            action: ticket.request.action.to_string(),
            queue: ticket.request.queue(),
            stage: Stage::of(&ticket.state).word().to_owned(),
            request: serde_json::to_string(&ticket.request)?,
            state: serde_json::to_string(&ticket.state)?,
            seal: Vec::new(),
        };
        row.seal = row.with_parts(|parts| key.seal(parts));
        Ok(row)
    }

    fn with_parts<T>(&self, then: impl FnOnce(&[&[u8]]) -> T) -> T {
        let Self { id, revision, action, queue, stage, request, state, seal: _ } = self;
        let revision = revision.to_be_bytes();
        let texts = [id, action, queue, stage, request, state].map(String::as_bytes);
        let mut parts: Vec<&[u8]> = vec![&revision];
        parts.extend(texts);
        then(&parts)
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            revision: row.get(1)?,
            action: row.get(2)?,
            queue: row.get(3)?,
            stage: row.get(4)?,
            request: row.get(5)?,
            state: row.get(6)?,
            seal: row.get(7)?,
        })
    }

    /// The ticket, if the seal fits and what is searched by is what it says.
    fn genuine(self, key: &Key) -> Result<Stored, ApprovalsError> {
        let forged = || ApprovalsError::Forged(self.id.clone());
        if !self.with_parts(|parts| key.fits(parts, &self.seal)) {
            return Err(forged());
        }
        let ticket = Ticket {
            id: self.id.parse().map_err(|_| forged())?,
            revision: u64::try_from(self.revision).map_err(|_| forged())?,
            request: serde_json::from_str(&self.request).map_err(|_| forged())?,
            state: serde_json::from_str(&self.state).map_err(|_| forged())?,
        };
        let is_consistent = ticket.request.action.to_string() == self.action
            && ticket.request.queue() == self.queue
            && Stage::of(&ticket.state).word() == self.stage;
        if is_consistent { Ok(Stored { ticket, row: self }) } else { Err(forged()) }
    }

    pub(super) fn insert(&self, connection: &Connection) -> Result<(), ApprovalsError> {
        let Self { id, revision, action, queue, stage, request, state, seal } = self;
        connection
            .prepare_cached(
                "INSERT INTO ticket (id, revision, action, queue, stage, request, state, seal)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![id, revision, action, queue, stage, request, state, seal])?;
        Ok(())
    }
}

/// A ticket by its name. One with a seal that does not fit is an error, so that whoever asks for it is told.
pub(super) fn by_id(connection: &Connection, key: &Key, id: TicketId) -> Result<Option<Stored>, ApprovalsError> {
    let mut statement = connection.prepare_cached(&format!("{COLUMNS} WHERE id = ?1"))?;
    let row = statement.query_row([id.to_string()], Row::read).optional()?;
    row.map(|row| row.genuine(key)).transpose()
}

/// The tickets of an action, the newest first.
pub(super) fn of_action(
    connection: &Connection,
    key: &Key,
    action: &ActionHash,
) -> Result<Vec<Stored>, ApprovalsError> {
    let sql = format!("{COLUMNS} WHERE action = ?1 ORDER BY revision DESC LIMIT 64");
    genuine(connection, key, &sql, [action.to_string()])
}

/// The tickets of a queue that wait.
pub(super) fn waiting_of_queue(connection: &Connection, key: &Key, queue: &str) -> Result<Vec<Stored>, ApprovalsError> {
    let sql = format!("{COLUMNS} WHERE queue = ?1 AND stage = ?2 ORDER BY revision");
    genuine(connection, key, &sql, [queue, Stage::Waiting.word()])
}

/// How many wait, whoever wrote them.
pub(super) fn count_waiting(connection: &Connection) -> Result<u64, ApprovalsError> {
    let count: i64 = connection
        .prepare_cached("SELECT count(*) FROM ticket WHERE stage = 'waiting'")?
        .query_row([], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The tickets of these stages, the oldest first.
pub(super) fn of_stages(connection: &Connection, key: &Key, stages: &[Stage]) -> Result<Vec<Stored>, ApprovalsError> {
    let sql = format!("{COLUMNS} WHERE stage = ?1 ORDER BY revision");
    let mut all = Vec::new();
    for stage in stages {
        all.extend(genuine(connection, key, &sql, [stage.word()])?);
    }
    all.sort_by_key(|stored| stored.row.revision);
    Ok(all)
}

/// Those that changed after a revision.
pub(super) fn since(connection: &Connection, key: &Key, revision: u64) -> Result<Vec<Stored>, ApprovalsError> {
    let sql = format!("{COLUMNS} WHERE revision > ?1 ORDER BY revision");
    genuine(connection, key, &sql, [i64::try_from(revision).unwrap_or(i64::MAX)])
}

/// What a query finds, without what somebody wrote who has no key.
fn genuine(
    connection: &Connection,
    key: &Key,
    sql: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<Stored>, ApprovalsError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(parameters, Row::read)?;
    let mut all = Vec::new();
    for row in rows {
        match row?.genuine(key) {
            Ok(stored) => all.push(stored),
            Err(ApprovalsError::Forged(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}
