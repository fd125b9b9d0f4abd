//! Only the stage before it makes a stage.
use portcullis_event::{Coverage, Decided, Decision, Event, Inspected, Record, Recorded};

fn inspected(event: Event) -> Inspected {
    Inspected { event, findings: Vec::new(), coverage: Coverage::default() }
}

fn decided(inspected: Inspected, decision: Decision) -> Decided {
    Decided { inspected, decision }
}

fn recorded(record: Record) -> Recorded {
    Recorded { record, receipt: None }
}

fn main() {}
