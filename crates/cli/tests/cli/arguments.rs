//! The options that every command shares, and what happens when the arguments make no sense.

use crate::harness::Machine;
use std::io::Read as _;
use std::process::Stdio;

#[test]
fn an_unknown_command_is_a_usage_error_that_says_what_to_do() {
    insta::assert_snapshot!(Machine::new().run(&["docter"]), @"
    exit: 2
    --- stderr
    error: unrecognized subcommand 'docter'
      fix a similar subcommand exists: 'doctor'
      fix usage: portcullis [OPTIONS] <COMMAND>
      fix for more information, try '--help'.
    ");
}

#[test]
fn with_json_even_a_usage_error_is_one_document() {
    insta::assert_snapshot!(Machine::new().run(&["--json", "docter"]), @r#"
    exit: 2
    --- stdout
    {
      "error": {
        "what": "unrecognized subcommand 'docter'",
        "fix": [
          "a similar subcommand exists: 'doctor'",
          "usage: portcullis [OPTIONS] <COMMAND>",
          "for more information, try '--help'."
        ],
        "exit": 2
      }
    }
    "#);
    insta::assert_snapshot!(Machine::new().run(&["--json"]), @r#"
    exit: 2
    --- stdout
    {
      "error": {
        "what": "the command is not complete",
        "fix": [
          "add --help to see what can follow"
        ],
        "exit": 2
      }
    }
    "#);
}

#[test]
fn after_a_double_dash_json_is_a_word_like_any_other() {
    let output = Machine::new().output(&["completions", "--", "--json"]);
    assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(2), true));
}

#[test]
fn without_a_command_the_help_is_shown_and_nothing_counts_as_done() {
    let output = Machine::new().output(&[]);
    assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(2), true));
    assert!(String::from_utf8(output.stderr).unwrap().contains("Usage: portcullis"));
}

#[test]
fn an_argument_cannot_steer_the_terminal() {
    insta::assert_snapshot!(Machine::new().run(&["\u{1b}[2Jdoctor\u{202e}"]), @r"
    exit: 2
    --- stderr
    error: unrecognized subcommand 'doctor\u{202e}'
      fix a similar subcommand exists: 'doctor'
      fix usage: portcullis [OPTIONS] <COMMAND>
      fix for more information, try '--help'.
    ");
}

#[test]
fn colours_are_used_when_asked_for_and_never_into_a_pipe() {
    let machine = Machine::new();
    let has_colour = |arguments: &[&str]| machine.output(arguments).stdout.contains(&0x1b);
    assert!(has_colour(&["doctor", "--color", "always"]));
    assert!(!has_colour(&["doctor"]));
    assert!(!has_colour(&["doctor", "--color", "never"]));
    assert!(!has_colour(&["doctor", "--color", "always", "--json"]), "a program has no use for colours");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child =
        Machine::new().command(&["completions", "bash"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""));
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = Machine::new().command(&["completions", "bash"]).stdout(full).output().unwrap();
    insta::assert_snapshot!(Machine::new().show(&output), @"
    exit: 3
    --- stderr
    error: could not write to standard output: no space left on device
    ");
}
