//! Pushes records to a collector, request by request, and says how far it got, so that it can go on from there.

use crate::collector::Collector;
use crate::failure::Failure;
use crate::interchange::is_written;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::records::{self, Missing};
use portcullis_ledger::Reader;
use portcullis_ledger::export::{Entry, Exporter, Format};
use serde::Serialize;
use std::cell::RefCell;
use std::io::{self, Write};
use std::ops::Range;
use std::rc::Rc;

/// How far it got.
#[derive(Debug, Serialize)]
struct Pushed {
    collector: String,
    requests: u64,
    records: u64,
    /// The last record that the collector has; absent if it got none.
    #[serde(skip_serializing_if = "Option::is_none")]
    through: Option<u64>,
    /// The record to go on with.
    next: u64,
}

/// Pushes all records of `range`.
pub(crate) fn push(
    invocation: &Invocation,
    collector: &Collector,
    reader: &Reader,
    range: Range<u64>,
) -> Result<Missing, Failure> {
    let pushed =
        Pushed { collector: collector.url().to_owned(), requests: 0, records: 0, through: None, next: range.start };
    let outbox = Outbox::default();
    let exporter = Exporter::new(Format::Otlp, outbox.clone());
    let mut push = Push { collector, outbox, exporter, waiting: 0, last: range.start, pushed };
    let missing = records::each(reader, range, &mut |entry| push.entry(&entry).map(|()| true))?;
    let pushed = push.finish()?;
    invocation.output.show(&pushed)?;
    Ok(missing.unwrap_or_default())
}

struct Push<'a> {
    collector: &'a Collector,
    outbox: Outbox,
    exporter: Exporter<Outbox>,
    /// Records in the request that is being filled.
    waiting: u64,
    /// The last of them.
    last: u64,
    pushed: Pushed,
}

impl Push<'_> {
    fn entry(&mut self, entry: &Entry) -> Result<(), Failure> {
        is_written(self.exporter.push(entry))?;
        // A request leaves when this entry does not fit into it any more; the entry waits for the next one.
        self.send()?;
        self.waiting += 1;
        self.last = entry.index;
        Ok(())
    }

    fn finish(mut self) -> Result<Pushed, Failure> {
        is_written(self.exporter.flush())?;
        self.send()?;
        Ok(self.pushed)
    }

    /// Sends what the exporter has put into the outbox, if anything.
    fn send(&mut self) -> Result<(), Failure> {
        let request = self.outbox.0.take();
        if request.is_empty() {
            return Ok(());
        }
        self.collector.post(request.trim_ascii_end()).map_err(|why| self.stopped(&why))?;
        self.pushed.requests += 1;
        self.pushed.records += std::mem::take(&mut self.waiting);
        self.pushed.through = Some(self.last);
        self.pushed.next = self.last.saturating_add(1);
        Ok(())
    }

    fn stopped(&self, why: &str) -> Failure {
        let got = match self.pushed.through {
            Some(through) => format!("it has {} records, through number {through}", self.pushed.records),
            None => "it has none of the records".to_owned(),
        };
        Failure::incomplete(format!("the collector did not take the records: {why}"))
            .at(self.collector.url())
            .because(got)
            .fix(format!("once it is mended, go on with --first {}", self.pushed.next))
    }
}

/// Where the exporter leaves a request when it is full.
#[derive(Debug, Clone, Default)]
struct Outbox(Rc<RefCell<Vec<u8>>>);

impl Write for Outbox {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl View for Pushed {
    fn write(&self, page: &mut Page) {
        let Some(through) = self.through else {
            page.line("there was nothing to push");
            return;
        };
        let what = format!(": {} records in {} requests, through number {through}", self.records, self.requests);
        page.put(Tone::Good, "pushed").put(Tone::Plain, what).end();
        page.put(Tone::Faint, "  next ").put(Tone::Plain, format!("--first {}", self.next)).end();
    }
}
