//! Records and logs for the tests of this folder.

use crate::disk::FaultDisk;
use portcullis_event::{Actor, Body, Content, Event, EventId, Note, Record, SCHEMA_VERSION, Timestamp, UserName};
use portcullis_event::{Coverage, Decision, Mode, Rest};
use portcullis_ledger::{ContentRule, LedgerError, Log, Options};
use std::path::Path;
use std::sync::Arc;

/// Where the logs of these tests lie on the disk in memory.
pub(crate) const ROOT: &str = "/state";

/// Small segments, so that a short life goes through several. The clock stands still: nothing may depend on it.
pub(crate) fn options() -> Options {
    let now = || Timestamp::from_micros(-1);
    Options { content: ContentRule::Encrypt, origin: "test/integrity".to_owned(), segment_size: 4096, now }
}

/// A note. The later ones are dated earlier: a clock that goes backwards.
pub(crate) fn record(text: &str, sealed: bool) -> Record {
    let actor = Actor::human(UserName::parse("alice").unwrap());
    let time = Timestamp::from_micros(1_000_000 - i64::try_from(text.len()).unwrap());
    let mut event = Event::new(EventId::from_bytes([7; 16]), time, actor, Note::new(text));
    if sealed {
        event.content.insert("prompt".to_owned(), Content::Clear(format!("private {text}")));
    }
    let decision = Decision::strictest(Mode::Enforce, "test", vec![], vec![]);
    Record { v: SCHEMA_VERSION, event, findings: vec![], coverage: Coverage::default(), decision, rest: Rest::new() }
}

pub(crate) fn open(disk: &FaultDisk, options: Options) -> Result<Log, LedgerError> {
    Log::open(Arc::new(disk.clone()), Path::new(ROOT), options)
}

/// The text of a note; nothing if the record is a notice of the log about itself. Nothing else is in these logs.
pub(crate) fn note_of(bytes: &[u8]) -> Option<String> {
    let body = Record::decode(bytes).unwrap().event.what;
    if let Body::Note(note) = body {
        return Some(note.text);
    }
    assert_eq!(body.kind(), "ledger");
    None
}
