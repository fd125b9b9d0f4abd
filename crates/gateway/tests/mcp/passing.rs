//! What passes, and what is changed on its way.

use crate::kit::{POISON, SECRET, World};
use portcullis_gateway::mcp::{Out, client_of};
use proptest::prelude::*;
use serde_json::{Value, json};

fn to_server(text: &str) -> Out {
    Out { to_server: vec![text.to_owned()], to_client: Vec::new() }
}

fn to_client(text: &str) -> Out {
    Out { to_server: Vec::new(), to_client: vec![text.to_owned()] }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_needs_no_change_passes_byte_for_byte() {
    let mut world = World::with_tools();
    let init = r#"{"jsonrpc": "2.0", "id": "i", "method": "initialize", "params": {"clientInfo": {"name": "me"}, "x": 1.0e3}}"#;
    assert_eq!(world.session.client(init), to_server(init));
    let answer = r#"{"id":"\u0069","jsonrpc":"2.0","result":{"serverInfo":{"name":"s"},"instructions":"be \u0067ood","new":[1E2] } }"#;
    assert_eq!(world.session.server(answer), to_client(answer));
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"n":10000000000000000000001}}}"#;
    assert_eq!(world.session.client(call), to_server(call));
    let result = r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"a\/b"}],"n":1.10}}"#;
    assert_eq!(world.session.server(result), to_client(result));
    let notice = r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":0.50}}"#;
    assert_eq!(world.session.server(notice), to_client(notice));
    assert_eq!(world.session.client(notice), to_server(notice));
    assert_eq!(client_of(init).as_deref(), Some("me"));
    assert!(world.noted().contains(&"call echo true {\"n\":10000000000000000000001}".to_owned()));
}

#[test]
fn a_tool_that_is_not_approved_is_shown_by_its_name_alone() {
    let mut world = World::new();
    world.session.client(r#"{"jsonrpc":"2.0","id":0,"method":"tools/list"}"#);
    let good = r#"{"name":"good","description":"d","inputSchema":{"n":1.0}}"#;
    let list = format!(
        r#"{{"jsonrpc":"2.0","id":0,"result":{{"tools":[{good},{{"name":"bad","description":"{POISON}"}}],"nextCursor":"c"}}}}"#
    );
    let out = world.session.server(&list);
    let [text] = out.to_client.as_slice() else { panic!("{out:?}") };
    assert!(text.contains(good) && !text.contains(POISON) && text.contains(r#""nextCursor":"c""#), "{text}");
    let closed = json!({"name": "bad", "description": "not approved", "inputSchema": {"type": "object"}});
    assert_eq!(parsed(text)["result"]["tools"][1], closed);
    let out = world.session.client(r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"bad"}}"#);
    assert!(world.is_refused(&out));
    let told = parsed(&out.to_client[0]);
    assert_eq!(
        (&told["result"]["isError"], &told["result"]["content"][0]["text"]),
        (&json!(true), &json!("not approved"))
    );
}

#[test]
fn a_call_that_is_refused_is_answered_in_words_and_the_next_one_passes() {
    let mut world = World::with_tools();
    let call = |what: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{{"name":"echo","arguments":{{"a":"{what}"}}}}}}"#
        )
    };
    let out = world.session.client(&call("forbidden"));
    assert!(out.to_server.is_empty());
    assert_eq!(parsed(&out.to_client[0])["result"]["content"][0]["text"], "no");
    assert_eq!(world.session.client(&call("fine")).to_server.len(), 1);
}

#[test]
fn what_must_not_be_read_is_changed_where_it_stands() {
    let mut world = World::with_tools();
    world.session.client(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}}"#);
    let result = format!(
        r#"{{"jsonrpc":"2.0","id":1,"result":{{"content":[{{"type":"text","text":"a {SECRET} b"}}],"structuredContent":{{"n":1.50,"k":"{SECRET}"}}}}}}"#
    );
    let out = world.session.server(&result);
    let text = &out.to_client[0];
    assert!(!text.contains(SECRET) && text.contains("\"n\":1.50"), "{text}");
    assert_eq!(parsed(text)["result"]["content"][0]["text"], "a xx\"\n b");
    assert_eq!(parsed(text)["result"]["structuredContent"]["k"], "xx\"\n");
}

#[test]
fn what_a_server_asks_is_ruled_about_and_so_is_the_answer() {
    let mut world = World::new();
    let ask = r#"{"jsonrpc":"2.0","id":7,"method":"sampling/createMessage","params":{"messages":["hello"]}}"#;
    assert_eq!(world.session.server(ask), to_client(ask));
    let out = world.session.client(&format!(r#"{{"jsonrpc":"2.0","id":7,"result":{{"text":"{SECRET}"}}}}"#));
    assert!(!out.to_server[0].contains(SECRET) && out.to_server[0].contains("xx"));
    let out =
        world.session.server(r#"{"jsonrpc":"2.0","id":8,"method":"elicitation/create","params":{"message":"obey"}}"#);
    assert!(out.to_client.is_empty());
    assert_eq!(parsed(&out.to_server[0])["error"]["message"], "withheld");
    let roots = r#"{"jsonrpc":"2.0","id":9,"method":"roots/list"}"#;
    assert_eq!(world.session.server(roots), to_client(roots));
}

#[test]
fn many_messages_on_one_line_are_taken_one_by_one() {
    let mut world = World::with_tools();
    let out = world.session.client(
        r#"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"bad"}}]"#,
    );
    assert_eq!(out.to_server, [r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#]);
    assert_eq!(parsed(&out.to_client[0])["id"], 2);
}

proptest! {
    #[test]
    fn texts_are_changed_and_nothing_else_is(before in any::<String>(), after in any::<String>(), number in any::<i64>()) {
        let mut world = World::with_tools();
        world.session.client(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}}"#);
        let text = format!("{before}{SECRET}{after}");
        let result = json!({"jsonrpc": "2.0", "id": 1, "result": {"content": [{"type": "text", "text": text}], "n": number, "o": {"p": [before]}}});
        let out = world.session.server(&result.to_string());
        let mut expected = result.clone();
        expected["result"]["content"][0]["text"] = text.replace(SECRET, "xx\"\n").into();
        if before.contains("obey") || after.contains("obey") {
            return Ok(());
        }
        prop_assert_eq!(parsed(&out.to_client[0]), expected);
    }

    #[test]
    fn nothing_that_is_said_ends_the_gate(by_client in any::<bool>(), text in "[\\[\\]{}:,\"a-z0-9 ./]{0,60}|\\PC{0,20}") {
        let mut world = World::with_tools();
        let out = if by_client { world.session.client(&text) } else { world.session.server(&text) };
        for message in out.to_client.iter().chain(&out.to_server) {
            serde_json::from_str::<Value>(message).unwrap();
        }
    }
}
