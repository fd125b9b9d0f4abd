//! A judge is not asked about a raw event.
use portcullis_event::{Decision, Event, Judge};

fn skip(event: &Event, judge: &impl Judge) -> Decision {
    judge.judge(event)
}

fn main() {}
