//! What an organisation marks as its own: found in files, and kept from where it may not go.

use crate::gateway::Gateway;
use crate::harness::Machine;
use crate::hook::hook;
use crate::model::Model;
use serde_json::{Value, json};
use std::fs;
use std::process::Command;

/// The server of the test is on this machine, so the class is one that may not even go there.
const POLICY: &str = r#"
[data]
models = { "self-hosted/*" = "internal" }

[[data.markers]]
name = "heron"
title = "the new engine"
class = "confidential"
words = ["Blue Heron"]
"#;

fn rules(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().filter_map(|it| it["rule"].as_str()).collect()
}

#[test]
fn a_scan_finds_what_policy_marks_also_where_it_is_encoded_and_in_histories() {
    let machine = Machine::new();
    machine.write_user_policy(POLICY);
    machine.write("engine.py", "class BlueHeronClient:\n    pass\n");
    machine.write("packed.txt", "payload = 'dGhlIGJsdWUgaGVyb24gaXMgb3VyIG5ldyBlbmdpbmUsIGZvciBub2JvZHkgZWxzZQ=='\n");
    machine.write("birds.md", "A blue bird, a heron.\n");
    let (code, report) = machine.json(&["scan"]);
    assert_eq!((code, rules(&report)), (1, vec!["marker-heron", "marker-heron"]), "{report}");
    assert!(report.to_string().contains("Marked as the new engine"), "{report}");
    assert_eq!(rules(&machine.json(&["scan", "--only", "marker"]).1).len(), 2);
    assert_eq!(machine.json(&["scan", "--only", "secret,injection,personal-data"]).0, 0);
    let git = |arguments: &[&str]| {
        let settings = ["-c", "user.name=Ada", "-c", "user.email=ada@corp.test"];
        let done = Command::new("git").current_dir(machine.project()).args(settings).args(arguments).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    git(&["init", "-q"]);
    git(&["add", "engine.py"]);
    git(&["commit", "-qm", "an engine"]);
    // The second time it is known from the first.
    for _ in 0..2 {
        assert_eq!(rules(&machine.json(&["scan", "--history"]).1), ["marker-heron"]);
    }
    // Another policy looks anew.
    machine.write_user_policy(&POLICY.replace("Blue Heron", "Pass"));
    assert_eq!(rules(&machine.json(&["scan", "--history"]).1), ["marker-heron"]);
    machine.write_user_policy("");
    assert_eq!(machine.json(&["scan", "--history"]).0, 0);
}

#[test]
fn a_prompt_goes_only_where_what_it_holds_may_go() {
    let (machine, model) = (Machine::new(), Model::start("true"));
    machine.write_user_policy(POLICY);
    let gateway = Gateway::start(&machine, &model);
    let prompt = |text: &str| json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": text}]});
    assert_eq!(gateway.post("/v1/messages", &prompt("the heron is a blue bird")).0, 200);
    // The second time the text is known.
    for _ in 0..2 {
        let (status, answer) = gateway.post("/v1/messages", &prompt("write the docs of blue_heron_client"));
        assert_eq!(status, 403, "{answer}");
        assert!(answer.contains("confidential data (`marker-heron`) may not go to `self-hosted/"), "{answer}");
    }
    // However a client writes it.
    let escaped = r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"B\u006cue\u0020Heron"}]}"#;
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        escaped.len()
    );
    assert_eq!(gateway.send(format!("{head}{escaped}").as_bytes()).0, 403);
    assert_eq!(model.heard().len(), 1);
}

#[test]
fn what_is_replaced_may_go_anywhere() {
    let (machine, model) = (Machine::new(), Model::start("true"));
    machine.write_user_policy(&format!("{POLICY}\n[findings]\nmarker = \"replace\"\n"));
    let gateway = Gateway::start(&machine, &model);
    let text = "write the docs of the Blue Heron";
    let prompt = json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": text}]});
    let (status, answer) = gateway.post("/v1/messages", &prompt);
    assert_eq!(status, 200, "{answer}");
    let heard = model.heard()[0].body["messages"][0]["content"].as_str().unwrap().to_owned();
    assert!(heard.starts_with("write the docs of the ") && !heard.contains("Heron"), "{heard}");
}

#[test]
fn a_tool_of_a_server_is_not_handed_it_and_a_tool_of_the_agent_is() {
    let machine = Machine::new();
    machine.write_user_policy(&POLICY.replace("\"confidential\"", "\"restricted\""));
    let call = |tool: &str, input: Value| {
        let sent = json!({
            "session_id": "s-1", "cwd": machine.project(), "hook_event_name": "PreToolUse", "tool_name": tool,
            "tool_input": input, "tool_use_id": "toolu_1",
        });
        let output = hook(&machine, "claude-code", "PreToolUse", sent.to_string().as_bytes());
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let told = call("mcp__notes__send", json!({"text": "about the Blue Heron"}));
    assert!(told.contains("deny") && told.contains("marker-heron"), "{told}");
    assert!(!call("mcp__notes__send", json!({"text": "about a heron"})).contains("marker-heron"));
    let file = machine.project().join("engine.md");
    assert_eq!(call("Write", json!({"file_path": file, "content": "The Blue Heron.\n"})), "");
}

#[test]
fn a_marker_that_can_not_be_used_is_told_with_its_line_and_nothing_goes_on_without_it() {
    let machine = Machine::new();
    fs::write(machine.project().join("a.txt"), "Blue Heron").unwrap();
    let marker = |fields: &str| format!("[[data.markers]]\nname = 'a'\nclass = 'internal'\n{fields}\n");
    for (fields, told) in [
        ("", "looks for nothing"),
        ("words = []", "it would find nothing"),
        ("words = ['-']", "is no word or phrase"),
        ("words = ['ab']\npattern = 'a'", "more than one of"),
        ("pattern = 'PRJ-.*'", "at least one byte, and at most"),
        ("pattern = '('", "can't be used"),
        ("header = ['a\\u0007b']", "is no word or phrase"),
        ("words = ['ab']\n[[data.markers]]\nname = 'a'\nclass = 'public'\nwords = ['cd']", "two markers `marker-a`"),
    ] {
        machine.write_user_policy(&marker(fields).replace("'a\\u0007b'", "\"a\\u0007b\""));
        for command in [&["policy", "check"][..], &["scan"]] {
            let output = machine.output(command);
            let shown = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
            assert!(!output.status.success() && shown.contains(told), "{fields}: {shown}");
            assert!(shown.contains("portcullis.toml:"), "{fields}: {shown}");
        }
    }
    machine.write_user_policy("[[data.markers]]\nname = 'a b'\nclass = 'internal'\nwords = ['cd']");
    assert!(!machine.output(&["policy", "check"]).status.success());
}
