//! What replies say that they took, by each interface: budgets and prices go by it.

use portcullis_event::Secret;
use portcullis_gateway::wire::{Back, Call, Reply, Route, Ruling, Rulings};
use portcullis_inspect::replace::Session;
use serde_json::{Value, json};
use std::sync::Arc;

struct Refuses;

impl Rulings for Refuses {
    fn rule(&mut self, _: &Call) -> Ruling {
        Ruling::Refused(String::new())
    }
}

/// Tokens in, from a cache, to a cache, and out.
fn told(path: &str, reply: &Value) -> [Option<u64>; 4] {
    let session = Arc::new(Session::new(&Secret::new([3; 32])));
    let mut rulings = Refuses;
    let mut back = Back::new(&session, &mut rulings);
    Reply::document(&Route::of(path).unwrap(), &reply.to_string(), &mut back).unwrap();
    [back.told.tokens_in, back.told.tokens_cached, back.told.tokens_written, back.told.tokens_out]
}

#[test]
fn what_comes_from_a_cache_or_goes_to_one_is_part_of_the_prompt_and_thoughts_are_part_of_the_reply() {
    let messages = json!({"content": [], "usage": {
        "input_tokens": 10, "cache_creation_input_tokens": 200, "cache_read_input_tokens": 3000, "output_tokens": 7,
    }});
    assert_eq!(told("/v1/messages", &messages), [Some(3210), Some(3000), Some(200), Some(7)]);
    let chat = json!({"choices": [], "usage": {
        "prompt_tokens": 90, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 64},
    }});
    assert_eq!(told("/v1/chat/completions", &chat), [Some(90), Some(64), None, Some(4)]);
    let responses = json!({"output": [], "usage": {
        "input_tokens": 80, "input_tokens_details": {"cached_tokens": 5}, "output_tokens": 6,
    }});
    assert_eq!(told("/v1/responses", &responses), [Some(80), Some(5), None, Some(6)]);
    let gemini = json!({"candidates": [], "usageMetadata": {
        "promptTokenCount": 70, "cachedContentTokenCount": 8, "candidatesTokenCount": 2, "thoughtsTokenCount": 30,
    }});
    assert_eq!(told("/v1beta/models/g:generateContent", &gemini), [Some(70), Some(8), None, Some(32)]);
    let ollama = json!({"message": {"content": ""}, "done": true, "prompt_eval_count": 5, "eval_count": 6});
    assert_eq!(told("/api/chat", &ollama), [Some(5), None, None, Some(6)]);
}

#[test]
fn numbers_that_no_reply_can_take_do_not_wrap_around() {
    let most = u64::MAX;
    let gemini =
        json!({"usageMetadata": {"promptTokenCount": most, "candidatesTokenCount": most, "thoughtsTokenCount": most}});
    assert_eq!(told("/v1beta/models/g:generateContent", &gemini), [Some(most), None, None, Some(most)]);
    let messages =
        json!({"content": [], "usage": {"input_tokens": most, "cache_read_input_tokens": most, "output_tokens": most}});
    assert_eq!(told("/v1/messages", &messages), [Some(most), Some(most), None, Some(most)]);
}
