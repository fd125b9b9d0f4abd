//! One decision, one record: nobody tries again with another failure rule after the first answer was a denial.
use portcullis_event::{AuditFailure, Decided, Recorded, Recorder};

fn twice(decided: Decided, recorder: &impl Recorder) -> (Recorded, Recorded) {
    let strict = decided.record(recorder, AuditFailure::Deny);
    (strict, decided.record(recorder, AuditFailure::Allow))
}

fn main() {}
