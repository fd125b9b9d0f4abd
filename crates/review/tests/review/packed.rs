//! What is packed, whatever its size, and what in it was not looked into.

use crate::paths::paths;
use crate::sample::{look, token};
use flate2::Compression;
use flate2::write::GzEncoder;
use portcullis_inspect::decode::Reason;
use portcullis_review::{Report, Source, Stdin, Why};
use std::fs;
use std::io::Write as _;

/// A tar archive.
fn tar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (path, content) in entries {
        let mut header = [0_u8; 512];
        header[..path.len()].copy_from_slice(path.as_bytes());
        header[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
        header[148..156].fill(b' ');
        header[156] = b'0';
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        out.extend(header);
        out.extend(*content);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.extend([0; 1024]);
    out
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Text that does not pack well, and holds nothing.
fn filler(bytes: usize) -> String {
    let mut state = 1_u32;
    let words = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        format!("{state:08x} {}", if state.is_multiple_of(7) { "\n" } else { "" })
    });
    words.take(bytes / 9).collect()
}

/// An image of a container as `docker save` writes it: a list, and layers that are archives, one of them compressed.
fn image() -> Vec<u8> {
    let large = format!("{}\n{}\n{}", filler(5 << 20), token(1), filler(1 << 20));
    let one = tar(&[("root/.cache", large.as_bytes()), ("etc/app.conf", token(2).as_bytes())]);
    let two = gzip(&tar(&[("srv/.env", token(3).as_bytes())]));
    tar(&[("manifest.json", b"[]"), ("blobs/sha256/aa", &one), ("blobs/sha256/bb", &two)])
}

/// The numbers of the tokens that were found, each with what it was found inside of.
fn inside(report: &Report) -> Vec<(u32, String)> {
    let number = |value: &str| (0..100).find(|number| token(*number) == value).unwrap();
    let found = report.findings.iter().map(|found| {
        let why = found.hit.why.iter().find_map(|why| why.strip_prefix("found inside: ")).unwrap_or_default();
        (number(found.hit.value.expose()), why.to_owned())
    });
    let mut found: Vec<_> = found.collect();
    found.sort();
    found
}

#[test]
fn an_image_of_a_container_is_looked_into_layer_by_layer() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("image.tar"), image()).unwrap();
    let expected = [
        (1, "tar entry blobs/sha256/aa > tar entry root/.cache"),
        (2, "tar entry blobs/sha256/aa > tar entry etc/app.conf"),
        (3, "tar entry blobs/sha256/bb > gzip > tar entry srv/.env"),
    ];
    let expected = expected.map(|(number, way)| (number, way.to_owned()));
    let report = look(paths(folder.path()));
    assert_eq!((inside(&report), report.not_looked_into), (expected.to_vec(), vec![]));
    assert_eq!(report.statistics.items, 1);
    let piped = Stdin { name: None, bytes: Box::new(std::io::Cursor::new(image())) };
    assert_eq!(inside(&look(Source::Stdin(piped))), expected);
}

#[test]
fn what_could_not_be_looked_into_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let whole = gzip(format!("{}\n{}", filler(4 << 20), token(1)).as_bytes());
    fs::write(folder.path().join("cut.gz"), &whole[..whole.len() / 2]).unwrap();
    fs::write(folder.path().join("odd.7z"), [b"7z\xbc\xaf\x27\x1c".as_slice(), &vec![0; 2 << 20]].concat()).unwrap();
    let report = look(paths(folder.path()));
    let missed: Vec<(String, &Why)> = report
        .not_looked_into
        .iter()
        .map(|missed| (missed.origin.path().unwrap().file_name().unwrap().to_string_lossy().into_owned(), &missed.why))
        .collect();
    let inside = |what: &str, reason| Why::Inside { what: what.to_owned(), reason };
    let expected = [
        ("cut.gz".to_owned(), &inside("gzip", Reason::Damaged)),
        ("odd.7z".to_owned(), &inside("", Reason::Unsupported)),
    ];
    assert_eq!(missed, expected);
    let serious: Vec<bool> = report.not_looked_into.iter().map(|missed| missed.why.is_serious()).collect();
    assert_eq!(serious, [false, true], "what is damaged was read as far as anybody can");
}

#[test]
fn what_is_packed_too_deep_is_serious_and_text_that_looks_encoded_is_not() {
    let deep = |what: &str| Why::Inside { what: what.to_owned(), reason: Reason::TooDeep }.is_serious();
    assert!(deep("zip entry a.zip > zip entry b > c.zip > tar entry d") && deep("gzip"));
    assert!(!deep("base64 > hex > base64") && !deep("tar entry a > base64 > hex > string escapes"));
}
