//! Bytes as people compare them.

use std::fmt::Write as _;

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // INVARIANT: writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
