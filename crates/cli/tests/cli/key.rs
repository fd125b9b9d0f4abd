//! `portcullis key`. What the keys are good for is in `gateway_keys`.

use crate::harness::Machine;
use std::fs;

#[test]
fn without_a_key_there_is_none_to_list_and_none_to_revoke() {
    let machine = Machine::new();
    insta::assert_snapshot!(machine.run(&["key", "list"]), @"
    exit: 0
    --- stdout
    no key was made; the gateway asks for none
    ");
    insta::assert_snapshot!(machine.run(&["key", "revoke", "ci"]), @"
    exit: 2
    --- stderr
    error: there is no key `ci` that could be revoked
      fix portcullis key list
    ");
}

#[test]
fn a_key_is_shown_once_and_found_by_our_own_scan() {
    let machine = Machine::new();
    let (_, made) = machine.json(&["key", "create", "ci"]);
    let key = made["key"].as_str().unwrap();
    let shown = machine.run(&["key", "list"]);
    assert!(shown.contains("ci good") && !shown.contains(key.get(..20).unwrap()), "{shown}");
    let (exit, again) = machine.json(&["key", "create", "ci"]);
    assert!(exit != 0 && again.to_string().contains("there is a key `ci` already"), "{again}");
    for bad in ["", "a b", "../x", "-x", "é"] {
        assert_ne!(machine.output(&["key", "create", "--", bad]).status.code(), Some(0), "{bad}");
    }
    machine.write(".env", format!("ANTHROPIC_API_KEY={key}\n"));
    let found = String::from_utf8(machine.output(&["scan", ".", "--json"]).stdout).unwrap();
    assert!(found.contains("portcullis-gateway-key"), "{found}");
    for file in fs::read_dir(machine.state().join("keys")).unwrap() {
        let text = fs::read(file.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&text).contains(key));
    }
}
