//! A table of what letters become, as `SentencePiece` compiles it: a trie of double arrays, and the texts that it leads to.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use unicode_segmentation::UnicodeSegmentation as _;

/// The table.
#[derive(Debug)]
pub(super) struct Charsmap {
    units: Vec<u32>,
    /// What letters become, each with a zero behind it.
    texts: Vec<u8>,
}

/// A longer cluster of letters is never looked up as a whole. The tokenizers that this follows do so too.
const LONGEST_CLUSTER: usize = 5;

impl Charsmap {
    /// Reads a table: how long the trie is, the trie, the texts.
    pub(super) fn read(written: &str) -> Result<Self, String> {
        let wrong = |what: &str| format!("its charsmap {what}");
        let bytes = STANDARD.decode(written).map_err(|_| wrong("is not base64"))?;
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(|| wrong("is too short"))?;
        let length = u32::from_le_bytes(*length) as usize;
        let (units, texts) = rest.split_at_checked(length).ok_or_else(|| wrong("ends too early"))?;
        let (units, broken) = units.as_chunks::<4>();
        if !broken.is_empty() || units.is_empty() {
            return Err(wrong("holds no trie"));
        }
        str::from_utf8(texts).map_err(|_| wrong("leads to what is no text"))?;
        Ok(Self { units: units.iter().map(|unit| u32::from_le_bytes(*unit)).collect(), texts: texts.to_vec() })
    }

    /// What a text becomes.
    pub(super) fn apply(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for cluster in text.graphemes(true) {
            if cluster.len() <= LONGEST_CLUSTER
                && let Some(becomes) = self.look_up(cluster)
            {
                out.push_str(becomes);
                continue;
            }
            for (at, letter) in cluster.char_indices() {
                let letter = cluster.get(at..at + letter.len_utf8()).unwrap_or_default();
                out.push_str(self.look_up(letter).unwrap_or(letter));
            }
        }
        out
    }

    /// What the shortest beginning of a text becomes that is in the table.
    fn look_up(&self, text: &str) -> Option<&str> {
        let mut place = 0usize;
        place ^= offset(*self.units.get(place)?);
        for byte in text.bytes().take_while(|byte| *byte != 0) {
            place ^= usize::from(byte);
            let unit = *self.units.get(place)?;
            if unit & (1 << 31 | 0xff) != u32::from(byte) {
                return None;
            }
            place ^= offset(unit);
            if unit >> 8 & 1 == 1 {
                let start = (*self.units.get(place)? & !(1 << 31)) as usize;
                let texts = self.texts.get(start..)?;
                let end = texts.iter().position(|byte| *byte == 0).unwrap_or(texts.len());
                return str::from_utf8(texts.get(..end)?).ok();
            }
        }
        None
    }
}

/// How far the next units lie.
fn offset(unit: u32) -> usize {
    ((unit >> 10) as usize) << ((unit & 1 << 9) >> 6)
}
