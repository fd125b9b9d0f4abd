//! What lies around the records: folders that are taken away, locks that are removed, pipes in the place of files.

use crate::sample::{options, record};
use portcullis_ledger::disk::{Disk, RealDisk};
use portcullis_ledger::{Log, Options, Reader, folder, verify};
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn open(root: &Path) -> Log {
    Log::open(Arc::new(RealDisk), root, Options { segment_size: 1 << 20, ..options() }).unwrap()
}

fn disk() -> Arc<dyn Disk> {
    Arc::new(RealDisk)
}

/// An agent takes the ledger away while a gateway has it open. What goes to files that no name leads to is lost.
#[test]
fn nothing_is_acknowledged_into_a_ledger_that_was_taken_away() {
    for action in ["removed", "moved", "exchanged"] {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("state");
        let log = open(&root);
        log.append(record("before", false)).unwrap();
        let aside = home.path().join("aside");
        match action {
            "removed" => std::fs::remove_dir_all(folder(&root)).unwrap(),
            "moved" => std::fs::rename(folder(&root), &aside).unwrap(),
            _ => {
                std::fs::rename(folder(&root), &aside).unwrap();
                let copied = std::process::Command::new("cp").arg("-r").arg(&aside).arg(folder(&root)).status();
                assert!(copied.unwrap().success());
            }
        }
        let result = log.append(record("after", false));
        if action == "exchanged" {
            // A copy that is put in its place is the ledger now; the record must be in it, or be refused.
            let there = Reader::open(disk(), &root).unwrap().read(0, usize::MAX).unwrap();
            let kept = there.iter().any(|s| String::from_utf8_lossy(&s.bytes).contains("\"after\""));
            assert!(result.is_err() || kept, "{result:?}");
        } else {
            let error = result.unwrap_err().to_string();
            assert!(error.contains("ledger"), "{error}");
        }
    }
}

/// Who believes that a lock is stuck deletes its file.
#[test]
fn two_processes_do_not_write_at_once_although_the_lock_file_was_deleted() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path();
    let first = Arc::new(open(root));
    let stop = Arc::new(AtomicBool::new(false));
    let mut indices = Vec::new();
    let writers: Vec<_> = (0..3)
        .map(|number| {
            let (root, stop, first) = (root.to_owned(), stop.clone(), first.clone());
            std::thread::spawn(move || {
                let log = if number == 0 { first } else { Arc::new(open(&root)) };
                let mut told = Vec::new();
                for count in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return told;
                    }
                    let text = format!("{number} {count}");
                    if let Ok(receipt) = log.append(record(&text, false)) {
                        told.push((receipt.index, text));
                    }
                }
                told
            })
        })
        .collect();
    // It is deleted between two writes, as a person does it: whoever holds it at that moment is let finish.
    for _ in 0..10 {
        std::thread::sleep(std::time::Duration::from_millis(20));
        let path = folder(root).join("lock");
        let held = std::fs::File::open(&path).unwrap();
        held.lock().unwrap();
        std::fs::remove_file(&path).unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        indices.extend(writer.join().unwrap());
    }
    let stored = Reader::open(disk(), root).unwrap().read(0, usize::MAX).unwrap();
    for (index, text) in &indices {
        let found = stored.get(*index as usize).unwrap_or_else(|| panic!("record {index} is lost"));
        assert_eq!(crate::sample::note_of(&found.bytes).as_ref(), Some(text));
    }
    let unique: BTreeSet<u64> = indices.iter().map(|(index, _)| *index).collect();
    assert_eq!(unique.len(), indices.len(), "an index was given out twice");
    assert_eq!(verify(&disk(), root, &[]).unwrap().problems, []);
}

/// A pipe in the place of a file would have whoever opens it wait for ever.
#[test]
fn a_pipe_in_the_place_of_a_file_is_refused_instead_of_waited_for() {
    for name in ["ledger/head", "ledger/segments/00000001.log", "keys/ledger.key", "keys/ledger.pub"] {
        let home = tempfile::tempdir().unwrap();
        drop(open(home.path()));
        let path = home.path().join(name);
        std::fs::remove_file(&path).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let (sender, receiver) = std::sync::mpsc::channel();
        let root = home.path().to_owned();
        std::thread::spawn(move || {
            let verified = verify(&disk(), &root, &[]).is_ok_and(|report| report.problems.is_empty());
            let opened = Log::open(disk(), &root, options()).and_then(|log| log.append(record("x", false))).is_ok();
            sender.send((verified, opened)).ok();
        });
        let (verified, opened) = receiver
            .recv_timeout(std::time::Duration::from_secs(20))
            .unwrap_or_else(|_| panic!("{name} is waited for"));
        assert!(!verified || !opened, "{name}");
    }
}

#[test]
fn every_file_and_folder_is_its_owners_only() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("state");
    let log = open(&root);
    (0..3).for_each(|i| super::append(&log, &format!("note {i}"), true));
    log.rotate_key().unwrap();
    let mut folders = vec![root];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        assert_eq!(std::fs::metadata(&folder).unwrap().mode() & 0o777, 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            seen += 1;
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                assert_eq!(entry.metadata().unwrap().mode() & 0o777, 0o600, "{}", entry.path().display());
            }
        }
    }
    assert!(seen > 8);
}
