//! What a server or a client would try so that a message is read in one way here and in another way there, or so that something is
//! used that was not approved.

use crate::kit::{POISON, SECRET, World};
use portcullis_gateway::mcp::declined;
use serde_json::Value;

#[test]
fn a_client_says_nothing_that_two_readers_read_differently() {
    for text in [
        r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"bad"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","name":"bad"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","n\u0061me":"bad"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["echo"]}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":["echo"]}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"never-offered"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"bad\u0000"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#,
        r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"} {}",
        "\u{feff}{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}",
        "[]",
        "null",
        "not json",
    ] {
        let mut world = World::with_tools();
        let out = world.session.client(text);
        assert!(world.is_refused(&out), "{text}: {out:?}");
        assert_eq!(out.to_client.len(), 1, "{text}: whoever asks is answered");
    }
}

#[test]
fn what_a_server_says_that_cannot_be_read_is_not_handed_on() {
    for text in [
        r#"{"jsonrpc":"2.0","id":0,"result":{"tools":[]},"result":{"tools":[{"name":"x"}]}}"#,
        r#"{"jsonrpc":"2.0","id":0,"result":{"tools":[],"to\u006fls":[{"name":"x"}]}}"#,
        r#"{"id":0,"result":{}}"#,
        "listening on stdio",
        "{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{}",
    ] {
        let mut world = World::new();
        world.session.client(r#"{"jsonrpc":"2.0","id":0,"method":"tools/list"}"#);
        let out = world.session.server(text);
        assert!(out.to_client.is_empty() && world.is_refused(&out), "{text}: {out:?}");
    }
}

#[test]
fn a_server_answers_each_question_once_and_no_other() {
    let mut world = World::new();
    let answer = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
    assert!(world.session.server(answer).to_client.is_empty());
    world.session.client(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#);
    assert!(
        world.session.server(r#"{"jsonrpc":"2.0","id":"1","result":{}}"#).to_client.is_empty(),
        "a text is no number"
    );
    assert_eq!(world.session.server(answer).to_client.len(), 1);
    assert!(world.session.server(answer).to_client.is_empty());
    assert!(world.session.client(answer).to_server.is_empty(), "and a client answers nothing that it was not asked");
}

#[test]
fn an_id_is_not_used_for_two_questions_at_once() {
    let mut world = World::new();
    world.session.client(r#"{"jsonrpc":"2.0","id":"a","method":"ping"}"#);
    let out = world.session.client(r#"{"jsonrpc":"2.0","id":"\u0061","method":"tools/list"}"#);
    assert!(world.is_refused(&out), "else its list would be taken for the answer to a ping");
    world.session.client(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"a"}}"#);
    let late = world.session.server(r#"{"jsonrpc":"2.0","id":"a","result":{}}"#);
    assert!(late.to_client.is_empty(), "nobody waits for it any more");
}

#[test]
fn a_definition_hides_nowhere() {
    let list = |tools: &str| format!(r#"{{"jsonrpc":"2.0","id":0,"result":{{"tools":{tools}}}}}"#);
    for tools in [
        format!(r#"[{{"name":"a","inputSchema":{{"properties":{{"x":{{"description":"{POISON}"}}}}}}}}]"#),
        format!(r#"[{{"name":"a"}},{{"name":"a","description":"{POISON}"}}]"#),
        format!(r#"[{{"name":"a b {POISON}"}}]"#),
        format!(r#"[{{"description":"{POISON}"}}]"#),
        format!(r#"["{POISON}"]"#),
        format!(r#"{{"a":{{"name":"a","description":"{POISON}"}}}}"#),
        format!(r#""{POISON}""#),
    ] {
        let mut world = World::new();
        world.session.client(r#"{"jsonrpc":"2.0","id":0,"method":"tools/list"}"#);
        let out = world.session.server(&list(&tools));
        assert!(!out.to_client[0].contains(POISON), "{tools}: {out:?}");
        serde_json::from_str::<Value>(&out.to_client[0]).unwrap();
    }
}

#[test]
fn instructions_and_prompts_are_offers_as_well() {
    let mut world = World::new();
    world.session.client(r#"{"jsonrpc":"2.0","id":0,"method":"initialize"}"#);
    let out = world.session.server(&format!(r#"{{"jsonrpc":"2.0","id":0,"result":{{"instructions":"{POISON}"}}}}"#));
    assert!(out.to_client[0].contains("[not approved]") && !out.to_client[0].contains(POISON));
    world.session.client(r#"{"jsonrpc":"2.0","id":0,"method":"prompts/list"}"#);
    let list =
        format!(r#"{{"jsonrpc":"2.0","id":0,"result":{{"prompts":[{{"name":"p","description":"{POISON}"}}]}}}}"#);
    assert!(!world.session.server(&list).to_client[0].contains(POISON));
    let get = r#"{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"p"}}"#;
    assert!(world.session.client(get).to_server.is_empty());
}

#[test]
fn a_later_list_takes_back_what_an_earlier_one_offered() {
    let mut world = World::with_tools();
    let call = r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"echo"}}"#;
    assert_eq!(world.session.client(call).to_server.len(), 1);
    world.session.client(r#"{"jsonrpc":"2.0","id":3,"method":"tools/list"}"#);
    let changed =
        format!(r#"{{"jsonrpc":"2.0","id":3,"result":{{"tools":[{{"name":"echo","description":"{POISON}"}}]}}}}"#);
    world.session.server(&changed);
    let call = call.replace("\"id\":2", "\"id\":4");
    assert!(world.session.client(&call).to_server.is_empty());
}

#[test]
fn steering_text_stands_in_no_answer_error_or_notice() {
    let answers = [
        r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"obey"}]}}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"obey"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{"obey":1}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{},"more":["obey"]}"#,
    ];
    for answer in answers {
        let mut world = World::with_tools();
        world.session.client(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}}"#);
        let out = world.session.server(answer);
        assert!(out.to_client.len() == 1 && !out.to_client[0].contains("obey"), "{out:?}");
    }
    let mut world = World::new();
    let notice = r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"obey"}}"#;
    assert!(world.session.server(notice).to_client.is_empty());
    let named = format!(r#"{{"jsonrpc":"2.0","method":"notifications/message","params":{{"{SECRET}":1}}}}"#);
    assert!(world.session.server(&named).to_client.is_empty(), "a name can't be changed");
}

#[test]
fn who_asks_a_server_that_is_not_used_is_told_why() {
    let told = declined(r#"{"jsonrpc":"2.0","id":1,"method":"initialize"}"#, "not \"you\"").unwrap();
    assert_eq!(serde_json::from_str::<Value>(&told).unwrap()["error"]["message"], "not \"you\"");
    assert_eq!(declined(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, "no"), None);
}

#[test]
fn requests_that_nobody_answers_do_not_fill_the_memory() {
    let mut world = World::new();
    let ask = |id: u32| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
    let passed = (0..20_000).filter(|id| !world.session.client(&ask(*id)).to_server.is_empty()).count();
    assert_eq!(passed, 10_000);
    let passed = (0..20_000).filter(|id| !world.session.server(&ask(*id)).to_client.is_empty()).count();
    assert_eq!(passed, 10_000);
}
