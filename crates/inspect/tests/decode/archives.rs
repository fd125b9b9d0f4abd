//! What is packed is unpacked, and named by its path.

use crate::encoders::utf16;
use crate::seen::all;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use portcullis_inspect::decode::Limits;
use std::io::Write as _;

const TOKEN: &str = "tok_4f9Zq8Lm2XcV7bN1";
/// `first line`, and then `the word is` and a word, packed by the programs that made these formats.
const BZIP2: &str = "QlpoOTFBWSZTWRv9iK4AAGlRgEQQQAA3ZZzwIABURpAAB6mgiqD1GQ02kEAkAnulKYzxsCsKFaArUExPccTe5JLktusiisGCh4+LuSKcKEgN/sRXAA==";
const XZ: &str = "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AEXACtdADMaSqwMcr+NWPlNb78kgYN0lTBuSaXoG7xfETTj9t3+jtSfc3OXmn2mrBYAAF3dlI4pAvQ6AAFHmAIAAABTSneascRn+wIAAAAABFla";

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// A tar header and its content. `kind` is the letter of the header.
pub(crate) fn tar_entry(path: &str, kind: u8, content: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; 512];
    header[..path.len().min(100)].copy_from_slice(&path.as_bytes()[..path.len().min(100)]);
    header[100..108].copy_from_slice(b"0000644\0");
    header[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
    header[148..156].fill(b' ');
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let padding = (512 - content.len() % 512) % 512;
    [&header[..], content, &vec![0; padding]].concat()
}

pub(crate) fn tar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out: Vec<u8> = entries.iter().flat_map(|(path, content)| tar_entry(path, b'0', content)).collect();
    out.extend([0; 1024]);
    out
}

/// A file of a zip archive: its path, its content, and whether it says that it is encrypted.
pub(crate) fn zip(entries: &[(&str, &[u8], bool)]) -> Vec<u8> {
    let (mut out, mut list) = (Vec::new(), Vec::new());
    for (path, content, encrypted) in entries {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        let packed = encoder.finish().unwrap();
        let size = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
        let common = [
            &[20, 0, u8::from(*encrypted), 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0][..],
            &size(&packed),
            &size(content),
            &u16::try_from(path.len()).unwrap().to_le_bytes(),
            &[0, 0],
        ]
        .concat();
        let at = u32::try_from(out.len()).unwrap();
        out.extend([b"PK\x03\x04", &common[..], path.as_bytes(), &packed].concat());
        list.extend([b"PK\x01\x02\x14\0", &common[..], &[0; 10], &at.to_le_bytes(), path.as_bytes()].concat());
    }
    let (start, length) = (u32::try_from(out.len()).unwrap(), u32::try_from(list.len()).unwrap());
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    out.extend(&list);
    out.extend(
        [b"PK\x05\x06\0\0\0\0", &count[..], &count, &length.to_le_bytes(), &start.to_le_bytes(), &[0, 0]].concat(),
    );
    out
}

/// How the token came to light in an input, and in which entry.
fn ways(input: &[u8]) -> Vec<(String, Option<String>)> {
    let (seen, skipped) = all(input, &Limits::default());
    assert_eq!(skipped, []);
    seen.into_iter().filter(|seen| seen.text.contains(TOKEN)).map(|seen| (seen.how, seen.entry)).collect()
}

fn way(how: &str, entry: &str) -> (String, Option<String>) {
    (how.to_owned(), Some(entry.to_owned()))
}

#[test]
fn opens_every_kind_of_compression() {
    let text = format!("user = admin\npassword = {TOKEN}\n").into_bytes();
    assert_eq!(ways(&gzip(&text)), [way("gzip", "")]);
    assert_eq!(ways(&zlib(&text)), [way("zlib", "")]);
    assert_eq!(ways(&zstd(&text)), [way("zstd", "")]);
    assert_eq!(ways(&gzip(&gzip(&text))), [way("gzip > gzip", "")]);
    assert_eq!(ways(&[gzip(b"first\n"), gzip(&text)].concat()), [way("gzip", "")], "two members of one file");
}

#[test]
fn opens_bzip2_and_xz() {
    let (word, text) = ("xyzzy".repeat(3), "aaaaaaaabbbb".repeat(20));
    let expected = format!("first line\nthe word is {word}\n{text}\n");
    for (how, packed) in [("bzip2", BZIP2), ("xz", XZ)] {
        let (seen, skipped) = all(&STANDARD.decode(packed).unwrap(), &Limits::default());
        assert_eq!(skipped, [], "{how}");
        assert_eq!((seen[0].how.as_str(), &seen[0].text), (how, &expected));
    }
}

#[test]
fn names_the_files_of_archives() {
    let text = format!("password = {TOKEN}\n").into_bytes();
    let files: [(&str, &[u8]); 3] = [("readme.txt", b"nothing here"), ("config/app.yml", &text), ("empty", b"")];
    assert_eq!(ways(&tar(&files)), [way("tar entry config/app.yml", "config/app.yml")]);
    assert_eq!(ways(&gzip(&tar(&files))), [way("gzip > tar entry config/app.yml", "config/app.yml")]);
    let zipped = zip(&files.map(|(path, content)| (path, content, false)));
    assert_eq!(ways(&zipped), [way("zip entry config/app.yml", "config/app.yml")]);
    let behind_a_program = [b"#!/bin/sh\nunzip $0\n".to_vec(), zipped.clone()].concat();
    assert_eq!(ways(&behind_a_program), [], "what begins as text is text");
    assert_eq!(
        ways(&zipped[..zipped.len() - 60]),
        [way("zip entry config/app.yml", "config/app.yml")],
        "without its list"
    );
}

#[test]
fn opens_the_layers_of_a_container_image() {
    let inner = zip(&[("app/application.properties", format!("key={TOKEN}\n").as_bytes(), false)]);
    let first = tar(&[("etc/hostname", b"box\n"), ("srv/app.jar", &inner)]);
    let second = tar(&[("root/.env", format!("TOKEN={TOKEN}\n").as_bytes())]);
    let image = tar(&[("manifest.json", b"[]"), ("blobs/sha256/aa", &gzip(&first)), ("1f/layer.tar", &second)]);
    assert_eq!(
        ways(&image),
        [
            way(
                "tar entry blobs/sha256/aa > gzip > tar entry srv/app.jar > zip entry app/application.properties",
                "blobs/sha256/aa!/srv/app.jar!/app/application.properties"
            ),
            way("tar entry 1f/layer.tar > tar entry root/.env", "1f/layer.tar!/root/.env"),
        ]
    );
}

#[test]
fn reads_long_names_of_both_dialects() {
    let long = format!("{}/secret.txt", "d".repeat(150));
    let content = format!("key = {TOKEN}\n");
    let gnu =
        [tar_entry("././@LongLink", b'L', format!("{long}\0").as_bytes()), tar_entry("cut", b'0', content.as_bytes())]
            .concat();
    let record = format!("{} path={long}\n", long.len() + 6 + 4);
    let pax = [tar_entry("PaxHeader", b'x', record.as_bytes()), tar_entry("cut", b'0', content.as_bytes())].concat();
    for archive in [gnu, pax] {
        assert_eq!(ways(&archive), [way(&format!("tar entry {long}"), &long)]);
    }
}

#[test]
fn what_is_encoded_in_a_file_of_an_archive_leads_to_the_file() {
    let file = format!("line one\nkey: {}\n", STANDARD.encode(TOKEN));
    let archive = zip(&[("a.yml", file.as_bytes(), false)]);
    let mut found = Vec::new();
    portcullis_inspect::decode::layers(&archive, &Limits::default(), &mut |layer| {
        if let Some(at) = layer.bytes().windows(TOKEN.len()).position(|window| window == TOKEN.as_bytes()) {
            let origin = layer.map(at..at + TOKEN.len());
            let inside = origin.inside.unwrap();
            assert_eq!(inside.text, file.as_bytes());
            found.push((origin.span, inside.path, inside.span));
        }
    });
    assert_eq!(found, [(0..archive.len(), "a.yml".to_owned(), 5 + 9..file.len() - 1)]);
}

#[test]
fn unpacks_what_lies_packed_in_a_text() {
    let release = STANDARD.encode(STANDARD.encode(gzip(format!("{{\"password\":\"{TOKEN}\"}}").as_bytes())));
    let text = format!("data:\n  release: {release}\n");
    let (seen, skipped) = all(text.as_bytes(), &Limits::default());
    assert_eq!(skipped, []);
    let layer = seen.iter().find(|seen| seen.text.contains(TOKEN)).unwrap();
    assert_eq!(layer.how, "base64 > base64 > gzip");
    let span = layer.find(TOKEN).unwrap();
    assert!(
        release.starts_with(&text[span.clone()]) && release.len() - span.len() < 8,
        "all of the packed value, and nothing else"
    );
}

#[test]
fn reads_a_notebook_cell_by_cell_and_leaves_its_pictures_out() {
    let picture = STANDARD.encode(format!("picture {TOKEN} picture"));
    let source = format!("[\"import os\\n\", \"key = \\\"{TOKEN}\\\"\\n\", \"print(key)\"]");
    let output = format!("[{{\"data\": {{\"image/png\": \"{picture}\", \"text/plain\": [\"it is {TOKEN}\"]}}}}]");
    let text = format!(
        "{{\"cells\": [{{\"cell_type\": \"markdown\", \"source\": [\"# Title\"]}}, {{\"cell_type\": \"code\", \"outputs\": {output}, \"source\": {source}}}], \"nbformat\": 4}}"
    );
    let (seen, _) = all(text.as_bytes(), &Limits::default());
    let shown: Vec<_> = seen.iter().map(|seen| (seen.how.as_str(), seen.text.as_str())).collect();
    let code = format!("import os\nkey = \"{TOKEN}\"\nprint(key)");
    assert_eq!(
        shown,
        [("notebook cell 1", "# Title"), ("notebook cell 2", &format!("it is {TOKEN}")), ("notebook cell 2", &code)]
    );
    assert_eq!(&text[seen[2].find(TOKEN).unwrap()], TOKEN);
}

#[test]
fn a_notebook_that_is_not_whole_is_read_as_text() {
    let text = format!("{{\"nbformat\": 4, \"cells\": [{{\"source\": \"key: {}\"", STANDARD.encode(TOKEN));
    let (seen, _) = all(text.as_bytes(), &Limits::default());
    assert!(seen.iter().any(|seen| seen.how == "base64" && seen.text.contains(TOKEN)));
}

#[test]
fn reads_a_word_that_markup_divides_in_an_office_document() {
    let (left, right) = TOKEN.split_at(7);
    let markup = format!(
        "<w:document><w:p><w:r><w:t>Token: {left}</w:t></w:r><w:r><w:t>{right}</w:t></w:r></w:p><w:p/></w:document>"
    );
    let document = zip(&[("[Content_Types].xml", b"<Types/>", false), ("word/document.xml", markup.as_bytes(), false)]);
    assert_eq!(ways(&document), [way("zip entry word/document.xml > document text", "word/document.xml")]);
}

#[test]
fn reads_utf16_in_an_archive() {
    let file = [vec![0xff, 0xfe], utf16(&format!("PASSWORD={TOKEN}"), true)].concat();
    assert_eq!(ways(&zip(&[("a.reg", &file, false)])), [way("zip entry a.reg > UTF-16LE", "a.reg")]);
}
