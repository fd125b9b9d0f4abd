//! Crashes and broken disks: no acknowledged record is lost, none is half visible, and nothing is called tampering
//! that is not. Tens of thousands of faults are injected into a disk in memory; see `disk.rs`.

use crate::disk::{Fault, FaultDisk, random};
use crate::sample::{ROOT, note_of, open, options, record};
use portcullis_event::Receipt;
use portcullis_ledger::{LedgerError, Log, Reader, verify};
use std::path::Path;
use std::sync::Arc;

/// What was asked of the log, and what it said.
#[derive(Default)]
struct Ledgered {
    /// Every text that was ever submitted.
    submitted: Vec<String>,
    /// Texts that were acknowledged, with their place.
    acknowledged: Vec<(Receipt, String)>,
}

impl Ledgered {
    fn append(&mut self, log: &Log, count: usize, sealed: bool) -> Result<(), LedgerError> {
        let texts: Vec<String> =
            (0..count).map(|i| format!("note {} {}", self.submitted.len() + i, "x".repeat(i * 37))).collect();
        self.submitted.extend(texts.iter().cloned());
        let receipts = log.append_all(texts.iter().map(|text| record(text, sealed)).collect())?;
        self.acknowledged.extend(receipts.into_iter().zip(texts));
        Ok(())
    }
}

/// Everything that was acknowledged is there, whole and in its place; nothing is there twice or half; all is in order.
fn check(disk: &FaultDisk, ledgered: &Ledgered, context: &str) {
    let disk_again: Arc<dyn portcullis_ledger::disk::Disk> = Arc::new(disk.clone());
    let reader = Reader::open(disk_again.clone(), Path::new(ROOT)).unwrap_or_else(|e| panic!("{context}: {e}"));
    let stored = reader.read(0, usize::MAX).unwrap_or_else(|e| panic!("{context}: {e}"));
    for (receipt, text) in &ledgered.acknowledged {
        let found =
            stored.get(receipt.index as usize).unwrap_or_else(|| panic!("{context}: record {} is lost", receipt.index));
        assert_eq!(note_of(&found.bytes).as_deref(), Some(text.as_str()), "{context}: record {}", receipt.index);
        assert_eq!(portcullis_ledger::merkle::leaf_hash(&found.bytes), receipt.leaf, "{context}");
    }
    let mut texts: Vec<String> = stored.iter().filter_map(|stored| note_of(&stored.bytes)).collect();
    assert!(texts.iter().all(|text| ledgered.submitted.contains(text)), "{context}: a record that nobody submitted");
    texts.sort();
    assert!(texts.windows(2).all(|pair| pair[0] != pair[1]), "{context}: a record is there twice");
    let report = verify(&disk_again, Path::new(ROOT), &[]).unwrap_or_else(|e| panic!("{context}: {e}"));
    assert_eq!(report.problems, [], "{context}");
    assert_eq!(report.records, reader.extent().unwrap().size, "{context}");
}

/// A life of a log: it begins, is written by two processes in turn, its key is rotated, it goes through segments.
fn live(disk: &FaultDisk, ledgered: &mut Ledgered) -> Result<(), LedgerError> {
    let first = open(disk, options())?;
    ledgered.append(&first, 1, false)?;
    let second = open(disk, options())?;
    ledgered.append(&second, 3, true)?;
    ledgered.append(&first, 2, false)?;
    first.rotate_key()?;
    ledgered.append(&second, 4, false)?;
    ledgered.append(&first, 5, true)?;
    ledgered.append(&second, 1, false)?;
    Ok(())
}

/// Lives on after whatever happened.
fn live_on(disk: &FaultDisk, ledgered: &mut Ledgered, context: &str) {
    disk.restart();
    disk.behave();
    let log =
        open(disk, options()).unwrap_or_else(|error| panic!("{context}: the log can't be opened any more: {error}"));
    if !ledgered.acknowledged.is_empty() || !ledgered.submitted.is_empty() {
        check(disk, ledgered, context);
    }
    ledgered.append(&log, 2, false).unwrap_or_else(|error| panic!("{context}: {error}"));
    ledgered.append(&log, 1, true).unwrap_or_else(|error| panic!("{context}: {error}"));
    check(disk, ledgered, context);
}

/// Runs a life with one fault at one operation, lives on, and returns how many faults were injected.
fn live_with(at: u64, fault: Fault) -> u64 {
    let disk = FaultDisk::default();
    disk.plan(at, fault);
    let mut ledgered = Ledgered::default();
    let result = live(&disk, &mut ledgered);
    let what = disk.trace().get(at as usize).cloned().unwrap_or_default();
    let context = format!("{fault:?} at {what}");
    if matches!(fault, Fault::Kill { .. } | Fault::PowerLoss { .. }) {
        assert!(result.is_err() || !disk.crashed(), "{context}");
    }
    live_on(&disk, &mut ledgered, &context);
    disk.injected()
}

fn operations_of_a_life() -> u64 {
    let disk = FaultDisk::default();
    live(&disk, &mut Ledgered::default()).unwrap();
    disk.operations()
}

#[test]
fn a_life_without_faults_is_whole() {
    let disk = FaultDisk::default();
    let mut ledgered = Ledgered::default();
    live(&disk, &mut ledgered).unwrap();
    check(&disk, &ledgered, "no fault");
    assert_eq!(ledgered.acknowledged.len(), 16);
}

#[test]
fn survives_a_kill_at_every_operation() {
    let mut injected = 0;
    for at in 0..operations_of_a_life() {
        for torn in [0, 1, 4, 8, 9, 10, 11, 50, 100, 300, 511, 512, 513, 700, 1000, 1023, 1024, 2000, 3000, usize::MAX]
        {
            injected += live_with(at, Fault::Kill { torn });
        }
    }
    assert!(injected > 1500, "{injected}");
}

#[test]
fn survives_a_power_loss_at_every_operation() {
    let mut injected = 0;
    for at in 0..operations_of_a_life() {
        for seed in 0..80 {
            let torn = [0, 9, 300, 600, usize::MAX][seed as usize % 5];
            injected += live_with(at, Fault::PowerLoss { torn, seed });
        }
    }
    assert!(injected > 6000, "{injected}");
}

#[test]
fn survives_an_error_at_every_operation() {
    let mut injected = 0;
    for at in 0..operations_of_a_life() {
        for no_space in [true, false] {
            for torn in [0, 1, 9, 300, 600, 1000, usize::MAX] {
                injected += live_with(at, Fault::Error { torn, no_space });
            }
        }
    }
    assert!(injected > 1000, "{injected}");
}

#[test]
fn a_torn_write_at_every_byte_of_the_last_frame_leaves_the_log_whole() {
    let whole = FaultDisk::default();
    let mut before = Ledgered::default();
    live(&whole, &mut before).unwrap();
    let count = whole.operations();
    drop(open(&whole, options()).unwrap());
    let (mut injected, start) = (0, whole.operations() - count);
    for power in [false, true] {
        for torn in 0..900 {
            let disk = whole.fork();
            let log = open(&disk, options()).unwrap();
            let at = disk.operations().max(start);
            let fault = if power { Fault::PowerLoss { torn, seed: torn as u64 } } else { Fault::Kill { torn } };
            disk.plan(at, fault);
            let mut ledgered =
                Ledgered { submitted: before.submitted.clone(), acknowledged: before.acknowledged.clone() };
            assert!(ledgered.append(&log, 1, false).is_err());
            live_on(&disk, &mut ledgered, &format!("torn after {torn} bytes, {fault:?}"));
            injected += disk.injected();
        }
    }
    assert_eq!(injected, 1800);
}

#[test]
fn a_disk_that_breaks_is_left_for_a_new_segment_and_acknowledges_nothing_it_lost() {
    for at in 0..operations_of_a_life() {
        let disk = FaultDisk::default();
        disk.plan(at, Fault::Broken);
        let mut ledgered = Ledgered::default();
        live(&disk, &mut ledgered).ok();
        let context = format!("broken from {}", disk.trace()[at as usize]);
        // The power fails later: only what really was durable is left.
        let end = disk.operations();
        disk.plan(end, Fault::PowerLoss { torn: 0, seed: at });
        open(&disk, options()).and_then(|log| ledgered.append(&log, 1, false)).ok();
        disk.restart();
        if let Ok(log) = open(&disk, options()) {
            check(&disk, &ledgered, &context);
            ledgered.append(&log, 1, false).ok();
            check(&disk, &ledgered, &context);
        } else {
            assert!(disk.trace()[at as usize].contains("head") || ledgered.acknowledged.is_empty(), "{context}");
        }
    }
}

/// Long random lives with several faults each.
#[test]
fn survives_thousands_of_random_lives() {
    let mut injected = 0;
    for life in 0..4000_u64 {
        let mut seed = life;
        let disk = FaultDisk::default();
        let mut ledgered = Ledgered::default();
        for _ in 0..4 {
            let at = disk.operations() + random(&mut seed) % 60;
            let torn = (random(&mut seed) % 1200) as usize;
            let fault = match random(&mut seed) % 4 {
                0 => Fault::Kill { torn },
                1 | 2 => Fault::PowerLoss { torn, seed: random(&mut seed) },
                _ => Fault::Error { torn, no_space: seed.is_multiple_of(2) },
            };
            disk.plan(at, fault);
            random_life(&disk, &mut ledgered, &mut seed).ok();
            disk.restart();
        }
        live_on(&disk, &mut ledgered, &format!("life {life}"));
        injected += disk.injected();
    }
    assert!(injected > 4000, "{injected}");
}

fn random_life(disk: &FaultDisk, ledgered: &mut Ledgered, seed: &mut u64) -> Result<(), LedgerError> {
    let logs = [open(disk, options())?, open(disk, options())?];
    for _ in 0..random(seed) % 12 {
        let log = &logs[(random(seed) % 2) as usize];
        match random(seed) % 8 {
            0 => drop(log.rotate_key()),
            _ => drop(ledgered.append(log, 1 + (random(seed) % 4) as usize, random(seed).is_multiple_of(3))),
        }
    }
    Ok(())
}
