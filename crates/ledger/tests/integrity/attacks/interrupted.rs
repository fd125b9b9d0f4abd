//! Crashes that need two things to go wrong, or a survivor: another process that still remembers how it was before.

use super::{check, reader, texts};
use crate::disk::{Fault, FaultDisk, random};
use crate::sample::{ROOT, open, options, record};
use portcullis_event::{Content, Receipt, Record};
use portcullis_ledger::{LedgerError, Log, Options};
use std::path::Path;

/// What was acknowledged.
#[derive(Default, Clone)]
struct Told(Vec<(Receipt, String)>);

impl Told {
    fn append(&mut self, log: &Log, text: &str, count: usize) -> Result<(), LedgerError> {
        let texts: Vec<String> = (0..count).map(|i| format!("{text}.{i} {}", "x".repeat(i * 150))).collect();
        let receipts = log.append_all(texts.iter().map(|text| record(text, false)).collect())?;
        self.0.extend(receipts.into_iter().zip(texts));
        Ok(())
    }

    fn check(&self, disk: &FaultDisk, context: &str) {
        let stored = reader(disk).read(0, usize::MAX).unwrap_or_else(|e| panic!("{context}: {e}"));
        for (receipt, text) in &self.0 {
            let found = stored.get(receipt.index as usize).unwrap_or_else(|| panic!("{context}: {text} is lost"));
            assert_eq!(crate::sample::note_of(&found.bytes).as_deref(), Some(text.as_str()), "{context}");
        }
        let report = check(disk);
        assert_eq!(report.problems, [], "{context}");
        assert_eq!(report.records, stored.len() as u64, "{context}");
    }
}

/// One of two processes dies at every step of a life; the other one goes on with what it remembers.
#[test]
fn a_process_survives_the_death_of_another_at_every_step() {
    let live = |disk: &FaultDisk, told: &mut Told, at: Option<(u64, Fault)>| {
        let (dying, surviving) = (open(disk, options()).unwrap(), open(disk, options()).unwrap());
        told.append(&dying, "a", 2).unwrap();
        told.append(&surviving, "b", 2).unwrap();
        let start = disk.operations();
        if let Some((at, fault)) = at {
            disk.plan(start + at, fault);
        }
        let life = |told: &mut Told| {
            told.append(&dying, "c", 1)?;
            dying.rotate_key()?;
            told.append(&dying, "d", 6)?;
            told.append(&dying, "e", 3)?;
            told.append(&dying, "f", 5)
        };
        life(told).ok();
        let operations = disk.operations() - start;
        disk.restart();
        disk.behave();
        let context = format!("{at:?} {:?}", disk.trace().last());
        for round in 0..4 {
            told.append(&surviving, &format!("g{round}"), 1 + round).unwrap_or_else(|e| panic!("{context}: {e}"));
            told.check(disk, &context);
        }
        surviving.rotate_key().unwrap_or_else(|e| panic!("{context}: {e}"));
        told.append(&surviving, "h", 1).unwrap();
        told.append(&open(disk, options()).unwrap(), "i", 1).unwrap();
        told.check(disk, &context);
        operations
    };
    let operations = live(&FaultDisk::default(), &mut Told::default(), None);
    assert!(operations > 20);
    for at in 0..operations {
        for torn in [0, 4, 9, 100, 513, 2000, usize::MAX] {
            for fault in [Fault::Kill { torn }, Fault::Error { torn, no_space: torn.is_multiple_of(2) }] {
                live(&FaultDisk::default(), &mut Told::default(), Some((at, fault)));
            }
        }
    }
}

/// Two errors in a row, then a power loss: what was acknowledged after the errors must not hang on what they lost.
#[test]
fn survives_two_errors_and_a_power_loss_later() {
    // With a long name the head takes several sectors, and any of them may be lost.
    let options = || Options { origin: "x".repeat(900), segment_size: 8192, ..options() };
    let life = |disk: &FaultDisk, told: &mut Told, rounds: u64| {
        let Ok(log) = open(disk, options()) else { return };
        for round in 0..rounds {
            told.append(&log, &format!("r{round}"), 1).ok();
        }
    };
    let rehearsal = FaultDisk::default();
    life(&rehearsal, &mut Told::default(), 24);
    let on_the_head = rehearsal.trace().into_iter().enumerate().filter(|(_, what)| what.contains("head"));
    for (at, what) in on_the_head {
        for gap in 1..=4 {
            for seed in 0..12_u64 {
                let disk = FaultDisk::default();
                let torn = [0, 700, usize::MAX][seed as usize % 3];
                let at = at as u64;
                disk.plan(at, Fault::Error { torn, no_space: false });
                disk.plan(at + gap, Fault::Error { torn, no_space: false });
                let mut told = Told::default();
                life(&disk, &mut told, 13 + seed);
                disk.behave();
                disk.plan(disk.operations(), Fault::PowerLoss { torn: 0, seed });
                open(&disk, options()).and_then(|log| told.append(&log, "never", 1)).ok();
                disk.restart();
                disk.behave();
                let context = format!("{what} +{gap}, seed {seed}");
                let log = open(&disk, options()).unwrap_or_else(|error| panic!("{context}: {error}"));
                told.check(&disk, &context);
                told.append(&log, "after", 2).unwrap_or_else(|error| panic!("{context}: {error}"));
                told.check(&disk, &context);
            }
        }
    }
}

#[test]
fn records_that_are_appended_together_are_all_there_or_none_wherever_the_writer_dies() {
    let disk = FaultDisk::default();
    drop(open(&disk, options()).unwrap());
    for power in [false, true] {
        for torn in (0..2600).step_by(13) {
            let disk = disk.fork();
            let log = open(&disk, options()).unwrap();
            let fault = if power { Fault::PowerLoss { torn, seed: torn as u64 } } else { Fault::Kill { torn } };
            disk.plan(disk.operations(), fault);
            let together = (0..4).map(|i| record(&format!("part {i}"), false)).collect();
            assert!(log.append_all(together).is_err());
            disk.restart();
            drop(open(&disk, options()).unwrap());
            let found = texts(&disk).len();
            assert!(found == 0 || found == 4, "torn after {torn}: {found} of 4");
        }
    }
}

fn private(text: &str) -> Record {
    let mut record = record("", false);
    record.event.content.insert("prompt".to_owned(), Content::Clear(text.to_owned()));
    record
}

fn content(log: &Log, index: u64) -> Result<Option<String>, LedgerError> {
    let reader = log.reader()?;
    let stored = Record::decode(&reader.read(index, 1)?[0].bytes)?;
    let Some(Content::Sealed(sealed)) = stored.event.content.get("prompt").cloned() else { panic!("not sealed") };
    Ok(log.content()?.open_sealed(&sealed, &reader.blobs(index)?[0])?.map(|text| text.to_string()))
}

#[test]
fn an_erasure_that_is_interrupted_leaves_the_session_usable_and_is_on_the_record() {
    let grown = || {
        let disk = FaultDisk::default();
        let log = open(&disk, options()).unwrap();
        let index = log.append(private("old secret")).unwrap().index;
        (disk, log, index)
    };
    let (disk, log, _) = grown();
    let start = disk.operations();
    assert!(log.erase_content(None, None).unwrap());
    let operations = disk.operations() - start;
    for at in 0..operations {
        for fault in [
            Fault::Kill { torn: 30 },
            Fault::Kill { torn: usize::MAX },
            Fault::PowerLoss { torn: usize::MAX, seed: at },
            Fault::Error { torn: usize::MAX, no_space: false },
        ] {
            let (disk, log, index) = grown();
            disk.plan(disk.operations() + at, fault);
            let result = log.erase_content(None, None);
            // A segment that fails is left for another one; every other fault is reported.
            assert!(result.is_err() || matches!(fault, Fault::Error { .. }), "{fault:?} at {at}");
            disk.restart();
            disk.behave();
            let context = format!("{fault:?} at {at}: {:?}", disk.trace().last());
            let log = open(&disk, options()).unwrap();
            let gone = content(&log, index).unwrap_or_else(|error| panic!("{context}: {error}")).is_none();
            let stored = reader(&disk).read(0, usize::MAX).unwrap();
            let noted = stored.iter().any(|s| String::from_utf8_lossy(&s.bytes).contains("content-erased"));
            assert!(noted || !gone, "{context}: the text is gone, and nothing says so");
            let next = log.append(private("new secret")).unwrap_or_else(|error| panic!("{context}: {error}")).index;
            assert_eq!(content(&log, next).unwrap().as_deref(), Some("new secret"), "{context}");
            assert_eq!(check(&disk).problems, [], "{context}");
        }
    }
}

#[test]
fn a_session_that_goes_on_after_its_text_was_erased_gets_a_new_key_and_the_old_text_counts_as_erased() {
    let disk = FaultDisk::default();
    let log = open(&disk, options()).unwrap();
    let old = log.append(private("old secret")).unwrap().index;
    assert!(log.erase_content(None, None).unwrap());
    let new = log.append(private("new secret")).unwrap().index;
    assert_eq!(content(&log, old).unwrap(), None);
    assert_eq!(content(&log, new).unwrap().as_deref(), Some("new secret"));
}

/// In a container a process often has the same number each time. What one that died left behind must not be in the
/// way of the next.
#[test]
fn files_that_a_process_of_the_same_number_left_behind_are_not_in_the_way() {
    let disk = FaultDisk::default();
    let root = Path::new(ROOT);
    for count in 0..5000 {
        for name in ["keys/ledger.key.new", "keys/ledger.pub", "ledger/head", "ledger/segments/00000001.log"] {
            disk.put(&root.join(format!("{name}.{}-{count}.tmp", std::process::id())), Some(b"left over"));
        }
    }
    open(&disk, options()).unwrap().append(record("goes on", false)).unwrap();
    assert_eq!(texts(&disk), ["goes on"]);
}

#[test]
fn a_log_that_was_only_begun_is_no_shorter_than_nothing() {
    let rehearsal = FaultDisk::default();
    drop(open(&rehearsal, options()).unwrap());
    let mut empty = 0;
    for at in 0..rehearsal.operations() {
        let disk = FaultDisk::default();
        disk.plan(at, Fault::Kill { torn: 0 });
        open(&disk, options()).unwrap_err();
        disk.restart();
        let Ok(extent) =
            portcullis_ledger::Reader::open(super::shared(&disk), Path::new(ROOT)).and_then(|r| r.extent())
        else {
            continue;
        };
        let note = portcullis_ledger::note::Note::parse(&extent.checkpoint).unwrap();
        let checkpoint = portcullis_ledger::note::Checkpoint::parse(note.text()).unwrap();
        let seen = portcullis_ledger::Witnessed { by: "somebody".to_owned(), checkpoint };
        let report = portcullis_ledger::verify(&super::shared(&disk), Path::new(ROOT), &[seen]).unwrap();
        assert_eq!(report.problems, [], "{:?}", disk.trace().last());
        empty += usize::from(extent.size == 0);
    }
    assert!(empty > 0);
}

/// Random lives of three processes that all stay, with kills of one step and errors in between.
#[test]
fn survivors_of_random_lives_agree_with_each_other() {
    for life in 0..400_u64 {
        let mut seed = life.wrapping_mul(7919);
        let disk = FaultDisk::default();
        let logs: Vec<Log> = (0..3).map(|_| open(&disk, options()).unwrap()).collect();
        let mut told = Told::default();
        for step in 0..30 {
            let log = &logs[(random(&mut seed) % 3) as usize];
            let torn = (random(&mut seed) % 1500) as usize;
            match random(&mut seed) % 6 {
                0 => disk.plan(disk.operations() + random(&mut seed) % 8, Fault::Kill { torn }),
                1 => disk.plan(
                    disk.operations() + random(&mut seed) % 8,
                    Fault::Error { torn, no_space: torn.is_multiple_of(2) },
                ),
                _ => {}
            }
            match random(&mut seed) % 12 {
                0 => drop(log.rotate_key()),
                1 => drop(log.prune_before(portcullis_event::Timestamp::from_micros(i64::MAX))),
                _ => drop(told.append(log, &format!("{step}"), 1 + (random(&mut seed) % 4) as usize)),
            }
            disk.restart();
        }
        disk.behave();
        let context = format!("life {life}");
        let last = told.0.len();
        for (i, log) in logs.iter().enumerate() {
            told.append(log, &format!("last {i}"), 1).unwrap_or_else(|error| panic!("{context}: {error}"));
        }
        // Old records may have been dropped; those that came last are there.
        let told = Told(told.0.split_off(last));
        told.check(&disk, &context);
    }
}
