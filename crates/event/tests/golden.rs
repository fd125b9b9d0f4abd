//! The encoding does not change by accident: `golden/records.jsonl` holds one line for each kind, as it was written when
//! that kind was added. A line that changes means that hashes in existing ledgers no longer match.

use portcullis_event::{KINDS, Record};
use portcullis_testkit::records::sample;

const GOLDEN: &str = include_str!("golden/records.jsonl");

/// Every kind, and one that does not exist.
fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().copied().chain(["quantum"])
}

#[test]
fn each_kind_is_still_written_as_it_was() {
    let now: Vec<String> = kinds().map(|kind| String::from_utf8(sample(kind).encode().unwrap()).unwrap()).collect();
    // Where a change is meant (a sample got richer, a kind was added), this file is the new golden one.
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("records.jsonl");
    std::fs::write(&path, now.join("\n") + "\n").unwrap();
    for (kind, now) in kinds().zip(&now) {
        assert!(GOLDEN.lines().any(|line| line == now), "{kind} is written differently; compare {}", path.display());
    }
    assert_eq!(GOLDEN.lines().count(), now.len());
}

#[test]
fn each_golden_line_reads_back_as_the_record_that_it_was() {
    for (kind, line) in kinds().zip(GOLDEN.lines()) {
        let record = Record::decode(line.as_bytes()).unwrap();
        assert_eq!(record, sample(kind));
        assert_eq!(record.encode().unwrap(), line.as_bytes());
    }
}
