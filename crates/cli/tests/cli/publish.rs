//! `portcullis log publish`

use crate::harness::Machine;
use crate::log::three_notes;
use std::fs;

#[test]
fn what_is_published_is_the_checkpoint_the_tiles_and_the_records() {
    let machine = three_notes();
    insta::assert_snapshot!(machine.run(&["log", "publish", "public"]), @"
    exit: 0
    --- stdout
    published: 4 records in [ROOT]/project/public
      checkpoint    the newest signed checkpoint
      tile/         the hashes of the tree
      tile/entries/ the records themselves
    Any static file server can serve it, and any client of C2SP tlog-tiles can read and check it.
    note: whoever can read this folder can read your records. It is private to you until you change its mode
    ");
    let public = machine.project().join("public");
    let (_, status) = machine.json(&["log", "status"]);
    assert_eq!(fs::read_to_string(public.join("checkpoint")).unwrap(), status["checkpoint"].as_str().unwrap());
    assert_eq!(fs::read(public.join("tile/0/000.p/4")).unwrap().len(), 4 * 32);

    // Each entry lies behind its length in two bytes, as tlog-tiles has it; its leaf hash is in the tile.
    let (_, shown) = machine.json(&["log", "prove", "0"]);
    let record = shown["record"].as_str().unwrap().as_bytes();
    let bundle = fs::read(public.join("tile/entries/000.p/4")).unwrap();
    assert!(bundle.starts_with(&[&u16::try_from(record.len()).unwrap().to_be_bytes()[..], record].concat()));
    let leaf = portcullis_ledger::merkle::leaf_hash(record);
    assert!(fs::read(public.join("tile/0/000.p/4")).unwrap().starts_with(&leaf));
}

#[test]
fn publishing_again_adds_what_is_new() {
    let machine = three_notes();
    assert_eq!(machine.json(&["log", "publish", "public"]).1["records"], 4);
    assert_eq!(machine.output(&["log", "add", "--text", "four"]).status.code(), Some(0));
    assert_eq!(machine.json(&["log", "publish", "public"]).1["records"], 5);
    assert!(machine.project().join("public/tile/entries/000.p/5").exists());
}

#[test]
fn without_a_ledger_nothing_is_published() {
    let machine = Machine::new();
    assert_eq!(machine.json(&["log", "publish", "public"]).0, 3);
    assert!(!machine.project().join("public").exists());
}
