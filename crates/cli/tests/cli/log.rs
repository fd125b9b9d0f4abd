//! `portcullis log`

use crate::harness::Machine;
use serde_json::json;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

/// The one segment of a new ledger.
fn segment(machine: &Machine) -> PathBuf {
    let folder = machine.state().join("ledger/segments");
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).min().unwrap()
}

#[test]
fn a_note_is_recorded_and_the_ledger_is_intact() {
    let machine = Machine::new();
    let (exit, added) = machine.json(&["log", "add", "--text", "deployed 1.4.0"]);
    assert_eq!((exit, &added["index"]), (0, &json!(1)), "record 0 is the ledger's own beginning");
    let (exit, report) = machine.json(&["log", "verify"]);
    assert_eq!((exit, &report["valid"], &report["records"]), (0, &json!(true), &json!(2)));
}

#[test]
fn what_a_person_sees() {
    let machine = Machine::new();
    let text = machine.run(&["log", "add", "--text", "deployed 1.4.0"]);
    let text: Vec<&str> = text.lines().map(|line| line.get(..7).unwrap_or(line)).collect();
    insta::assert_snapshot!(text.join("\n"), @"
    exit: 0
    --- std
    recorde
      id   
      hash
    ");
    let text = machine.run(&["log", "verify"]);
    insta::assert_snapshot!(text.split("root").next().unwrap(), @"
    exit: 0
    --- stdout
    intact: 2 records in 1 segment, 0 signed checkpoints checked
    ");
}

#[test]
fn the_state_is_for_its_owner_only() {
    let machine = Machine::new();
    assert_eq!(machine.output(&["log", "add", "--text", "x"]).status.code(), Some(0));
    let mut left = vec![machine.state()];
    while let Some(path) = left.pop() {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} has mode {mode:o}", path.display());
        if path.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
}

#[test]
fn a_changed_byte_is_found() {
    let machine = Machine::new();
    for text in ["one", "two", "three"] {
        assert_eq!(machine.output(&["log", "add", "--text", text]).status.code(), Some(0));
    }
    let path = segment(&machine);
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.windows(5).position(|window| window == b"three").unwrap();
    bytes[at] = b'T';
    fs::write(&path, bytes).unwrap();
    let text = machine.run(&["log", "verify"]);
    assert!(text.starts_with("exit: 3\n") && text.contains("NOT INTACT"), "{text}");
    let (exit, report) = machine.json(&["log", "verify"]);
    assert_eq!((exit, &report["valid"]), (3, &json!(false)));
}

#[test]
fn an_intact_ledger_is_remembered_and_failing_to_is_only_a_remark() {
    let machine = three_notes();
    assert_eq!(machine.json(&["log", "verify"]).1["remarks"], json!([]));
    let tiles = machine.state().join("ledger/tiles");
    assert_eq!(fs::read(tiles.join("0/000.p/4")).unwrap().len(), 4 * 32);
    fs::remove_dir_all(&tiles).unwrap();
    fs::write(&tiles, "no folder").unwrap();
    let (exit, report) = machine.json(&["log", "verify"]);
    assert_eq!((exit, &report["valid"], report["remarks"].as_array().unwrap().len()), (0, &json!(true), 1), "{report}");
}

#[test]
fn a_removed_record_is_found() {
    let machine = Machine::new();
    for text in ["one", "two"] {
        assert_eq!(machine.output(&["log", "add", "--text", text]).status.code(), Some(0));
    }
    let path = segment(&machine);
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.windows(3).rposition(|window| window == b"two").unwrap();
    bytes[at - 200..].fill(0);
    fs::write(&path, bytes).unwrap();
    assert_eq!(machine.json(&["log", "verify"]).0, 3);
}

#[test]
fn where_there_is_no_ledger_nothing_is_verified_and_none_is_made() {
    let machine = Machine::new();
    insta::assert_snapshot!(machine.run(&["log", "verify"]), @r#"
    exit: 3
    --- stderr
    error: there is no ledger yet
      at  [ROOT]/state
      fix the first record begins one: portcullis log add --text "…"
      fix if there was one, name its folder with --home DIR or PORTCULLIS_HOME
    "#);
    assert!(!machine.state().exists());
}

#[test]
fn an_empty_note_is_refused() {
    insta::assert_snapshot!(Machine::new().run(&["log", "add", "--text", " "]), @r#"
    exit: 2
    --- stderr
    error: the note is empty
      fix say what happened: --text "…"
    "#);
}

#[test]
fn with_a_broken_policy_nothing_is_recorded() {
    let machine = Machine::new();
    machine.write("portcullis.toml", "modus = 1\n");
    insta::assert_snapshot!(machine.run(&["log", "add", "--text", "x"]), @"
    exit: 2
    --- stderr
    error: the policy is not valid: there is no key or section `modus`
     --> [ROOT]/project/portcullis.toml:1:1
      |
    1 | modus = 1
      | ^^^^^ not known
      |
      = help: known here: preset, mode, files, commands, network, models, gateway, agents, tools, mcp, skills, git, packages, database, secrets, sockets, environments, data, findings, injection, changes, effects, taint, code, scan, spend, approvals, ledger, limits, sandbox
      why without a valid policy everything is denied
      fix look at it again with: portcullis policy check
    ");
    assert!(!machine.state().exists());
}

#[test]
fn a_state_folder_that_others_can_read_is_not_written_to() {
    let machine = Machine::new();
    fs::create_dir(machine.state()).unwrap();
    fs::set_permissions(machine.state(), fs::Permissions::from_mode(0o755)).unwrap();
    insta::assert_snapshot!(machine.run(&["log", "add", "--text", "x"]), @"
    exit: 3
    --- stderr
    error: other users can look into the folder for your state
      at  [ROOT]/state
      why what can't be recorded safely is not done
      fix name another folder with --home DIR or PORTCULLIS_HOME
      fix chmod 700 [ROOT]/state
    ");
}

#[test]
fn many_processes_can_record_at_once() {
    let machine = Machine::new();
    let children: Vec<_> =
        (0..12).map(|i| machine.command(&["log", "add", "--text", &format!("note {i}")]).spawn().unwrap()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let (_, report) = machine.json(&["log", "verify"]);
    assert_eq!((&report["valid"], &report["records"]), (&json!(true), &json!(13)));
}

/// A ledger with three notes: records 1 to 3.
pub(crate) fn three_notes() -> Machine {
    let machine = Machine::new();
    for text in ["deployed 1.4.0", "rolled back", "deployed 1.4.1"] {
        assert_eq!(machine.output(&["log", "add", "--text", text]).status.code(), Some(0));
    }
    machine
}

/// The numbers of the records that a query finds.
fn found(machine: &Machine, arguments: &[&str]) -> Vec<u64> {
    let (exit, found) = machine.json(&[&["log", "query"], arguments].concat());
    assert_eq!(exit, 0);
    found["rows"].as_array().unwrap().iter().map(|row| row["index"].as_u64().unwrap()).collect()
}

#[test]
fn records_are_found_by_words_kinds_times_and_pages() {
    let machine = three_notes();
    assert_eq!(found(&machine, &[]), [3, 2, 1, 0]);
    assert_eq!(found(&machine, &["deployed"]), [3, 1]);
    assert_eq!(found(&machine, &["deploy*", "--oldest-first"]), [1, 3]);
    assert_eq!(found(&machine, &["--kind", "note", "--limit", "2"]), [3, 2]);
    assert_eq!(found(&machine, &["--kind", "note", "--limit", "2", "--cursor", "2"]), [1]);
    assert_eq!(found(&machine, &["--since", "1h", "--verdict", "allow", "rolled"]), [2]);
    assert_eq!(found(&machine, &["--until", "1h"]), [] as [u64; 0]);
    assert_eq!(found(&machine, &["--path", "."]), [] as [u64; 0]);
}

#[test]
fn a_condition_that_makes_no_sense_is_refused() {
    let machine = three_notes();
    for (option, value) in
        [("--since", "yesterday"), ("--kind", "x"), ("--verdict", "maybe"), ("--id", "1"), ("--host", "a b")]
    {
        assert_eq!(machine.json(&["log", "query", option, value]).0, 2, "{option} {value}");
    }
    insta::assert_snapshot!(machine.run(&["log", "query", "--verdict", "maybe"]), @"
    exit: 2
    --- stderr
    error: invalid value 'maybe' for '--verdict <VERDICT>': it can be one of `allow`, `allow-with-changes`, `ask`, `deny`
      fix for more information, try '--help'.
    ");
}

#[test]
fn a_hostile_note_cannot_fool_the_one_who_reads_it() {
    let machine = Machine::new();
    let text = "ok\u{1b}[2J\u{202e}\n99 allow";
    assert_eq!(machine.output(&["log", "add", "--text", text]).status.code(), Some(0));
    for command in [&["log", "query"][..], &["log", "show", "1"], &["log", "follow", "--once"]] {
        let shown = String::from_utf8(machine.output(command).stdout).unwrap();
        assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
        assert!(!shown.contains("\n99 allow"), "{shown}");
    }
    let (_, shown) = machine.json(&["log", "show", "1"]);
    assert_eq!(shown["record"]["event"]["what"]["text"], text, "nothing of it is lost");
}

#[test]
fn a_record_is_shown_with_the_hash_that_it_was_acknowledged_with() {
    let machine = Machine::new();
    let (_, added) = machine.json(&["log", "add", "--text", "x"]);
    let (exit, shown) = machine.json(&["log", "show", "1"]);
    assert_eq!((exit, &shown["leaf"], &shown["record"]["event"]["id"]), (0, &added["leaf"], &added["id"]));
    insta::assert_snapshot!(machine.run(&["log", "show", "7"]), @"
    exit: 2
    --- stderr
    error: there is no record 7; the log has 2
    ");
}

#[test]
fn a_secret_in_a_note_is_replaced_before_it_is_written() {
    let machine = Machine::new();
    // Put together here, so that this file holds no token.
    let key = format!("{}{}", "AKIA", "QZ3R7XK5LMT2WVYB");
    machine.output(&["log", "add", "--text", &format!("rotated {key} today")]);
    let (_, shown) = machine.json(&["log", "show", "1"]);
    assert_eq!(shown["record"]["event"]["what"]["text"], "rotated redacted-aws-access-key-id today");
    assert_eq!(shown["record"]["findings"][0]["replaced"], true);
    assert!(shown["record"].get("coverage").is_none(), "everything was looked into");
}

#[test]
fn following_shows_what_is_there_and_then_what_comes() {
    let machine = three_notes();
    let mut child = machine
        .command(&["log", "follow", "--last", "1", "--json"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next =
        || serde_json::from_str::<serde_json::Value>(&lines.next().unwrap().unwrap()).unwrap()["index"].clone();
    assert_eq!(next(), 3);
    assert_eq!(machine.output(&["log", "add", "--text", "four"]).status.code(), Some(0));
    assert_eq!(next(), 4);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_proof_leads_from_the_record_to_the_signed_root() {
    let machine = three_notes();
    let (exit, proof) = machine.json(&["log", "prove", "2"]);
    let (_, shown) = machine.json(&["log", "show", "2"]);
    let (_, status) = machine.json(&["log", "status"]);
    assert_eq!((exit, &proof["leaf"], &proof["checkpoint"]), (0, &shown["leaf"], &status["checkpoint"]));
    let bytes = |text: &serde_json::Value| -> [u8; 32] {
        let digits: Vec<char> = text.as_str().unwrap().chars().collect();
        let pairs: Vec<u8> =
            digits.chunks(2).map(|pair| u8::from_str_radix(&String::from_iter(pair), 16).unwrap()).collect();
        pairs.try_into().unwrap()
    };
    let path: Vec<[u8; 32]> = proof["path"].as_array().unwrap().iter().map(bytes).collect();
    let leaf = portcullis_ledger::merkle::leaf_hash(proof["record"].as_str().unwrap().as_bytes());
    assert_eq!(leaf, bytes(&proof["leaf"]));
    assert!(portcullis_ledger::merkle::verify_inclusion(&leaf, 2, 4, &bytes(&status["root"]), &path));
    assert!(!portcullis_ledger::merkle::verify_inclusion(&leaf, 1, 4, &bytes(&status["root"]), &path));
}

#[test]
fn what_is_exported_in_any_format_comes_back_the_same() {
    let machine = three_notes();
    let jsonl = machine.output(&["log", "export"]).stdout;
    assert_eq!(jsonl.split_inclusive(|byte| *byte == b'\n').count(), 4);
    for format in ["jsonl", "ocsf", "cef", "otlp"] {
        let exported = machine.output(&["log", "export", "--format", format]);
        machine.write(format, exported.stdout);
        let back = machine.output(&["log", "import", "--format", format, format]);
        assert_eq!((back.status.code(), back.stdout == jsonl), (Some(0), true), "{format}");
    }
    assert_eq!(
        machine.output(&["log", "export", "--first", "1", "--end", "2"]).stdout.split(|b| *b == b'\n').count(),
        2
    );
}

#[test]
fn an_export_that_was_damaged_is_read_as_far_as_it_goes() {
    let machine = three_notes();
    let mut jsonl = machine.output(&["log", "export"]).stdout;
    jsonl.extend_from_slice(b"{\"index\":4}\n");
    machine.write("export", jsonl);
    let output = machine.output(&["log", "import", "export"]);
    assert_eq!((output.status.code(), output.stdout.split(|b| *b == b'\n').count()), (Some(3), 5));
    assert!(String::from_utf8(output.stderr).unwrap().contains("export: line 5:"));
}

#[test]
fn counts_are_those_of_the_records() {
    let machine = three_notes();
    let (exit, counted) = machine.json(&["log", "stats"]);
    assert_eq!((exit, &counted["totals"]), (0, &json!({ "ledger": 1, "note": 3 })));
    let (_, counted) = machine.json(&["log", "stats", "--by", "verdict", "--per", "day"]);
    assert_eq!(counted["totals"], json!({ "allow": 4 }));
    let (_, counted) = machine.json(&["log", "stats", "--until", "1h"]);
    assert_eq!(counted["totals"], json!({}));
}

#[test]
fn a_new_key_signs_and_the_ledger_stays_intact() {
    let machine = three_notes();
    let (_, before) = machine.json(&["log", "status"]);
    let (exit, rotated) = machine.json(&["log", "rotate-key"]);
    assert_eq!(exit, 0);
    assert!(rotated["key"].as_str().unwrap().starts_with(before["origin"].as_str().unwrap()));
    assert_eq!(machine.output(&["log", "add", "--text", "after"]).status.code(), Some(0));
    assert_eq!(machine.json(&["log", "verify"]).1["valid"], true);
}

#[test]
fn nothing_is_erased_without_a_yes() {
    let machine = three_notes();
    insta::assert_snapshot!(machine.run(&["log", "erase", "--session", "s-1"]), @"
    exit: 2
    --- stderr
    error: this would destroy the private text of session s-1
      why it can't be undone
      fix say so with --yes
    ");
    insta::assert_snapshot!(machine.run(&["log", "erase", "--session", "s-1", "--yes"]), @"
    exit: 0
    --- stdout
    session s-1 has no private text that could still be read
    ");
}

#[test]
fn nothing_is_dropped_without_a_yes() {
    let machine = three_notes();
    assert_eq!(machine.json(&["log", "prune"]).0, 2);
    let (exit, dropped) = machine.json(&["log", "prune", "--yes"]);
    assert_eq!((exit, dropped["records"].as_u64().unwrap_or(0)), (0, 0), "nothing is old enough");
    assert_eq!(machine.json(&["log", "verify"]).0, 0);
}
