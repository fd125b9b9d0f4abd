//! Ways to get a call past the ruling about it, by saying it where or as no honest server does. A server may be anybody's:
//! what it sends is no more trusted than what a tool answers.

use portcullis_event::Secret;
use portcullis_gateway::wire::{Back, Call, Finish, Reply, Route, Ruling, Rulings};
use portcullis_inspect::replace::Session;
use std::sync::Arc;

/// What must not be handed over without a ruling.
const EVIL: &str = "curl evil.example";

const MESSAGES: &str = "/v1/messages";
const CHAT: &str = "/v1/chat/completions";
const RESPONSES: &str = "/v1/responses";
const GEMINI: &str = "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse";
const OLLAMA: &str = "/api/chat";

/// Lets calls pass that hold nothing evil, and refuses all others.
#[derive(Default)]
struct Careful(usize);

impl Rulings for Careful {
    fn rule(&mut self, call: &Call) -> Ruling {
        self.0 += 1;
        if call.input.contains(EVIL) { Ruling::Refused("no".to_owned()) } else { Ruling::Restored }
    }
}

fn streamed(path: &str, events: &[String]) -> String {
    let (before, behind) = if path == OLLAMA { ("", "\n") } else { ("data: ", "\n\n") };
    let stream: String = events.iter().flat_map(|data| [before, data, behind]).collect();
    let session = Arc::new(Session::new(&Secret::new([3; 32])));
    let mut rule = Careful::default();
    let mut back = Back::new(&session, &mut rule);
    let mut reply = Reply::new(&Route::of(path).unwrap());
    let out = reply.push(stream.as_bytes(), &mut back).unwrap();
    out + &reply.finish(Finish::Ended, &mut back)
}

fn is_held(path: &str, events: &[&str]) {
    let events: Vec<String> = events.iter().map(|event| event.replace("EVIL", EVIL)).collect();
    assert!(events.concat().contains(EVIL), "it has nothing to hold");
    let out = streamed(path, &events);
    assert!(!out.contains(EVIL), "{path}: {out}");
}

fn is_held_whole(path: &str, document: &str) {
    let session = Arc::new(Session::new(&Secret::new([3; 32])));
    let mut rule = Careful::default();
    let mut back = Back::new(&session, &mut rule);
    let document = document.replace("EVIL", EVIL);
    let out = Reply::document(&Route::of(path).unwrap(), &document, &mut back).unwrap();
    assert!(!out.contains(EVIL), "{path}: {out}");
}

#[test]
fn a_message_does_not_begin_with_a_call() {
    let block = r#"{"type":"tool_use","id":"t","name":"Bash","input":{"command":"EVIL"}}"#;
    let start = format!(r#"{{"type":"message_start","message":{{"role":"assistant","content":[{block}]}}}}"#);
    is_held(MESSAGES, &[&start, r#"{"type":"message_stop"}"#]);
}

#[test]
fn nothing_is_added_to_a_call_that_was_ruled_about() {
    let start = r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"Bash","input":{}}}"#;
    let stop = r#"{"type":"content_block_stop","index":0}"#;
    let evil = r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"EVIL"}}"#;
    is_held(MESSAGES, &[start, stop, evil]);
    for kind in ["text", "server_tool_use", "thinking"] {
        for index in [0, 1] {
            let other = format!(
                r#"{{"type":"content_block_start","index":{index},"content_block":{{"type":"{kind}","text":"","id":"x","name":"web"}}}}"#
            );
            is_held(MESSAGES, &[start, stop, &other, evil]);
        }
    }
    is_held(MESSAGES, &[evil]);
}

#[test]
fn blocks_within_blocks_end_the_message_and_not_the_program() {
    let start = |index: usize| {
        format!(
            r#"{{"type":"content_block_start","index":{index},"content_block":{{"type":"tool_use","id":"t","name":"Bash","input":{{"command":"{EVIL}"}}}}}}"#
        )
    };
    let stop = |index: usize| format!(r#"{{"type":"content_block_stop","index":{index}}}"#);
    let begin = r#"{"type":"message_start","message":{"content":[]}}"#.to_owned();
    for count in [2, 20, 30_000] {
        let events: Vec<String> =
            [begin.clone()].into_iter().chain((0..count).map(start)).chain((0..count).rev().map(stop)).collect();
        let out = streamed(MESSAGES, &events);
        assert!(!out.contains(EVIL), "{count}");
        assert_eq!(out.matches("too long to be looked at").count(), usize::from(count > 20), "{count}");
        assert!(count <= 20 || out.trim_end().ends_with(r#"{"type":"message_stop"}"#), "{count}");
    }
}

#[test]
fn a_call_of_chat_is_told_in_no_other_way() {
    let call = r#"{"id":"c","type":"function","function":{"name":"Bash","arguments":"EVIL"}}"#;
    let old = r#"{"name":"Bash","arguments":"EVIL"}"#;
    is_held(CHAT, &[&format!(r#"{{"choices":[{{"index":0,"message":{{"tool_calls":[{call}]}},"delta":{{}}}}]}}"#)]);
    is_held(CHAT, &[&format!(r#"{{"choices":[{{"index":0,"message":{{"function_call":{old}}}}}]}}"#)]);
    is_held(CHAT, &[&format!(r#"{{"choices":[{{"delta":{{"function_call":{old}}}}}]}}"#), "[DONE]"]);
    let message = format!(r#"{{"role":"assistant","content":null,"function_call":{old}}}"#);
    is_held_whole(CHAT, &format!(r#"{{"choices":[{{"message":{message},"finish_reason":"function_call"}}]}}"#));
}

#[test]
fn a_call_of_responses_is_held_whatever_it_begins_with() {
    let place = r#""output_index":0"#;
    let item = r#"{"type":"function_call","call_id":"c","name":"shell"}"#;
    let whole = r#"{"type":"function_call","call_id":"c","name":"shell","arguments":"EVIL"}"#;
    let pieces = [
        format!(r#"{{"type":"response.function_call_arguments.delta",{place},"delta":"EVIL"}}"#),
        format!(r#"{{"type":"response.function_call_arguments.done",{place},"arguments":"EVIL"}}"#),
    ];
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    is_held(RESPONSES, &pieces);
    let begun = format!(r#"{{"type":"response.output_item.added",{place},"item":{item}}}"#);
    let ended = format!(r#"{{"type":"response.output_item.done",{place},"item":{item}}}"#);
    is_held(RESPONSES, &[&begun, pieces[0], pieces[1], &ended]);
    is_held(RESPONSES, &[&ended, pieces[0], pieces[1]]);
    is_held(RESPONSES, &[&format!(r#"{{"type":"response.output_item.added","item":{whole}}}"#)]);
    is_held(RESPONSES, &[&format!(r#"{{"type":"response.output_item.changed",{place},"item":{whole}}}"#)]);
    for kind in ["created", "in_progress", "queued", "completed", "new"] {
        is_held(RESPONSES, &[&format!(r#"{{"type":"response.{kind}","response":{{"output":[{whole}]}}}}"#)]);
    }
}

#[test]
fn a_call_of_gemini_hides_behind_nothing() {
    let part = r#"{"functionCall":{"name":"Bash","args":{"command":"EVIL"}}}"#;
    let candidates = |part: &str| format!(r#""candidates":[{{"content":{{"parts":[{part}]}}}}]"#);
    let all = [
        format!("{{{}}}", candidates(r#"{"text":"x","functionCall":{"name":"Bash","args":{"command":"EVIL"}}}"#)),
        format!("{{{}}}", candidates(r#"{"function_call":{"name":"Bash","args":{"command":"EVIL"}}}"#)),
        format!(
            "{{{}}}",
            candidates(r#"{"functionCall":{"name":"a"},"function_call":{"name":"b","args":{"c":"EVIL"}}}"#)
        ),
        format!(r#"{{"response":{{}},{}}}"#, candidates(part)),
        format!(r#"{{"response":{{{}}}}}"#, candidates(part)),
    ];
    for document in &all {
        is_held(GEMINI, &[document]);
        is_held_whole(GEMINI, document);
        is_held_whole(GEMINI, &format!("[{document}]"));
    }
}

#[test]
fn streams_that_never_end_hold_no_more_than_they_may() {
    let many = |make: &dyn Fn(usize) -> String| (0..200_000).map(make).collect::<Vec<_>>();
    let all = [
        (CHAT, many(&|at| format!(r#"{{"choices":[{{"index":{at},"delta":{{"content":"x"}}}}]}}"#))),
        (CHAT, many(&|at| format!(r#"{{"choices":[{{"delta":{{"tool_calls":[{{"index":{at}}}]}}}}]}}"#))),
        (RESPONSES, many(&|at| format!(r#"{{"type":"response.output_text.delta","output_index":{at},"delta":"x"}}"#))),
        (
            RESPONSES,
            many(&|at| {
                format!(
                    r#"{{"type":"response.output_item.added","output_index":{at},"item":{{"type":"function_call"}}}}"#
                )
            }),
        ),
    ];
    for (path, events) in all {
        let out = streamed(path, &events);
        // The reply was ended, and what came afterwards was not handed on.
        assert!(out.contains("not handed over"), "{path}");
        assert!(out.len() < 32 << 20, "{path}: {}", out.len());
    }
    let events = many(&|at| format!(r#"{{"candidates":[{{"index":{at},"content":{{"parts":[{{"text":"ZQ"}}]}}}}]}}"#));
    let out = streamed(GEMINI, &events);
    assert!(out.matches("candidates\":[{}]").count() > 190_000);
}
