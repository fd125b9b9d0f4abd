//! What could be sent to a hook so that it judges something else than what happens, or nothing at all.

use portcullis_agents::Agent;
use portcullis_agents::hook::{self, Malformed, Subject};
use proptest::prelude::*;

fn read(sent: &str) -> Result<hook::Call, Malformed> {
    hook::read(Agent::ClaudeCode, "PreToolUse", sent.as_bytes())
}

#[test]
fn of_two_members_of_one_name_none_is_believed() {
    for sent in [
        r#"{"tool_name":"Read","tool_name":"Bash","tool_input":{}}"#,
        r#"{"tool_name":"Bash","tool_input":{"command":"ls","command":"rm -rf /"}}"#,
        r#"{"tool_name":"Bash","tool_input":{"a":[{"b":1,"b":2}]}}"#,
        r#"{"tool_name":"Bash","tool_input":{"command":"ls","comm\u0061nd":"rm -rf /"}}"#,
    ] {
        assert_eq!(read(sent), Err(Malformed::Twice), "{sent}");
    }
}

#[test]
fn what_is_no_call_is_refused() {
    for (sent, why) in [
        ("", "not JSON"),
        ("null", "no JSON object"),
        ("[]", "no JSON object"),
        ("{}", "no usable `tool_name`"),
        (r#"{"tool_name":7}"#, "no usable `tool_name`"),
        (r#"{"tool_name":null,"tool_input":{}}"#, "no usable `tool_name`"),
        (r#"{"tool_name":"Bash"} {"tool_name":"Bash"}"#, "not JSON"),
        ("{\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"\u{0}", "not JSON"),
        (r#"{"tool_name":"Bash","hook_event_name":"PostToolUse"}"#, "about `PostToolUse`"),
    ] {
        let error = read(sent).unwrap_err().to_string();
        assert!(error.contains(why), "{sent}: {error}");
    }
    let deep = "{\"a\":".repeat(100_000);
    assert!(matches!(read(&deep), Err(Malformed::Json(_))));
    assert!(hook::read(Agent::ClaudeCode, "PreToolUse", b"\xff\xfe{}").is_err());
}

#[test]
fn half_a_character_does_not_hide_the_rest() {
    let of = |text: &str| read(&format!(r#"{{"tool_name":"Bash","tool_input":{{"command":"{text}"}}}}"#));
    for (sent, seen) in [
        (r"a\ud800b", "a\u{fffd}b"),
        (r"a\udc00b", "a\u{fffd}b"),
        (r"\ud83d\ude00 \ud83d", "\u{1f600} \u{fffd}"),
        (r"\\ud800 \ud800", "\\ud800 \u{fffd}"),
    ] {
        match of(sent).unwrap().subject {
            Subject::Use(tool) => assert_eq!(tool.input["command"], seen, "{sent}"),
            other @ (Subject::Result(..) | Subject::Prompt(_) | Subject::Nothing) => panic!("{other:?}"),
        }
    }
}

#[test]
fn more_values_than_any_call_has_are_not_kept() {
    let many = format!(r#"{{"tool_name":"x","tool_input":[{}1]}}"#, "1,".repeat(300_000));
    assert_eq!(read(&many), Err(Malformed::Many));
}

#[test]
fn an_event_of_another_name_is_about_nothing() {
    // Whoever calls asks first whether the agent has such an event.
    assert!(hook::events(Agent::ClaudeCode).iter().all(|(name, _)| *name != "pretooluse"));
    let call = hook::read(Agent::ClaudeCode, "pretooluse", br#"{"tool_name":"Bash"}"#).unwrap();
    assert_eq!(call.subject, Subject::Nothing);
}

#[test]
fn text_that_is_an_object_is_read_as_one_and_other_text_stays() {
    let of = |args: &str| {
        let sent = format!(r#"{{"toolName":"bash","toolArgs":{args}}}"#);
        match hook::read(Agent::CopilotCli, "preToolUse", sent.as_bytes()).unwrap().subject {
            Subject::Use(tool) => tool.input,
            other @ (Subject::Result(..) | Subject::Prompt(_) | Subject::Nothing) => panic!("{other:?}"),
        }
    };
    assert_eq!(of(r#""{\"command\":\"ls\"}""#)["command"], "ls");
    assert_eq!(of(r#""rm -rf /""#), "rm -rf /");
    assert_eq!(of(r#""{\"a\":1,\"a\":2}""#), r#"{"a":1,"a":2}"#);
}

#[test]
fn whoever_can_not_ask_is_told_no_and_it_is_known_who_can() {
    let can = [
        (Agent::ClaudeCode, "PreToolUse"),
        (Agent::Codex, "PermissionRequest"),
        (Agent::Cursor, "beforeShellExecution"),
        (Agent::VsCode, "PreToolUse"),
        (Agent::CopilotCli, "preToolUse"),
        (Agent::Antigravity, "PreToolUse"),
    ];
    let can_not = [
        (Agent::Codex, "PreToolUse"),
        (Agent::Cursor, "preToolUse"),
        (Agent::Cursor, "beforeReadFile"),
        (Agent::Gemini, "BeforeTool"),
        (Agent::Windsurf, "pre_run_command"),
        (Agent::Cline, "PreToolUse"),
        (Agent::Kiro, "preToolUse"),
        (Agent::Goose, "PreToolUse"),
        (Agent::OpenCode, "tool.execute.before"),
        (Agent::Droid, "PreToolUse"),
        (Agent::Devin, "PreToolUse"),
    ];
    for (agent, event) in can.into_iter().chain(can_not) {
        assert!(hook::events(agent).iter().any(|(name, _)| *name == event), "{agent:?} has no {event}");
        assert_eq!(hook::can_ask(agent, event), can.contains(&(agent, event)), "{agent:?} {event}");
    }
}

proptest! {
    #[test]
    fn nothing_that_is_sent_breaks_it(sent in any::<Vec<u8>>(), which in 0..Agent::ALL.len(), event in 0..20usize) {
        let agent = Agent::ALL[which];
        let events = hook::events(agent);
        drop(hook::read(agent, events[event % events.len()].0, &sent));
    }

    #[test]
    fn a_reason_can_hold_anything(why in "\\PC{0,200}|.{0,50}", which in 0..Agent::ALL.len()) {
        let agent = Agent::ALL[which];
        for (event, _) in hook::events(agent) {
            let reply = hook::reply(agent, event, &hook::Answer::Deny(why.clone()));
            prop_assert!(reply.stdout.is_empty() || serde_json::from_str::<serde_json::Value>(&reply.stdout).is_ok());
            prop_assert!(!reply.stdout.contains('\n'));
        }
    }
}
