//! `portcullis completions`

use crate::harness::Machine;
use std::io::Write as _;
use std::process::{Command, Stdio};

#[test]
fn every_shell_gets_completions_for_every_command() {
    let machine = Machine::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = machine.output(&["completions", shell]);
        let script = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(script.contains("doctor") && script.contains("policy"), "{shell}");
    }
}

#[test]
fn bash_can_read_its_completions() {
    let script = Machine::new().output(&["completions", "bash"]).stdout;
    let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
    bash.stdin.take().unwrap().write_all(&script).unwrap();
    assert!(bash.wait().unwrap().success());
}

#[test]
fn a_program_gets_the_same_script_in_a_document() {
    let machine = Machine::new();
    let script = String::from_utf8(machine.output(&["completions", "fish"]).stdout).unwrap();
    let expected = serde_json::json!({ "shell": "fish", "script": script });
    assert_eq!(machine.json(&["completions", "fish"]), (0, expected));
}

#[test]
fn an_unknown_shell_is_refused_with_the_known_ones() {
    insta::assert_snapshot!(Machine::new().run(&["completions", "cmd"]), @"
    exit: 2
    --- stderr
    error: invalid value 'cmd' for '<SHELL>' [possible values: bash, elvish, fish, powershell, zsh]
      fix for more information, try '--help'.
    ");
}
