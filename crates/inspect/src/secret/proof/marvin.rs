//! Marvin32, the checksum that Microsoft ends its identifiable keys with.

/// The checksum of `data`, under the seed that says what sort of key it is.
pub(super) fn checksum(data: &[u8], seed: u64) -> u32 {
    let mut state = (low(seed), low(seed >> 32));
    let (words, rest) = data.as_chunks::<4>();
    for word in words {
        state = block(state.0.wrapping_add(u32::from_le_bytes(*word)), state.1);
    }
    // A byte 0x80 stands behind the last one.
    let last = rest.iter().rev().fold(0x80, |sum, byte| sum << 8 | u32::from(*byte));
    state = block(state.0.wrapping_add(last), state.1);
    state = block(state.0, state.1);
    state.0 ^ state.1
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
fn low(word: u64) -> u32 {
    word as u32
}

fn block(a: u32, b: u32) -> (u32, u32) {
    let b = b ^ a;
    let a = a.rotate_left(20).wrapping_add(b);
    let b = b.rotate_left(9) ^ a;
    let a = a.rotate_left(27).wrapping_add(b);
    (a, b.rotate_left(19))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_and_the_seed_count() {
        let of = |text: &str| checksum(text.as_bytes(), 0x4465_6661_756c_7430);
        let all = ["", "a", "ab", "abc", "abcd", "abce", "abcde"].map(of);
        for (at, one) in all.iter().enumerate() {
            assert!(all.iter().skip(at + 1).all(|other| other != one), "{all:x?}");
        }
        assert_ne!(checksum(b"abcd", 1), checksum(b"abcd", 2));
    }
}
