//! One record, one enforcement.
use portcullis_event::{Enforcement, Recorded};

fn twice(recorded: Recorded) -> (Enforcement, Enforcement) {
    (recorded.enforce(), recorded.enforce())
}

fn main() {}
