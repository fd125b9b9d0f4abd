//! `portcullis policy`

use crate::harness::Machine;
use serde_json::json;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

/// A project that is a repository.
fn repository() -> Machine {
    let machine = Machine::new();
    machine.write(".git/HEAD", "ref: refs/heads/main\n");
    machine
}

#[test]
fn without_any_file_the_standard_preset_is_in_force() {
    insta::assert_snapshot!(Machine::new().run(&["policy", "check"]), @"
    exit: 0
    --- stdout
    no policy file; the preset `standard` is in force (`portcullis init` writes a file)
    valid, decisions are carried out
    ");
}

#[test]
fn every_problem_is_shown_with_its_line_and_a_way_out() {
    let machine = repository();
    machine.write("portcullis.toml", "mode = \"observ\"\n\n[file]\nread = [\"./\"]\n");
    insta::assert_snapshot!(machine.run(&["policy", "check"]), @r#"
    exit: 2
    --- stdout
    error: `mode` can't be `observ`
     --> [ROOT]/project/portcullis.toml:1:8
      |
    1 | mode = "observ"
      |        ^^^^^^^^ not one of the words
      |
      = help: did you mean `observe`? it can be `observe`, `enforce`

    error: there is no key or section `file`
     --> [ROOT]/project/portcullis.toml:3:2
      |
    3 | [file]
      |  ^^^^ not known
      |
      = help: did you mean `files`?

    repository  [ROOT]/project/portcullis.toml
    NOT VALID: until it is, everything is denied
    "#);
}

#[test]
fn a_program_gets_the_same_problems() {
    let machine = repository();
    machine.write("portcullis.toml", "mode = 1\n");
    let (exit, report) = machine.json(&["policy", "check"]);
    assert_eq!((exit, &report["valid"], &report["problems"][0]["line"]), (2, &json!(false), &json!(1)));
    assert_eq!(report["problems"][0]["severity"], "error");
}

#[test]
fn a_repository_that_loosens_the_users_policy_is_reported_and_not_obeyed() {
    let machine = repository();
    machine.write_user_policy("preset = \"strict\"\n[network]\ndeny = [\"evil.example\"]\n");
    machine.write("portcullis.toml", "mode = \"observe\"\n[network]\nallow = [\"evil.example\"]\n");
    insta::assert_snapshot!(machine.run(&["policy", "check"]), @r#"
    exit: 1
    --- stdout
    warning: this line has no effect: the policy at preset:strict:[LINE] is stricter
     --> [ROOT]/project/portcullis.toml:1:8
      |
    1 | mode = "observe"
      |        ^^^^^^^^^ `mode` can only be tightened here
      |
     ::: preset:strict:[LINE]
      |
    3 | mode = "enforce"
      |        --------- this one holds
      |
      = help: remove the line, or ask whoever keeps the higher policy

    warning: this line has no effect: the policy at [ROOT]/home/.config/portcullis/portcullis.toml:3 is stricter
     --> [ROOT]/project/portcullis.toml:3:10
      |
    3 | allow = ["evil.example"]
      |          ^^^^^^^^^^^^^^ `network.allow` can only be tightened here
      |
      = help: above, evil.example is denied by `evil.example`; remove the line, or ask whoever keeps the higher policy

    user        [ROOT]/home/.config/portcullis/portcullis.toml
    repository  [ROOT]/project/portcullis.toml
    valid, with 2 warnings, decisions are carried out
    "#);
    let (exit, answer) = machine.json(&["policy", "explain", "connect", "evil.example"]);
    assert_eq!((exit, &answer["verdict"], &answer["mode"]), (1, &json!("deny"), &json!("enforce")));
}

#[test]
fn a_nested_file_or_a_nested_repository_cannot_take_a_rule_away() {
    let machine = repository();
    machine.write("portcullis.toml", "[network]\ndeny = [\"evil.example\"]\n");
    machine.write("sub/portcullis.toml", "[network]\nallow = [\"evil.example\"]\n");
    machine.write("sub/.git/HEAD", "ref: refs/heads/main\n");
    let sub = machine.project().join("sub");
    let output = machine.command(&["policy", "explain", "connect", "evil.example"]).current_dir(sub).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", machine.show(&output));
}

#[test]
fn a_policy_that_leads_elsewhere_is_refused_and_what_is_there_is_not_shown() {
    let machine = repository();
    let secret = machine.home().join("secret");
    fs::write(&secret, "token-4711 = = broken").unwrap();
    symlink(&secret, machine.project().join("portcullis.toml")).unwrap();
    let text = machine.run(&["policy", "check"]);
    assert!(!text.contains("4711"));
    insta::assert_snapshot!(text, @"
    exit: 2
    --- stderr
    error: the repository's policy is a symbolic link
      at  [ROOT]/project/portcullis.toml
      why it could lead to any file of yours, and an error message would quote that file
      fix put the file itself there
    ");
}

#[test]
fn a_policy_of_the_user_that_others_can_change_stops_everything() {
    let machine = repository();
    let path = machine.write_user_policy("preset = \"strict\"\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    insta::assert_snapshot!(machine.run(&["policy", "explain", "read", "x"]), @"
    exit: 2
    --- stderr
    error: other users can change the policy
      at  [ROOT]/home/.config/portcullis/portcullis.toml
      why a policy that can't be trusted is not left out but stops everything
      fix chmod go-w [ROOT]/home/.config/portcullis/portcullis.toml
    ");
}

#[test]
fn the_policy_that_is_named_replaces_the_users_and_the_repositorys() {
    let machine = repository();
    machine.write_user_policy("this is not a policy");
    machine.write("portcullis.toml", "neither is this");
    machine.write("named.toml", "preset = \"strict\"\n");
    assert_eq!(machine.output(&["policy", "check", "--policy", "named.toml"]).status.code(), Some(0));
    insta::assert_snapshot!(machine.run(&["policy", "check", "--policy", "missing.toml"]), @"
    exit: 2
    --- stderr
    error: the policy file does not exist
      at  [ROOT]/project/missing.toml
      fix check the path after --policy
    ");
}

#[test]
fn an_explanation_names_the_line_and_the_way_out() {
    let machine = repository();
    machine.write("portcullis.toml", "[commands]\ndeny = [\"terraform destroy\"]\n");
    insta::assert_snapshot!(machine.run(&["policy", "explain", "run", "terraform destroy -auto-approve"]), @r#"
    exit: 1
    --- stdout
    deny (process event)

    deny by commands: `terraform destroy -auto-approve` is denied by `terraform destroy`; `terraform destroy -auto-approve` needs a person's yes by `terraform destroy`
      at  preset:standard:[LINE]  "terraform destroy"
      at  [ROOT]/project/portcullis.toml:2:9  "terraform destroy"
      fix remove `terraform destroy` at [ROOT]/project/portcullis.toml:2
      fix add `!terraform destroy` to `commands.ask` in the highest policy
    "#);
    insta::assert_snapshot!(machine.run(&["policy", "explain", "write", "src/main.rs"]), @r#"
    exit: 0
    --- stdout
    allow (file event)

    allow by files: writing [ROOT]/project/src/main.rs is allowed by `./`
      at  preset:standard:[LINE]  "./"
    "#);
}

#[test]
fn an_unfinished_or_unknown_question_is_a_usage_error() {
    let machine = repository();
    insta::assert_snapshot!(machine.run(&["policy", "explain"]), @"
    exit: 2
    --- stderr
    error: the following required arguments were not provided: <VERB> <WHAT>
      fix usage: portcullis policy explain <VERB> <WHAT>
      fix for more information, try '--help'.
    ");
    insta::assert_snapshot!(machine.run(&["policy", "explain", "model", "claude"]), @"
    exit: 2
    --- stderr
    error: `model` needs a provider and a model, with or without ` at ` and a host, such as `anthropic/claude-sonnet-5`: there is no `/` between provider and model
    ");
    assert_eq!(machine.output(&["policy", "explain", "teleport", "mars"]).status.code(), Some(2));
}

#[test]
fn every_verb_is_understood_with_its_example() {
    let machine = repository();
    for (verb, _, example) in portcullis_policy::shorthand::VERBS {
        let mut command = machine.command(&["--json", "policy", "explain", "--agent", "claude-code@2.0.0"]);
        let output = command.args([verb, example]).output().unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(answer["verdict"].is_string(), "{verb} {example}: {answer}");
    }
}

#[test]
fn the_policy_in_force_is_shown_with_the_origin_of_each_line() {
    let machine = repository();
    machine.write("portcullis.toml", "[network]\ndeny = [\"evil.example\"]\n");
    let (exit, shown) = machine.json(&["policy", "show"]);
    let text = shown["toml"].as_str().unwrap();
    let line = text.lines().find(|line| line.contains("evil.example")).unwrap();
    assert!(line.ends_with(&format!("{}:2", machine.project().join("portcullis.toml").display())), "{line}");
    assert_eq!((exit, &shown["mode"]), (0, &json!("enforce")));
    assert!(machine.run(&["policy", "show"]).starts_with("exit: 0\n--- stdout\n# The policy in force, "));
}

const TABLE: &str = r#"
[[test]]
name = "nobody destroys the infrastructure"
run = "terraform destroy"
expect = "deny"

[[test]]
name = "the readme can be read"
read = "README.md"
expect = "allow"
"#;

#[test]
fn a_table_of_expected_answers_is_compared_with_the_policy() {
    let machine = repository();
    machine.write("portcullis.toml", "[commands]\ndeny = [\"terraform destroy\"]\n");
    machine.write("portcullis.test.toml", TABLE);
    insta::assert_snapshot!(machine.run(&["policy", "test"]), @"
    exit: 0
    --- stdout
    [ROOT]/project/portcullis.test.toml
      ok    nobody destroys the infrastructure: deny
      ok    the readme can be read: allow

    2 of 2 as expected
    ");

    machine.write("portcullis.toml", "");
    let (exit, report) = machine.json(&["policy", "test"]);
    assert_eq!((exit, &report["rows"], &report["failed"]), (1, &json!(2), &json!(1)));
    insta::assert_snapshot!(machine.run(&["policy", "test"]), @r#"
    exit: 1
    --- stdout
    [ROOT]/project/portcullis.test.toml
      FAIL  nobody destroys the infrastructure: ask
      ok    the readme can be read: allow

    error: `nobody destroys the infrastructure` got another answer
     --> [ROOT]/project/portcullis.test.toml:5:10
      |
    5 | expect = "deny"
      |          ^^^^^^ the policy says ask: `terraform destroy` needs a person's yes by `terraform destroy`
      |
      = help: decided at preset:standard:[LINE]; change that line, or expect this answer

    1 of 2 as expected
    "#);
}

#[test]
fn a_table_that_is_missing_or_broken_is_not_a_success() {
    let machine = repository();
    insta::assert_snapshot!(machine.run(&["policy", "test"]), @"
    exit: 2
    --- stderr
    error: there is no table of expected answers
      why without one, a change of the policy that changes an answer goes unnoticed
      fix write portcullis.test.toml beside the policy; the book's page on `policy` shows one
    ");
    machine.write("table.toml", "[[test]]\nname = \"x\"\n");
    assert_eq!(machine.output(&["policy", "test", "table.toml"]).status.code(), Some(2));
    assert_eq!(machine.output(&["policy", "test", "missing.toml"]).status.code(), Some(2));
}

#[test]
fn an_event_from_a_file_is_asked_about_as_it_is_and_an_unknown_kind_is_denied() {
    let machine = repository();
    let event = json!({
        "id": "0190163d-8694-739b-aea5-966c26f8ad91", "time": 0, "actor": {}, "place": {},
        "what": { "kind": "teleport", "to": "mars" }
    });
    machine.write("event.json", event.to_string());
    insta::assert_snapshot!(machine.run(&["policy", "explain", "--event", "event.json"]), @"
    exit: 1
    --- stdout
    deny (teleport event)

    deny by bookkeeping: events of kind `teleport` are not understood by this version
      fix update Portcullis; what it does not understand it denies
    ");
    machine.write("event.json", "{");
    insta::assert_snapshot!(machine.run(&["policy", "explain", "--event", "event.json"]), @"
    exit: 2
    --- stderr
    error: this is not an event: EOF while parsing an object at line 1 column 1
      at  event.json
    ");
}

#[test]
fn the_schema_is_json_and_knows_the_keys() {
    let machine = Machine::new();
    let schema: serde_json::Value = serde_json::from_slice(&machine.output(&["policy", "schema"]).stdout).unwrap();
    assert!(schema["properties"]["network"].is_object());
    assert_eq!(machine.json(&["policy", "schema"]), (0, schema));
}
