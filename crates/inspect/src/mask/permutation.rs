//! Keyed permutations of any range of numbers: each number becomes another one of the range, no two the same one, and
//! nobody without the key can tell which.
//!
//! A Feistel network over the next even number of bits, walked along until the number is in the range again. Small
//! ranges are shuffled as a whole.

use crate::keyed::Keyed;

/// As many rounds as NIST takes for its format-preserving encryption.
const ROUNDS: u8 = 10;
/// Up to this size a range is shuffled.
const SMALL: u128 = 32;
/// The largest range.
pub(super) const LARGEST: u128 = 1 << 120;

/// The number that `value` becomes in the range `0..size`. Different tweaks give permutations that have nothing to do with
/// each other. What is not in the range stays as it is.
pub(super) fn permuted(keyed: &Keyed, tweak: &[&[u8]], size: u128, value: u128) -> u128 {
    if value >= size || size > LARGEST {
        return value;
    }
    if size <= SMALL {
        return shuffled(keyed, tweak, size, value);
    }
    let bits = u128::BITS - (size - 1).leading_zeros();
    let half = bits.div_ceil(2);
    let mut next = value;
    // The walk comes back to where it began at the latest, and that is in the range.
    loop {
        next = network(keyed, tweak, half, next);
        if next < size {
            return next;
        }
    }
}

/// One permutation of all numbers of twice `half` bits.
fn network(keyed: &Keyed, tweak: &[&[u8]], half: u32, value: u128) -> u128 {
    let mask = (1_u128 << half) - 1;
    let (mut left, mut right) = (value >> half & mask, value & mask);
    for round in 0..ROUNDS {
        let code = number(keyed, tweak, &[round], right) & mask;
        (left, right) = (right, left ^ code);
    }
    left << half | right
}

/// Where a number lands if the range is put in the order of keyed codes.
fn shuffled(keyed: &Keyed, tweak: &[&[u8]], size: u128, value: u128) -> u128 {
    let order = |of: u128| (number(keyed, tweak, b"order", of), of);
    let mine = order(value);
    (0..size).filter(|other| order(*other) < mine).count() as u128
}

fn number(keyed: &Keyed, tweak: &[&[u8]], round: &[u8], value: u128) -> u128 {
    let value = value.to_be_bytes();
    let mut parts: Vec<&[u8]> = Vec::with_capacity(tweak.len() + 2);
    parts.extend(tweak);
    parts.extend([round, &value[..]]);
    keyed.number("permutation", &parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::Secret;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn keyed(key: u8) -> Keyed {
        Keyed::new(&Secret::new([key; 32]))
    }

    #[test]
    fn no_two_numbers_become_the_same() {
        for size in [1, 2, 3, 9, 10, 31, 32, 33, 90, 100, 1000, 2600] {
            let all: BTreeSet<u128> = (0..size).map(|value| permuted(&keyed(1), &[b"t"], size, value)).collect();
            assert_eq!(all.len() as u128, size);
            assert!(all.iter().all(|value| *value < size));
        }
    }

    #[test]
    fn key_and_tweak_make_another_permutation() {
        let all = |key, tweak: &'static [u8]| -> Vec<u128> {
            (0..500).map(|value| permuted(&keyed(key), &[tweak], 500, value)).collect()
        };
        assert_eq!(all(1, b"a"), all(1, b"a"));
        assert_ne!(all(1, b"a"), all(2, b"a"));
        assert_ne!(all(1, b"a"), all(1, b"b"));
        let fixed = all(1, b"a").iter().enumerate().filter(|(place, value)| *place as u128 == **value).count();
        assert!(fixed < 10, "{fixed} of 500 stayed where they were");
    }

    proptest! {
        #[test]
        fn any_number_stays_in_its_range(size in 1..LARGEST, value in any::<u128>()) {
            let value = value % size;
            prop_assert!(permuted(&keyed(1), &[b"t"], size, value) < size);
        }
    }
}
