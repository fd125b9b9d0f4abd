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

#[test]
fn a_run_takes_no_key_of_a_gateway_for_one_of_a_provider() {
    for runner in crate::run::runners() {
        let output = runner.command().args(["key", "create", "ada", "--json"]).output().unwrap();
        let made: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut command = runner.command();
        command.env("ANTHROPIC_API_KEY", made["key"].as_str().unwrap()).env("OPENAI_API_KEY", "sk-of-a-provider");
        command.args(["run", "--", "sh", "-c", "echo ${ANTHROPIC_API_KEY-none} ${OPENAI_API_KEY-none}"]);
        let output = command.output().unwrap();
        let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(said.starts_with("none sk-standin") || said.starts_with("none standin"), "{said}{told}");
        assert!(!told.contains("ANTHROPIC_API_KEY stays outside; the model's server gets it"), "{told}");
    }
}
