//! The head: how far the log has been written, so that opening it costs the same whatever its size.
//!
//! It is written after the records are durable and before anyone is told so, in two slots by turns, so that one of them
//! is whole when a process dies. These two are not synced: after a power loss they may lag behind the log, or both be
//! torn. A third slot, the anchor, is synced whenever the log enters another segment and is not touched in between; from
//! there the way to the end is short. No slot ever runs ahead of the log. Each carries a signed checkpoint: who cuts
//! records off the end of the log must also forge this.

use crate::disk::{Disk, DiskFile};
use crate::error::LedgerError;
use crate::merkle::Frontier;
use std::path::{Path, PathBuf};

const SLOT: usize = 4096;
const MAGIC: &[u8; 8] = b"PCLHEAD1";

/// Further than any log goes: positions and counts stay below.
pub(crate) const FAR: u64 = 1 << 60;

/// How far the log has been written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// Counts the writes of the head.
    pub(crate) sequence: u64,
    /// The segment that is written to.
    pub(crate) segment: u32,
    /// Where in it the next frame goes.
    pub(crate) offset: u64,
    /// The checksum of the last frame.
    pub(crate) chain: u32,
    /// The Merkle tree of all records.
    pub(crate) frontier: Frontier,
    /// Records since the last checkpoint frame in the log.
    pub(crate) unchecked: u32,
    /// Which start of the machine this was written in.
    pub(crate) boot: String,
    /// The signed checkpoint of `frontier`.
    pub(crate) checkpoint: String,
}

impl Head {
    /// How many records the log has.
    pub(crate) fn size(&self) -> u64 {
        self.frontier.size()
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&self.sequence.to_le_bytes());
        out.extend_from_slice(&self.frontier.size().to_le_bytes());
        out.extend_from_slice(&self.offset.to_le_bytes());
        out.extend_from_slice(&self.segment.to_le_bytes());
        out.extend_from_slice(&self.chain.to_le_bytes());
        out.extend_from_slice(&self.unchecked.to_le_bytes());
        self.frontier.peaks().iter().for_each(|peak| out.extend_from_slice(peak));
        for text in [&self.boot, &self.checkpoint] {
            // INVARIANT: a boot id and a checkpoint are far below 64 KiB.
            out.extend_from_slice(&u16::try_from(text.len()).unwrap_or(u16::MAX).to_le_bytes());
            out.extend_from_slice(text.as_bytes());
        }
        let checksum = crc32c::crc32c(&out);
        out.extend_from_slice(&checksum.to_le_bytes());
        out.resize(SLOT, 0);
        out
    }

    fn decode(slot: &[u8]) -> Option<Self> {
        let mut input = Input(slot);
        (input.array::<8>()? == *MAGIC).then_some(())?;
        let sequence = u64::from_le_bytes(input.array()?);
        let size = u64::from_le_bytes(input.array()?);
        let offset = u64::from_le_bytes(input.array()?);
        let segment = u32::from_le_bytes(input.array()?);
        let chain = u32::from_le_bytes(input.array()?);
        let unchecked = u32::from_le_bytes(input.array()?);
        // Numbers that no log reaches, so that nobody who adds to them has to fear the end of the type.
        (sequence.max(size).max(offset) < FAR && (1..u32::MAX - 2).contains(&segment)).then_some(())?;
        let peaks = (0..size.count_ones()).map(|_| input.array()).collect::<Option<_>>()?;
        let boot = input.text()?;
        let checkpoint = input.text()?;
        let covered = slot.get(..slot.len() - input.0.len())?;
        (crc32c::crc32c(covered) == u32::from_le_bytes(input.array()?)).then_some(())?;
        (input.0 == [0; SLOT].get(..input.0.len())?).then_some(())?;
        let frontier = Frontier::from_parts(size, peaks)?;
        Some(Self { sequence, segment, offset, chain, frontier, unchecked, boot, checkpoint })
    }
}

struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*array)
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::from(u16::from_le_bytes(self.array()?));
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).ok()
    }
}

/// The file that keeps the head.
#[derive(Debug)]
pub(crate) struct HeadFile {
    path: PathBuf,
    file: Box<dyn DiskFile>,
}

/// What the slots hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slots {
    pub(crate) newest: Head,
    /// Whether the anchor lies in the same segment as the newest head and is known to be durable. If not, the writer
    /// that entered the segment died, or its sync failed, before that was certain.
    pub(crate) anchored: bool,
    /// Whether another slot is unreadable.
    pub(crate) other_damaged: bool,
}

/// The slot that is synced.
const ANCHOR: u64 = 2;

const SLOTS: usize = 3;

/// How often the slots are read again while they seem to be written at this moment.
const LOOKS: usize = 16;

impl HeadFile {
    pub(crate) fn path(folder: &Path) -> PathBuf {
        folder.join("head")
    }

    /// Makes the file with its first head and returns once it is durable.
    pub(crate) fn create(disk: &dyn Disk, folder: &Path, first: &Head) -> Result<Self, LedgerError> {
        let path = Self::path(folder);
        let bytes = first.encode().repeat(SLOTS);
        crate::disk::replace_file(disk, &path, &bytes).map_err(LedgerError::io("create", &path))?;
        Self::open(disk, folder, false)
    }

    pub(crate) fn open(disk: &dyn Disk, folder: &Path, read_only: bool) -> Result<Self, LedgerError> {
        let path = Self::path(folder);
        let file = disk.open(&path, read_only).map_err(LedgerError::io("open", &path))?;
        Ok(Self { path, file })
    }

    /// The highest number that any slot claims. While it is the one that we wrote ourselves, nobody wrote since, and
    /// nothing needs to be read and checked. Only the holder of the lock may rely on it.
    pub(crate) fn claimed_sequence(&self) -> Result<Option<u64>, LedgerError> {
        let bytes = self.bytes()?;
        let claim = |slot: &[u8]| {
            let mut input = Input(slot);
            (input.array::<8>()? == *MAGIC).then(|| input.array().map(u64::from_le_bytes))?
        };
        Ok(bytes.chunks(SLOT).filter_map(claim).max())
    }

    fn bytes(&self) -> Result<Vec<u8>, LedgerError> {
        let mut bytes = vec![0; SLOTS * SLOT];
        let read = self.file.read_at(&mut bytes, 0).map_err(LedgerError::io("read", &self.path))?;
        bytes.truncate(read);
        Ok(bytes)
    }

    /// What the slots hold. Readers take no lock: a slot that can't be read may be one that is being written, and a
    /// slow reader may even meet both of them so. Only what looks the same twice is taken for damaged.
    pub(crate) fn read(&self) -> Result<Slots, LedgerError> {
        let mut before = Vec::new();
        for _ in 0..LOOKS {
            let bytes = self.bytes()?;
            let slots: Vec<Option<Head>> = bytes.chunks(SLOT).map(Head::decode).collect();
            if slots.len() == SLOTS && slots.iter().all(Option::is_some) || bytes == before {
                return self.weigh(slots);
            }
            before = bytes;
            std::thread::yield_now();
        }
        self.weigh(before.chunks(SLOT).map(Head::decode).collect())
    }

    fn weigh(&self, slots: Vec<Option<Head>>) -> Result<Slots, LedgerError> {
        let other_damaged = slots.len() < SLOTS || slots.iter().any(Option::is_none);
        let anchor = slots.get(SLOTS - 1).cloned().flatten();
        let newest = slots.into_iter().flatten().max_by_key(|head| head.sequence);
        let newest = newest.ok_or_else(|| LedgerError::damaged(&self.path, "none of its copies can be read"))?;
        // A slot is written after the anchor was synced. Without it, that sync may have failed, and what the cache
        // shows of the anchor may never have reached the disk.
        let anchored =
            anchor.is_some_and(|anchor| anchor.segment == newest.segment && anchor.sequence < newest.sequence);
        Ok(Slots { newest, anchored, other_damaged })
    }

    /// Whether the file is still the one that the name leads to.
    pub(crate) fn is_current(&self) -> Result<bool, LedgerError> {
        self.file.is_at(&self.path).map_err(LedgerError::io("find", &self.path))
    }

    /// Writes the head into the one of the first two slots that does not hold the newest one.
    pub(crate) fn write(&self, head: &Head) -> Result<(), LedgerError> {
        self.write_slot(head.sequence % 2, head)
    }

    /// Makes the head durable: first in its slot, then in the anchor, so that one of them is whole at any moment. Then
    /// it is written once more, as the sign that both syncs succeeded.
    pub(crate) fn write_durably(&self, head: &mut Head) -> Result<(), LedgerError> {
        self.write(head)?;
        self.sync()?;
        self.write_slot(ANCHOR, head)?;
        self.sync()?;
        head.sequence += 1;
        self.write(head)
    }

    fn write_slot(&self, slot: u64, head: &Head) -> Result<(), LedgerError> {
        self.file.write_at(&head.encode(), slot * SLOT as u64).map_err(LedgerError::io("write", &self.path))
    }

    fn sync(&self) -> Result<(), LedgerError> {
        self.file.sync().map_err(LedgerError::io("sync", &self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::RealDisk;
    use crate::merkle::leaf_hash;

    fn head(sequence: u64, size: u64) -> Head {
        let mut frontier = Frontier::default();
        (0..size).for_each(|i| frontier.push(leaf_hash(&i.to_be_bytes())));
        Head {
            sequence,
            segment: 3,
            offset: 4711,
            chain: 99,
            frontier,
            unchecked: 2,
            boot: "b".into(),
            checkpoint: "c\n".into(),
        }
    }

    #[test]
    fn reads_back_as_written_and_any_flipped_bit_is_noticed() {
        let whole = head(9, 1023);
        let bytes = whole.encode();
        assert_eq!(Head::decode(&bytes), Some(whole));
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Head::decode(&damaged), None, "bit {bit}");
        }
    }

    #[test]
    fn one_slot_is_whole_while_the_other_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = HeadFile::create(&RealDisk, folder.path(), &head(1, 1)).unwrap();
        for sequence in 2..6 {
            let before = file.read().unwrap().newest;
            let torn = &head(sequence, sequence).encode()[..50];
            file.file.write_at(torn, (sequence % 2) * SLOT as u64).unwrap();
            let anchored = before.sequence > 1;
            assert_eq!(file.read().unwrap(), Slots { newest: before, anchored, other_damaged: true });
            file.write(&head(sequence, sequence)).unwrap();
            assert_eq!(file.read().unwrap().newest, head(sequence, sequence));
        }
    }
}
