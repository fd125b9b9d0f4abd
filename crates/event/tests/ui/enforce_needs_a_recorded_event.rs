//! Nothing is enforced that is not in the ledger.
use portcullis_event::{Decided, Enforcement, Event, Inspected};

fn skip_record(decided: Decided) -> Enforcement {
    decided.enforce()
}

fn skip_two(inspected: Inspected) -> Enforcement {
    inspected.enforce()
}

fn skip_all(event: Event) -> Enforcement {
    event.enforce()
}

fn main() {}
