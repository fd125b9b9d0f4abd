//! An attacker who can write every file but has not the key: frames, notices and heads made by hand.

use super::{check, checkpoint_in, head_path, reader, segment, shared, texts};
use crate::disk::FaultDisk;
use crate::sample::{ROOT, open, options, record};
use portcullis_event::{Body, LedgerNotice, LedgerOp, Record, Timestamp};
use portcullis_ledger::note::{Algorithm, Checkpoint, Note, Signer};
use portcullis_ledger::witness::{Witness, watch};
use portcullis_ledger::{Log, Verification, Wrong, merkle};
use std::path::Path;

const HEADER: usize = 512;
const FRAME: usize = 9;
const CONTROL: u8 = 2;
const CHECKPOINT: u8 = 3;
const BLOB: u8 = 4;

/// Changes the frames of a segment at a position.
type Change = fn(&mut Vec<Frame>, usize);

#[derive(Clone)]
struct Frame {
    kind: u8,
    payload: Vec<u8>,
}

/// The frames of a segment, where they end, and the checksum of the last one.
fn frames(bytes: &[u8]) -> (Vec<Frame>, usize, u32) {
    let (mut frames, mut offset, mut chain) = (Vec::new(), HEADER, 0);
    while offset + FRAME <= bytes.len() && bytes[offset + 8] != 0 {
        let length = u32::from_le_bytes(bytes[offset..offset + 4].try_into().unwrap()) as usize;
        chain = u32::from_le_bytes(bytes[offset + 4..offset + 8].try_into().unwrap());
        frames
            .push(Frame { kind: bytes[offset + 8], payload: bytes[offset + FRAME..offset + FRAME + length].to_vec() });
        offset += FRAME + length;
    }
    (frames, offset, chain)
}

fn put_frame(out: &mut Vec<u8>, chain: u32, frame: &Frame) -> u32 {
    let length = (frame.payload.len() as u32).to_le_bytes();
    let chain = crc32c::crc32c_append(chain, &[length.as_slice(), &[frame.kind], &frame.payload].concat());
    out.extend_from_slice(&length);
    out.extend_from_slice(&chain.to_le_bytes());
    out.push(frame.kind);
    out.extend_from_slice(&frame.payload);
    chain
}

fn last_segment(disk: &FaultDisk) -> u32 {
    (1..1000).take_while(|&number| disk.files(Path::new(ROOT)).contains(&segment(number))).last().unwrap()
}

/// Writes all segments anew from their frames, with every checksum and header made right, and the head moved along.
fn rewrite(disk: &FaultDisk, mut change: impl FnMut(&mut Vec<Frame>)) {
    let (mut chain, mut end, mut tree) = (0_u32, 0, merkle::Frontier::default());
    for number in 1..=last_segment(disk) {
        disk.tamper(&segment(number), |bytes| {
            let mut all = frames(bytes).0;
            change(&mut all);
            let mut out = b"PCLSEGM1".to_vec();
            out.extend_from_slice(&number.to_le_bytes());
            out.extend_from_slice(&chain.to_le_bytes());
            out.extend_from_slice(&tree.size().to_le_bytes());
            out.extend_from_slice(&(end as u64).to_le_bytes());
            out.extend_from_slice(&tree.root());
            out.extend_from_slice(&crc32c::crc32c(&out).to_le_bytes());
            out.resize(HEADER, 0);
            for frame in &all {
                chain = put_frame(&mut out, chain, frame);
                if frame.kind <= CONTROL {
                    tree.push(merkle::leaf_hash(&frame.payload));
                }
            }
            end = out.len();
            out.resize(bytes.len().max(end), 0);
            *bytes = out;
        });
    }
    change_heads(disk, |slot| slot[24..32].copy_from_slice(&(end as u64).to_le_bytes()));
}

/// Changes every slot of the head and makes its checksum right.
fn change_heads(disk: &FaultDisk, change: impl Fn(&mut [u8])) {
    disk.tamper(&head_path(), |bytes| {
        for slot in bytes.chunks_mut(4096) {
            change(slot);
            let end = checkpoint_in(slot).unwrap().end;
            let checksum = crc32c::crc32c(&slot[..end]).to_le_bytes();
            slot[end..end + 4].copy_from_slice(&checksum);
        }
    });
}

/// Signs the checkpoints in the heads, and all behind the notice that names the attacker's key, with that key.
fn sign_heads(disk: &FaultDisk, signer: &Signer) {
    change_heads(disk, |slot| {
        let place = checkpoint_in(slot).unwrap();
        let anew = resign(std::str::from_utf8(&slot[place.clone()]).unwrap(), signer);
        slot[place].copy_from_slice(anew.as_bytes());
    });
}

fn resign(checkpoint: &str, signer: &Signer) -> String {
    Checkpoint::parse(Note::parse(checkpoint).unwrap().text()).unwrap().sign(signer)
}

fn attacker() -> Signer {
    Signer::from_seed("test/integrity", Algorithm::Ed25519, &[66; 32].into()).unwrap()
}

fn grown(size: usize, sealed: bool) -> (FaultDisk, Log) {
    let disk = FaultDisk::default();
    let log = open(&disk, options()).unwrap();
    (1..size).for_each(|i| super::append(&log, &format!("note {i:06}"), sealed && i % 3 == 0));
    (disk, log)
}

fn notice(notice: LedgerNotice) -> Record {
    let mut record = record("", false);
    record.event.what = Body::from(notice);
    record
}

fn covers(report: &Verification, index: u64) -> bool {
    report.problems.iter().any(|p| p.records.is_some_and(|(first, end)| (first..end).contains(&index)))
}

/// The frames of the whole log in one list, with the index of the record that each belongs to.
fn blob_of(disk: &FaultDisk) -> (u32, usize, u64) {
    let mut index = 0;
    for number in 1..=last_segment(disk) {
        for (at, frame) in frames(&disk.read_bytes(&segment(number))).0.iter().enumerate() {
            match frame.kind {
                BLOB => return (number, at, index),
                1 | CONTROL => index += 1,
                _ => {}
            }
        }
    }
    panic!("there is no sealed content");
}

#[test]
fn sealed_content_that_was_changed_exchanged_added_or_removed_is_detected_and_located() {
    let (disk, _log) = grown(30, true);
    let (number, at, index) = blob_of(&disk);
    let changes: [(&str, Change); 5] = [
        ("changed", |frames, at| frames[at].payload[40] ^= 1),
        ("shortened", |frames, at| frames[at].payload.truncate(20)),
        ("exchanged", |frames, at| {
            let other = frames.iter().rposition(|frame| frame.kind == BLOB).unwrap();
            assert_ne!(at, other);
            frames.swap(at, other);
        }),
        ("added", |frames, at| frames.insert(at, Frame { kind: BLOB, payload: vec![7; 50] })),
        ("removed", |frames, at| drop(frames.remove(at))),
    ];
    for (name, change) in changes {
        let disk = disk.fork();
        let mut current = 0;
        rewrite(&disk, |frames| {
            current += 1;
            if current == number {
                change(frames, at);
            }
        });
        let report = check(&disk);
        assert!(covers(&report, index), "{name}: {report:?}");
        assert!(report.problems.iter().any(|p| p.segment == Some(number)), "{name}: {report:?}");
    }
}

#[test]
fn a_log_that_was_only_written_anew_has_no_problem() {
    let (disk, _log) = grown(30, true);
    rewrite(&disk, |_| {});
    assert_eq!(check(&disk).problems, []);
}

/// Anyone who may append can write a record that looks like the log's own notice, and anyone who can write the files
/// can say that it is one: its kind is not part of the tree.
#[test]
fn a_change_of_keys_that_an_agent_announced_is_not_believed() {
    let (disk, log) = grown(10, false);
    let announced = LedgerNotice {
        origin: Some("test/integrity".to_owned()),
        key: Some(attacker().verifier().to_string()),
        ..LedgerNotice::new(LedgerOp::KeyRotated)
    };
    let index = log.append(notice(announced)).unwrap().index;
    (0..5).for_each(|i| super::append(&log, &format!("later {i}"), false));
    let mut leaves = 0;
    rewrite(&disk, |frames| {
        for frame in frames {
            if frame.kind <= CONTROL {
                if leaves == index {
                    frame.kind = CONTROL;
                }
                leaves += 1;
            } else if frame.kind == CHECKPOINT && leaves > index {
                frame.payload = resign(std::str::from_utf8(&frame.payload).unwrap(), &attacker()).into_bytes();
            }
        }
    });
    assert_eq!(check(&disk).problems, [], "up to here nothing is wrong");
    sign_heads(&disk, &attacker());
    let report = check(&disk);
    assert!(report.problems.iter().any(|p| matches!(p.what, Wrong::Signature(_))), "{report:?}");
}

#[test]
fn dropping_that_an_agent_announced_is_not_believed() {
    let (disk, log) = grown(60, false);
    let announced = LedgerNotice { first: Some(0), count: Some(60), ..LedgerNotice::new(LedgerOp::RecordsPruned) };
    let index = log.append(notice(announced)).unwrap().index;
    let copy = disk.fork();
    assert!(open(&copy, options()).unwrap().prune_before(Timestamp::from_micros(i64::MAX)).unwrap() > 20);
    let mut leaves = 0;
    rewrite(&disk, |frames| {
        for frame in frames.iter_mut().filter(|frame| frame.kind <= CONTROL) {
            if leaves == index {
                frame.kind = CONTROL;
            }
            leaves += 1;
        }
    });
    let folder = Path::new(ROOT).join("ledger/segments");
    for path in copy.files(&folder).into_iter().filter(|path| path.extension().is_some_and(|e| e == "pruned")) {
        disk.put(&path, Some(&copy.read_bytes(&path)));
        disk.put(&path.with_extension("log"), None);
    }
    let report = check(&disk);
    assert!(report.problems.iter().any(|p| p.what == Wrong::DroppedWithoutNotice), "{report:?}");
}

/// The records are left as they are, so that everybody who saw their tree still agrees.
#[test]
fn the_same_records_signed_anew_with_another_key_are_not_the_same_log() {
    let (disk, log) = grown(5, false);
    drop(log);
    let keys = Path::new(ROOT).join("keys");
    disk.put(&keys.join("ledger.pub"), Some(format!("{}\n", attacker().verifier()).as_bytes()));
    disk.put(&keys.join("ledger.key"), Some(attacker().to_text().as_bytes()));
    sign_heads(&disk, &attacker());
    // Nor does it help to say that the first record is none of the log's own.
    for hidden in [false, true] {
        if hidden {
            rewrite(&disk, |frames| frames[0].kind = 1);
        }
        let report = check(&disk);
        let problem = &report.problems[0];
        assert!(matches!(problem.what, Wrong::Signature(_)), "{report:?}");
        assert_eq!(problem.records, Some((0, 1)));
    }
}

/// After a restart the end of the log is looked at. Damage there is not to be called theft.
#[test]
fn a_damaged_record_is_not_reported_as_a_removed_one() {
    let (disk, log) = grown(5, false);
    drop(log);
    disk.tamper(&segment(1), |bytes| bytes[600] ^= 1);
    change_heads(&disk, |slot| {
        let boot = slot.windows(6).position(|window| window == b"boot-0").unwrap();
        slot[boot + 5] = b'9';
    });
    let error = open(&disk, options()).unwrap_err().to_string();
    assert!(error.contains("the frame at 512, record 0: its checksum does not fit"), "{error}");
}

/// What lies whole behind the end is taken up after a crash. It must be what a writer of this log left there.
#[test]
fn frames_that_somebody_put_behind_the_end_are_not_taken_up_and_signed() {
    for kind in [1, CONTROL] {
        for restart in [false, true] {
            let (disk, log) = grown(3, false);
            drop(log);
            let forged = record("I was never here", false).encode().unwrap();
            disk.tamper(&segment(1), |bytes| {
                let (_, end, chain) = frames(bytes);
                let mut out = Vec::new();
                put_frame(&mut out, chain, &Frame { kind, payload: forged.clone() });
                bytes[end..end + out.len()].copy_from_slice(&out);
            });
            if restart {
                change_heads(&disk, |slot| {
                    let boot = slot.windows(6).position(|window| window == b"boot-0").unwrap();
                    slot[boot + 5] = b'9';
                });
            }
            let log = open(&disk, options()).unwrap();
            log.append(record("honest", false)).unwrap();
            assert_eq!(texts(&disk), ["note 000001", "note 000002", "honest"], "kind {kind}, restart {restart}");
            assert_eq!(check(&disk).problems, []);
        }
    }
}

/// An older head is signed as well as a newer one. Going on from there must not write over what is already there.
#[test]
fn a_head_that_was_set_back_is_noticed_and_no_segment_is_written_over() {
    let disk = FaultDisk::default();
    let log = open(&disk, options()).unwrap();
    let older = disk.read_bytes(&head_path());
    (0..60).for_each(|i| super::append(&log, &format!("note {i:06}"), false));
    drop(log);
    assert!(last_segment(&disk) > 3);
    let before: Vec<Vec<u8>> = (2..=last_segment(&disk)).map(|number| disk.read_bytes(&segment(number))).collect();
    disk.put(&head_path(), Some(&older));
    let report = check(&disk);
    assert!(report.problems.iter().any(|p| matches!(p.what, Wrong::Head(_))), "{report:?}");
    let error = open(&disk, options())
        .and_then(|log| (0..60).try_for_each(|i| log.append(record(&format!("evil {i:06}"), false)).map(drop)))
        .unwrap_err();
    assert!(error.to_string().contains("set back"), "{error}");
    for (number, bytes) in (2..).zip(before) {
        assert!(disk.read_bytes(&segment(number)) == bytes, "segment {number} was written over");
    }
}

#[test]
fn an_attacker_who_changes_the_tiles_too_does_not_hide_where_the_change_is() {
    let (disk, _log) = grown(100, false);
    portcullis_ledger::Tiles::catch_up(&reader(&disk)).unwrap();
    let mut leaves = 0_u64;
    let mut changed = [0; 32];
    rewrite(&disk, |frames| {
        for frame in frames.iter_mut().filter(|frame| frame.kind <= CONTROL) {
            if leaves == 40 {
                frame.payload[20] ^= 1;
                changed = merkle::leaf_hash(&frame.payload);
            }
            leaves += 1;
        }
    });
    let tile = disk.files(&Path::new(ROOT).join("ledger/tiles/0")).remove(0);
    disk.tamper(&tile, |bytes| bytes[40 * 32..41 * 32].copy_from_slice(&changed));
    let report = check(&disk);
    assert!(covers(&report, 40), "{report:?}");
}

/// The first key that a watcher saw is the one that counts. A log that begins with another one is another log, even if
/// everything that was seen is in it.
#[test]
fn a_watcher_does_not_follow_a_log_to_a_key_that_nobody_announced() {
    let (disk, log) = grown(5, false);
    drop(log);
    let witness = Witness::open(shared(&disk), Path::new("/watcher"), "test/watcher").unwrap();
    assert!(watch(&witness, &shared(&disk), Path::new(ROOT), 1).unwrap().1.is_some());
    let keys = Path::new(ROOT).join("keys");
    disk.put(&keys.join("ledger.pub"), Some(format!("{}\n", attacker().verifier()).as_bytes()));
    disk.put(&keys.join("ledger.key"), Some(attacker().to_text().as_bytes()));
    sign_heads(&disk, &attacker());
    open(&disk, options()).unwrap().append(record("I was never here", false)).unwrap();
    let error = watch(&witness, &shared(&disk), Path::new(ROOT), 2).unwrap_err().to_string();
    assert!(error.contains("another key"), "{error}");
}
