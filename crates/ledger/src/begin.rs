//! Begins a ledger where there never was one.
//!
//! Where there was one and it is gone, nothing is begun: an agent that deletes the log would otherwise have a clean
//! slate. The signing key, which lies elsewhere, remembers that there was one.

use crate::disk::Disk;
use crate::error::LedgerError;
use crate::head::{Head, HeadFile};
use crate::keys;
use crate::log::Options;
use crate::merkle::{Frontier, empty_root};
use crate::note::{Checkpoint, Signer};
use crate::pruned::Piece;
use crate::segment::{self, Room, Segment, SegmentHeader};
use crate::writer::open_lock;
use std::path::Path;

/// Makes sure that there is a ledger in `root`.
pub(crate) fn ensure(disk: &dyn Disk, root: &Path, options: &Options) -> Result<(), LedgerError> {
    let ledger = crate::folder(root);
    if keys::exists(disk, &HeadFile::path(&ledger))? && keys::exist(disk, root)? {
        return Ok(());
    }
    for folder in [segment::folder(&ledger), keys::folder(root)] {
        disk.create_folder(&folder).map_err(LedgerError::io("create", folder))?;
    }
    let lock = open_lock(disk, &ledger)?;
    lock.acquire().map_err(LedgerError::io("lock", &ledger))?;
    let result = begin(disk, root, &ledger, options);
    lock.release().map_err(LedgerError::io("unlock", &ledger))?;
    result
}

/// Begins a ledger while no other process can. The key takes its name last: until then nothing has begun, and an
/// attempt that was interrupted is simply made again.
fn begin(disk: &dyn Disk, root: &Path, ledger: &Path, options: &Options) -> Result<(), LedgerError> {
    let head = HeadFile::path(ledger);
    match (keys::exist(disk, root)?, keys::exists(disk, &head)?) {
        (true, true) => return Ok(()),
        (true, false) => {
            let what = "it is gone, but the ledger's key remembers that there was one";
            return Err(LedgerError::damaged(head, what));
        }
        (false, _) => {}
    }
    if drafted_key_signs(disk, root, ledger) {
        return keys::confirm(disk, root);
    }
    if has_records(disk, ledger)? {
        return Err(LedgerError::damaged(keys::folder(root), "the ledger's key is gone"));
    }
    let signer = keys::draft(disk, root, &options.origin)?;
    keys::write_genesis(disk, root, &signer.verifier())?;
    let header = SegmentHeader { number: 1, first: 0, previous_end: 0, chain: 0, root: empty_root() };
    Segment::create(disk, ledger, header, Room { needed: 0, unit: options.segment_size })?;
    HeadFile::create(disk, ledger, &first_head(disk, &signer))?;
    for folder in [ledger, root] {
        disk.sync_folder(folder).map_err(LedgerError::io("sync", folder))?;
    }
    keys::confirm(disk, root)
}

/// Whether only the last step is missing: the ledger is there, and its key has not taken its name, or lost it again
/// because the new name was not durable yet.
fn drafted_key_signs(disk: &dyn Disk, root: &Path, ledger: &Path) -> bool {
    let head = HeadFile::open(disk, ledger, true).and_then(|file| file.read());
    let (Ok(slots), Some(signer)) = (head, keys::drafted(disk, root)) else { return false };
    Checkpoint::open(&slots.newest.checkpoint, &signer.verifier()).is_ok()
}

fn has_records(disk: &dyn Disk, ledger: &Path) -> Result<bool, LedgerError> {
    for number in segment::numbers(disk, ledger)? {
        let Piece::Whole(segment) = Piece::open(disk, ledger, number, true)? else { return Ok(true) };
        let mut first = [0; crate::frame::HEADER];
        segment.read_at(&mut first, segment::HEADER)?;
        if number > 1 || first != [0; crate::frame::HEADER] {
            return Ok(true);
        }
    }
    Ok(false)
}

fn first_head(disk: &dyn Disk, signer: &Signer) -> Head {
    let empty = Checkpoint { origin: signer.verifier().name().to_owned(), size: 0, root: empty_root() };
    Head {
        sequence: 0,
        segment: 1,
        offset: segment::HEADER,
        chain: 0,
        frontier: Frontier::default(),
        unchecked: 0,
        boot: disk.boot(),
        checkpoint: empty.sign(signer),
    }
}
