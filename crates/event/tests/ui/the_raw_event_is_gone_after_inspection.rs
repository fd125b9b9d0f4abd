//! After inspection the raw event, with the secrets in it, can't be used any more.
use portcullis_event::{Event, Inspector};

fn keep(event: Event, inspector: &impl Inspector) -> Event {
    let _inspected = event.inspect(inspector);
    event
}

fn main() {}
