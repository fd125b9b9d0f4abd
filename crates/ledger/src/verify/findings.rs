//! What a check of a log can find, and how it is said.

use crate::error::Damage;
use crate::merkle::Hash;
use crate::note::{Checkpoint, Verifier};

/// Something that is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The segment that it is in, if it is in one.
    pub segment: Option<u32>,
    /// Where in the segment.
    pub offset: Option<u64>,
    /// The records that are concerned: the first, and the one after the last.
    pub records: Option<(u64, u64)>,
    /// What is wrong.
    pub what: Wrong,
}

/// In which way a log is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// A frame is not what was written.
    Frame(Damage),
    /// A segment's header can't be read or does not follow from the segments before it.
    Header(String),
    /// A segment is not there.
    SegmentMissing,
    /// Records were changed, removed, added or moved: the tree is not the one that was signed.
    NotWhatWasSigned {
        /// Who signed it: the log's own checkpoint, or the name of a witness.
        by: String,
    },
    /// The log is shorter than what was signed.
    Shorter {
        /// Records that are there.
        found: u64,
        /// Records that were signed.
        signed: u64,
        /// By whom.
        by: String,
    },
    /// Records are gone, and the log has no notice that they were dropped.
    DroppedWithoutNotice,
    /// A checkpoint carries no valid signature of the log's key, or the log begins with another key.
    Signature(String),
    /// The sealed content before a record is not what the record commits to.
    Content,
    /// The head can't be read.
    Head(String),
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Frame(damage) => write!(f, "a frame is damaged: {damage}"),
            Self::Header(what) => write!(f, "a segment's header is wrong: {what}"),
            Self::SegmentMissing => f.write_str("a segment is missing"),
            Self::NotWhatWasSigned { by } => write!(f, "the records are not those that were signed by {by}"),
            Self::Shorter { found, signed, by } => {
                write!(f, "the log has {found} records, but {by} signed {signed}: records were removed")
            }
            Self::DroppedWithoutNotice => f.write_str("records were dropped, and the log does not say so"),
            Self::Signature(what) => write!(f, "a signature is not valid: {what}"),
            Self::Content => f.write_str("the sealed content of a record was changed, added or removed"),
            Self::Head(what) => write!(f, "the head is not valid: {what}"),
        }
    }
}

/// What a check of the whole log showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// Records that were counted.
    pub records: u64,
    /// Those of them that retention has dropped, of which only the hash is left.
    pub pruned: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// Segments that were read.
    pub segments: u32,
    /// Signed checkpoints inside the log that were checked.
    pub checkpoints: u64,
    /// The root of the tree over all records that were read.
    pub root: Hash,
    /// The key that signs now, if the head is signed with a key of this log.
    pub signed_by: Option<Verifier>,
    /// What is wrong. Empty means: nothing.
    pub problems: Vec<Problem>,
    /// What is worth knowing but not wrong.
    pub remarks: Vec<String>,
}

/// A checkpoint that somebody else keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed {
    /// Who.
    pub by: String,
    /// What they saw.
    pub checkpoint: Checkpoint,
}
