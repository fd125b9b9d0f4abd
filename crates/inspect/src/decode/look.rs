//! The first look at a text: where might something be encoded? It is run over every byte of every file, so it takes 64 bytes
//! at a time with vector instructions, and most blocks of ordinary source end there.

use crate::lanes::{BLOCK, Lane, between, bits, bits_of_pairs, equal};

/// What a place looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// A run of letters and digits that is long enough for base64 or hex. The place is somewhere in it.
    Run,
    /// A backslash and what begins an escape.
    Backslash,
    /// A percent sign and a digit.
    Percent,
    /// An ampersand and what begins an entity.
    Entity,
    /// An equals sign as in quoted-printable.
    Equals,
    /// A quotation mark before what could put two literals together.
    Quote,
    /// A NUL beside a character.
    Nul,
    /// `0x`.
    ZeroX,
}

/// How many signs there are.
pub(super) const SIGNS: usize = Sign::ZeroX as usize + 1;

/// Fewest characters of base64 or hex, without the padding, that are looked at.
pub(super) const SHORTEST_RUN: usize = 16;

/// Calls `found` for each place that looks like something, from left to right.
pub(super) fn signs(text: &[u8], found: &mut dyn FnMut(usize, Sign)) {
    let mut before = 0;
    let mut at = 0;
    while let Some(window) = text.get(at..).and_then(<[u8]>::first_chunk::<{ BLOCK + 1 }>) {
        before = block(window, at, before, found);
        at += BLOCK;
    }
    let rest = text.get(at..).unwrap_or_default();
    let mut window = [b'\n'; BLOCK + 1];
    for (to, from) in window.iter_mut().zip(rest) {
        *to = *from;
    }
    block(&window, at, before, found);
}

/// Looks at one block; `before` is the mask of run characters of the block before, and the result that of this one.
fn block(window: &[u8; BLOCK + 1], at: usize, before: u64, found: &mut dyn FnMut(usize, Sign)) -> u64 {
    let (Some(here), Some(next)) = (window.first_chunk::<BLOCK>(), window.last_chunk::<BLOCK>()) else { return 0 };
    let run = bits(here, of_runs);
    if holds_long_run(run, before) {
        show_runs(run, before, at, found);
    }
    let mut special = bits_of_pairs(here, next, of_signs);
    while special != 0 {
        let offset = special.trailing_zeros() as usize;
        special &= special - 1;
        let (first, second) = (here.get(offset), next.get(offset));
        if let (Some(first), Some(second)) = (first.copied(), second.copied())
            && is_sign(first, second)
        {
            found(at + offset, sign(first));
        }
    }
    run
}

/// The bytes that runs are made of: letters, digits, `+` and `/`.
#[inline]
fn of_runs(here: Lane) -> Lane {
    // From `/` to `9` is one range.
    between(here | Lane::splat(0x20), b'a', b'z') | between(here, b'/', b'9') | equal(here, b'+')
}

/// Whether sixteen run characters stand in a row that ends in this block.
#[inline]
fn holds_long_run(run: u64, before: u64) -> bool {
    let mut inside = run;
    for step in [1, 2, 4, 8] {
        inside &= inside >> step;
    }
    inside != 0 || run & 1 == 1 && (run.trailing_ones() + before.leading_ones()) as usize >= SHORTEST_RUN
}

fn show_runs(run: u64, before: u64, at: usize, found: &mut dyn FnMut(usize, Sign)) {
    let mut long = long_runs(run, before);
    while long != 0 {
        let start = long.trailing_zeros() as usize;
        long &= long.wrapping_add(1 << start);
        // The first 15 bits are places of the block before.
        found((at + start).saturating_sub(SHORTEST_RUN - 1), Sign::Run);
    }
}

/// The starts of all sixteen characters in a row, as bits from fifteen places before the block on.
fn long_runs(run: u64, before: u64) -> u128 {
    let mut long = u128::from(run) << 15 | u128::from(before >> 49);
    for step in [1, 2, 4, 8] {
        long &= long >> step;
    }
    long
}

/// The bytes that a sign may begin with, given the one behind each. Few operations matter more here than few bytes, because
/// [`is_sign`] looks again.
#[inline]
fn of_signs(here: Lane, next: Lane) -> Lane {
    let blank = equal(next, b' ');
    let escape = equal(here, b'\\') | equal(here, b'=') | between(here, b'%', b'&');
    let quote = (equal(here, b'"') | equal(here, b'\'')) & between(next, b'\t', b'.');
    let zero_x = equal(here, b'0') & equal(next | Lane::splat(0x20), b'x');
    escape & !blank | quote | equal(here, 0) | zero_x
}

/// One bit for each pair of bytes, the first one in the lower half of the number.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would stop at a wrong index")]
static PAIRS: [u64; 1024] = {
    let mut table = [0; 1024];
    let mut pair = 0_u16;
    // No pair that ends with the last byte of all begins anything.
    while pair < u16::MAX {
        let [first, second] = pair.to_le_bytes();
        if begins_something(first, second) {
            table[(pair >> 6) as usize] |= 1 << (pair & 63);
        }
        pair += 1;
    }
    table
};

const fn begins_something(first: u8, second: u8) -> bool {
    match first {
        b'\\' => matches!(second, b'u' | b'U' | b'x' | b'"' | b'0' | b'1'),
        b'%' => matches!(second, b'2'..=b'7'),
        b'&' => matches!(second, b'#' | b'a'..=b'z'),
        b'=' => matches!(second, b'\n' | b'\r' | b'2'..=b'7'),
        b'"' | b'\'' => matches!(second, b' ' | b'\t' | b'\n' | b'\r' | b'+' | b'.' | b'"' | b'\''),
        b'0' => matches!(second, b'x' | b'X'),
        0 => matches!(second, b' '..=b'~'),
        _ => false,
    }
}

fn is_sign(first: u8, second: u8) -> bool {
    let pair = usize::from(u16::from_le_bytes([first, second]));
    PAIRS.get(pair >> 6).is_some_and(|bits| bits >> (pair & 63) & 1 == 1)
}

/// What a pair that begins something begins.
fn sign(first: u8) -> Sign {
    match first {
        b'\\' => Sign::Backslash,
        b'%' => Sign::Percent,
        b'&' => Sign::Entity,
        b'=' => Sign::Equals,
        b'0' => Sign::ZeroX,
        0 => Sign::Nul,
        _ => Sign::Quote,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &[u8]) -> Vec<(usize, Sign)> {
        let mut out = Vec::new();
        signs(text, &mut |at, sign| out.push((at, sign)));
        out
    }

    #[test]
    fn sees_nothing_in_plain_source() {
        assert_eq!(all(b"static int f(struct device *dev)\n{\n\tif (a && b)\n\t\tputs(\"x\\n\");\n}\n"), []);
        assert_eq!(all(b""), []);
    }

    #[test]
    fn sees_a_run_wherever_it_lies() {
        for before in 0..200 {
            let text = [vec![b' '; before], vec![b'a'; 16], vec![b' '; 70]].concat();
            assert_eq!(all(&text), [(before, Sign::Run)], "{before}");
            let short = [vec![b' '; before], vec![b'a'; 15], vec![b' '; 70]].concat();
            assert_eq!(all(&short), [], "{before}");
        }
    }

    #[test]
    fn sees_each_sign_at_every_offset() {
        let cases = [
            (&b"\\u0041"[..], Sign::Backslash),
            (b"%41", Sign::Percent),
            (b"&#65;", Sign::Entity),
            (b"=3D", Sign::Equals),
            (b"=\n", Sign::Equals),
            (b"\" +", Sign::Quote),
            (b"0x41,", Sign::ZeroX),
            (b"\0a", Sign::Nul),
        ];
        for (text, sign) in cases {
            for before in 0..130 {
                let text = [vec![b'-'; before], text.to_vec()].concat();
                assert_eq!(all(&text).first(), Some(&(before, sign)), "{before}");
            }
        }
    }

    proptest! {
        #[test]
        fn sees_every_pair_that_begins_something(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let seen = all(&text);
            for (at, pair) in text.windows(2).enumerate() {
                let wanted = is_sign(pair[0], pair[1]);
                let found = seen.iter().any(|(place, sign)| *place == at && *sign != Sign::Run);
                prop_assert_eq!(found, wanted, "{:?} at {}", pair, at);
            }
        }

        #[test]
        fn sees_every_run_of_sixteen(text in "[a-z+/ ]{0,300}") {
            let bytes = text.as_bytes();
            let seen = all(bytes);
            let mut start = 0;
            for (at, byte) in bytes.iter().chain(b" ").enumerate() {
                if *byte == b' ' {
                    let inside = seen.iter().any(|(place, sign)| *sign == Sign::Run && (start..at).contains(place));
                    prop_assert_eq!(inside, at - start >= SHORTEST_RUN);
                    start = at + 1;
                }
            }
        }
    }
}
