//! Sixty-four bytes at a time, one bit for each.

/// How many bytes are looked at together.
pub(crate) const BLOCK: usize = 64;

/// One bit for each byte that is not zero: the bytes must be 0 or 255.
pub(crate) fn mask(bytes: &[u8; BLOCK]) -> u64 {
    let mut mask = 0;
    for (at, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
        // The multiplication moves the bit that is left of each byte to a place of its own in the highest byte.
        let bits = (u64::from_le_bytes(*eight) & 0x8040_2010_0804_0201).wrapping_mul(0x0101_0101_0101_0101) >> 56;
        mask |= bits << (8 * at);
    }
    mask
}
