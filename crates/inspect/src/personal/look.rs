//! The first look at a text: three digits in a row, pairs of digits, and the beginnings of words that nothing else leads to.

use super::rule::MARKS;
use super::signature;
use crate::lanes::{BLOCK, between, bits, equal};

/// What a place looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// Three digits in a row, or three pairs of them. The place is the first of them.
    Digits,
    /// What a word may begin with, at the place or one before it.
    Word,
}

/// What is carried over from the block before: this many bits.
const CARRY: u32 = 7;
/// Bytes that the words need behind a block.
const AHEAD: usize = 2;

/// Calls `found` for each place that looks like something. Places of the same kind come from left to right.
pub(super) fn signs(text: &[u8], found: &mut dyn FnMut(usize, Sign)) {
    let mut before = (0, 0);
    let mut at = 0;
    while let Some(window) = text.get(at..).and_then(<[u8]>::first_chunk::<{ BLOCK + AHEAD }>) {
        before = block(window, at, before, found);
        at += BLOCK;
    }
    // What is left is shorter than two blocks, because a block needs a little behind it, and its end is looked at with the
    // block after it.
    while at < text.len() + CARRY as usize {
        let mut window = [b'\n'; BLOCK + AHEAD];
        for (to, from) in window.iter_mut().zip(text.get(at..).unwrap_or_default()) {
            *to = *from;
        }
        before = block(&window, at, before, found);
        at += BLOCK;
    }
}

type Carried = (u64, u64);

fn block(window: &[u8; BLOCK + AHEAD], at: usize, before: Carried, found: &mut dyn FnMut(usize, Sign)) -> Carried {
    let Some(here) = window.first_chunk::<BLOCK>() else { return before };
    let digits = bits(here, |lane| between(lane, b'0', b'9'));
    let separators = bits(here, |lane| equal(lane, b' ') | between(lane, b'-', b'.'));
    let carried = |now: u64, before: u64| u128::from(now) << CARRY | u128::from(before >> (64 - CARRY));
    let (d, s) = (carried(digits, before.0), carried(separators, before.1));
    let three = d & d >> 1 & d >> 2;
    let pairs = d & d >> 1 & s >> 2 & d >> 3 & d >> 4 & s >> 5 & d >> 6 & d >> 7;
    // What begins in the last bits is seen again with the next block, and whole.
    let mut signs = (three | pairs) & u128::from(u64::MAX);
    while signs != 0 {
        let start = signs.trailing_zeros() as usize;
        // The rest of the same run says nothing new.
        signs &= signs.wrapping_add(1 << start);
        found((at + start).saturating_sub(CARRY as usize), Sign::Digits);
    }
    words(window, at, found);
    (digits, separators)
}

/// Every second place is looked at: of the first four bytes of a word and the four that begin with its second, one begins there.
fn words(window: &[u8; BLOCK + AHEAD], at: usize, found: &mut dyn FnMut(usize, Sign)) {
    let (Some(even), Some(odd)) = (window.first_chunk::<BLOCK>(), window.last_chunk::<BLOCK>()) else { return };
    for (number, (first, second)) in even.as_chunks::<4>().0.iter().zip(odd.as_chunks::<4>().0).enumerate() {
        for (four, offset) in [(first, 0), (second, 2)] {
            let place = signature::mark(*four);
            if MARKS.get(place >> 6).is_some_and(|bits| bits >> (place & 63) & 1 == 1) {
                found(at + number * 4 + offset, Sign::Word);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &[u8]) -> Vec<usize> {
        let mut out = Vec::new();
        signs(text, &mut |at, sign| out.extend((sign == Sign::Digits).then_some(at)));
        out
    }

    #[test]
    fn sees_digits_wherever_they_lie() {
        for before in 0..150 {
            let text = |inner: &str| format!("{}{inner}{}", "x".repeat(before), "y".repeat(90));
            assert_eq!(digits(text("123").as_bytes()), [before], "{before}");
            assert_eq!(digits(text("06 12 34").as_bytes()), [before], "{before}");
            assert_eq!(digits(text("12 34 5").as_bytes()), [0; 0], "{before}");
        }
        assert_eq!(digits(b"a1b22c333"), [6]);
        assert_eq!(digits(b"123"), [0]);
    }

    #[test]
    fn sees_the_words_that_lead_to_something() {
        for before in 0..150 {
            for word in ["surname", "BIC:", "Postcode", "diagnosis"] {
                let text = format!("{} {word} x", ".".repeat(before));
                let mut seen = false;
                signs(text.as_bytes(), &mut |at, sign| {
                    seen |= sign == Sign::Word && (before..=before + 2).contains(&at);
                });
                assert!(seen, "{word} behind {before}");
            }
        }
    }
}
