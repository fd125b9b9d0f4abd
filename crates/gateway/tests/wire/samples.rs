//! The same reply in each interface: a text, then a call of a tool, with a placeholder in both.

use portcullis_gateway::wire::Route;
use proptest::test_runner::TestRng;
use serde_json::{Value, json};

/// What a model says: a text, and the command of a call.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) command: String,
}

/// How a reply is streamed, with its texts cut by the function.
type Streamed = fn(&Said, &mut dyn FnMut(&str) -> Vec<String>) -> String;

/// An interface, and how a reply comes by it.
pub(crate) struct Sample {
    pub(crate) path: &'static str,
    /// The reply as a stream; texts and arguments are cut into pieces by the function.
    pub(crate) stream: Streamed,
    /// The reply as a document.
    pub(crate) whole: fn(&Said) -> Value,
    /// Text and commands, as a client reads them from a stream.
    pub(crate) read_stream: fn(&str) -> (String, Vec<String>),
    /// The same from a document.
    pub(crate) read_whole: fn(&Value) -> (String, Vec<String>),
}

impl Sample {
    pub(crate) fn route(&self) -> Route {
        Route::of(self.path).unwrap()
    }
}

pub(crate) const ALL: [Sample; 5] = [
    Sample {
        path: "/v1/messages?beta=true",
        stream: messages,
        whole: messages_whole,
        read_stream: read_messages,
        read_whole: read_messages_whole,
    },
    Sample {
        path: "/v1/chat/completions",
        stream: chat,
        whole: chat_whole,
        read_stream: read_chat,
        read_whole: read_chat_whole,
    },
    Sample {
        path: "/v1/responses",
        stream: responses,
        whole: responses_whole,
        read_stream: read_responses,
        read_whole: read_responses_whole,
    },
    Sample {
        path: "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
        stream: gemini,
        whole: gemini_whole,
        read_stream: read_gemini,
        read_whole: read_gemini_whole,
    },
    Sample {
        path: "/api/chat",
        stream: ollama,
        whole: ollama_whole,
        read_stream: read_ollama,
        read_whole: read_ollama_whole,
    },
];

/// Cuts a text anywhere between two characters.
pub(crate) fn cut(text: &str, dice: &mut TestRng) -> Vec<String> {
    use proptest::prelude::Rng as _;
    let mut pieces = vec![String::new()];
    for character in text.chars() {
        if dice.next_u32().is_multiple_of(3) {
            pieces.push(String::new());
        }
        pieces.last_mut().unwrap().push(character);
    }
    pieces
}

fn event(value: &Value) -> String {
    let name = value["type"].as_str().map(|name| format!("event: {name}\n")).unwrap_or_default();
    format!("{name}data: {value}\n\n")
}

fn data(stream: &str) -> Vec<Value> {
    let lines = stream.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|line| *line != "[DONE]");
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn command_of(arguments: &str) -> String {
    let arguments: Value = serde_json::from_str(arguments).unwrap();
    arguments["command"].as_str().unwrap().to_owned()
}

fn messages(said: &Said, cut: &mut dyn FnMut(&str) -> Vec<String>) -> String {
    let mut out = event(
        &json!({"type": "message_start", "message": {"id": "m", "role": "assistant", "content": [], "usage": {"input_tokens": 5, "cache_read_input_tokens": 7}}}),
    );
    out += &event(
        &json!({"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}}),
    );
    out += &event(
        &json!({"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": said.text}}),
    );
    out += &event(&json!({"type": "content_block_stop", "index": 0}));
    out += &event(&json!({"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}}));
    out += &event(&json!({"type": "ping"}));
    for piece in cut(&said.text) {
        out +=
            &event(&json!({"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": piece}}));
    }
    out += &event(&json!({"type": "content_block_stop", "index": 1}));
    out += &event(
        &json!({"type": "content_block_start", "index": 2, "content_block": {"type": "tool_use", "id": "t", "name": "Bash", "input": {}}}),
    );
    for piece in cut(&json!({"command": said.command}).to_string()) {
        out += &event(
            &json!({"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": piece}}),
        );
    }
    out += &event(&json!({"type": "content_block_stop", "index": 2}));
    out +=
        &event(&json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 9}}));
    out + &event(&json!({"type": "message_stop"}))
}

fn read_messages(stream: &str) -> (String, Vec<String>) {
    let (mut text, mut calls, mut kind) = (String::new(), Vec::new(), String::new());
    for value in data(stream) {
        match value["type"].as_str().unwrap() {
            "content_block_start" => {
                kind = value["content_block"]["type"].as_str().unwrap().to_owned();
                if kind == "tool_use" {
                    calls.push(String::new());
                }
            }
            "content_block_delta" if kind == "text" => text += value["delta"]["text"].as_str().unwrap(),
            "content_block_delta" if kind == "tool_use" => {
                *calls.last_mut().unwrap() += value["delta"]["partial_json"].as_str().unwrap();
            }
            "message_delta" => {
                let reason = value["delta"]["stop_reason"].as_str().unwrap();
                assert_eq!(reason, if calls.is_empty() { "end_turn" } else { "tool_use" });
            }
            _ => {}
        }
    }
    (text, calls.iter().map(|call| command_of(call)).collect())
}

fn messages_whole(said: &Said) -> Value {
    json!({
        "id": "m", "type": "message", "role": "assistant", "stop_reason": "tool_use", "usage": {"input_tokens": 12, "output_tokens": 9},
        "content": [
            {"type": "thinking", "thinking": said.text, "signature": "c2ln"},
            {"type": "text", "text": said.text},
            {"type": "tool_use", "id": "t", "name": "Bash", "input": {"command": said.command}},
        ],
    })
}

fn read_messages_whole(value: &Value) -> (String, Vec<String>) {
    let content = value["content"].as_array().unwrap();
    let text = content.iter().filter(|it| it["type"] == "text").map(|it| it["text"].as_str().unwrap()).collect();
    let calls = content.iter().filter(|it| it["type"] == "tool_use");
    let calls: Vec<String> = calls.map(|it| it["input"]["command"].as_str().unwrap().to_owned()).collect();
    assert_eq!(value["stop_reason"], if calls.is_empty() { "end_turn" } else { "tool_use" });
    (text, calls)
}

fn chat(said: &Said, cut: &mut dyn FnMut(&str) -> Vec<String>) -> String {
    let piece = |delta: Value, reason: Value| {
        event(
            &json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}),
        )
    };
    let mut out = piece(json!({"role": "assistant", "content": ""}), Value::Null);
    for text in cut(&said.text) {
        out += &piece(json!({"content": text}), Value::Null);
    }
    out += &piece(
        json!({"tool_calls": [{"index": 0, "id": "t", "type": "function", "function": {"name": "Bash", "arguments": ""}}]}),
        Value::Null,
    );
    for part in cut(&json!({"command": said.command}).to_string()) {
        out += &piece(json!({"tool_calls": [{"index": 0, "function": {"arguments": part}}]}), Value::Null);
    }
    out += &piece(json!({}), "tool_calls".into());
    out += &event(&json!({"id": "c", "choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 9}}));
    out + "data: [DONE]\n\n"
}

fn read_chat(stream: &str) -> (String, Vec<String>) {
    let (mut text, mut calls) = (String::new(), Vec::<String>::new());
    for value in data(stream) {
        for choice in value["choices"].as_array().unwrap() {
            text += choice["delta"]["content"].as_str().unwrap_or_default();
            for call in choice["delta"]["tool_calls"].as_array().into_iter().flatten() {
                let at = usize::try_from(call["index"].as_u64().unwrap()).unwrap();
                calls.resize(calls.len().max(at + 1), String::new());
                calls[at] += call["function"]["arguments"].as_str().unwrap();
            }
            if let Some(reason) = choice["finish_reason"].as_str() {
                assert_eq!(reason, if calls.is_empty() { "stop" } else { "tool_calls" });
            }
        }
    }
    assert!(stream.ends_with("data: [DONE]\n\n"));
    (text, calls.iter().map(|call| command_of(call)).collect())
}

fn chat_whole(said: &Said) -> Value {
    let arguments = json!({"command": said.command}).to_string();
    let call = json!({"id": "t", "type": "function", "function": {"name": "Bash", "arguments": arguments}});
    json!({
        "id": "c", "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": said.text, "tool_calls": [call]}}],
        "usage": {"prompt_tokens": 12, "completion_tokens": 9},
    })
}

fn read_chat_whole(value: &Value) -> (String, Vec<String>) {
    let message = &value["choices"][0]["message"];
    let calls: Vec<String> = message["tool_calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| command_of(call["function"]["arguments"].as_str().unwrap()))
        .collect();
    assert_eq!(value["choices"][0]["finish_reason"], if calls.is_empty() { "stop" } else { "tool_calls" });
    (message["content"].as_str().unwrap().to_owned(), calls)
}

fn responses(said: &Said, cut: &mut dyn FnMut(&str) -> Vec<String>) -> String {
    let mut out = event(&json!({"type": "response.created", "response": {"id": "r", "output": []}}));
    out += &event(
        &json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "id": "m", "content": []}}),
    );
    let place = |mut value: Value| {
        value["item_id"] = "m".into();
        value["output_index"] = 0.into();
        value["content_index"] = 0.into();
        event(&value)
    };
    out += &place(json!({"type": "response.content_part.added", "part": {"type": "output_text", "text": ""}}));
    for piece in cut(&said.text) {
        out += &place(json!({"type": "response.output_text.delta", "delta": piece}));
    }
    out += &place(json!({"type": "response.output_text.done", "text": said.text}));
    out += &place(json!({"type": "response.content_part.done", "part": {"type": "output_text", "text": said.text}}));
    let whole = responses_whole(said);
    out += &event(&json!({"type": "response.output_item.done", "output_index": 0, "item": whole["output"][0]}));
    let mut begun = whole["output"][1].clone();
    begun["arguments"] = "".into();
    out += &event(&json!({"type": "response.output_item.added", "output_index": 1, "item": begun}));
    for piece in cut(whole["output"][1]["arguments"].as_str().unwrap()) {
        out += &event(
            &json!({"type": "response.function_call_arguments.delta", "item_id": "f", "output_index": 1, "delta": piece}),
        );
    }
    out += &event(
        &json!({"type": "response.function_call_arguments.done", "item_id": "f", "output_index": 1, "arguments": whole["output"][1]["arguments"]}),
    );
    out += &event(&json!({"type": "response.output_item.done", "output_index": 1, "item": whole["output"][1]}));
    out + &event(&json!({"type": "response.completed", "response": whole}))
}

fn read_responses(stream: &str) -> (String, Vec<String>) {
    let (mut text, mut calls, mut in_pieces, mut items) = (String::new(), Vec::new(), String::new(), Vec::new());
    for value in data(stream) {
        match value["type"].as_str().unwrap() {
            "response.output_text.delta" => text += value["delta"].as_str().unwrap(),
            "response.function_call_arguments.delta" => in_pieces += value["delta"].as_str().unwrap(),
            "response.function_call_arguments.done" => {
                assert_eq!(value["arguments"].as_str().unwrap(), in_pieces);
                calls.push(command_of(&in_pieces));
            }
            "response.output_item.done" => items.push(value["item"].clone()),
            "response.completed" => {
                // All three ways in which it is told say the same.
                assert_eq!(value["response"]["output"].as_array().unwrap(), &items);
                assert_eq!(read_responses_whole(&value["response"]), (text.clone(), calls.clone()));
            }
            _ => {}
        }
    }
    (text, calls)
}

fn responses_whole(said: &Said) -> Value {
    let arguments = json!({"command": said.command}).to_string();
    json!({
        "id": "r", "status": "completed", "usage": {"input_tokens": 12, "output_tokens": 9},
        "output": [
            {"type": "message", "id": "m", "role": "assistant", "content": [{"type": "output_text", "text": said.text}]},
            {"type": "function_call", "id": "fc_1", "call_id": "t", "name": "Bash", "arguments": arguments},
        ],
    })
}

fn read_responses_whole(value: &Value) -> (String, Vec<String>) {
    let output = value["output"].as_array().unwrap();
    let messages = output.iter().filter(|it| it["type"] == "message");
    let text = messages.map(|it| it["content"][0]["text"].as_str().unwrap()).collect();
    let calls = output.iter().filter(|it| it["type"] == "function_call");
    (text, calls.map(|it| command_of(it["arguments"].as_str().unwrap())).collect())
}

fn gemini(said: &Said, cut: &mut dyn FnMut(&str) -> Vec<String>) -> String {
    let piece =
        |part: Value| event(&json!({"candidates": [{"index": 0, "content": {"role": "model", "parts": [part]}}]}));
    let mut out: String = cut(&said.text).into_iter().map(|text| piece(json!({"text": text}))).collect();
    let call = json!({"functionCall": {"name": "Bash", "args": {"command": said.command}}, "thoughtSignature": "c2ln"});
    out += &event(&json!({
        "candidates": [{"index": 0, "content": {"role": "model", "parts": [call]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 12, "candidatesTokenCount": 9},
    }));
    out
}

fn read_parts<'a>(parts: impl Iterator<Item = &'a Value>) -> (String, Vec<String>) {
    let (mut text, mut calls) = (String::new(), Vec::new());
    for part in parts {
        text += part["text"].as_str().unwrap_or_default();
        calls.extend(part["functionCall"]["args"]["command"].as_str().map(str::to_owned));
    }
    (text, calls)
}

fn read_gemini(stream: &str) -> (String, Vec<String>) {
    let all = data(stream);
    read_parts(all.iter().flat_map(|value| value["candidates"][0]["content"]["parts"].as_array().unwrap()))
}

fn gemini_whole(said: &Said) -> Value {
    json!({
        "candidates": [{"finishReason": "STOP", "content": {"parts": [{"text": said.text}, {"functionCall": {"name": "Bash", "args": {"command": said.command}}}]}}],
        "usageMetadata": {"promptTokenCount": 12, "candidatesTokenCount": 9},
    })
}

fn read_gemini_whole(value: &Value) -> (String, Vec<String>) {
    read_parts(value["candidates"][0]["content"]["parts"].as_array().unwrap().iter())
}

fn ollama(said: &Said, cut: &mut dyn FnMut(&str) -> Vec<String>) -> String {
    let line = |value: Value| format!("{value}\n");
    let pieces = cut(&said.text).into_iter();
    let mut out: String = pieces
        .map(|text| line(json!({"model": "m", "message": {"role": "assistant", "content": text}, "done": false})))
        .collect();
    out += &line(
        json!({"model": "m", "message": {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "Bash", "arguments": {"command": said.command}}}]}, "done": false}),
    );
    out + &line(
        json!({"model": "m", "message": {"role": "assistant", "content": ""}, "done": true, "done_reason": "stop", "prompt_eval_count": 12, "eval_count": 9}),
    )
}

fn read_ollama(stream: &str) -> (String, Vec<String>) {
    let (mut text, mut calls) = (String::new(), Vec::new());
    for line in stream.lines() {
        let (more, found) = read_ollama_whole(&serde_json::from_str(line).unwrap());
        text += &more;
        calls.extend(found);
    }
    (text, calls)
}

fn ollama_whole(said: &Said) -> Value {
    json!({
        "model": "m", "done": true, "prompt_eval_count": 12, "eval_count": 9, "done_reason": "stop",
        "message": {"role": "assistant", "content": said.text, "tool_calls": [{"function": {"name": "Bash", "arguments": {"command": said.command}}}]},
    })
}

fn read_ollama_whole(value: &Value) -> (String, Vec<String>) {
    let calls = value["message"]["tool_calls"].as_array().into_iter().flatten();
    let calls = calls.map(|it| it["function"]["arguments"]["command"].as_str().unwrap().to_owned()).collect();
    (value["message"]["content"].as_str().unwrap().to_owned(), calls)
}
