//! Another implementation agrees: what we sign, publish and prove is read and verified by the crates `signed_note` and
//! `tlog_tiles`, which share no code with us.

use crate::disk::FaultDisk;
use crate::sample::{ROOT, open, options, record};
use portcullis_ledger::{Log, Reader, Tiles, prove};
use signed_note::{Note, StandardVerifier, VerifierList};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tlog_tiles::{
    Checkpoint, Hash, Tile, TileHashReader, TileReader, check_record, check_tree, prove_record, record_hash,
};

fn log_of(size: usize) -> (FaultDisk, Log) {
    let disk = FaultDisk::default();
    let log = open(&disk, options()).unwrap();
    grow(&disk, &log, size);
    (disk, log)
}

/// Appends until the log has `size` records; the first is its own notice.
fn grow(disk: &FaultDisk, log: &Log, size: usize) {
    let mut have = reader(disk).extent().unwrap().size as usize;
    while have < size {
        let step = (size - have).min(50);
        let texts = (have..have + step).map(|i| record(&format!("note {i}"), false)).collect();
        have = log.append_all(texts).unwrap().last().unwrap().index as usize + 1;
    }
}

fn reader(disk: &FaultDisk) -> Reader {
    Reader::open(Arc::new(disk.clone()), Path::new(ROOT)).unwrap()
}

/// The signed size and root, as the other implementation reads them.
fn signed(disk: &FaultDisk, note: &str) -> (u64, Hash) {
    let key = disk.read_to_string(&Path::new(ROOT).join("keys/ledger.pub"));
    let verifier = StandardVerifier::new(key.trim_end()).unwrap();
    let note = Note::from_bytes(note.as_bytes()).unwrap();
    let (signatures, _) = note.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
    assert_eq!(signatures.len(), 1);
    let checkpoint = Checkpoint::from_bytes(note.text()).unwrap();
    assert_eq!(checkpoint.origin(), "test/integrity");
    (checkpoint.size(), *checkpoint.hash())
}

fn hashes(path: &[[u8; 32]]) -> Vec<Hash> {
    path.iter().copied().map(Hash).collect()
}

#[test]
fn inclusion_proofs_verify_elsewhere() {
    for size in [1, 2, 3, 7, 8, 200, 256, 257, 700] {
        let (disk, _log) = log_of(size);
        let reader = reader(&disk);
        for index in [0, size / 3, size / 2, size - 1] {
            let proof = prove::inclusion(&reader, index as u64).unwrap();
            let (signed_size, root) = signed(&disk, &proof.checkpoint);
            assert_eq!(signed_size, size as u64);
            let leaf = record_hash(&proof.record);
            check_record(&hashes(&proof.path), signed_size, root, index as u64, leaf).unwrap();
            let other = record_hash(b"something else");
            assert!(check_record(&hashes(&proof.path), signed_size, root, index as u64, other).is_err());
        }
    }
}

#[test]
fn consistency_proofs_verify_elsewhere() {
    let (disk, log) = log_of(1);
    let mut history = vec![signed(&disk, &reader(&disk).extent().unwrap().checkpoint)];
    for size in [2, 5, 8, 255, 256, 300, 513, 800] {
        grow(&disk, &log, size);
        let now = signed(&disk, &reader(&disk).extent().unwrap().checkpoint);
        for (old, old_root) in &history {
            let (path, note) = prove::consistency(&reader(&disk), *old).unwrap();
            assert_eq!(signed(&disk, &note), now);
            check_tree(&hashes(&path), now.0, now.1, *old, *old_root).unwrap();
        }
        history.push(now);
    }
}

/// Serves a published folder to the other implementation.
struct Published {
    disk: FaultDisk,
    read: Mutex<HashMap<String, usize>>,
}

impl TileReader for Published {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &Tile| {
            // The crate puts the height into the path, which the specification leaves out because it is always 8.
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            *self.read.lock().unwrap().entry(path.clone()).or_default() += 1;
            self.disk.read_bytes(&Path::new("/published").join(path))
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _tiles: &[Tile], _data: &[Vec<u8>]) {}
}

#[test]
fn published_tiles_are_read_and_authenticated_elsewhere() {
    let (disk, log) = log_of(5);
    for size in [5, 256, 300, 70_000] {
        grow(&disk, &log, size);
        assert_eq!(Tiles::publish(&reader(&disk), Path::new("/published")).unwrap(), size as u64);
        let note = disk.read_to_string(Path::new("/published/checkpoint"));
        let (signed_size, root) = signed(&disk, &note);
        let tiles = Published { disk: disk.clone(), read: Mutex::default() };
        let hashes = TileHashReader::new(signed_size, root, &tiles);
        for index in [0, size / 2, size - 1] {
            let proof = prove_record(signed_size, index as u64, &hashes).unwrap();
            let bytes = reader(&disk).read(index as u64, 1).unwrap().remove(0).bytes;
            check_record(&proof, signed_size, root, index as u64, record_hash(&bytes)).unwrap();
        }
        let bundle = disk.read_bytes(Path::new(if size < 256 {
            "/published/tile/entries/000.p/5"
        } else {
            "/published/tile/entries/000"
        }));
        assert_eq!(entries_of(&bundle).len(), size.min(256));
        assert_eq!(entries_of(&bundle)[1], reader(&disk).read(1, 1).unwrap()[0].bytes);
    }
}

/// Entries of a bundle: each behind its length in two bytes.
fn entries_of(mut bundle: &[u8]) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    while let Some((length, rest)) = bundle.split_first_chunk::<2>() {
        let (entry, rest) = rest.split_at(u16::from_be_bytes(*length).into());
        entries.push(entry.to_vec());
        bundle = rest;
    }
    entries
}

#[test]
fn tiles_that_were_damaged_are_built_anew_before_a_proof_is_given() {
    let (disk, log) = log_of(600);
    prove::inclusion(&reader(&disk), 5).unwrap();
    disk.tamper(&Path::new(ROOT).join("ledger/tiles/0/000"), |bytes| bytes[6 * 32] ^= 1);
    let proof = prove::inclusion(&reader(&disk), 5).unwrap();
    let (size, root) = signed(&disk, &proof.checkpoint);
    check_record(&hashes(&proof.path), size, root, 5, record_hash(&proof.record)).unwrap();
    for level in ["0", "1"] {
        let tiles = disk.files(&Path::new(ROOT).join("ledger/tiles").join(level));
        for tile in &tiles {
            disk.tamper(tile, Vec::clear);
        }
        let size = reader(&disk).extent().unwrap().size as usize;
        grow(&disk, &log, size + 300);
        prove::inclusion(&reader(&disk), 300).unwrap();
    }
}
