//! What was not decided is not recorded as if it were.
use portcullis_event::{AuditFailure, Event, Inspected, Recorded, Recorder};

fn skip_decision(inspected: Inspected, recorder: &impl Recorder) -> Recorded {
    inspected.record(recorder, AuditFailure::Deny)
}

fn skip_both(event: Event, recorder: &impl Recorder) -> Recorded {
    event.record(recorder, AuditFailure::Deny)
}

fn main() {}
