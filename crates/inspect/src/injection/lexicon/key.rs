//! The key that words are looked up by: a hash of the first letters, cheap enough to take at every word of a text.
//!
//! Shared with the build script, which lays the words out by it.

/// How many keys there are: one bit each makes a table of 4 KiB, which stays in the fastest cache.
#[allow(dead_code, reason = "the build script and the library share this file, and only one of them counts keys")]
pub(crate) const KEYS: usize = 1 << 15;

/// The key of a word whose first letters, at most four, are `start` in little-endian order with zeros behind them.
pub(crate) fn key(start: u32, letters: usize) -> u16 {
    let mask = match letters {
        0 => 0,
        1 => 0xff,
        2 => 0xffff,
        3 => 0x00ff_ffff,
        _ => u32::MAX,
    };
    // Sets the bit that tells small letters from capitals, in those letters that count.
    let small = (start | 0x2020_2020) & mask;
    (small.wrapping_mul(0x9e37_79b1) >> 17) as u16
}

/// Whether a byte belongs to a word of a Latin script.
pub(crate) fn is_latin(byte: u8) -> bool {
    byte.is_ascii_alphabetic()
}

/// Whether a byte belongs to a word of any other script, once Latin letters have lost their accents.
pub(crate) fn is_foreign(byte: u8) -> bool {
    byte >= 0x80
}
