//! The file that tickets are kept in. Many processes have it open at the same time: each hook is one, and each terminal in which
//! somebody answers.
//!
//! What is read is not believed unless its seal fits. A row changes only from exactly what was read, in one statement, so of two
//! that want to use the same yes one finds it gone.

mod allowances;
mod file;
mod row;

use crate::seal::Key;
use crate::{ActionHash, Allowance, Answered, ApprovalsError, Moment, Request, State, Ticket, TicketId, Window};
use row::{Row, Stage};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

/// Tickets of one session that wait at the same time. More than this nobody reads, and an agent that asks for more is
/// better stopped.
const MOST_WAITING: usize = 8;

/// Tickets that wait at the same time, of all sessions.
const MOST_OPEN: u64 = 10_000;

/// Tickets that are over and still kept, to be looked up.
const MOST_KEPT: u64 = 2000;

/// It is not worth looking more often for what can be forgotten.
const FORGET_EVERY: u64 = 64;

/// A name is drawn again if it is taken; this often.
const DRAWS: usize = 16;

/// The tickets of a user.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    key: Key,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filed {
    /// It is new.
    New(Ticket),
    /// It waits already.
    Waits(Ticket),
    /// Somebody said no to the very same a while ago.
    Refused(Ticket),
    /// Too many of this session wait already: so many.
    TooMany(usize),
}

impl Store {
    /// Opens the file, or makes it. Its rows are sealed with `key`.
    pub fn open(path: &Path, key: [u8; 32]) -> Result<Self, ApprovalsError> {
        Ok(Self { connection: file::open(path)?, key: Key::new(key) })
    }

    /// Files a request that nobody has said yes to. It waits for `length`.
    pub fn file(&mut self, request: Request, length: Duration, now: &Moment) -> Result<Filed, ApprovalsError> {
        let Self { connection, key } = self;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for stored in row::of_action(&transaction, key, &request.action)? {
            let ticket = stored.ticket.at(now);
            match &ticket.state {
                State::Waiting(_) => return Ok(Filed::Waits(ticket)),
                State::Closed(closed) if closed.is_told(now) => return Ok(Filed::Refused(ticket)),
                State::Granted(_) | State::Closed(_) => {}
            }
        }
        let waiting = waiting_in(&transaction, key, &request.queue(), now)?;
        if waiting >= MOST_WAITING || row::count_waiting(&transaction)? >= MOST_OPEN {
            return Ok(Filed::TooMany(waiting));
        }
        let needed = NonZeroU32::new(request.needed).unwrap_or(NonZeroU32::MIN);
        let state = State::requested(needed, Window::starting(now, length));
        let ticket = Ticket { id: free_id(&transaction)?, revision: next_revision(&transaction)?, request, state };
        Row::sealed(&ticket, key)?.insert(&transaction)?;
        if ticket.revision.is_multiple_of(FORGET_EVERY) {
            forget_old_ones(&transaction)?;
            allowances::forget(&transaction, key, now)?;
        }
        transaction.commit()?;
        Ok(Filed::New(ticket))
    }

    /// Uses the yes to an action, if there is one: exactly one caller gets it. `event` is the hook event of the agent that
    /// passes with it.
    pub fn claim(&mut self, action: &ActionHash, event: &str, now: &Moment) -> Result<Option<Ticket>, ApprovalsError> {
        let Self { connection, key } = self;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut claimed = None;
        for stored in row::of_action(&transaction, key, action)? {
            let next = match stored.ticket.state.clone().at(now) {
                State::Granted(granted) => Some(granted.used(event, now)),
                State::Closed(closed) => closed.passes_again(event, now),
                State::Waiting(_) => None,
            };
            let Some(next) = next else { continue };
            let revision = next_revision(&transaction)?;
            claimed = stored.replace(&transaction, key, State::Closed(next), revision)?;
            if claimed.is_some() {
                break;
            }
        }
        transaction.commit()?;
        Ok(claimed)
    }

    /// Uses a yes to all that are alike, if there is one that holds.
    pub fn claim_like(&mut self, scope: &ActionHash, now: &Moment) -> Result<Option<Allowance>, ApprovalsError> {
        let Self { connection, key } = self;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let claimed = allowances::claim(&transaction, key, scope, now)?;
        transaction.commit()?;
        Ok(claimed)
    }

    /// Each yes to all that are alike that holds now.
    pub fn allowances(&self, now: &Moment) -> Result<Vec<Allowance>, ApprovalsError> {
        allowances::all(&self.connection, &self.key, now)
    }

    /// Takes back the yes to all that are alike of a ticket; whether there was one.
    pub fn revoke_like(&mut self, id: TicketId) -> Result<bool, ApprovalsError> {
        allowances::remove(&self.connection, id)
    }

    /// Writes an answer, unless the ticket has changed since it was read.
    pub fn answer(&mut self, answered: Answered) -> Result<Ticket, ApprovalsError> {
        let Self { connection, key } = self;
        let Answered { ticket, like, .. } = answered;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let stored = row::by_id(&transaction, key, ticket.id)?.ok_or(ApprovalsError::NoSuchTicket(ticket.id))?;
        if stored.ticket.revision != ticket.revision {
            return Err(ApprovalsError::Changed(ticket.id));
        }
        let revision = next_revision(&transaction)?;
        let after = stored.replace(&transaction, key, ticket.state, revision)?;
        let after = after.ok_or(ApprovalsError::Changed(ticket.id))?;
        if let Some(like) = like {
            allowances::insert(&transaction, key, &like)?;
        }
        transaction.commit()?;
        Ok(after)
    }

    /// A ticket as it stands now.
    pub fn ticket(&self, id: TicketId, now: &Moment) -> Result<Ticket, ApprovalsError> {
        let stored = row::by_id(&self.connection, &self.key, id)?.ok_or(ApprovalsError::NoSuchTicket(id))?;
        Ok(stored.ticket.at(now))
    }

    /// Those that wait or are granted now, the newest last. What carries no seal of ours is not among them.
    pub fn open_ones(&self, now: &Moment) -> Result<Vec<Ticket>, ApprovalsError> {
        let open = row::of_stages(&self.connection, &self.key, &[Stage::Waiting, Stage::Granted])?;
        let is_open = |ticket: &Ticket| matches!(ticket.state, State::Waiting(_) | State::Granted(_));
        Ok(open.into_iter().map(|stored| stored.ticket.at(now)).filter(is_open).collect())
    }

    /// Those that changed after a revision, in the order in which they did. The highest revision is where to go on.
    pub fn since(&self, revision: u64, now: &Moment) -> Result<Vec<Ticket>, ApprovalsError> {
        let changed = row::since(&self.connection, &self.key, revision)?;
        Ok(changed.into_iter().map(|stored| stored.ticket.at(now)).collect())
    }

    /// Ends everything that a session asked for, since it can't ask again, and gives what was open, so that the ledger can be told.
    pub fn end(&mut self, session: &str) -> Result<Vec<Ticket>, ApprovalsError> {
        self.close(|ticket| ticket.request.session == session, State::ended)
    }

    /// Writes down which have run out, and gives them, so that the ledger can be told. Each is given once.
    pub fn run_out(&mut self, now: &Moment) -> Result<Vec<Ticket>, ApprovalsError> {
        self.close(|_| true, |state| state.at(now))
    }

    fn close(
        &mut self,
        is_meant: impl Fn(&Ticket) -> bool,
        next: impl Fn(State) -> State,
    ) -> Result<Vec<Ticket>, ApprovalsError> {
        let Self { connection, key } = self;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut gone = Vec::new();
        for stored in row::of_stages(&transaction, key, &[Stage::Waiting, Stage::Granted])? {
            if !is_meant(&stored.ticket) {
                continue;
            }
            let state = next(stored.ticket.state.clone());
            if matches!(state, State::Closed(_)) {
                gone.extend(stored.replace(&transaction, key, state, next_revision(&transaction)?)?);
            }
        }
        transaction.commit()?;
        Ok(gone)
    }
}

impl Ticket {
    /// As it stands now.
    fn at(self, now: &Moment) -> Self {
        Self { state: self.state.at(now), ..self }
    }
}

fn waiting_in(transaction: &Transaction<'_>, key: &Key, queue: &str, now: &Moment) -> Result<usize, ApprovalsError> {
    let waiting = row::waiting_of_queue(transaction, key, queue)?;
    let still_waits = |stored: &row::Stored| matches!(stored.ticket.state.clone().at(now), State::Waiting(_));
    Ok(waiting.iter().filter(|stored| still_waits(stored)).count())
}

fn next_revision(transaction: &Transaction<'_>) -> Result<u64, ApprovalsError> {
    let last: Option<i64> = transaction
        .query_row("SELECT revision FROM ticket ORDER BY revision DESC LIMIT 1", [], |row| row.get(0))
        .optional()?;
    Ok(u64::try_from(last.unwrap_or(0)).unwrap_or(0) + 1)
}

fn free_id(transaction: &Transaction<'_>) -> Result<TicketId, ApprovalsError> {
    for _ in 0..DRAWS {
        let id = TicketId::fresh()?;
        let taken: Option<i64> = transaction
            .query_row("SELECT 1 FROM ticket WHERE id = ?1", [id.to_string()], |row| row.get(0))
            .optional()?;
        if taken.is_none() {
            return Ok(id);
        }
    }
    Err(ApprovalsError::Randomness("every name that was drawn is taken".to_owned()))
}

/// Drops the oldest of those that are over.
fn forget_old_ones(transaction: &Transaction<'_>) -> Result<(), ApprovalsError> {
    transaction.execute(
        "DELETE FROM ticket WHERE stage = 'closed' AND revision <=
           (SELECT revision FROM ticket WHERE stage = 'closed' ORDER BY revision DESC LIMIT 1 OFFSET ?1)",
        params![i64::try_from(MOST_KEPT).unwrap_or(i64::MAX)],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests;
