//! `portcullis log query`: what is in the ledger, found through the index.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::filter::Filter;
use crate::invocation::Invocation;
use crate::ledger;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::row::Row;
use clap::Args;
use serde::Serialize;

/// Finds records: all conditions must hold, and all words must be there.
#[derive(Debug, Args)]
pub(crate) struct Query {
    #[command(flatten)]
    filter: Filter,
    /// The oldest record first
    #[arg(long)]
    oldest_first: bool,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// Go on where the last answer ended
    #[arg(long, value_name = "N")]
    cursor: Option<u64>,
}

/// Some of the answer.
#[derive(Debug, Serialize)]
struct Found {
    rows: Vec<Row>,
    /// Where to go on; absent if this was all.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<u64>,
}

impl Query {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let mut query = self.filter.query(invocation)?;
        query.newest_first = !self.oldest_first;
        query.limit = self.limit;
        if let Some(cursor) = self.cursor {
            query = query.from_cursor(cursor);
        }
        let home = invocation.home()?;
        let index = ledger::index(&home, &ledger::open(&home)?)?;
        let page = index.query(&query)?;
        let found = Found { rows: page.rows.into_iter().map(Row::from).collect(), cursor: page.next };
        invocation.output.show(&found)?;
        Ok(Exit::Success)
    }
}

impl View for Found {
    fn write(&self, page: &mut Page) {
        for row in &self.rows {
            row.write(page);
        }
        match (self.cursor, self.rows.is_empty()) {
            (Some(cursor), _) => drop(page.put(Tone::Faint, format!("there may be more: --cursor {cursor}")).end()),
            (None, true) => drop(page.line("nothing found")),
            (None, false) => {}
        }
    }
}
