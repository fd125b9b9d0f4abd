//! Shannon entropy of a short value.

/// Bits for each byte.
pub(crate) fn entropy(value: &[u8]) -> f32 {
    let mut counts = [0_u16; 256];
    for byte in value {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count = count.saturating_add(1);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "values are some hundred bytes long")]
    let length = value.len() as f32;
    let share = |count: &u16| f32::from(*count) / length;
    counts.iter().filter(|count| **count > 0).map(|count| -share(count) * share(count).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_nothing_for_one_byte_and_a_bit_for_two() {
        assert!(entropy(b"aaaa") < 0.01);
        assert!((entropy(b"abab") - 1.0).abs() < 0.01);
        assert!((entropy(b"0123456789abcdef") - 4.0).abs() < 0.01);
        assert!(entropy(b"") < 0.01);
    }
}
