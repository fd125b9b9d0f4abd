//! What the rules' forms and words are looked up by. The build script computes it for the rule files, the library for a text;
//! both share this file.

/// The signature of nothing.
pub(crate) const START: u64 = 0xcbf2_9ce4_8422_2325;

/// The signature of a form that is one character longer.
pub(crate) const fn mix(signature: u64, class: u8) -> u64 {
    (signature ^ class as u64).wrapping_mul(0x0100_0000_01b3)
}

/// What a character counts as in a form: digits are alike, and so are letters.
pub(crate) const fn class(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => b'd',
        b'a'..=b'z' | b'A'..=b'Z' => b'A',
        _ => byte,
    }
}

/// The signature of so many letters and digits in any order.
#[expect(clippy::cast_possible_truncation, reason = "no form is that long")]
pub(crate) const fn mixed(length: usize) -> u64 {
    mix(mix(START, b'*'), length as u8)
}

/// What a word is looked up by. It is in lower case.
#[expect(clippy::cast_possible_truncation, reason = "the upper half is mixed into the lower one")]
pub(crate) fn word(text: &[u8]) -> u32 {
    let hash = text.iter().fold(START, |hash, byte| mix(hash, *byte));
    (hash ^ hash >> 32) as u32
}

const MARK_BITS: u32 = 15;

/// How many marks there are for the words that a search begins with. Only the build script counts them.
#[allow(dead_code, reason = "the library shares this file with the build script")]
pub(crate) const MARKS: usize = 1 << MARK_BITS;

/// Which of them four bytes set, whatever their case.
pub(crate) const fn mark(four: [u8; 4]) -> usize {
    ((u32::from_le_bytes(four) | 0x2020_2020).wrapping_mul(0x9e37_79b1) >> (32 - MARK_BITS)) as usize
}
