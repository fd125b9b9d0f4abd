//! The hashes of the tree in the layout of C2SP tlog-tiles: files of 256 hashes each.
//!
//! They are derived from the log and can be built again at any time. The log keeps them beside itself for proofs;
//! `publish` writes the same layout, with the records and a checkpoint, to a folder that any static file server can
//! serve and any tlog-tiles client can read.

use crate::disk::{Disk, read_file, temporary_name};
use crate::error::LedgerError;
use crate::merkle::{Hash, Subtrees, node_hash};
use crate::read::Reader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Hashes in a full tile.
const WIDTH: u64 = TILE as u64;
const TILE: usize = 256;

/// Records that are read at a time.
const STEP: usize = 4096;

/// Records whose tiles are built at a time. Only so many hashes are held in memory.
const STRETCH: u64 = 4 * WIDTH * WIDTH;

/// Tiles in a folder.
#[derive(Debug)]
pub struct Tiles {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    partials: Partials,
}

/// Which of the tiles that are only partly filled are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Partials {
    /// Only the newest: nobody else reads them.
    NewestOnly,
    /// All: a client may still hold the checkpoint that they belong to.
    All,
}

/// The number of a tile as a path: groups of three digits, all but the last marked with `x`.
fn number_path(number: u64) -> String {
    let mut path = format!("{:03}", number % 1000);
    let mut rest = number / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    path
}

fn partial_suffix(width: u64) -> String {
    if width == WIDTH { String::new() } else { format!(".p/{width}") }
}

/// The root of a complete subtree from its hashes, whose number is a power of two.
fn fold(hashes: &[Hash]) -> Option<Hash> {
    match hashes {
        [] => None,
        [one] => Some(*one),
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            Some(node_hash(&fold(left)?, &fold(right)?))
        }
    }
}

impl Tiles {
    /// The tiles that a ledger keeps for itself.
    pub(crate) fn cache(disk: Arc<dyn Disk>, ledger: &Path) -> Self {
        Self { disk, folder: ledger.join("tiles"), partials: Partials::NewestOnly }
    }

    /// Brings the ledger's own tiles up to the end of the log, and returns how many records they cover.
    pub fn catch_up(reader: &Reader) -> Result<(Self, u64), LedgerError> {
        let tiles = Self::cache(reader.disk().clone(), reader.folder());
        let size = reader.extent()?.size;
        tiles.extend(reader, size, None)?;
        Ok((tiles, size))
    }

    /// Builds the ledger's own tiles anew from the log.
    pub fn rebuild(reader: &Reader) -> Result<(Self, u64), LedgerError> {
        let tiles = Self::cache(reader.disk().clone(), reader.folder());
        let size = reader.extent()?.size;
        tiles.build(reader, 0, size, None)?;
        Ok((tiles, size))
    }

    /// Writes the whole tlog-tiles layout to `folder`, the checkpoint last, and returns how many records it covers.
    pub fn publish(reader: &Reader, folder: &Path) -> Result<u64, LedgerError> {
        let (disk, partials) = (reader.disk().clone(), Partials::All);
        let tiles = Self { disk, folder: folder.join("tile"), partials };
        let extent = reader.extent()?;
        tiles.extend(reader, extent.size, Some(&folder.join("tile").join("entries")))?;
        let path = folder.join("checkpoint");
        crate::disk::replace_file(tiles.disk.as_ref(), &path, extent.checkpoint.as_bytes())
            .map_err(LedgerError::io("write", path))?;
        Ok(extent.size)
    }

    /// Goes on where the stored tiles end; from the start if they are not all there.
    fn extend(&self, reader: &Reader, size: u64, entries: Option<&Path>) -> Result<(), LedgerError> {
        let from = self.full_tiles(size) * WIDTH;
        self.build(reader, from, size, entries).or_else(|_| self.build(reader, 0, size, entries))
    }

    fn path(&self, level: u32, number: u64, width: u64) -> PathBuf {
        self.folder.join(format!("{level}/{}{}", number_path(number), partial_suffix(width)))
    }

    fn read(&self, level: u32, number: u64, width: u64) -> Option<Vec<Hash>> {
        let bytes = read_file(self.disk.as_ref(), &self.path(level, number, width)).ok()?;
        let (hashes, rest) = bytes.as_chunks::<32>();
        (rest.is_empty() && hashes.len() as u64 == width).then(|| hashes.to_vec())
    }

    /// How many full tiles of leaves there are, found by halving: they are written in order. A count that is too low
    /// merely has some of them written again.
    fn full_tiles(&self, size: u64) -> u64 {
        let (mut low, mut high) = (0, size / WIDTH);
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            if self.read(0, middle - 1, WIDTH).is_some() { low = middle } else { high = middle - 1 }
        }
        low
    }

    fn build(&self, reader: &Reader, from: u64, size: u64, entries: Option<&Path>) -> Result<(), LedgerError> {
        let mut from = from;
        while from < size {
            let end = size.min((from / STRETCH + 1) * STRETCH);
            self.build_stretch(reader, from, end, entries)?;
            from = end;
        }
        Ok(())
    }

    fn build_stretch(&self, reader: &Reader, from: u64, size: u64, entries: Option<&Path>) -> Result<(), LedgerError> {
        let mut leaves = Row { level: 0, first: from, hashes: Vec::new() };
        let mut bundle: Vec<u8> = Vec::new();
        let mut next = from;
        while next < size {
            let step = STEP.min(usize::try_from(size - next).unwrap_or(STEP));
            let records = reader.read(next, step)?;
            if records.is_empty() {
                return Err(LedgerError::WentBack { found: next, signed: size });
            }
            for stored in records {
                leaves.hashes.push(stored.leaf());
                next += 1;
                if let Some(folder) = entries {
                    // A record that was dropped leaves an empty entry; its hash is in the tiles.
                    push_entry(&mut bundle, &stored.bytes);
                    self.flush_bundle(folder, &mut bundle, next, size)?;
                }
            }
        }
        self.write_rows(leaves, size)
    }

    fn flush_bundle(&self, folder: &Path, bundle: &mut Vec<u8>, next: u64, size: u64) -> Result<(), LedgerError> {
        if !next.is_multiple_of(WIDTH) && next != size {
            return Ok(());
        }
        let number = (next - 1) / WIDTH;
        let width = next - number * WIDTH;
        self.write(&folder.join(format!("{}{}", number_path(number), partial_suffix(width))), &std::mem::take(bundle))
    }

    /// Writes the tiles of a row, and those above it that follow from the full ones.
    fn write_rows(&self, row: Row, size: u64) -> Result<(), LedgerError> {
        let mut row = row;
        loop {
            let mut above = Row { level: row.level + 1, first: row.first / WIDTH, hashes: Vec::new() };
            for (number, hashes) in (row.first / WIDTH..).zip(row.hashes.chunks(TILE)) {
                let width = hashes.len() as u64;
                self.write(&self.path(row.level, number, width), hashes.as_flattened())?;
                if self.partials == Partials::NewestOnly {
                    self.clear_partials(row.level, number, width);
                }
                if width == WIDTH {
                    above.hashes.extend(fold(hashes));
                }
            }
            if size >> (8 * above.level) == 0 {
                return Ok(());
            }
            row = self.complete(above)?;
        }
    }

    /// Removes the tiles that were partly filled and now have a successor. They are only in the way.
    fn clear_partials(&self, level: u32, number: u64, width: u64) {
        let folder = self.folder.join(format!("{level}/{}.p", number_path(number)));
        for name in self.disk.list(&folder).unwrap_or_default() {
            if name != width.to_string() {
                self.disk.remove(&folder.join(name)).ok();
            }
        }
    }

    /// Puts the hashes that are already stored in the tile that `row` begins in the middle of before its own.
    fn complete(&self, row: Row) -> Result<Row, LedgerError> {
        let first = row.first - row.first % WIDTH;
        let mut hashes =
            (first..row.first).map(|index| self.subtree(row.level * 8, index)).collect::<Result<Vec<_>, _>>()?;
        hashes.extend(row.hashes);
        Ok(Row { level: row.level, first, hashes })
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), LedgerError> {
        let folder = path.parent().unwrap_or(path);
        let write = || {
            self.disk.create_folder(folder)?;
            let temporary = temporary_name(path);
            let file = self.disk.create(&temporary)?;
            file.write_at(bytes, 0)?;
            if self.partials == Partials::All {
                // What was published is not looked at again. Our own tiles are built anew if a power loss spoils them.
                file.sync()?;
            }
            self.disk.rename(&temporary, path)
        };
        write().map_err(LedgerError::io("write", path))
    }

    /// The hash of record `index`, if its tile is stored.
    pub(crate) fn leaf(&self, index: u64) -> Option<Hash> {
        let number = index / WIDTH;
        let position = usize::try_from(index % WIDTH).ok()?;
        let full = self.read(0, number, WIDTH);
        full.or_else(|| (index % WIDTH + 1..WIDTH).find_map(|width| self.read(0, number, width)))?
            .get(position)
            .copied()
    }

    fn missing(&self, level: u32, index: u64) -> LedgerError {
        LedgerError::damaged(&self.folder, format!("the tile with hash {index} of level {level} is not there"))
    }
}

/// Hashes of one level of the tree of tiles.
struct Row {
    level: u32,
    /// Index of the first hash within the level.
    first: u64,
    hashes: Vec<Hash>,
}

/// An entry bundle holds each record behind its length in two bytes.
fn push_entry(bundle: &mut Vec<u8>, bytes: &[u8]) {
    // INVARIANT: the log shortens records so that they fit.
    bundle.extend_from_slice(&u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes());
    bundle.extend_from_slice(bytes);
}

impl Subtrees for Tiles {
    type Error = LedgerError;

    fn subtree(&self, level: u32, index: u64) -> Result<Hash, LedgerError> {
        let (tile_level, inside) = (level / 8, level % 8);
        let first = index << inside;
        let count = 1_u64 << inside;
        let (number, start) = (first / WIDTH, first % WIDTH);
        let hashes = self
            .read(tile_level, number, WIDTH)
            .or_else(|| (start + count..WIDTH).find_map(|width| self.read(tile_level, number, width)));
        let range = usize::try_from(start).unwrap_or(usize::MAX)..usize::try_from(start + count).unwrap_or(usize::MAX);
        hashes.and_then(|hashes| hashes.get(range).and_then(fold)).ok_or_else(|| self.missing(tile_level, first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tile_numbers_become_paths_as_the_specification_prints_them() {
        assert_eq!(number_path(0), "000");
        assert_eq!(number_path(67), "067");
        assert_eq!(number_path(1_234_067), "x001/x234/067");
        assert_eq!(format!("{}{}", number_path(5), partial_suffix(112)), "005.p/112");
    }
}
