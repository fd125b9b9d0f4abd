//! How one piece lies in a segment: length, checksum, kind, payload.
//!
//! The checksum of a frame is seeded with that of the frame before it. A frame that was left over from an earlier
//! attempt, or that was moved, therefore never looks valid in its place. The checksum finds accidents and says where;
//! what an attacker changes is found by the Merkle tree.

use crate::error::Damage;

/// Bytes before the payload: length (4), checksum (4), kind (1).
pub(crate) const HEADER: usize = 9;

/// Largest payload. Larger content has no place in a ledger.
pub(crate) const LARGEST: usize = 16 << 20;

/// What a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FrameKind {
    /// A record: a leaf of the tree.
    Record,
    /// A record about the ledger itself, also a leaf; verification reads these.
    Control,
    /// A signed checkpoint over all leaves before it.
    Checkpoint,
    /// Sealed content that a record after it commits to.
    Blob,
    /// The log's signature over all leaves before it, which closes a batch: only what a writer of this log finished is
    /// taken up after a crash.
    Commit,
}

impl FrameKind {
    const fn code(self) -> u8 {
        match self {
            Self::Record => 1,
            Self::Control => 2,
            Self::Checkpoint => 3,
            Self::Blob => 4,
            Self::Commit => 5,
        }
    }

    const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Record),
            2 => Some(Self::Control),
            3 => Some(Self::Checkpoint),
            4 => Some(Self::Blob),
            5 => Some(Self::Commit),
            _ => None,
        }
    }

    /// Whether the payload is a leaf of the tree.
    pub(crate) const fn is_leaf(self) -> bool {
        matches!(self, Self::Record | Self::Control)
    }
}

/// A frame in a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) kind: FrameKind,
    pub(crate) payload: &'a [u8],
    /// The checksum, which seeds that of the next frame.
    pub(crate) chain: u32,
}

impl Frame<'_> {
    /// Bytes that the frame takes in the segment.
    pub(crate) fn length(&self) -> usize {
        HEADER + self.payload.len()
    }
}

/// What lies at a position.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parsed<'a> {
    /// A whole, valid frame.
    Frame(Frame<'a>),
    /// The buffer ends before the frame does; this many bytes are needed.
    NeedMore(usize),
    /// Nothing was ever written here.
    Unwritten,
    /// Something is here, but not a valid frame. `length` is what it claims to take, if that is plausible.
    Broken { damage: Damage, length: Option<usize>, chain: u32 },
}

/// Appends a frame to `buffer` and returns its checksum.
pub(crate) fn write(buffer: &mut Vec<u8>, chain: u32, kind: FrameKind, payload: &[u8]) -> u32 {
    // INVARIANT: callers keep payloads at or below LARGEST, which fits.
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes();
    let checksum = checksum(chain, length, kind.code(), payload);
    buffer.reserve(HEADER + payload.len());
    buffer.extend_from_slice(&length);
    buffer.extend_from_slice(&checksum.to_le_bytes());
    buffer.push(kind.code());
    buffer.extend_from_slice(payload);
    checksum
}

/// Reads the frame at the start of `buffer`, whose predecessor had the checksum `chain`.
pub(crate) fn read(buffer: &[u8], chain: u32) -> Parsed<'_> {
    let Some((header, rest)) = buffer.split_first_chunk::<HEADER>() else {
        return if buffer.iter().all(|&byte| byte == 0) { Parsed::Unwritten } else { Parsed::NeedMore(HEADER) };
    };
    let [l0, l1, l2, l3, c0, c1, c2, c3, code] = *header;
    let length_bytes = [l0, l1, l2, l3];
    let stored = u32::from_le_bytes([c0, c1, c2, c3]);
    if *header == [0; HEADER] {
        return Parsed::Unwritten;
    }
    let length = u32::from_le_bytes(length_bytes) as usize;
    if length > LARGEST {
        return Parsed::Broken { damage: Damage::Length, length: None, chain: stored };
    }
    let Some(payload) = rest.get(..length) else { return Parsed::NeedMore(HEADER + length) };
    if checksum(chain, length_bytes, code, payload) != stored {
        return Parsed::Broken { damage: Damage::Checksum, length: Some(HEADER + length), chain: stored };
    }
    match FrameKind::from_code(code) {
        Some(kind) => Parsed::Frame(Frame { kind, payload, chain: stored }),
        None => Parsed::Broken { damage: Damage::Kind(code), length: Some(HEADER + length), chain: stored },
    }
}

fn checksum(chain: u32, length: [u8; 4], code: u8, payload: &[u8]) -> u32 {
    let [l0, l1, l2, l3] = length;
    crc32c::crc32c_append(crc32c::crc32c_append(chain, &[l0, l1, l2, l3, code]), payload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reads_back_what_was_written(payload in prop::collection::vec(any::<u8>(), 0..300), chain: u32) {
            let mut buffer = Vec::new();
            let after = write(&mut buffer, chain, FrameKind::Record, &payload);
            prop_assert_eq!(read(&buffer, chain), Parsed::Frame(Frame { kind: FrameKind::Record, payload: &payload, chain: after }));
        }

        #[test]
        fn any_flipped_bit_breaks_the_frame(payload in prop::collection::vec(any::<u8>(), 0..60), chain: u32, at: prop::sample::Index, bit in 0..8) {
            let mut buffer = Vec::new();
            write(&mut buffer, chain, FrameKind::Record, &payload);
            let at = at.index(buffer.len());
            buffer[at] ^= 1_u8 << bit;
            prop_assert!(!matches!(read(&buffer, chain), Parsed::Frame(_)));
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..64), chain: u32) {
            let _ = read(&bytes, chain);
        }
    }

    #[test]
    fn a_frame_is_valid_only_after_its_predecessor() {
        let mut buffer = Vec::new();
        write(&mut buffer, 1, FrameKind::Blob, b"moved");
        assert!(matches!(read(&buffer, 2), Parsed::Broken { damage: Damage::Checksum, .. }));
    }

    #[test]
    fn every_cut_asks_for_more() {
        let mut buffer = Vec::new();
        write(&mut buffer, 0, FrameKind::Record, b"some payload");
        for cut in 1..buffer.len() {
            assert!(matches!(read(&buffer[..cut], 0), Parsed::NeedMore(_)), "cut at {cut}");
        }
    }
}
