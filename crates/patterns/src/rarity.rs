//! How rare four bytes are in source text, by a table of pairs that `training/frequency.py` counted.

/// -8·log2 of each pair's share; 128 × 128 folded bytes.
static PAIRS: &[u8; 128 * 128] = include_bytes!("frequency.bin");

/// Bit 5 is set before bytes are compared, which leaves 128 values.
fn index(folded: u8) -> usize {
    usize::from((folded & 0xC0) >> 1 | folded & 0x1F)
}

fn pair(first: u8, second: u8) -> f64 {
    let steps = PAIRS.get(index(first) * 128 + index(second)).copied().unwrap_or(0);
    (-f64::from(steps) / 8.0).exp2()
}

fn single(byte: u8) -> f64 {
    (0..128_u8).map(|other| pair(byte, (other & 0x60) << 1 | 0x20 | other & 0x1F)).sum()
}

/// How often four folded bytes are expected, for each byte of text.
pub(crate) fn frequency(gram: [u8; 4]) -> f64 {
    let [a, b, c, d] = gram;
    pair(a, b) * (pair(b, c) / single(b)) * (pair(c, d) / single(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_everywhere_is_more_frequent_than_what_stands_nowhere() {
        for (rare, frequent) in [(b"ghp\x7f", b"stat"), (b"xkey", b"the "), (b"qzjx", b"key ")] {
            let (rare, frequent) = (frequency(*rare), frequency(*frequent));
            assert!(rare * 10.0 < frequent, "{rare} {frequent}");
        }
    }

    #[test]
    fn all_shares_are_one_together() {
        let all: f64 = (0..128_u8).map(|it| single((it & 0x60) << 1 | 0x20 | it & 0x1F)).sum();
        assert!((0.8..1.2).contains(&all), "{all}");
    }
}
