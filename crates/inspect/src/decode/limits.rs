//! How far decoding goes, and what it says about the rest. Whoever packs the input decides how large it unpacks, so every
//! direction in which it can grow has a limit, and what lies beyond one is named instead of silently left out.

use std::cell::Cell;
use std::fmt;

/// How far decoding goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How many encodings may lie inside one another.
    pub text_depth: usize,
    /// How many archives may lie inside one another.
    pub archive_depth: usize,
    /// How many bytes may be produced altogether. This bounds the time.
    pub output: u64,
    /// How many bytes of one file in an archive, or of one encoded stretch, are looked into. This bounds the memory.
    pub entry: usize,
    /// Whether a file in an archive that is larger than that is looked into piece by piece, rather than its beginning only.
    pub in_pieces: bool,
    /// How many bytes of an archive that has to be whole are held, where it lies in something packed.
    pub nested: usize,
    /// How many bytes may come out of one that was packed. The first megabyte is free.
    pub ratio: u64,
    /// How many files of an archive, and of those inside it, are opened.
    pub entries: usize,
    /// Whether the text is also read with its letters moved by thirteen.
    pub rot13: bool,
}

impl Limits {
    /// For what is packed and too large to be held: memory is bounded by a piece, and time by how much there is.
    pub fn of_large(bytes: u64) -> Self {
        let standard = Self::default();
        let output = standard.output.max(bytes.saturating_mul(8));
        Self { output, entry: 4 << 20, nested: 24 << 20, in_pieces: true, entries: 1_000_000, ..standard }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text_depth: 3,
            archive_depth: 4,
            output: 1 << 30,
            entry: 32 << 20,
            in_pieces: false,
            nested: 32 << 20,
            ratio: 200,
            entries: 100_000,
            rot13: false,
        }
    }
}

/// Why something was not looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// It lies deeper than the limit.
    TooDeep,
    /// It is larger than the limit; its beginning was looked into.
    TooLarge,
    /// It unpacks to more than the ratio allows, as a bomb does; its beginning was looked into.
    Bomb,
    /// The limit of all output was reached before it.
    OutputLimit,
    /// The limit of entries was reached before it.
    TooManyEntries,
    /// It is encrypted.
    Encrypted,
    /// It is packed in a way that we do not unpack.
    Unsupported,
    /// It is damaged or cut off; what could be read before the damage was looked into.
    Damaged,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooDeep => "it is nested too deeply",
            Self::TooLarge => "it is too large; only its beginning was looked into",
            Self::Bomb => "it unpacks to far more than it holds; only its beginning was looked into",
            Self::OutputLimit => "too much had been unpacked before it",
            Self::TooManyEntries => "too many entries came before it",
            Self::Encrypted => "it is encrypted",
            Self::Unsupported => "it is packed in a way that is not supported",
            Self::Damaged => "it is damaged or cut off",
        })
    }
}

/// Something that was not looked into, or not to its end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Skipped {
    /// What it was, from the outside in, such as `gzip > tar entry a.zip`. Empty for the input itself.
    pub what: String,
    /// Why.
    pub why: Reason,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.what.is_empty() { "the input" } else { &self.what };
        write!(f, "{what}: {}", self.why)
    }
}

/// What is left of the limits. Readers that are nested in one another share it.
#[derive(Debug)]
pub(super) struct Budget {
    output: Cell<u64>,
    entries: Cell<usize>,
    ratio: u64,
    /// Why a reader stopped; an error that went through a decoder may have lost it.
    stopped: Cell<Option<Reason>>,
}

/// So many bytes may come out of anything that was packed, however small it is.
const FREE: u64 = 1 << 20;

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            output: Cell::new(limits.output),
            entries: Cell::new(limits.entries),
            ratio: limits.ratio,
            stopped: Cell::new(None),
        }
    }

    /// Takes bytes from what may still be produced; false if there are not so many.
    pub(super) fn spend(&self, bytes: usize) -> bool {
        let left = self.output.get().checked_sub(bytes as u64);
        self.output.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Takes one of the entries that may still be opened; false if there is none.
    pub(super) fn open_entry(&self) -> bool {
        let left = self.entries.get().checked_sub(1);
        self.entries.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Takes what a decoder produced from what may still be produced, and stops it if it is too much.
    pub(super) fn unpacked(&self, now: usize, produced: u64, consumed: u64) -> std::io::Result<()> {
        let bomb = produced > FREE && produced / self.ratio.max(1) > consumed;
        let why = if bomb {
            Reason::Bomb
        } else if self.spend(now) {
            return Ok(());
        } else {
            Reason::OutputLimit
        };
        self.stopped.set(Some(why));
        Err(std::io::ErrorKind::QuotaExceeded.into())
    }

    /// Why reading failed.
    pub(super) fn why_failed(&self) -> Reason {
        self.stopped.take().unwrap_or(Reason::Damaged)
    }
}
