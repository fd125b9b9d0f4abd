//! Anthropic's Messages.
//!
//! What the provider has signed or sealed (thinking, its signatures, encrypted results) goes both ways as it is: one letter
//! changed, and the next request is refused. A call of a tool is held to the end of its block and then handed over whole. One
//! that is refused becomes a block of text, and a message in which none is left ends as a turn.

use super::back::{Back, Finish, Outcome};
use super::said::Said;
use super::{Called, Request, ToolResult, edited, sealed, showing};
use crate::json::{Document, Edits, Value, quoted};
use crate::sse::Event;
use std::borrow::Cow;
use std::collections::HashMap;

/// Members that the provider has sealed, whatever they stand in.
const SEALED: [&str; 4] = ["signature", "encrypted_content", "encrypted_index", "encrypted_stdout"];

/// So much of a call is kept at most.
const MOST_HELD: usize = 16 << 20;

/// So much of what comes while a call is held is kept at most. No provider sends anything then; what waits is gone through
/// again, block by block, so it has to be little.
const MOST_WAITING: usize = 1 << 20;
const MOST_EVENTS_WAITING: usize = 64;

pub(super) fn request(document: &Document<'_>) -> Request {
    let root = document.root();
    let mut request = Request { model: root.text_of("model").map(Into::into), ..Request::default() };
    sealed::members(root, &SEALED, &mut request.sealed);
    request.told.extend(root.get("system").map(Value::numbers));
    let mut calls = HashMap::new();
    for message in root.get("messages").into_iter().flat_map(Value::items) {
        let Some(content) = message.get("content") else { continue };
        let by_user = message.text_of("role").as_deref() == Some("user");
        if by_user && content.text().is_some() {
            request.said.push(content.numbers());
        }
        content.items().for_each(|block| part(block, by_user, &mut calls, &mut request));
    }
    request
}

fn part<'d>(block: Value<'d>, by_user: bool, calls: &mut HashMap<Cow<'d, str>, Called>, request: &mut Request) {
    let Some(kind) = block.text_of("type") else { return };
    if matches!(&*kind, "thinking" | "redacted_thinking") {
        request.sealed.push(block.numbers());
    } else if kind.ends_with("tool_use")
        && let (Some(id), Some(name)) = (block.text_of("id"), block.text_of("name"))
    {
        calls.insert(id, Called::new(name, block.get("input")));
    } else if kind.ends_with("tool_result")
        && let Some(content) = block.get("content")
    {
        let id = block.text_of("tool_use_id");
        let called = id.as_ref().and_then(|id| calls.get(id)).cloned();
        let failed = block.get("is_error").is_some_and(Value::is_true);
        request.results.push(ToolResult { id: id.map(Cow::into_owned), called, failed, nodes: content.numbers() });
    } else if by_user
        && kind == "text"
        && let Some(text) = block.get("text")
    {
        request.said.push(text.numbers());
    }
}

/// A reply that is one document.
pub(super) fn whole(document: &Document<'_>, back: &mut Back<'_>) -> String {
    let root = document.root();
    usage(root.get("usage"), back);
    let mut edits = Edits::default();
    for block in root.get("content").into_iter().flat_map(Value::items) {
        match block.text_of("type").as_deref() {
            Some("text") => {
                if let Some(text) = block.get("text") {
                    back.edit_text(text, &mut edits);
                }
            }
            Some("tool_use") => call(block, back, &mut edits),
            Some(_) | None => {}
        }
    }
    if let Some(reason) = root.get("stop_reason") {
        stop_reason(reason, back, &mut edits);
    }
    edits.applied(document.source()).unwrap_or_default()
}

fn call(block: Value<'_>, back: &mut Back<'_>, edits: &mut Edits) {
    let input = block.get("input");
    let (id, name) = (block.text_of("id"), block.text_of("name").unwrap_or_default());
    match back.rule(id.as_deref(), &name, input.map_or("{}", Value::raw)) {
        Outcome::Released(arguments) => {
            if let Some(input) = input.filter(|input| input.raw() != arguments) {
                edits.put(input.span(), arguments);
            }
        }
        Outcome::Refused(words) => edits.put(block.span(), format!(r#"{{"type":"text","text":{}}}"#, quoted(&words))),
    }
}

/// Without a call that is left, nobody waits for a result.
fn stop_reason(reason: Value<'_>, back: &mut Back<'_>, edits: &mut Edits) {
    if let Some(word) = reason.text() {
        if word == "tool_use" && back.told.refused > 0 && back.told.released == 0 {
            edits.put(reason.span(), r#""end_turn""#);
        }
        back.told.finish = Some(word.into_owned());
    }
}

fn usage(usage: Option<Value<'_>>, back: &mut Back<'_>) {
    let Some(usage) = usage else { return };
    let number = |name: &str| usage.get(name).and_then(Value::number);
    let parts = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"].map(number);
    if parts.iter().any(Option::is_some) {
        back.told.tokens_in = Some(parts.iter().flatten().fold(0, |sum: u64, it| sum.saturating_add(*it)));
    }
    back.told.tokens_written = number("cache_creation_input_tokens").or(back.told.tokens_written);
    back.told.tokens_cached = number("cache_read_input_tokens").or(back.told.tokens_cached);
    back.told.tokens_out = number("output_tokens").or(back.told.tokens_out);
}

/// A block of the message that is not over yet.
enum Block {
    Text(Said),
    Call {
        start: Event,
        id: Option<String>,
        name: String,
        input: String,
    },
    /// It passes as it is.
    Other,
}

/// A reply that comes as a stream.
#[derive(Default)]
pub(super) struct Stream {
    open: Option<(u64, Block)>,
    /// What came while a call was held, and its length.
    waits: (Vec<Event>, usize),
    is_begun: bool,
    is_over: bool,
    /// Something could not be handed over, and the reply was ended.
    is_ended_by_us: bool,
    /// The number of the next block, should one have to be added.
    next: u64,
    /// The number of the last call that was handed over. Nothing may be added to it any more.
    handed_over: Option<u64>,
}

impl super::Stream for Stream {
    fn event(&mut self, event: Event, back: &mut Back<'_>) -> String {
        if self.is_ended_by_us {
            return String::new();
        }
        let Some(data) = event.data() else { return event.raw().to_owned() };
        let Ok(document) = Document::read(data) else { return String::new() };
        let root = document.root();
        let kind = root.text_of("type").unwrap_or_default();
        if kind == "ping" {
            return event.raw().to_owned();
        }
        let index = root.get("index").and_then(Value::number);
        if let Some((held, Block::Call { .. })) = &self.open
            && index != Some(*held)
        {
            return self.wait(event, back);
        }
        match &*kind {
            "message_start" => {
                self.is_begun = true;
                let message = root.get("message");
                usage(message.and_then(|message| message.get("usage")), back);
                let mut edits = Edits::default();
                // A message begins with nothing; what it would begin with was not looked at.
                if let Some(content) = message.and_then(|it| it.get("content")).filter(|it| it.items().next().is_some())
                {
                    edits.put(content.span(), "[]");
                }
                edited(&event, edits)
            }
            "content_block_start" => self.begin(index, root, &event, back),
            "content_block_delta" => self.delta(root, &event, back),
            "content_block_stop" => self.end(&event, back),
            "message_delta" => {
                usage(root.get("usage"), back);
                let mut edits = Edits::default();
                if let Some(reason) = root.get("delta").and_then(|delta| delta.get("stop_reason")) {
                    stop_reason(reason, back, &mut edits);
                }
                edited(&event, edits)
            }
            "message_stop" => {
                self.is_over = true;
                event.raw().to_owned()
            }
            _ => event.raw().to_owned(),
        }
    }

    fn finish(&mut self, why: Finish<'_>, back: &mut Back<'_>) -> String {
        let mut out = match self.open.take() {
            Some((index, Block::Text(said))) => rest_of_text(index, said, back),
            // Half a call is none.
            Some((_, Block::Call { .. } | Block::Other)) | None => String::new(),
        };
        let Finish::Broken(words) = why else { return out };
        if self.is_over || !self.is_begun {
            return out;
        }
        let index = self.next;
        out.push_str(&text_block(index, words));
        let delta = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":0}}"#;
        out.push_str(Event::new(Some("message_delta"), delta).raw());
        out.push_str(Event::new(Some("message_stop"), r#"{"type":"message_stop"}"#).raw());
        self.is_over = true;
        out
    }
}

impl Stream {
    /// Keeps an event until the call in front of it is ruled about.
    fn wait(&mut self, event: Event, back: &mut Back<'_>) -> String {
        self.waits.1 += event.raw().len();
        if self.waits.1 > MOST_WAITING || self.waits.0.len() >= MOST_EVENTS_WAITING {
            return self.too_much(back);
        }
        self.waits.0.push(event);
        String::new()
    }

    fn too_much(&mut self, back: &mut Back<'_>) -> String {
        let words = "[Portcullis: a call of a tool was too long to be looked at, and was not handed over.]";
        let out = super::Stream::finish(self, Finish::Broken(words), back);
        self.waits = Default::default();
        self.is_ended_by_us = true;
        out
    }

    fn begin(&mut self, index: Option<u64>, root: Value<'_>, event: &Event, back: &mut Back<'_>) -> String {
        let index = index.unwrap_or(self.next);
        if self.handed_over.is_some_and(|last| index <= last) {
            return String::new();
        }
        self.next = index.saturating_add(1);
        let Some(block) = root.get("content_block") else { return event.raw().to_owned() };
        let text = |name: &str| block.text_of(name).map(String::from);
        let (kept, out) = match block.text_of("type").as_deref() {
            Some("text") => {
                let mut said = back.said();
                let mut edits = Edits::default();
                if let Some(first) = block.get("text") {
                    let text = first.text().unwrap_or_default();
                    let shown = said.push(&text, back);
                    if shown != text {
                        edits.put(first.span(), quoted(&shown));
                    }
                }
                (Block::Text(said), edited(event, edits))
            }
            Some("tool_use") => {
                let input = block.get("input").filter(|input| input.members().next().is_some());
                let input = input.map(|input| input.raw().to_owned()).unwrap_or_default();
                let (id, name) = (text("id"), text("name").unwrap_or_default());
                (Block::Call { start: event.clone(), id, name, input }, String::new())
            }
            Some(_) | None => (Block::Other, event.raw().to_owned()),
        };
        self.open = Some((index, kept));
        out
    }

    fn delta(&mut self, root: Value<'_>, event: &Event, back: &mut Back<'_>) -> String {
        let Some(delta) = root.get("delta") else { return event.raw().to_owned() };
        let kind = delta.text_of("type").unwrap_or_default();
        let index = root.get("index").and_then(Value::number);
        // Arguments that belong to no open call would be added to one that was ruled about before.
        if delta.get("partial_json").is_some() && self.open.as_ref().is_none_or(|(open, _)| index != Some(*open)) {
            return String::new();
        }
        match &mut self.open {
            Some((_, Block::Text(said))) if kind == "text_delta" => {
                let Some(value) = delta.get("text") else { return event.raw().to_owned() };
                let shown = said.push(&value.text().unwrap_or_default(), back);
                showing(event, value, &shown)
            }
            Some((_, Block::Call { input, .. })) => {
                input.push_str(&delta.text_of("partial_json").unwrap_or_default());
                if input.len() > MOST_HELD { self.too_much(back) } else { String::new() }
            }
            Some((_, Block::Text(_) | Block::Other)) | None => event.raw().to_owned(),
        }
    }

    fn end(&mut self, event: &Event, back: &mut Back<'_>) -> String {
        let mut out = match self.open.take() {
            Some((index, Block::Text(said))) => rest_of_text(index, said, back),
            Some((index, Block::Call { start, id, name, input })) => {
                let input = if input.is_empty() { "{}".to_owned() } else { input };
                match back.rule(id.as_deref(), &name, &input) {
                    Outcome::Released(arguments) => {
                        self.handed_over = self.handed_over.max(Some(index));
                        let part = format!(
                            r#"{{"type":"content_block_delta","index":{index},"delta":{{"type":"input_json_delta","partial_json":{}}}}}"#,
                            quoted(&arguments)
                        );
                        begun_empty(&start) + Event::new(Some("content_block_delta"), &part).raw()
                    }
                    Outcome::Refused(words) => {
                        let waiting = std::mem::take(&mut self.waits).0;
                        return waiting.into_iter().fold(text_block(index, &words), |out, event| {
                            out + &super::Stream::event(self, event, back)
                        });
                    }
                }
            }
            Some((_, Block::Other)) | None => String::new(),
        };
        out.push_str(event.raw());
        for event in std::mem::take(&mut self.waits).0 {
            out.push_str(&super::Stream::event(self, event, back));
        }
        out
    }
}

/// The beginning of a call, with its arguments still to come.
fn begun_empty(start: &Event) -> String {
    let Some(document) = start.data().and_then(|data| Document::read(data).ok()) else { return String::new() };
    let mut edits = Edits::default();
    if let Some(input) = document.root().get("content_block").and_then(|block| block.get("input")) {
        edits.put(input.span(), "{}");
    }
    edited(start, edits)
}

/// What was held back of a text, as one more piece of it.
fn rest_of_text(index: u64, said: Said, back: &mut Back<'_>) -> String {
    let rest = said.finish(back);
    if rest.is_empty() { String::new() } else { text_delta(index, &rest) }
}

fn text_delta(index: u64, text: &str) -> String {
    let data = format!(
        r#"{{"type":"content_block_delta","index":{index},"delta":{{"type":"text_delta","text":{}}}}}"#,
        quoted(text)
    );
    Event::new(Some("content_block_delta"), &data).raw().to_owned()
}

/// A whole block of text.
fn text_block(index: u64, words: &str) -> String {
    let start =
        format!(r#"{{"type":"content_block_start","index":{index},"content_block":{{"type":"text","text":""}}}}"#);
    let stop = format!(r#"{{"type":"content_block_stop","index":{index}}}"#);
    [
        Event::new(Some("content_block_start"), &start).raw(),
        &text_delta(index, words),
        Event::new(Some("content_block_stop"), &stop).raw(),
    ]
    .concat()
}
