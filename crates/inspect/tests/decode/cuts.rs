//! A text that comes in pieces shows what the whole one shows, as long as the pieces overlap.

use crate::encoders::{ENCODERS, json, quoted_printable, utf16};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_inspect::decode::{Limits, REACH, layers_in_text};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::ops::Range;

const TOKEN: &str = "tok_4f9Zq8Lm2XcV7bN1";
/// The longest way to write the token: six characters for each of its own, a line break and its indentation.
const WRITTEN: usize = 256;

/// Where the token comes to light in a piece that begins at `start`.
fn places(piece: &[u8], start: usize) -> BTreeSet<(usize, usize)> {
    let mut out = BTreeSet::new();
    layers_in_text(piece, &Limits::default(), &mut |layer| {
        let bytes = layer.bytes();
        for at in 0..bytes.len().saturating_sub(TOKEN.len() - 1) {
            let range: Range<usize> = at..at + TOKEN.len();
            if &bytes[range.clone()] == TOKEN.as_bytes() && layer.is_new(&range) {
                let span = layer.map(range).span;
                out.insert((start + span.start, start + span.end));
            }
        }
    });
    out
}

fn in_pieces(text: &[u8], size: usize) -> BTreeSet<(usize, usize)> {
    let overlap = 2 * (REACH + WRITTEN);
    let mut out = BTreeSet::new();
    let mut start = 0;
    loop {
        let end = (start + overlap + size).min(text.len());
        out.extend(places(&text[start..end], start));
        if end == text.len() {
            return out;
        }
        start += size;
    }
}

/// Words that no encoding makes anything of, as many as are needed.
fn filler(length: usize, seed: usize) -> String {
    let words = ["plain", "of", "no", "use", "at all", "x = 1;", "\n", "so", "it goes"];
    let mut out = String::new();
    let mut at = seed;
    while out.len() < length {
        at = at.wrapping_mul(31).wrapping_add(7);
        out.push_str(words[at % words.len()]);
        out.push(' ');
    }
    out
}

#[test]
fn a_long_run_of_base64_shows_its_tokens_in_pieces_of_any_size() {
    let inside = format!("{}{TOKEN} {}{TOKEN} {}", filler(9_000, 1), filler(20_001, 2), filler(4_000, 3));
    let text = STANDARD.encode(inside);
    let whole = places(text.as_bytes(), 0);
    assert_eq!(whole.len(), 2);
    for size in [1_000, 1_001, 1_002, 1_003, 4_099, 10_007] {
        assert_eq!(in_pieces(text.as_bytes(), size), whole, "{size}");
    }
}

#[test]
fn a_megabyte_of_base64_shows_a_token_at_its_end() {
    for width in [usize::MAX, 76] {
        let inside = format!("{}{TOKEN} {}", filler(1_200_000, 5), filler(300_000, 6));
        let line = STANDARD.encode(inside);
        let text = line.as_bytes().chunks(width.min(line.len())).collect::<Vec<_>>().join(&b"\n"[..]);
        assert_eq!(places(&text, 0).len(), 1, "{width}");
    }
}

#[test]
fn a_picture_hides_no_token_behind_it() {
    let mut state = 1_u32;
    let mut noise = |count: usize| -> Vec<u8> {
        (0..count)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect()
    };
    let picture = [noise(1_500_000), TOKEN.as_bytes().to_vec(), noise(200_000)].concat();
    let text = format!("src=\"data:image/png;base64,{}\"", STANDARD.encode(picture));
    assert_eq!(places(text.as_bytes(), 0).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_encoding_shows_the_same_in_pieces(encoder in 0..ENCODERS.len() + 3, before in 0..9_000_usize, after in 0..3_000_usize, size in 500..9_000_usize, seed in 0..1000_usize) {
        let encoded = match encoder.checked_sub(ENCODERS.len()) {
            None => ENCODERS[encoder].1(TOKEN.as_bytes()).into_bytes(),
            Some(0) => json(&format!("{{\"a\":\"b\",\"token\":\"{TOKEN}\"}}")).into_bytes(),
            Some(1) => quoted_printable(&format!("a=b c=d {TOKEN} e=f")).into_bytes(),
            Some(_) => [b"\xff".to_vec(), utf16(TOKEN, true), b"\xff".to_vec()].concat(),
        };
        let text = [filler(before, seed).as_bytes(), b" \"", &encoded, b"\" ", filler(after, seed).as_bytes()].concat();
        let whole = places(&text, 0);
        prop_assert_eq!(in_pieces(&text, size), whole);
    }
}
