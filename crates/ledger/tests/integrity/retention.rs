//! What is too old goes, and everything that is left can still be proven.

use crate::disk::{Fault, FaultDisk};
use crate::sample::{ROOT, note_of, open, options, record};
use portcullis_event::{Agent, AgentName, Content, Record, SessionId, Timestamp};
use portcullis_ledger::disk::Disk;
use portcullis_ledger::{LedgerError, Log, Reader, Verification, Wrong, merkle, note, prove, verify};
use std::path::Path;
use std::sync::Arc;

const CANARY: &str = "the quick brown canary";

fn reader(disk: &FaultDisk) -> Reader {
    Reader::open(Arc::new(disk.clone()), Path::new(ROOT)).unwrap()
}

fn check(disk: &FaultDisk) -> Verification {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    verify(&disk, Path::new(ROOT), &[]).unwrap()
}

fn dated(text: &str, seconds: i64) -> Record {
    let mut record = record(text, false);
    record.event.time = Timestamp::from_micros(seconds * 1_000_000);
    record
}

fn private(session: &str, seconds: i64) -> Record {
    let mut record = dated("asked a model", seconds);
    let session = SessionId::parse(session).unwrap();
    record.event.actor.agents.push(Agent::new(AgentName::parse("claude-code").unwrap(), Some(session)));
    record.event.content.insert("prompt".to_owned(), Content::Clear(format!("{CANARY} {seconds}")));
    record
}

/// The private text of record `index`, if it can still be read.
fn content(log: &Log, index: u64) -> Option<String> {
    let reader = log.reader().unwrap();
    let stored = Record::decode(&reader.read(index, 1).unwrap()[0].bytes).unwrap();
    let Some(Content::Sealed(sealed)) = stored.event.content.get("prompt").cloned() else { panic!("not sealed") };
    let blob = reader.blobs(index).unwrap().remove(0);
    log.content().unwrap().open_sealed(&sealed, &blob).unwrap().map(|text| text.to_string())
}

fn bytes_of_all_files(disk: &FaultDisk) -> Vec<u8> {
    disk.files(Path::new("/")).iter().flat_map(|path| disk.read_bytes(path)).collect()
}

fn contains(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}

#[test]
fn private_text_is_sealed_and_can_be_read_with_its_key_only() {
    let disk = FaultDisk::default();
    let log = open(&disk, options()).unwrap();
    let one = log.append(private("one", 1)).unwrap().index;
    let two = log.append(private("two", 2)).unwrap().index;
    assert_eq!(content(&log, one), Some(format!("{CANARY} 1")));
    assert!(!contains(&bytes_of_all_files(&disk), "canary"), "clear text is in a file");
    assert!(log.erase_content(Some("one"), None).unwrap());
    assert_eq!(content(&log, one), None);
    assert_eq!(content(&log, two), Some(format!("{CANARY} 2")));
    assert!(!log.erase_content(Some("one"), None).unwrap(), "there is nothing left to erase");
    assert_eq!(check(&disk).problems, []);
    let proof = prove::inclusion(&reader(&disk), one).unwrap();
    assert!(!proof.record.is_empty());
}

#[test]
fn a_ciphertext_that_was_exchanged_is_not_opened() {
    let disk = FaultDisk::default();
    let log = open(&disk, options()).unwrap();
    let (one, two) = (log.append(private("s", 1)).unwrap().index, log.append(private("s", 2)).unwrap().index);
    let stored = Record::decode(&reader(&disk).read(one, 1).unwrap()[0].bytes).unwrap();
    let Some(Content::Sealed(sealed)) = stored.event.content.get("prompt") else { panic!("not sealed") };
    let other = reader(&disk).blobs(two).unwrap().remove(0);
    assert!(log.content().unwrap().open_sealed(sealed, &other).is_err());
}

#[test]
fn private_text_goes_by_the_newest_part_of_its_session() {
    let disk = FaultDisk::default();
    let log = open(&disk, options()).unwrap();
    let old = log.append(private("old", 100)).unwrap().index;
    let longer = log.append(private("long", 100)).unwrap().index;
    log.append(private("long", 300)).unwrap();
    assert_eq!(log.erase_content_before(Timestamp::from_micros(200_000_000)).unwrap(), 1);
    assert_eq!(content(&log, old), None);
    assert!(content(&log, longer).is_some());
    assert_eq!(log.erase_content_before(Timestamp::from_micros(200_000_000)).unwrap(), 0);
}

/// A log whose first sixty records are old and whose last twenty are new, with a change of keys among the old ones.
fn aged(disk: &FaultDisk) -> Log {
    let log = open(disk, options()).unwrap();
    for i in 0..60 {
        log.append(dated(&format!("old {i}"), 100 + i)).unwrap();
        if i == 20 {
            log.rotate_key().unwrap();
        }
    }
    for i in 0..20 {
        log.append(dated(&format!("new {i}"), 1000 + i)).unwrap();
    }
    log
}

const BEFORE: Timestamp = Timestamp::from_micros(500_000_000);

#[test]
fn old_records_go_and_every_proof_still_holds() {
    let disk = FaultDisk::default();
    let log = aged(&disk);
    let before = reader(&disk).read(0, usize::MAX).unwrap();
    let seen = reader(&disk).extent().unwrap();
    let dropped = log.prune_before(BEFORE).unwrap();
    assert!((40..=62).contains(&dropped), "{dropped}");
    assert!(!contains(&bytes_of_all_files(&disk), "old 7\""), "a dropped record is still in a file");
    let report = check(&disk);
    assert_eq!(report.problems, []);
    assert_eq!(report.pruned, dropped);
    let after = reader(&disk).read(0, usize::MAX).unwrap();
    for (old, new) in before.iter().zip(&after) {
        assert_eq!(old.leaf(), new.leaf());
        assert_eq!(new.dropped.is_some(), new.bytes.is_empty());
        assert!(new.dropped.is_none() || old.index < dropped);
    }
    assert!(
        after.iter().filter(|stored| stored.index < dropped).any(|stored| !stored.bytes.is_empty()),
        "notices stay"
    );
    for index in [0, 1, dropped - 1, dropped, after.len() as u64 - 1] {
        let proof = prove::inclusion(&reader(&disk), index).unwrap();
        let checkpoint = note::Checkpoint::parse(note::Note::parse(&proof.checkpoint).unwrap().text()).unwrap();
        let leaf = after[index as usize].leaf();
        assert!(merkle::verify_inclusion(&leaf, index, checkpoint.size, &checkpoint.root, &proof.path));
    }
    prove::consistency(&reader(&disk), seen.size).unwrap();
    assert_eq!(log.prune_before(BEFORE).unwrap(), 0, "what is gone does not go again");
    let _more = log.append(dated("goes on", 2000)).unwrap();
    assert_eq!(check(&disk).problems, []);
    drop(log);
    open(&disk, options()).unwrap();
}

#[test]
fn a_log_without_old_records_loses_nothing() {
    let disk = FaultDisk::default();
    let log = aged(&disk);
    assert_eq!(log.prune_before(Timestamp::from_micros(0)).unwrap(), 0);
    assert!(reader(&disk).read(0, usize::MAX).unwrap().iter().all(|stored| stored.dropped.is_none()));
}

#[test]
fn records_that_somebody_else_dropped_are_missed() {
    let (disk, honest) = (FaultDisk::default(), FaultDisk::default());
    drop(aged(&disk));
    // The attacker has us make the remains, on a copy, and takes them without the notice.
    let copy = disk.fork();
    open(&copy, options()).unwrap().prune_before(BEFORE).unwrap();
    let folder = Path::new(ROOT).join("ledger/segments");
    for path in copy.files(&folder).into_iter().filter(|path| path.extension().is_some_and(|ext| ext == "pruned")) {
        disk.put(&path, Some(&copy.read_bytes(&path)));
        disk.put(&path.with_extension("log"), None);
    }
    let report = check(&disk);
    assert!(report.problems.iter().any(|p| p.what == Wrong::DroppedWithoutNotice && p.records.is_some()), "{report:?}");
    drop(aged(&honest));
    assert_eq!(check(&honest).problems, []);
}

#[test]
fn a_changed_hash_among_the_remains_is_noticed() {
    let disk = FaultDisk::default();
    let log = aged(&disk);
    log.prune_before(BEFORE).unwrap();
    let folder = Path::new(ROOT).join("ledger/segments");
    let remains =
        disk.files(&folder).into_iter().find(|path| path.extension().is_some_and(|ext| ext == "pruned")).unwrap();
    let length = disk.read_bytes(&remains).len();
    for at in (0..length).step_by(7) {
        for repaired in [false, true] {
            let disk = disk.fork();
            disk.tamper(&remains, |bytes| {
                bytes[at] ^= 4;
                if repaired && at < length - 4 {
                    let checksum = crc32c::crc32c(&bytes[..length - 4]).to_le_bytes();
                    bytes[length - 4..].copy_from_slice(&checksum);
                }
            });
            let report = check(&disk);
            // The place where the segment ended, and its last checksum, are not covered by the tree.
            let covered = !(520..532).contains(&at) || !repaired;
            assert!(!report.problems.is_empty() || !covered, "byte {at} {repaired}");
        }
    }
}

#[test]
fn dropping_records_survives_a_crash_at_every_operation() {
    let whole = FaultDisk::default();
    drop(aged(&whole));
    let rehearsal = whole.fork();
    let log = open(&rehearsal, options()).unwrap();
    let start = rehearsal.operations();
    log.prune_before(BEFORE).unwrap();
    let operations = rehearsal.operations() - start;
    assert!(operations > 20);
    for at in 0..operations {
        for fault in [
            Fault::Kill { torn: 50 },
            Fault::PowerLoss { torn: 50, seed: at },
            Fault::Error { torn: 9, no_space: true },
        ] {
            let disk = whole.fork();
            let log = open(&disk, options()).unwrap();
            disk.plan(disk.operations() + at, fault);
            let result: Result<u64, LedgerError> = log.prune_before(BEFORE);
            disk.restart();
            disk.behave();
            let log = open(&disk, options()).unwrap_or_else(|e| panic!("{fault:?} {at} {result:?}: {e}"));
            assert_eq!(check(&disk).problems, [], "{fault:?} {at}");
            log.prune_before(BEFORE).unwrap();
            let stored = reader(&disk).read(0, usize::MAX).unwrap();
            let whole = stored.iter().filter(|stored| !stored.bytes.is_empty());
            let texts = whole.filter_map(|stored| note_of(&stored.bytes));
            assert_eq!(texts.filter(|text| text.starts_with("new ")).count(), 20, "{fault:?} {at}");
            assert_eq!(check(&disk).problems, [], "{fault:?} {at}");
        }
    }
}
