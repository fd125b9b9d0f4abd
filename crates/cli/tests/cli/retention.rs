//! `portcullis log prune`: what the policy wants gone goes, nothing else does, and the rest can still be proven.

use crate::harness::Machine;
use crate::private_text::{ledger_by_clock, private};
use portcullis_event::Timestamp;
use portcullis_ledger::ContentRule;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

fn days_ago(days: u64) -> Timestamp {
    (SystemTime::now() - Duration::from_hours(24 * days)).into()
}

/// A ledger with a session from long ago, one from last month, and one from now, in many small segments: record 0 is the
/// ledger's own beginning, then come 30 of each.
fn aged() -> Machine {
    let machine = Machine::new();
    let log = ledger_by_clock(&machine, ContentRule::Encrypt, || days_ago(500));
    for (session, days) in [("old", 500), ("month", 40), ("new", 0)] {
        for _ in 0..30 {
            log.append(private(session, days_ago(days), &[("prompt", "why?")])).unwrap();
        }
    }
    machine
}

fn policy(machine: &Machine, retention: &str) {
    machine.write("portcullis.toml", format!("[ledger]\nretention = {retention}\n"));
}

fn prune(machine: &Machine, how: &str) -> Value {
    let (exit, dropped) = machine.json(&["log", "prune", how]);
    assert_eq!(exit, 0, "{dropped}");
    dropped
}

#[test]
fn a_dry_run_says_what_would_go_and_leaves_everything() {
    let machine = aged();
    policy(&machine, "{ content = \"30d\", records = \"1y\" }");
    let status = machine.json(&["log", "status"]).1;
    let dry = prune(&machine, "--dry-run");
    assert_eq!((&dry["content_keys"], &dry["dry_run"]), (&json!(2), &json!(true)), "old and month");
    assert_eq!(machine.json(&["log", "status"]).1, status, "nothing was written");
    assert_eq!(machine.json(&["log", "show", "1", "--content"]).1["content"]["prompt"]["state"], "readable");

    let done = prune(&machine, "--yes");
    assert_eq!((&done["content_keys"], &done["records"]), (&dry["content_keys"], &dry["records"]));
    let dropped = done["records"].as_u64().unwrap();
    assert!((20..=31).contains(&dropped), "whole segments of the oldest session, and nothing younger: {dropped}");
    assert_eq!(prune(&machine, "--dry-run")["records"], 0, "what is gone is not counted again");
}

#[test]
fn what_is_left_is_readable_provable_and_says_what_is_gone() {
    let machine = aged();
    policy(&machine, "{ content = \"30d\", records = \"1y\" }");
    let dropped = prune(&machine, "--yes")["records"].as_u64().unwrap();
    let (exit, report) = machine.json(&["log", "verify"]);
    assert_eq!((exit, &report["valid"], &report["pruned"]), (0, &json!(true), &json!(dropped)), "{report}");
    assert!(machine.run(&["log", "verify"]).contains(&format!("dropped {dropped} records by retention")));
    let (_, newest) = machine.json(&["log", "show", "90", "--content"]);
    assert_eq!(newest["content"]["prompt"]["state"], "readable");
    let (_, month) = machine.json(&["log", "show", "31", "--content"]);
    assert_eq!(month["content"]["prompt"]["state"], "erased");
}

#[test]
fn who_received_what_is_answered_with_how_much_is_gone() {
    let machine = aged();
    assert_eq!(machine.json(&["context", "--file", "."]).1["dropped"], 0);
    policy(&machine, "{ records = \"1y\" }");
    // What the ledger says of its own beginning can still be read.
    let dropped = prune(&machine, "--yes")["records"].as_u64().unwrap() - 1;
    let (exit, received) = machine.json(&["context", "--file", "."]);
    assert_eq!((exit, &received["dropped"], &received["unreadable"]), (0, &json!(dropped), &json!(0)), "{received}");
    let shown = machine.run(&["context", "--file", "."]);
    assert!(shown.contains(&format!("{dropped} records of the ledger were dropped by retention")), "{shown}");
}

#[test]
fn a_record_that_was_dropped_is_told_from_one_that_is_broken_and_its_place_is_still_proven() {
    let machine = aged();
    policy(&machine, "{ records = \"1y\" }");
    let (_, before) = machine.json(&["log", "prove", "5"]);
    let dropped = prune(&machine, "--yes")["records"].as_u64().unwrap();
    let shown = machine.run(&["log", "show", "5"]);
    let leaf = before["leaf"].as_str().unwrap();
    assert_eq!(
        shown,
        format!("exit: 3\n--- stderr\nerror: record 5 was dropped by retention\n  why only its hash is left: {leaf}\n")
    );
    let (exit, proof) = machine.json(&["log", "prove", "5"]);
    assert_eq!((exit, &proof["leaf"], proof.get("record")), (0, &before["leaf"], None));
    machine.write("proof.json", proof.to_string());
    assert_eq!(machine.json(&["log", "check", "proof.json"]).0, 0);

    // The ledger's own beginning is a notice, and those stay.
    let output = machine.output(&["log", "export"]);
    let remark = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(remark, format!("note: {} records are missing: retention has dropped them\n", dropped - 1));
}

#[test]
fn a_repository_can_only_shorten_how_long_private_text_is_kept() {
    let machine = aged();
    machine.write_user_policy("[ledger]\nretention = { content = \"100d\" }\n");
    assert_eq!(prune(&machine, "--dry-run")["content_keys"], 1, "the session of 500 days ago");
    policy(&machine, "{ content = \"30d\" }");
    assert_eq!(prune(&machine, "--dry-run")["content_keys"], 2);
    policy(&machine, "{ content = \"700d\" }");
    assert_eq!(prune(&machine, "--dry-run")["content_keys"], 1, "700 days is more than the user allows");
}

#[test]
fn dropping_needs_a_yes_or_a_dry_run_and_a_ledger() {
    let machine = Machine::new();
    assert_eq!(machine.json(&["log", "prune"]).0, 2);
    assert_eq!(machine.json(&["log", "prune", "--yes", "--dry-run"]).0, 2);
    assert_eq!(machine.json(&["log", "prune", "--dry-run"]).0, 3);
    assert!(!machine.state().exists(), "no ledger is begun for it");
}
