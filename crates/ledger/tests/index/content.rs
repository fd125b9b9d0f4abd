//! Nothing private is ever in the file, and nobody else can read the file.

use crate::plain::{Log, built, folder};
use portcullis_event::{Body, Content, Opaque, Rest, Sealed};
use portcullis_ledger::index::{Index, IndexError, Query};
use portcullis_testkit::records::sample;
use std::os::unix::fs::PermissionsExt as _;

/// Occurs nowhere by chance.
const CANARY: &str = "Xq7canary9Zw";

fn files(folder: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        (path.display().to_string(), std::fs::read(path).unwrap())
    };
    std::fs::read_dir(folder).unwrap().map(read).collect()
}

fn holds(bytes: &[u8], needle: &str) -> bool {
    bytes.to_ascii_lowercase().windows(needle.len()).any(|window| window == needle.to_ascii_lowercase().as_bytes())
}

#[test]
fn private_content_never_reaches_the_file() {
    let text = || CANARY.to_owned();
    let rest: Rest = [(text(), serde_json::json!(CANARY))].into();
    let mut record = sample("llm");
    let sealed = Sealed { key: text(), sha256: text(), length: 1, fingerprint: text(), rest: rest.clone() };
    record.event.content = [
        ("prompt".to_owned(), Content::Clear(text())),
        (text(), Content::Sealed(sealed)),
        ("reply".to_owned(), Content::Omitted { fingerprint: text(), length: 1 }),
    ]
    .into();
    record.event.rest = rest.clone();
    record.rest = rest.clone();
    let mut opaque = sample("tool");
    opaque.event.what = Body::Opaque(Opaque { kind: "future".to_owned(), fields: rest });
    // A decoder would quote the value that it did not expect.
    let broken = format!(r#"{{"v":"{CANARY}","event":{{"time":"{CANARY}","{CANARY}":1}}}}"#);
    let log = Log::new(vec![record.encode().unwrap(), opaque.encode().unwrap(), broken.into_bytes()]);
    let (folder, path) = folder();
    let index = built(&path, &log);
    let seen = files(folder.path());
    assert!(seen.iter().any(|(_, bytes)| holds(bytes, "claude-sonnet")), "what may be searched is there");
    drop(index);
    for (name, bytes) in seen.into_iter().chain(files(folder.path())) {
        assert!(!holds(&bytes, CANARY), "{name} holds private content");
    }
}

#[test]
fn only_the_owner_can_read_the_files() {
    let (folder, path) = folder();
    std::fs::write(&path, b"").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let _index = built(&path, &Log::new(vec![sample("note").encode().unwrap()]));
    let mut seen = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
        seen += 1;
    }
    assert!(seen >= 3, "the index, its journal and its lock");
}

#[test]
fn a_link_at_its_place_is_not_followed() {
    let (folder, path) = folder();
    let target = folder.path().join("victim");
    std::fs::write(&target, b"precious").unwrap();
    std::os::unix::fs::symlink(&target, &path).unwrap();
    assert!(matches!(Index::open(&path), Err(IndexError::Io { .. } | IndexError::Sqlite(_))));
    assert_eq!(std::fs::read(&target).unwrap(), b"precious");
}

#[test]
fn what_looks_like_a_query_language_is_only_words() {
    let (_folder, path) = folder();
    let mut record = sample("note");
    record.event.what = portcullis_event::Note::new("near the column or not").into();
    let index = built(&path, &Log::new(vec![record.encode().unwrap()]));
    let found = |text: &str| index.query(&Query { text: text.to_owned(), ..Query::default() }).unwrap().rows.len();
    for words in [
        "near OR not",
        "NEAR(the, 5)".split(',').next().unwrap(),
        "\"column\"",
        "column : not",
        "col*",
        "-near",
        "^near",
    ] {
        assert_eq!(found(words), 1, "{words}");
    }
    for nothing in
        ["near OR zebra", "NOT zebra", "events", "'; DROP TABLE events; --", "\0", "🦀", "* \" '", "colum", "%", "_"]
    {
        assert_eq!(found(nothing), 0, "{nothing}");
    }
}
