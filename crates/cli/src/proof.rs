//! Proofs as they are written to a file and read back: hashes in hex, a signed checkpoint, and what they are about.

use crate::failure::Failure;
use crate::output::View;
use crate::page::{Page, Tone};
use portcullis_event::hex;
use portcullis_ledger::merkle::{self, Hash, leaf_hash};
use portcullis_ledger::note::Checkpoint;
use portcullis_ledger::{LedgerError, Reader, Tiles, prove};
use serde::{Deserialize, Serialize};

/// A record is in the ledger: hashing `leaf` with the hashes of `path` leads to the root that `checkpoint` signs (RFC 6962).
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Inclusion {
    index: u64,
    /// The record's canonical text; its hash, with a zero byte in front, is `leaf`. Absent if retention has dropped it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<String>,
    leaf: String,
    path: Vec<String>,
    checkpoint: String,
}

/// The ledger that `checkpoint` signs continues the one of `old_size` records whose root was `old_root` (RFC 6962).
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Consistency {
    old_size: u64,
    old_root: String,
    path: Vec<String>,
    checkpoint: String,
}

/// A proof that was read from a file.
#[derive(Debug)]
pub(crate) enum Proof {
    Inclusion(Inclusion),
    Consistency(Consistency),
}

fn all_hex(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(|hash| hex::encode(hash)).collect()
}

impl Inclusion {
    /// Proves that record `index` is in the ledger.
    pub(crate) fn of(reader: &Reader, index: u64) -> Result<Self, Failure> {
        let proof = prove::inclusion(reader, index)?;
        let size = proof.index.saturating_add(1);
        let stored = reader.read(index, 1)?.pop().ok_or(LedgerError::NoSuchRecord { index, size })?;
        let text =
            |bytes| String::from_utf8(bytes).map_err(|_| Failure::incomplete(format!("record {index} is not UTF-8")));
        let record = if stored.dropped.is_some() { None } else { Some(text(proof.record)?) };
        let (leaf, path) = (hex::encode(&stored.leaf()), all_hex(&proof.path));
        Ok(Self { index, record, leaf, path, checkpoint: proof.checkpoint })
    }

    fn problem(&self, checkpoint: &Checkpoint) -> Option<String> {
        let (Some(leaf), Some(path)) = (hash(&self.leaf), hashes(&self.path)) else {
            return Some("a hash is not 64 hex digits".to_owned());
        };
        if self.record.as_ref().is_some_and(|record| leaf_hash(record.as_bytes()) != leaf) {
            return Some("the record is not the one that the leaf is the hash of".to_owned());
        }
        let proven = merkle::verify_inclusion(&leaf, self.index, checkpoint.size, &checkpoint.root, &path);
        (!proven).then(|| "the leaf and the path do not lead to the root of the checkpoint".to_owned())
    }
}

impl Consistency {
    /// Proves that the ledger continues the one of `old_size` records.
    pub(crate) fn of(reader: &Reader, old_size: u64) -> Result<Self, Failure> {
        let size = reader.extent()?.size;
        if old_size > size {
            return Err(Failure::usage(format!("the ledger has {size} records; it can't continue one of {old_size}")));
        }
        let (path, checkpoint) = prove::consistency(reader, old_size)?;
        let (tiles, _) = Tiles::catch_up(reader)?;
        let old_root = hex::encode(&merkle::root(&tiles, old_size)?);
        Ok(Self { old_size, old_root, path: all_hex(&path), checkpoint })
    }

    fn problem(&self, checkpoint: &Checkpoint) -> Option<String> {
        let (Some(old), Some(path)) = (hash(&self.old_root), hashes(&self.path)) else {
            return Some("a hash is not 64 hex digits".to_owned());
        };
        let proven = merkle::verify_consistency(self.old_size, &old, checkpoint.size, &checkpoint.root, &path);
        (!proven).then(|| "the old root and the path do not lead to the root of the checkpoint".to_owned())
    }
}

impl Proof {
    /// Reads a proof. What it is about is told by its fields.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Kind {
            old_size: Option<serde_json::Value>,
        }
        let kind: Kind = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let proof = if kind.old_size.is_some() {
            serde_json::from_str(text).map(Self::Consistency)
        } else {
            serde_json::from_str(text).map(Self::Inclusion)
        };
        proof.map_err(|error| error.to_string())
    }

    /// The signed checkpoint that it leads to.
    pub(crate) fn checkpoint(&self) -> &str {
        match self {
            Self::Inclusion(proof) => &proof.checkpoint,
            Self::Consistency(proof) => &proof.checkpoint,
        }
    }

    /// What is wrong with it, apart from signatures.
    pub(crate) fn problems(&self, checkpoint: &Checkpoint) -> Vec<String> {
        let problem = match self {
            Self::Inclusion(proof) => proof.problem(checkpoint),
            Self::Consistency(proof) => proof.problem(checkpoint),
        };
        problem.into_iter().collect()
    }

    /// What it says.
    pub(crate) fn claim(&self, checkpoint: &Checkpoint) -> String {
        let (size, origin) = (checkpoint.size, &checkpoint.origin);
        match self {
            Self::Inclusion(Inclusion { index, record: Some(_), .. }) => {
                format!("this record is number {index} of the {size} records of {origin}")
            }
            Self::Inclusion(Inclusion { index, leaf, record: None, .. }) => {
                format!("the record with the hash {leaf} is number {index} of the {size} records of {origin}")
            }
            Self::Consistency(Consistency { old_size, old_root, .. }) => {
                format!("the {size} records of {origin} begin with the {old_size} whose root was {old_root}")
            }
        }
    }
}

fn hashes(texts: &[String]) -> Option<Vec<Hash>> {
    texts.iter().map(|text| hash(text)).collect()
}

fn hash(text: &str) -> Option<Hash> {
    let digits = text.as_bytes();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let valid = digits.len() == 64 && digits.iter().all(u8::is_ascii_hexdigit);
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(pair).collect();
    bytes.filter(|_| valid)?.try_into().ok()
}

impl View for Inclusion {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Faint, "record ").put(Tone::Plain, self.index.to_string()).end();
        page.put(Tone::Faint, "leaf   ").put(Tone::Plain, &self.leaf).end();
        write_path(&self.path, &self.checkpoint, page);
    }
}

impl View for Consistency {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Faint, "since  ").put(Tone::Plain, format!("{} records", self.old_size)).end();
        page.put(Tone::Faint, "root   ").put(Tone::Plain, &self.old_root).end();
        write_path(&self.path, &self.checkpoint, page);
    }
}

fn write_path(path: &[String], checkpoint: &str, page: &mut Page) {
    for hash in path {
        page.put(Tone::Faint, "with   ").put(Tone::Plain, hash).end();
    }
    page.put(Tone::Faint, "leads to the root that this checkpoint signs:").end();
    page.lines(checkpoint);
}
