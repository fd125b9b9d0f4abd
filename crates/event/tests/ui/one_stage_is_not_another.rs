//! A stage does not pass for the next one.
use portcullis_event::{Decided, Event, Inspected, Recorded};

fn enforce(_: Recorded) {}

fn skip(event: Event, inspected: Inspected, decided: Decided) {
    enforce(event);
    enforce(inspected);
    enforce(decided);
}

fn main() {}
