//! The index of a pack: which objects it holds, and where.

use crate::git::id::{HashKind, ObjectId};
use crate::report::Why;

const MAGIC: &[u8; 4] = b"\xfftOc";

/// The index of a pack, as it lies on disk, checked for its shape. Names are sorted.
pub(crate) struct Index {
    bytes: Vec<u8>,
    hash: HashKind,
    count: usize,
    layout: Layout,
}

/// Where the tables start.
enum Layout {
    /// Offset and name side by side.
    One,
    /// Names, checksums, offsets, and those offsets that need 64 bits.
    Two { offsets: usize, large: usize, larges: usize },
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index").field("hash", &self.hash).field("count", &self.count).finish_non_exhaustive()
    }
}

impl Index {
    /// Takes the bytes of an index.
    pub(crate) fn parse(bytes: Vec<u8>, hash: HashKind) -> Result<Self, Why> {
        let corrupt = |what: &str| Why::Corrupt(format!("the index of the pack {what}"));
        let is_two = bytes.starts_with(MAGIC);
        if is_two && word(&bytes, 4) != Some(2) {
            return Err(Why::Unsupported("a version of the index of a pack other than 1 and 2".to_owned()));
        }
        let mut index = Self { bytes, hash, count: 0, layout: Layout::One };
        if is_two {
            // Until the count is known.
            index.layout = Layout::Two { offsets: 0, large: 0, larges: 0 };
        }
        let count = index.fanout(255).ok_or_else(|| corrupt("is cut off"))?;
        if (0..255).any(|byte| index.fanout(byte) > index.fanout(byte + 1)) {
            return Err(corrupt("counts backwards"));
        }
        let length = index.bytes.len();
        let fixed = index.names() + 2 * hash.length();
        let each = if is_two { hash.length() + 8 } else { hash.length() + 4 };
        let rest = count.checked_mul(each).and_then(|tables| length.checked_sub(fixed + tables));
        let rest = rest.ok_or_else(|| corrupt("is cut off"))?;
        if is_two {
            let offsets = index.names() + count * (hash.length() + 4);
            index.layout = Layout::Two { offsets, large: offsets + 4 * count, larges: rest / 8 };
        }
        if rest % 8 != 0 || (!is_two && rest != 0) {
            return Err(corrupt("has bytes left over"));
        }
        index.count = count;
        Ok(index)
    }

    /// How many objects the pack holds.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// The name of an object, by its number in the order of names.
    pub(crate) fn id(&self, number: usize) -> Option<ObjectId> {
        ObjectId::from_bytes(self.name(number)?, self.hash)
    }

    /// Where an object starts in the pack, by its number.
    pub(crate) fn offset(&self, number: usize) -> Option<u64> {
        match self.layout {
            Layout::One => word(&self.bytes, self.names() + number * (4 + self.hash.length())).map(u64::from),
            Layout::Two { offsets, large, larges } => {
                let offset = word(&self.bytes, offsets + 4 * number)?;
                if offset < 1 << 31 {
                    return Some(u64::from(offset));
                }
                let number = usize::try_from(offset & !(1 << 31)).ok().filter(|number| *number < larges)?;
                let bytes = self.bytes.get(large + 8 * number..)?.first_chunk::<8>()?;
                Some(u64::from_be_bytes(*bytes))
            }
        }
    }

    /// The number of the object with this name.
    pub(crate) fn find(&self, id: &ObjectId) -> Option<usize> {
        let number = self.position(id);
        (self.name(number)? == id.as_bytes()).then_some(number)
    }

    /// The number of the first object whose name is not below this one.
    pub(crate) fn position(&self, id: &ObjectId) -> usize {
        let wanted = id.as_bytes();
        let first = wanted.first().copied().map_or(0, usize::from);
        let mut low = first.checked_sub(1).and_then(|byte| self.fanout(byte)).unwrap_or(0);
        let mut high = self.fanout(first).unwrap_or(0).min(self.count);
        while low < high {
            let middle = low.midpoint(high);
            if self.name(middle).is_some_and(|name| name < wanted) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The checksum of the pack that this index belongs to.
    pub(crate) fn pack_checksum(&self) -> &[u8] {
        let (length, hash) = (self.bytes.len(), self.hash.length());
        self.bytes.get(length - 2 * hash..length - hash).unwrap_or_default()
    }

    /// What the index is, and the checksum over it that stands at its end.
    pub(crate) fn checked(&self) -> (&[u8], &[u8]) {
        self.bytes.split_at_checked(self.bytes.len() - self.hash.length()).unwrap_or_default()
    }

    fn name(&self, number: usize) -> Option<&[u8]> {
        let hash = self.hash.length();
        let start = match self.layout {
            Layout::One => self.names() + number * (4 + hash) + 4,
            Layout::Two { .. } => self.names() + number * hash,
        };
        self.bytes.get(start..start + hash).filter(|_| number < self.count)
    }

    /// Where the table of names starts.
    fn names(&self) -> usize {
        self.header() + 1024
    }

    fn header(&self) -> usize {
        match self.layout {
            Layout::One => 0,
            Layout::Two { .. } => 8,
        }
    }

    /// How many names start with `byte` or a lower one.
    fn fanout(&self, byte: usize) -> Option<usize> {
        word(&self.bytes, self.header() + 4 * byte).and_then(|count| usize::try_from(count).ok())
    }
}

/// The number of 32 bits at `at`.
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes))
}
