//! `portcullis log show --content`: private text is opened for its owner only, and that it was opened is recorded.

use crate::harness::Machine;
use portcullis_event::{
    Actor, Agent, AgentName, Content, Coverage, Decision, Event, EventId, Mode, Note, Record, Rest, SCHEMA_VERSION,
    SessionId, Timestamp, UserName,
};
use portcullis_ledger::disk::RealDisk;
use portcullis_ledger::{ContentRule, Log, Options};
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::SystemTime;

/// A ledger for the machine's user, as a gate would write it.
pub(crate) fn ledger(machine: &Machine, content: ContentRule) -> Log {
    ledger_by_clock(machine, content, now)
}

/// The same with another clock.
pub(crate) fn ledger_by_clock(machine: &Machine, content: ContentRule, now: fn() -> Timestamp) -> Log {
    fs::create_dir_all(machine.state()).unwrap();
    fs::set_permissions(machine.state(), fs::Permissions::from_mode(0o700)).unwrap();
    let origin = "portcullis/test/1".to_owned();
    let options = Options { content, origin, segment_size: 4096, now };
    Log::open(Arc::new(RealDisk), &machine.state(), options).unwrap()
}

/// A record of a session with some private text.
pub(crate) fn private(session: &str, time: Timestamp, pieces: &[(&str, &str)]) -> Record {
    let mut actor = Actor::human(UserName::parse("ada").unwrap());
    let session = Some(SessionId::parse(session).unwrap());
    actor.agents.push(Agent::new(AgentName::parse("codex").unwrap(), session));
    let mut event = Event::new(EventId::fresh(), time, actor, Note::new("asked a model"));
    event.content =
        pieces.iter().map(|(name, text)| ((*name).to_owned(), Content::Clear((*text).to_owned()))).collect();
    let decision = Decision::strictest(Mode::Enforce, "none", Vec::new(), Vec::new());
    let (coverage, findings, rest) = (Coverage::default(), Vec::new(), Rest::new());
    Record { v: SCHEMA_VERSION, event, findings, coverage, decision, rest }
}

fn now() -> Timestamp {
    SystemTime::now().into()
}

/// A machine whose record 1 holds a prompt and a reply.
fn asked(content: ContentRule) -> Machine {
    let machine = Machine::new();
    let hostile = "ls\u{1b}[2J\u{202e}\nrecord 9  note  allow";
    ledger(&machine, content).append(private("s-1", now(), &[("prompt", "why?"), ("reply", hostile)])).unwrap();
    machine
}

#[test]
fn sealed_text_is_shown_only_when_it_is_asked_for_and_that_is_recorded_first() {
    let machine = asked(ContentRule::Encrypt);
    let (exit, shown) = machine.json(&["log", "show", "1"]);
    assert_eq!((exit, shown.get("content")), (0, None));
    assert_eq!(machine.json(&["log", "status"]).1["records"], 2, "looking at a record is not recorded");

    let (exit, shown) = machine.json(&["log", "show", "1", "--content"]);
    assert_eq!(exit, 0);
    assert_eq!(shown["content"]["prompt"], json!({ "state": "readable", "text": "why?" }));
    assert_eq!(shown["content"]["reply"]["text"], "ls\u{1b}[2J\u{202e}\nrecord 9  note  allow");
    let (_, trace) = machine.json(&["log", "show", "2"]);
    assert_eq!(trace["record"]["event"]["what"]["text"], "read private content of record 1");
    assert!(trace["record"]["event"]["actor"]["human"].is_string(), "{trace}");
}

#[test]
fn private_text_can_not_fool_the_terminal() {
    let machine = asked(ContentRule::Encrypt);
    let text = machine.run(&["log", "show", "1", "--content"]);
    let (_, content) = text.split_once("\nprompt\n").unwrap();
    insta::assert_snapshot!(content, @r"
      | why?

    reply
      | ls\u{1b}[2J\u{202e}
      | record 9  note  allow
    ");
}

#[test]
fn what_can_not_be_recorded_is_not_read() {
    let machine = asked(ContentRule::Encrypt);
    machine.write("portcullis.toml", "modus = 1\n");
    let shown = machine.run(&["log", "show", "1", "--content"]);
    assert!(shown.starts_with("exit: 2\n") && !shown.contains("why?"), "{shown}");
}

#[test]
fn erased_text_is_said_to_be_erased() {
    let machine = asked(ContentRule::Encrypt);
    assert_eq!(machine.json(&["log", "erase", "--session", "s-1", "--yes"]).1["erased"], true);
    let (exit, shown) = machine.json(&["log", "show", "1", "--content"]);
    assert_eq!((exit, &shown["content"]["prompt"]), (0, &json!({ "state": "erased" })));
    assert!(machine.run(&["log", "show", "1", "--content"]).contains("\nprompt: erased\n"));
}

#[test]
fn text_that_was_left_out_needs_no_key_and_leaves_no_trace() {
    let machine = asked(ContentRule::Omit);
    let (exit, shown) = machine.json(&["log", "show", "1", "--content"]);
    assert_eq!((exit, &shown["content"]["prompt"]), (0, &json!({ "state": "left-out", "length": 4 })));
    assert_eq!(machine.json(&["log", "status"]).1["records"], 2);
    assert!(machine.run(&["log", "show", "0", "--content"]).ends_with("it has no private text\n"));
}

#[test]
fn a_key_that_was_changed_opens_nothing_and_says_so() {
    let machine = asked(ContentRule::Encrypt);
    let keys = fs::read_dir(machine.state().join("keys/content")).unwrap();
    let key = keys.map(|entry| entry.unwrap().path()).find(|path| path.extension().is_some_and(|e| e == "key"));
    fs::write(key.unwrap(), "no key").unwrap();
    let (exit, shown) = machine.json(&["log", "show", "1", "--content"]);
    assert_eq!((exit, &shown["content"]["prompt"]["state"]), (3, &json!("unreadable")));
}
