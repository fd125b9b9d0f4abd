//! How rare four bytes are in source text, by a table that `training/frequency.py` counted.

/// -8·log2 of the share of all four bytes that have the same hash.
static SHARES: &[u8; 1 << 16] = include_bytes!("frequency.bin");

/// How often four folded bytes are expected, for each byte of text.
pub(crate) fn frequency(gram: [u8; 4]) -> f64 {
    let place = u32::from_le_bytes(gram).wrapping_mul(0x9E37_79B1) >> 16;
    let steps = SHARES.get(place as usize).copied().unwrap_or(0);
    (-f64::from(steps) / 8.0).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_everywhere_is_more_frequent_than_what_stands_nowhere() {
        for (rare, frequent) in [(b"xkey", b"stat"), (b"qzjx", b"the "), (b"9vq8", b"inod")] {
            let (rare, frequent) = (frequency(*rare), frequency(*frequent));
            assert!(rare * 10.0 < frequent, "{rare} {frequent}");
        }
    }
}
