//! The body of a request to a witness: the size that the log believes the witness to be at, the proof that leads from
//! there to the checkpoint, and the checkpoint.

use crate::merkle::Hash;
use crate::note::Note;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// A consistency proof has at most this many hashes.
const LONGEST_PROOF: usize = 63;

/// A request to sign a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the proof starts from.
    pub old: u64,
    /// The proof.
    pub proof: Vec<Hash>,
    /// The signed checkpoint.
    pub note: Note,
}

impl AddCheckpoint {
    /// Reads the body of a request.
    pub fn parse(body: &str) -> Result<Self, &'static str> {
        let (head, note) = body.split_once("\n\n").ok_or("it has no empty line before the checkpoint")?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).ok_or("it does not start with `old `")?;
        let canonical = old == "0" || (!old.starts_with('0') && old.bytes().all(|byte| byte.is_ascii_digit()));
        let old = old.parse().ok().filter(|_| canonical).ok_or("its old size is not a number")?;
        let proof = lines.map(parse_hash).collect::<Option<Vec<Hash>>>().ok_or("a line of its proof is not a hash")?;
        if proof.len() > LONGEST_PROOF {
            return Err("its proof is too long");
        }
        let note = Note::parse(note).map_err(|_| "its checkpoint is not a signed note")?;
        Ok(Self { old, proof, note })
    }
}

fn parse_hash(line: &str) -> Option<Hash> {
    BASE64.decode(line).ok()?.try_into().ok()
}

impl std::fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "old {}", self.old)?;
        for hash in &self.proof {
            writeln!(f, "{}", BASE64.encode(hash))?;
        }
        write!(f, "\n{}", self.note)
    }
}
