//! Exchanges with models, as the ledger has them.

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::ledger::{self, Entry, SLICE};
use crate::records::Missing;
use portcullis_event::{Actor, Body, Llm, Obligation, Record, SessionId, Timestamp, Verdict};
use portcullis_ledger::Reader;
use portcullis_ledger::index::{Index, Query, Row, UNREADABLE};

/// How many rows are asked for at once.
const ROWS: usize = 1000;

/// How many of the latest are looked at for one that has a session.
const LOOKED_AT: usize = 1000;

/// One half of an exchange.
#[derive(Debug)]
pub(super) struct Exchange {
    /// The number of its record.
    pub(super) record: u64,
    pub(super) time: Timestamp,
    pub(super) actor: Actor,
    pub(super) llm: Llm,
    pub(super) half: Half,
}

/// Which half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    /// A prompt that was let through.
    Left,
    /// A prompt that was not.
    Refused,
    /// What came back.
    CameBack,
}

/// What an answer is made from.
#[derive(Debug, Default)]
pub(super) struct Exchanges {
    pub(super) list: Vec<Exchange>,
    /// Records of the ledger that are gone. Nobody knows whether they would be among these.
    pub(super) missing: Missing,
}

impl Exchange {
    fn of(record: u64, of: Record) -> Option<Self> {
        let Record { event, decision, .. } = of;
        let Body::Llm(llm) = event.what else { return None };
        // A part that its provider has signed can't be changed, and then the whole prompt stays.
        let is_unchangeable = decision.obligations.iter().any(|it| matches!(it, Obligation::Replace { .. }));
        let half = match decision.effective() {
            _ if !event.content.contains_key("prompt") => Half::CameBack,
            Verdict::Allow => Half::Left,
            Verdict::AllowWithChanges if !is_unchangeable => Half::Left,
            Verdict::AllowWithChanges | Verdict::Ask | Verdict::Deny => Half::Refused,
        };
        Some(Self { record, time: event.time, actor: event.actor, llm, half })
    }
}

/// The exchanges that are asked for, the oldest first.
pub(super) fn find(invocation: &Invocation, query: Query) -> Result<Exchanges, Failure> {
    let (reader, index) = open(invocation)?;
    let mut query = Query { kinds: vec!["llm".to_owned()], newest_first: false, limit: ROWS, ..query };
    let mut found = Exchanges::default();
    loop {
        let page = index.query(&query)?;
        for Row { index, .. } in page.rows {
            let Entry { record, dropped, .. } = ledger::entry(&reader, index)?;
            match record {
                Ok(record) => found.list.extend(Exchange::of(index, record)),
                // They are counted below, whatever they were.
                Err(_) if dropped => {}
                Err(_) => found.missing.unreadable += 1,
            }
        }
        match page.next {
            Some(cursor) => query = query.from_cursor(cursor),
            None => break,
        }
    }
    let damaged = Query { kinds: vec![UNREADABLE.to_owned()], ..Query::default() };
    found.missing.unreadable += index.count(&damaged)?.found;
    found.missing.dropped = dropped(&reader)?;
    Ok(found)
}

/// How many records retention has dropped. It takes the oldest ones, and leaves what the ledger says of itself.
fn dropped(reader: &Reader) -> Result<u64, Failure> {
    let (mut next, mut count) = (0, 0);
    loop {
        let slice = reader.read(next, SLICE)?;
        let gone = slice.iter().filter(|stored| stored.dropped.is_some()).count();
        if gone == 0 {
            return Ok(count);
        }
        count += u64::try_from(gone).unwrap_or(u64::MAX);
        next += u64::try_from(slice.len()).unwrap_or(u64::MAX);
    }
}

/// The session that was the last to ask a model.
pub(super) fn last_session(invocation: &Invocation) -> Result<SessionId, Failure> {
    let (_, index) = open(invocation)?;
    let query = Query { kinds: vec!["llm".to_owned()], newest_first: true, limit: LOOKED_AT, ..Query::default() };
    let rows = index.query(&query)?.rows;
    let session = rows.into_iter().filter_map(|row| row.session).find_map(|session| SessionId::parse(session).ok());
    session.ok_or_else(|| {
        Failure::usage("no session has asked a model here")
            .because("prompts are seen in `portcullis run`, and where an agent speaks to `portcullis gateway`")
    })
}

fn open(invocation: &Invocation) -> Result<(Reader, Index), Failure> {
    let home = invocation.home()?;
    let reader = ledger::open(&home)?;
    let index = ledger::index(&home, &reader)?;
    Ok((reader, index))
}
