//! An event that nobody looked into can't be decided.
use portcullis_event::{Decided, Event, Judge};

fn skip(event: Event, judge: &impl Judge) -> Decided {
    event.decide(judge)
}

fn main() {}
