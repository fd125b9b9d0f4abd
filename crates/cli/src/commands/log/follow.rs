//! `portcullis log follow`: records as they come in. With `--json` each is a line of its own.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::filter::Filter;
use crate::invocation::Invocation;
use crate::ledger;
use crate::row::Row;
use clap::Args;
use std::thread::sleep;
use std::time::Duration;

/// How often the ledger is looked at.
const PAUSE: Duration = Duration::from_millis(200);

/// Shows records as they come in, until it is interrupted.
#[derive(Debug, Args)]
pub(crate) struct Follow {
    #[command(flatten)]
    filter: Filter,
    /// Begin with this many records that are there already
    #[arg(long, value_name = "N", default_value_t = 10)]
    last: u64,
    /// End after the records that are there already
    #[arg(long)]
    once: bool,
}

impl Follow {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let home = invocation.home()?;
        let reader = ledger::open(&home)?;
        let mut query = self.filter.query(invocation)?;
        query.newest_first = false;
        query.after = reader.extent()?.size.checked_sub(self.last).and_then(|first| first.checked_sub(1));
        let mut index = ledger::index(&home, &reader)?;
        loop {
            let page = index.query(&query)?;
            for row in page.rows {
                query.after = Some(row.index);
                if !invocation.output.put(&Row::from(row))? {
                    return Ok(Exit::Success);
                }
            }
            if let Some(cursor) = page.next {
                query = query.from_cursor(cursor);
            } else if self.once {
                return Ok(Exit::Success);
            } else {
                // Everything up to here was looked at; what comes next is after it.
                query.after = index.indexed_through()?.checked_sub(1).max(query.after);
                sleep(PAUSE);
                index = ledger::catch_up(index, &reader)?;
            }
        }
    }
}
