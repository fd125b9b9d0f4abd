//! Bytes as hex, both ways.

use std::fmt::Write as _;

/// Lower-case hex.
pub(crate) fn encode(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // INVARIANT: writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Reads exactly `N` bytes of lower-case hex.
pub(crate) fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let pairs = text.as_bytes().chunks_exact(2);
    if text.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        let [high, low] = pair else { return None };
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lower_case_hex_of_one_length_only() {
        assert_eq!(decode("00ff1a"), Some([0, 255, 26]));
        assert_eq!(encode(&[0, 255, 26]), "00ff1a");
        for bad in ["00ff1", "00ff1A", "00ff1a00", "", "00ff1g", "zzzzzz"] {
            assert_eq!(decode::<3>(bad), None, "{bad}");
        }
    }
}
