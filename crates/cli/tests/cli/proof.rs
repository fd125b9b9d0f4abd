//! `portcullis log prove` and `portcullis log check`: a proof convinces somebody who has no ledger, and nothing else does.

use crate::harness::Machine;
use crate::log::three_notes;
use serde_json::{Value, json};
use std::fs;

/// The first public key of a ledger.
fn public_key(machine: &Machine) -> String {
    fs::read_to_string(machine.state().join("keys/ledger.pub")).unwrap().trim().to_owned()
}

/// Writes a proof to a file of another machine, which has no ledger, and checks it there.
fn check(proof: &Value, arguments: &[&str]) -> (i32, Value) {
    let elsewhere = Machine::new();
    elsewhere.write("proof.json", proof.to_string());
    let checked = elsewhere.json(&[&["log", "check", "proof.json"], arguments].concat());
    assert!(!elsewhere.state().exists(), "checking leaves nothing behind");
    checked
}

#[test]
fn a_proof_is_checked_without_any_ledger() {
    let machine = three_notes();
    let key = public_key(&machine);
    for arguments in [&["log", "prove", "2"][..], &["log", "prove", "--since", "2"]] {
        let (exit, proof) = machine.json(arguments);
        assert_eq!(exit, 0, "{proof}");
        let (exit, checked) = check(&proof, &["--key", &key]);
        assert_eq!((exit, &checked["valid"], &checked["signature"]), (0, &json!(true), &json!("valid")), "{checked}");
        assert_eq!(checked["key"], key);
        let (exit, checked) = check(&proof, &[]);
        assert_eq!((exit, &checked["valid"], &checked["signature"]), (3, &json!(true), &json!("not-checked")));
    }
}

#[test]
fn what_a_person_sees_of_a_check() {
    let machine = three_notes();
    let proof = machine.output(&["log", "prove", "2", "--json"]).stdout;
    machine.write("proof.json", proof);
    let (key, root) = (public_key(&machine), machine.json(&["log", "status"]).1["root"].as_str().unwrap().to_owned());
    let origin = key.split('+').next().unwrap();
    let shown = |text: String| text.replace(&key, "[KEY]").replace(&root, "[HASH]").replace(origin, "[ORIGIN]");
    insta::assert_snapshot!(shown(machine.run(&["log", "check", "proof.json"])), @"
    exit: 0
    --- stdout
    proven: this record is number 2 of the 4 records of [ORIGIN]
      root [HASH]
      key  [KEY]
    ");
    let elsewhere = Machine::new();
    fs::copy(machine.project().join("proof.json"), elsewhere.project().join("proof.json")).unwrap();
    insta::assert_snapshot!(shown(elsewhere.run(&["log", "check", "proof.json"])), @"
    exit: 3
    --- stdout
    proven, if the checkpoint is genuine: this record is number 2 of the 4 records of [ORIGIN]
      root [HASH]
      note the signature was not checked
      fix  name the key of the ledger with --key KEY
    ");
}

/// The proof with one field replaced.
fn with(proof: &Value, field: &str, value: Value) -> Value {
    let mut changed = proof.clone();
    changed[field] = value;
    changed
}

/// Text with its first digit replaced by another one.
fn altered(text: &Value) -> Value {
    let text = text.as_str().unwrap();
    let digit = text.chars().find(char::is_ascii_digit).unwrap();
    json!(text.replacen(digit, if digit == '7' { "8" } else { "7" }, 1))
}

#[test]
fn a_proof_that_was_tampered_with_proves_nothing() {
    let machine = three_notes();
    let key = public_key(&machine);
    let (_, inclusion) = machine.json(&["log", "prove", "2"]);
    let (_, consistency) = machine.json(&["log", "prove", "--since", "3"]);
    let path = |proof: &Value| proof["path"].as_array().unwrap().clone();
    let tampered = [
        with(&inclusion, "record", altered(&inclusion["record"])),
        with(&inclusion, "leaf", altered(&inclusion["leaf"])),
        with(&inclusion, "leaf", json!("00")),
        with(&inclusion, "index", json!(1)),
        with(&inclusion, "index", json!(9)),
        with(&inclusion, "path", json!(path(&inclusion).into_iter().rev().collect::<Vec<_>>())),
        with(&inclusion, "path", json!([])),
        with(&inclusion, "path", json!([&path(&inclusion)[..], &path(&inclusion)[..]].concat())),
        with(&inclusion, "checkpoint", altered(&inclusion["checkpoint"])),
        with(&inclusion, "checkpoint", json!("none")),
        with(&inclusion, "checkpoint", json!(null)),
        with(&consistency, "old_size", json!(2)),
        with(&consistency, "old_size", json!(9)),
        with(&consistency, "old_size", json!("3")),
        with(&consistency, "old_root", altered(&consistency["old_root"])),
        with(&consistency, "path", json!([])),
        json!([]),
        json!({}),
    ];
    for proof in tampered {
        let (exit, checked) = check(&proof, &["--key", &key]);
        assert_eq!(exit, 1, "{proof} {checked}");
    }
}

#[test]
fn a_proof_signed_by_another_key_is_a_finding_and_never_passes_by_default() {
    let (machine, other) = (three_notes(), three_notes());
    let (_, proof) = machine.json(&["log", "prove", "2"]);
    let (exit, checked) = check(&proof, &["--key", &public_key(&other)]);
    assert_eq!((exit, &checked["signature"]), (1, &json!("wrong")));
    other.write("proof.json", proof.to_string());
    let (exit, checked) = other.json(&["log", "check", "proof.json"]);
    assert_eq!((exit, &checked["signature"]), (3, &json!("not-checked")), "it is of another ledger than one's own");
}

#[test]
fn after_a_new_key_the_proof_is_checked_with_that_one() {
    let machine = three_notes();
    let (_, rotated) = machine.json(&["log", "rotate-key"]);
    assert_eq!(machine.output(&["log", "add", "--text", "after"]).status.code(), Some(0));
    let (_, proof) = machine.json(&["log", "prove", "1"]);
    machine.write("proof.json", proof.to_string());
    assert_eq!(machine.json(&["log", "check", "proof.json"]).0, 3, "the first key did not sign it");
    assert_eq!(machine.json(&["log", "check", "proof.json", "--key", rotated["key"].as_str().unwrap()]).0, 0);
}

#[test]
fn a_ledger_continues_every_size_that_it_had_and_none_that_it_never_had() {
    let machine = three_notes();
    let key = public_key(&machine);
    for size in 0..=4 {
        let (_, proof) = machine.json(&["log", "prove", "--since", &size.to_string()]);
        assert_eq!(check(&proof, &["--key", &key]).0, 0, "{size} {proof}");
    }
    assert_eq!(machine.json(&["log", "prove", "--since", "5"]).0, 2);
    assert_eq!(machine.json(&["log", "prove", "1", "--since", "1"]).0, 2);
    assert_eq!(machine.json(&["log", "prove"]).0, 2);
}
