//! What unpacks to too much is stopped, and named.

use crate::archives::{gzip, tar, tar_entry, zip};
use crate::seen::all;
use portcullis_inspect::decode::{Limits, Reason, layers};
use proptest::prelude::*;

/// How many bytes were shown, and what was skipped.
fn measure(input: &[u8], limits: &Limits) -> (usize, Vec<(String, Reason)>) {
    let mut shown = 0;
    let skipped = layers(input, limits, &mut |layer| shown += layer.bytes().len());
    (shown, skipped.into_iter().map(|skipped| (skipped.what, skipped.why)).collect())
}

#[test]
fn a_file_of_nothing_but_zeros_is_a_bomb() {
    let bomb = gzip(&vec![0; 20 << 20]);
    let (shown, skipped) = measure(&bomb, &Limits::default());
    assert_eq!(skipped, [("gzip".to_owned(), Reason::Bomb)]);
    assert!(shown < 8 << 20, "{shown}");
}

#[test]
fn the_same_data_under_many_names_is_a_bomb() {
    // Each file unpacks to a megabyte; the list names the same one a thousand times.
    let content: Vec<u8> =
        (0..1_000_000_u32).map(|it| b"abcdefghijklmnop"[(it.wrapping_mul(2_654_435_761) >> 28) as usize]).collect();
    let archive = zip(&[("a", &content, false)]);
    let list_start = archive.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let end = archive.len() - 22;
    let list = archive[list_start..end].repeat(1000);
    let mut bomb = [&archive[..list_start], &list, &archive[end..]].concat();
    let at = bomb.len() - 22 + 12;
    bomb[at..at + 4].copy_from_slice(&u32::try_from(list.len()).unwrap().to_le_bytes());
    let (shown, skipped) = measure(&bomb, &Limits { output: 20 << 20, ..Limits::default() });
    assert_eq!(skipped, [("zip entry a".to_owned(), Reason::OutputLimit)]);
    assert!(shown <= 20 << 20, "{shown}");
}

#[test]
fn archives_in_archives_end_at_the_limit() {
    let mut archive = tar(&[("secret", b"hello world")]);
    for _ in 0..6 {
        archive = tar(&[("next.tar", &archive)]);
    }
    let (shown, skipped) = measure(&archive, &Limits::default());
    let path = ["tar entry next.tar"; 4].join(" > ");
    assert_eq!((shown, skipped), (0, vec![(path, Reason::TooDeep)]));
}

#[test]
fn compression_in_compression_ends_at_the_limit() {
    let mut packed = b"hello world".to_vec();
    for _ in 0..20 {
        packed = gzip(&packed);
    }
    let (shown, skipped) = measure(&packed, &Limits::default());
    assert_eq!((shown, skipped), (0, vec![(["gzip"; 8].join(" > "), Reason::TooDeep)]));
}

#[test]
fn an_archive_of_many_files_ends_at_the_limit() {
    let entries: Vec<u8> = (0..50).flat_map(|at| tar_entry(&format!("f{at}"), b'0', b"some text")).collect();
    let (shown, skipped) = measure(&entries, &Limits { entries: 10, ..Limits::default() });
    assert_eq!((shown, skipped), (90, vec![(String::new(), Reason::TooManyEntries)]));
}

#[test]
fn a_file_that_is_too_large_is_looked_into_at_its_beginning() {
    let content = "some text, line by line\n".repeat(1000);
    let archive = tar(&[("big", content.as_bytes()), ("small", b"the next file")]);
    let (shown, skipped) = measure(&archive, &Limits { entry: 1000, ..Limits::default() });
    assert_eq!((shown, skipped), (1013, vec![("tar entry big".to_owned(), Reason::TooLarge)]));
}

#[test]
fn what_is_encrypted_damaged_or_unknown_is_named() {
    let archive = zip(&[("locked", b"content", true), ("open", b"content", false)]);
    assert_eq!(measure(&archive, &Limits::default()), (7, vec![("zip entry locked".to_owned(), Reason::Encrypted)]));

    let packed = gzip("text that goes on and on, line by line\n".repeat(40).as_bytes());
    let (_, skipped) = measure(&packed[..packed.len() - 12], &Limits::default());
    assert_eq!(skipped, [("gzip".to_owned(), Reason::Damaged)]);

    let (_, skipped) = measure(b"7z\xbc\xaf\x27\x1c\0\x04more", &Limits::default());
    assert_eq!(skipped, [(String::new(), Reason::Unsupported)]);
}

#[test]
fn text_that_decodes_to_much_is_bounded_too() {
    let line = "\"dG9rZW4gaXMgaGVyZSwgYW5kIG1vcmU=\", ".repeat(20_000);
    let (shown, skipped) = measure(line.as_bytes(), &Limits { output: 1000, ..Limits::default() });
    assert_eq!(skipped, [(String::new(), Reason::OutputLimit)]);
    assert!(shown < 10_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn damaged_archives_do_no_harm(which in 0..5_usize, flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<prop::sample::Index>()) {
        let text = b"key = value\nand more of it, enough to be packed\n";
        let mut input = match which {
            0 => gzip(text),
            1 => tar(&[("a/b", text), ("c", b"x")]),
            2 => zip(&[("a/b", text, false), ("word/document.xml", b"<w:t>a</w:t>", false)]),
            3 => crate::archives::zstd(text),
            _ => gzip(&tar(&[("z.zip", &zip(&[("in", text, false)]))])),
        };
        for (at, value) in flips {
            let at = at.index(input.len());
            input[at] = value;
        }
        input.truncate(cut.index(input.len()) + input.len() / 2);
        let limits = Limits { output: 1 << 20, entry: 1 << 18, ..Limits::default() };
        let (seen, _) = all(&input, &limits);
        prop_assert!(seen.iter().all(|seen| seen.text.len() <= 1 << 18));
    }
}
