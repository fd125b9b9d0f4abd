//! Recorded pairs of what comes in and what has to go out, for each agent and event.

use portcullis_agents::Agent;
use portcullis_agents::hook::{self, Answer, Kind, Reply, Subject};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn cases(agent: Agent) -> Vec<Value> {
    let path = format!("{}/conformance/{}.json", env!("CARGO_MANIFEST_DIR"), agent.name());
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let file: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(file["agent"], agent.name());
    file["cases"].as_array().unwrap().clone()
}

fn kind_of(word: &str) -> Kind {
    match word {
        "before" => Kind::Before,
        "permission" => Kind::Permission,
        "after" => Kind::After,
        "prompt" => Kind::Prompt,
        "other" => Kind::Other,
        _ => panic!("{word}"),
    }
}

/// What was understood, in the words of the cases.
fn understood(call: &hook::Call) -> Value {
    let mut says = json!({"session": call.session, "cwd": call.cwd, "model": call.model});
    let (tool, result) = match &call.subject {
        Subject::Use(tool) => (Some(tool), None),
        Subject::Result(tool, output) => (Some(tool), Some(output)),
        Subject::Prompt(text) => {
            says["prompt"] = json!(text);
            (None, None)
        }
        Subject::Nothing => (None, None),
    };
    if let Some(tool) = tool {
        (says["tool"], says["input"], says["server"]) = (json!(tool.name), tool.input.clone(), json!(tool.server));
    }
    if let Some(result) = result {
        says["result"] = result.clone();
    }
    says.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    says
}

fn seen(reply: &Reply) -> Value {
    let stdout = if reply.stdout.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&reply.stdout).expect("one JSON value")
    };
    json!({"stdout": stdout, "stderr": reply.stderr, "status": reply.status})
}

#[test]
fn every_agent_is_understood() {
    for agent in Agent::ALL {
        for case in cases(agent) {
            let event = case["event"].as_str().unwrap();
            let call = hook::read(agent, event, case["sent"].to_string().as_bytes());
            let call = call.unwrap_or_else(|error| panic!("{} {event}: {error}", agent.name()));
            assert_eq!(understood(&call), case["says"], "{} {event}", agent.name());
            assert_eq!(hook::kind(agent, event), kind_of(case["about"].as_str().unwrap()), "{} {event}", agent.name());
        }
    }
}

#[test]
fn every_agent_is_answered_as_it_expects() {
    for agent in Agent::ALL {
        for case in cases(agent) {
            let event = case["event"].as_str().unwrap();
            for (word, expected) in case["replies"].as_object().unwrap() {
                let why = || "WHY".to_owned();
                let answer = match word.as_str() {
                    "abstain" => Answer::Abstain,
                    "ask" => Answer::Ask(why()),
                    "deny" => Answer::Deny(why()),
                    "replace" => Answer::Replace(json!("INSTEAD"), why()),
                    _ => panic!("{word}"),
                };
                assert_eq!(&seen(&hook::reply(agent, event, &answer)), expected, "{} {event} {word}", agent.name());
            }
        }
    }
}

#[test]
fn every_kind_of_event_of_every_agent_has_a_case() {
    for agent in Agent::ALL {
        let with_case: BTreeSet<Kind> =
            cases(agent).iter().map(|case| kind_of(case["about"].as_str().unwrap())).collect();
        let known: BTreeSet<Kind> = hook::events(agent).iter().map(|(_, kind)| *kind).collect();
        let missing: Vec<_> = known.difference(&with_case).filter(|kind| **kind != Kind::Other).collect();
        assert!(missing.is_empty(), "{}: {missing:?}", agent.name());
    }
}

#[test]
fn nothing_that_is_said_about_something_to_come_lets_it_pass() {
    for agent in Agent::ALL {
        for (event, kind) in hook::events(agent) {
            // Copilot throws away whatever a hook says about a prompt.
            if !kind.is_before() || (agent == Agent::CopilotCli && *kind == Kind::Prompt) {
                continue;
            }
            let silence = hook::reply(agent, event, &Answer::Abstain);
            let no = hook::reply(agent, event, &Answer::Deny("no".to_owned()));
            assert_ne!(silence, no, "{} {event}", agent.name());
            assert!(!no.stdout.contains("\"allow\"") && !no.stdout.contains("\"continue\":true"), "{no:?}");
            assert!(no.stdout.contains("no") || no.stderr == "no", "{no:?}");
        }
    }
}
