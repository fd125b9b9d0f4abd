//! What somebody with full access to the files can do without the signing key, and whether it is noticed and located.
//!
//! The attacker here knows the format as well as we do: where it helps, checksums and headers are made right again.

use crate::disk::{FaultDisk, random};
use crate::sample::{ROOT, open, options, record};
use portcullis_ledger::{Log, Options, Reader, Stored, Tiles, Verification, Witnessed, Wrong, note, verify};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const HEADER: usize = 512;
const FRAME: usize = 9;

fn grown(size: usize, segment_size: u64) -> (FaultDisk, Log) {
    let disk = FaultDisk::default();
    let log = open(&disk, Options { segment_size, ..options() }).unwrap();
    grow(&log, 1, size, "note");
    (disk, log)
}

fn grow(log: &Log, from: usize, to: usize, word: &str) {
    for i in from..to {
        // Every note has the same length, so that they can be exchanged.
        log.append(record(&format!("{word} {i:06}"), i % 5 == 0)).unwrap();
    }
}

fn check(disk: &FaultDisk) -> Verification {
    check_against(disk, &[])
}

fn check_against(disk: &FaultDisk, witnessed: &[Witnessed]) -> Verification {
    let disk: Arc<dyn portcullis_ledger::disk::Disk> = Arc::new(disk.clone());
    verify(&disk, Path::new(ROOT), witnessed).unwrap()
}

fn reader(disk: &FaultDisk) -> Reader {
    Reader::open(Arc::new(disk.clone()), Path::new(ROOT)).unwrap()
}

fn stored(disk: &FaultDisk) -> Vec<Stored> {
    reader(disk).read(0, usize::MAX).unwrap()
}

fn segment(number: u32) -> PathBuf {
    Path::new(ROOT).join(format!("ledger/segments/{number:08}.log"))
}

fn segments(disk: &FaultDisk) -> Vec<u32> {
    (1..1000).take_while(|&number| disk.files(Path::new(ROOT)).contains(&segment(number))).collect()
}

/// A frame as the attacker sees it.
#[derive(Clone)]
struct Frame {
    offset: usize,
    kind: u8,
    payload: Vec<u8>,
}

fn frames(bytes: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut offset = HEADER;
    while offset + FRAME <= bytes.len() && bytes[offset + 8] != 0 {
        let length = u32::from_le_bytes(bytes[offset..offset + 4].try_into().unwrap()) as usize;
        let payload = bytes[offset + FRAME..offset + FRAME + length].to_vec();
        frames.push(Frame { offset, kind: bytes[offset + 8], payload });
        offset += FRAME + length;
    }
    frames
}

/// Rewrites all segments from their frames, with every checksum and every header made right. Only the signatures stay.
fn rebuild(disk: &FaultDisk, change: impl Fn(u32, &mut Vec<Frame>)) {
    let (mut chain, mut first, mut end, mut tree) = (0_u32, 0_u64, 0_u64, Vec::new());
    for number in segments(disk) {
        disk.tamper(&segment(number), |bytes| {
            let mut all = frames(bytes);
            change(number, &mut all);
            let mut out = b"PCLSEGM1".to_vec();
            out.extend_from_slice(&number.to_le_bytes());
            out.extend_from_slice(&chain.to_le_bytes());
            out.extend_from_slice(&first.to_le_bytes());
            out.extend_from_slice(&end.to_le_bytes());
            out.extend_from_slice(&root_of(&tree));
            out.extend_from_slice(&crc32c::crc32c(&out).to_le_bytes());
            out.resize(HEADER, 0);
            for frame in &all {
                let length = (frame.payload.len() as u32).to_le_bytes();
                let covered = [length.as_slice(), &[frame.kind], &frame.payload].concat();
                chain = crc32c::crc32c_append(chain, &covered);
                out.extend_from_slice(&length);
                out.extend_from_slice(&chain.to_le_bytes());
                out.push(frame.kind);
                out.extend_from_slice(&frame.payload);
                if frame.kind <= 2 {
                    tree.push(portcullis_ledger::merkle::leaf_hash(&frame.payload));
                    first += 1;
                }
            }
            end = out.len() as u64;
            out.resize(bytes.len(), 0);
            *bytes = out;
        });
    }
}

fn root_of(leaves: &[[u8; 32]]) -> [u8; 32] {
    let mut frontier = portcullis_ledger::merkle::Frontier::default();
    for leaf in leaves {
        frontier.push(*leaf);
    }
    frontier.root()
}

fn covers(report: &Verification, record: u64) -> bool {
    report.problems.iter().any(|p| p.records.is_some_and(|(first, end)| first <= record && record < end))
}

#[test]
fn rewriting_a_log_without_changing_it_is_no_problem() {
    let (disk, _log) = grown(40, 4096);
    rebuild(&disk, |_, _| {});
    assert_eq!(check(&disk).problems, []);
}

#[test]
fn every_flipped_bit_is_detected_and_located() {
    let (disk, _log) = grown(24, 4096);
    let records = stored(&disk);
    assert!(segments(&disk).len() > 2);
    for number in segments(&disk) {
        let bytes = disk.read_bytes(&segment(number));
        let end = frames(&bytes).last().map_or(HEADER, |last| last.offset + FRAME + last.payload.len());
        for at in 0..end {
            for bit in if at % 7 == 0 { 0..8 } else { at % 8..at % 8 + 1 } {
                disk.tamper(&segment(number), |bytes| bytes[at] ^= 1 << bit);
                let report = check(&disk);
                disk.tamper(&segment(number), |bytes| bytes[at] ^= 1 << bit);
                let problem = report.problems.first().unwrap_or_else(|| panic!("segment {number} byte {at} bit {bit}"));
                assert_eq!(problem.segment, Some(number), "byte {at} bit {bit}: {report:?}");
                let inside = |s: &&Stored| {
                    s.segment == number && (s.offset as usize..s.offset as usize + FRAME + s.bytes.len()).contains(&at)
                };
                if let Some(record) = records.iter().find(inside) {
                    assert_eq!(problem.records, Some((record.index, record.index + 1)), "byte {at} bit {bit}");
                    assert_eq!(problem.offset, Some(record.offset));
                }
            }
        }
    }
    assert_eq!(check(&disk).problems, []);
}

#[test]
fn every_flipped_bit_of_the_head_is_noticed() {
    let (disk, _log) = grown(24, 4096);
    let head = Path::new(ROOT).join("ledger/head");
    let bytes = disk.read_bytes(&head);
    for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte != 0) {
        disk.tamper(&head, |bytes| bytes[at] ^= 1 << (at % 8));
        let report = check(&disk);
        disk.tamper(&head, |bytes| bytes[at] ^= 1 << (at % 8));
        assert!(!report.problems.is_empty() || !report.remarks.is_empty(), "byte {at}");
    }
}

#[test]
fn cutting_off_any_number_of_records_is_detected_and_located() {
    let (disk, _log) = grown(24, 4096);
    for cut in stored(&disk) {
        let disk = disk.fork();
        disk.tamper(&segment(cut.segment), |bytes| bytes[cut.offset as usize..].fill(0));
        for later in segments(&disk).into_iter().filter(|&number| number > cut.segment) {
            disk.put(&segment(later), None);
        }
        let report = check(&disk);
        assert!(covers(&report, cut.index), "{report:?}");
        assert!(
            report
                .problems
                .iter()
                .any(|p| matches!(p.what, Wrong::Shorter { signed: 24, found, .. } if found <= cut.index + 1)),
            "{report:?}"
        );
    }
}

#[test]
fn a_dropped_segment_is_detected_and_named() {
    let (disk, _log) = grown(40, 4096);
    for number in segments(&disk) {
        let disk = disk.fork();
        disk.put(&segment(number), None);
        let report = check(&disk);
        assert!(
            report.problems.iter().any(|p| p.segment == Some(number) && p.what == Wrong::SegmentMissing),
            "{report:?}"
        );
    }
}

#[test]
fn segments_that_change_places_are_detected() {
    let (disk, _log) = grown(40, 4096);
    let (one, two) = (disk.read_bytes(&segment(1)), disk.read_bytes(&segment(2)));
    disk.put(&segment(1), Some(&two));
    disk.put(&segment(2), Some(&one));
    let report = check(&disk);
    assert!(report.problems.iter().any(|p| p.segment == Some(1) && matches!(p.what, Wrong::Header(_))), "{report:?}");
}

/// Changes the frames of a segment around the one at a position.
type Forgery = fn(&mut Vec<Frame>, usize);

/// Records changed, removed, added and moved, each with checksums and headers made right again.
fn forgeries() -> Vec<(&'static str, Forgery)> {
    vec![
        ("changed", |frames, at| {
            let last = frames[at].payload.len() - 3;
            frames[at].payload[last] ^= 1;
        }),
        // A blob takes the place of the record, so that nothing behind it moves.
        ("removed", |frames, at| frames[at].kind = 4),
        ("added", |frames, at| {
            let copy = frames[at].clone();
            let blob = frames.iter().position(|frame| frame.kind == 4).unwrap();
            let room = frames[blob].payload.len();
            frames[blob] = Frame { payload: copy.payload[..room.min(copy.payload.len())].to_vec(), ..copy };
        }),
        ("moved", |frames, at| {
            let other = (at + 1..frames.len())
                .find(|&o| frames[o].kind == 1 && frames[o].payload.len() == frames[at].payload.len());
            if let Some(other) = other {
                let payload = frames[at].payload.clone();
                frames[at].payload = std::mem::replace(&mut frames[other].payload, payload);
            } else {
                frames[at].payload.reverse();
            }
        }),
    ]
}

#[test]
fn forged_records_are_detected_and_located_to_the_record_where_tiles_are_kept() {
    let (disk, _log) = grown(300, 1 << 20);
    Tiles::catch_up(&reader(&disk)).unwrap();
    for (name, forge) in forgeries() {
        for target in [3_u64, 140, 200, 297] {
            let disk = disk.fork();
            rebuild(&disk, |_, frames| {
                let leaves: Vec<usize> = (0..frames.len()).filter(|&i| frames[i].kind <= 2).collect();
                forge(frames, leaves[target as usize]);
            });
            let report = check(&disk);
            assert!(!report.problems.is_empty(), "{name} {target}");
            let located = report
                .problems
                .iter()
                .filter_map(|p| p.records)
                .min()
                .unwrap_or_else(|| panic!("{name} {target}: {report:?}"));
            // An added record shows where it was added; the others where they were.
            let expected = if name == "added" { located.0 } else { target };
            assert!(covers(&report, expected), "{name} {target}: {report:?}");
            assert!(located.1 - located.0 <= 256, "{name} {target}: {located:?}");
            if name != "added" {
                assert_eq!(located.0, target, "{name}");
            }
        }
    }
}

#[test]
fn forged_records_are_detected_and_located_to_a_range_without_tiles() {
    let (disk, _log) = grown(600, 1 << 20);
    for (name, forge) in forgeries() {
        for target in [3_usize, 300, 590] {
            let disk = disk.fork();
            rebuild(&disk, |_, frames| {
                let leaves: Vec<usize> = (0..frames.len()).filter(|&i| frames[i].kind <= 2).collect();
                forge(frames, leaves[target]);
            });
            let report = check(&disk);
            let located =
                report.problems.iter().filter_map(|p| p.records).min().unwrap_or_else(|| panic!("{name} {target}"));
            assert!(located.1 - located.0 <= 257, "{name} {target}: {located:?}");
            assert!(
                name == "added" || (located.0 <= target as u64 && target as u64 <= located.1),
                "{name} {target}: {located:?}"
            );
        }
    }
}

fn witness(disk: &FaultDisk) -> Witnessed {
    let extent = reader(disk).extent().unwrap();
    let note = note::Note::parse(&extent.checkpoint).unwrap();
    Witnessed { by: "the other host".to_owned(), checkpoint: note::Checkpoint::parse(note.text()).unwrap() }
}

#[test]
fn going_back_to_an_older_copy_of_the_whole_folder_is_detected_by_a_witness() {
    let (disk, log) = grown(10, 4096);
    let older = disk.fork();
    grow(&log, 10, 20, "note");
    let seen = witness(&disk);
    assert_eq!(check_against(&disk, std::slice::from_ref(&seen)).problems, []);
    assert_eq!(check(&older).problems, [], "by itself an older copy is a perfectly good log");
    let report = check_against(&older, std::slice::from_ref(&seen));
    assert_eq!(report.problems.len(), 1);
    assert_eq!(report.problems[0].what, Wrong::Shorter { found: 10, signed: 20, by: "the other host".to_owned() });
    assert_eq!(report.problems[0].records, Some((10, 20)));
}

#[test]
fn another_continuation_of_an_older_copy_is_detected_by_a_witness() {
    let (disk, log) = grown(10, 4096);
    let older = disk.fork();
    grow(&log, 10, 20, "note");
    let seen = witness(&disk);
    grow(&open(&older, options()).unwrap(), 10, 30, "evil");
    assert_eq!(check(&older).problems, []);
    let report = check_against(&older, &[seen]);
    assert!(matches!(&report.problems[..], [p] if matches!(p.what, Wrong::NotWhatWasSigned { .. })), "{report:?}");
}

#[test]
fn a_log_that_is_signed_anew_with_another_key_is_detected_by_a_witness() {
    let (disk, _log) = grown(10, 4096);
    let seen = witness(&disk);
    let (forged, _log) = grown(30, 4096);
    let report = check_against(&forged, &[seen]);
    assert!(matches!(&report.problems[..], [p] if matches!(p.what, Wrong::NotWhatWasSigned { .. })), "{report:?}");
}

#[test]
fn a_deleted_log_is_not_begun_anew() {
    let (disk, log) = grown(5, 4096);
    drop(log);
    for path in disk.files(&Path::new(ROOT).join("ledger")) {
        disk.put(&path, None);
    }
    let error = open(&disk, options()).unwrap_err().to_string();
    assert!(error.contains("the ledger's key remembers that there was one"), "{error}");
}

#[test]
fn a_log_whose_keys_are_gone_is_not_continued_with_others() {
    let (disk, log) = grown(5, 4096);
    drop(log);
    for path in disk.files(&Path::new(ROOT).join("keys")) {
        disk.put(&path, None);
    }
    assert!(open(&disk, options()).is_err());
}

#[test]
fn a_forged_head_is_not_believed() {
    let (disk, log) = grown(5, 4096);
    drop(log);
    let (other, _log) = grown(5, 4096);
    let head = Path::new(ROOT).join("ledger/head");
    disk.put(&head, Some(&other.read_bytes(&head)));
    let error = open(&disk, options()).unwrap_err().to_string();
    assert!(error.contains("not signed with the key of this ledger"), "{error}");
    assert!(!check(&disk).problems.is_empty());
}

#[test]
fn any_damage_at_all_is_noticed() {
    let (disk, _log) = grown(30, 4096);
    for seed in 0..3000 {
        let mut seed = seed;
        let disk = disk.fork();
        let all = segments(&disk);
        let number = all[(random(&mut seed) % all.len() as u64) as usize];
        disk.tamper(&segment(number), |bytes| {
            let frames = frames(bytes);
            let end = frames.last().map_or(HEADER, |last| last.offset + FRAME + last.payload.len());
            let at = (random(&mut seed) % end as u64) as usize;
            let length = 1 + (random(&mut seed) % 600) as usize;
            let before = bytes.clone();
            match random(&mut seed) % 4 {
                0 => bytes[at..end.min(at + length)].fill(0),
                1 => drop(bytes.drain(at..end.min(at + length))),
                2 => bytes[at..end.min(at + length)].reverse(),
                _ => bytes.splice(at..at, vec![0x41; length]).for_each(drop),
            }
            if before[..end] == bytes[..end.min(bytes.len())] {
                bytes[at] ^= 0x80;
            }
        });
        let report = check(&disk);
        assert!(!report.problems.is_empty(), "seed {seed}, segment {number}");
    }
}
