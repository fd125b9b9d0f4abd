//! Models that `portcullis gateway` asks elsewhere.

use crate::gateway::Gateway;
use crate::harness::Machine;
use crate::model::{Model, SENTENCE};
use serde_json::{Value, json};

fn policy(port: u16) -> String {
    format!(
        "[[models.routes]]\nmodel = 'fast'\nupstream = 'http://127.0.0.1:{port}/own'\nas = 'qwen3'\ncredential = 'OF_THE_OTHER'\n"
    )
}

/// A gateway before two models: the usual one, and the one that `fast` leads to.
fn start() -> (Machine, Model, Model, Gateway) {
    let (machine, usual, other) = (Machine::new(), Model::start("true"), Model::start("true"));
    machine.write_user_policy(&policy(other.port()));
    let gateway = Gateway::with(&machine, usual.port(), &[], |command| {
        command.env("OF_THE_OTHER", "key-of-the-other");
    });
    (machine, usual, other, gateway)
}

fn ask(gateway: &Gateway, path: &str, body: &Value) -> (u16, String) {
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer of-the-client\r\nCookie: of-the-client\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    gateway.send(format!("{head}{body}").as_bytes())
}

#[test]
fn a_name_leads_to_another_server_and_another_name_and_nothing_of_the_client_goes_along() {
    let (machine, usual, other, gateway) = start();
    let text = json!([{"role": "user", "content": "hello"}]);
    let messages =
        json!({"messages": text, "model": "fast", "max_tokens": 9, "stream": true, "unknown": {"model": "fast"}});
    let responses = json!({"model": "fast", "stream": true, "input": "hello"});
    let gemini = json!({"contents": [{"role": "user", "parts": [{"text": "hello"}]}]});
    for (path, body) in [
        ("/v1/messages", &messages),
        ("/v1/responses", &responses),
        ("/v1beta/models/fast:streamGenerateContent?alt=sse&key=of-the-client", &gemini),
    ] {
        let (status, answer) = ask(&gateway, path, body);
        assert!(status == 200 && answer.contains(SENTENCE), "{path}: {answer}");
    }
    assert!(usual.heard().is_empty());
    let heard = other.heard();
    assert_eq!((&heard[0].path, &heard[0].body["model"]), (&"/own/v1/messages".to_owned(), &json!("qwen3")));
    // Only that one name is another.
    assert_eq!(heard[0].body["unknown"], json!({"model": "fast"}));
    assert_eq!(
        (&heard[2].path, heard[1].body["model"].as_str()),
        (&"/own/v1beta/models/qwen3:streamGenerateContent".to_owned(), Some("qwen3"))
    );
    for request in heard {
        assert!(
            request.head.contains("key-of-the-other") && !request.head.contains("of-the-client"),
            "{}",
            request.head
        );
    }
    // Any other model is asked where it was, with what the client has.
    let plain = json!({"messages": text, "model": "slow", "max_tokens": 9, "stream": true});
    assert_eq!(ask(&gateway, "/v1/messages", &plain).0, 200);
    let last = usual.heard().pop().unwrap();
    assert!(last.head.contains("of-the-client") && !last.head.contains("key-of-the-other"), "{}", last.head);
    let log = String::from_utf8(machine.output(&["log", "export", "--format", "jsonl"]).stdout).unwrap();
    assert!(log.contains("\"asked_as\":\"fast\"") && log.contains("\"model\":\"qwen3\""), "{log}");
}

#[test]
fn what_policy_says_of_models_is_about_the_one_that_is_really_asked() {
    let (machine, usual, other, gateway) = start();
    drop(gateway);
    machine.write_user_policy(&format!("[models]\ndeny = ['self-hosted/qwen3']\n{}", policy(other.port())));
    let gateway = Gateway::with(&machine, usual.port(), &[], |command| {
        command.env("OF_THE_OTHER", "key-of-the-other");
    });
    let body = json!({"messages": [], "model": "fast", "max_tokens": 9, "stream": true});
    assert_eq!(ask(&gateway, "/v1/messages", &body).0, 403);
    assert!(usual.heard().is_empty() && other.heard().is_empty());
}

#[test]
fn a_repository_leads_no_prompt_anywhere_and_a_route_without_its_key_does_not_start() {
    let (machine, usual, other) = (Machine::new(), Model::start("true"), Model::start("true"));
    machine.write("portcullis.toml", policy(other.port()));
    let gateway = Gateway::start(&machine, &usual);
    let body = json!({"messages": [], "model": "fast", "max_tokens": 9, "stream": true});
    assert_eq!(ask(&gateway, "/v1/messages", &body).0, 200);
    assert!(other.heard().is_empty() && usual.heard()[0].body["model"] == json!("fast"));
    machine.write_user_policy(&policy(other.port()));
    let output = machine.run(&["gateway", "--listen", "127.0.0.1:0"]);
    assert!(output.contains("the variable OF_THE_OTHER holds no key"), "{output}");
}
