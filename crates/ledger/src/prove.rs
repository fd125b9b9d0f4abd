//! Proofs that anyone can check without the log: this record is in it; this log is a continuation of that one.

use crate::error::LedgerError;
use crate::merkle::{self, Hash};
use crate::read::Reader;
use crate::tiles::Tiles;

/// The proof that a record is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    /// The record's position.
    pub index: u64,
    /// Its canonical bytes; empty if retention has dropped the record and only its hash is left.
    pub record: Vec<u8>,
    /// The hashes beside the path from its leaf to the root.
    pub path: Vec<Hash>,
    /// The signed checkpoint that the proof leads to.
    pub checkpoint: String,
}

/// Proves that record `index` is in the log as it is now. What is returned has been checked.
pub fn inclusion(reader: &Reader, index: u64) -> Result<Inclusion, LedgerError> {
    let extent = reader.extent()?;
    let Some(record) = reader.read(index, 1)?.pop() else {
        return Err(LedgerError::NoSuchRecord { index, size: extent.size });
    };
    let leaf = record.leaf();
    let valid = |path: &Vec<Hash>| merkle::verify_inclusion(&leaf, index, extent.size, &extent.root, path);
    let path = from_tiles(reader, |tiles| merkle::inclusion_proof(tiles, index, extent.size), valid)?;
    Ok(Inclusion { index, record: record.bytes, path, checkpoint: extent.checkpoint })
}

/// Proves that the log as it is now continues the one of `old` records. Returns the proof and the signed checkpoint.
pub fn consistency(reader: &Reader, old: u64) -> Result<(Vec<Hash>, String), LedgerError> {
    let extent = reader.extent()?;
    if old > extent.size {
        return Err(LedgerError::WentBack { found: extent.size, signed: old });
    }
    let prove = |tiles: &Tiles| Ok((merkle::root(tiles, old)?, merkle::consistency_proof(tiles, old, extent.size)?));
    let valid = |(old_root, path): &(Hash, Vec<Hash>)| {
        merkle::verify_consistency(old, old_root, extent.size, &extent.root, path)
    };
    let (_, path) = from_tiles(reader, prove, valid)?;
    Ok((path, extent.checkpoint))
}

/// A proof from the stored tiles; if it does not hold, from tiles that are built anew. Tiles are no evidence: what
/// counts is that the proof leads to the signed root.
fn from_tiles<T>(
    reader: &Reader,
    prove: impl Fn(&Tiles) -> Result<T, LedgerError>,
    valid: impl Fn(&T) -> bool,
) -> Result<T, LedgerError> {
    let (tiles, _) = Tiles::catch_up(reader)?;
    if let Some(proof) = prove(&tiles).ok().filter(&valid) {
        return Ok(proof);
    }
    let (tiles, _) = Tiles::rebuild(reader)?;
    let proof = prove(&tiles)?;
    if valid(&proof) { Ok(proof) } else { Err(not_signed(reader)) }
}

fn not_signed(reader: &Reader) -> LedgerError {
    LedgerError::damaged(
        reader.folder(),
        "the records or their tiles are not those that were signed; `log verify` says where",
    )
}
