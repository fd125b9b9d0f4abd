//! OpenAI's Chat Completions, and everybody who speaks as they do.
//!
//! Calls come in pieces of many at once, and nothing says when one of them is whole but the end of the choice. Until then
//! they are held.

use super::back::{Back, Finish, Outcome};
use super::said::Said;
use super::{Called, Request, ToolResult, edited, sealed};
use crate::json::{Document, Edits, Value, quoted};
use crate::sse::Event;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

/// Members that a provider has sealed.
const SEALED: [&str; 2] = ["encrypted_content", "thought_signature"];

/// So much of the calls of one reply is held at most.
const MOST_HELD: usize = 16 << 20;

/// What a call is held with, beside its letters.
const EACH: usize = 256;

/// More answers at once nobody asks for.
const MOST_CHOICES: usize = 256;

pub(super) fn request(document: &Document<'_>) -> Request {
    let root = document.root();
    let mut request = Request { model: root.text_of("model").map(Into::into), ..Request::default() };
    sealed::members(root, &SEALED, &mut request.sealed);
    let mut calls = HashMap::new();
    for message in root.get("messages").into_iter().flat_map(Value::items) {
        for call in message.get("tool_calls").into_iter().flat_map(Value::items) {
            let inner = call.get("function").or_else(|| call.get("custom"));
            if let (Some(id), Some(name)) = (call.text_of("id"), inner.and_then(|inner| inner.text_of("name"))) {
                let input = inner.and_then(|inner| inner.get("arguments").or_else(|| inner.get("input")));
                calls.insert(id, Called::new(name, input));
            }
        }
        let role = message.text_of("role").unwrap_or_default();
        let Some(content) = message.get("content") else { continue };
        if matches!(&*role, "tool" | "function") {
            let id = message.text_of("tool_call_id");
            let known = id.as_ref().and_then(|id| calls.get(id)).cloned();
            let called = known.or_else(|| message.text_of("name").map(|name| Called::new(name, None)));
            let id = id.map(Cow::into_owned);
            request.results.push(ToolResult { id, called, failed: false, nodes: content.numbers() });
        } else if role == "user" {
            request.said.push(content.numbers());
        } else if matches!(&*role, "system" | "developer") {
            request.told.push(content.numbers());
        }
    }
    request
}

pub(super) fn usage(root: Value<'_>, back: &mut Back<'_>) {
    let Some(usage) = root.get("usage") else { return };
    let number = |name: &str| usage.get(name).and_then(Value::number);
    back.told.tokens_in = number("prompt_tokens").or(back.told.tokens_in);
    back.told.tokens_out = number("completion_tokens").or(back.told.tokens_out);
    let cached = usage.get("prompt_tokens_details").and_then(|it| it.get("cached_tokens")).and_then(Value::number);
    back.told.tokens_cached = cached.or(back.told.tokens_cached);
}

/// A reply that is one document.
pub(super) fn whole(document: &Document<'_>, back: &mut Back<'_>) -> String {
    let root = document.root();
    usage(root, back);
    let mut edits = Edits::default();
    for choice in root.get("choices").into_iter().flat_map(Value::items) {
        let Some(message) = choice.get("message") else { continue };
        let (mut refused, mut released) = (Vec::new(), 0_u32);
        if let Some(calls) = message.get("tool_calls").filter(|calls| calls.items().next().is_some()) {
            let mut kept = Vec::new();
            for call in calls.items() {
                match function(call, back) {
                    Ok(call) => kept.push(call),
                    Err(words) => refused.push(words),
                }
            }
            released = u32::try_from(kept.len()).unwrap_or(u32::MAX);
            if !refused.is_empty() || !kept.is_empty() {
                edits.put(calls.span(), format!("[{}]", kept.join(",")));
            }
        }
        // How calls were told before there could be several.
        if let Some(call) = message.get("function_call").filter(|it| it.is_object()) {
            match function(call, back) {
                Ok(call_as_ruled) => {
                    released += 1;
                    edits.put(call.span(), call_as_ruled);
                }
                Err(words) => {
                    refused.push(words);
                    edits.put(call.span(), "null");
                }
            }
        }
        content(message, &refused, back, &mut edits);
        finish_reason(choice, released, !refused.is_empty(), back, &mut edits);
    }
    edits.applied(document.source()).unwrap_or_default()
}

/// One call of a list: as it is handed over, or the words of its refusal.
fn function(call: Value<'_>, back: &mut Back<'_>) -> Result<String, String> {
    // A tool that takes a text instead of JSON has its own member.
    let (inner, member) = match (call.get("function"), call.get("custom")) {
        (Some(function), _) => (function, "arguments"),
        (None, Some(custom)) => (custom, "input"),
        (None, None) => (call, "arguments"),
    };
    let (id, name) = (call.text_of("id"), inner.text_of("name").unwrap_or_default());
    let arguments = inner.get(member);
    let input = arguments.and_then(Value::text).unwrap_or_default();
    match back.rule(id.as_deref(), &name, &input) {
        Outcome::Refused(words) => Err(words),
        Outcome::Released(new) => {
            let mut edits = Edits::default();
            if let Some(arguments) = arguments.filter(|_| new != input) {
                edits.put(arguments.span(), quoted(&new));
            }
            Ok(edits.moved(call.span().start).applied(call.raw()).unwrap_or_default())
        }
    }
}

/// The text of a message, and behind it what is said about calls that are not handed over.
fn content(message: Value<'_>, refused: &[String], back: &mut Back<'_>, edits: &mut Edits) {
    let Some(value) = message.get("content") else { return };
    let text = value.text().unwrap_or_default();
    let mut new = back.shown(&text);
    for words in refused {
        if !new.is_empty() {
            new.push_str("\n\n");
        }
        new.push_str(words);
    }
    if new != text {
        edits.put(value.span(), quoted(&new));
    }
}

fn finish_reason(choice: Value<'_>, released: u32, is_refused: bool, back: &mut Back<'_>, edits: &mut Edits) {
    let Some(reason) = choice.get("finish_reason") else { return };
    let Some(word) = reason.text() else { return };
    if is_refused && released == 0 && matches!(&*word, "tool_calls" | "function_call") {
        edits.put(reason.span(), r#""stop""#);
    }
    back.told.finish = Some(word.into_owned());
}

/// A call of which pieces came.
#[derive(Default)]
struct Held {
    id: Option<String>,
    name: String,
    input: String,
    /// It takes a text and no JSON.
    is_custom: bool,
}

/// One of the answers of a reply.
#[derive(Default)]
struct Choice {
    text: Option<Said>,
    calls: BTreeMap<u64, Held>,
}

/// A reply that comes as a stream.
#[derive(Default)]
pub(super) struct Stream {
    choices: BTreeMap<u64, Choice>,
    /// Members that each piece repeats: id, time, model.
    repeated: String,
    length: usize,
    is_over: bool,
    /// Something could not be handed over, and the reply was ended.
    is_ended_by_us: bool,
}

impl super::Stream for Stream {
    fn event(&mut self, event: Event, back: &mut Back<'_>) -> String {
        if self.is_ended_by_us {
            return String::new();
        }
        let Some(data) = event.data() else { return event.raw().to_owned() };
        if data.trim() == "[DONE]" {
            let rest = self.flush(back);
            self.is_over = true;
            return rest + event.raw();
        }
        let Ok(document) = Document::read(data) else { return String::new() };
        let root = document.root();
        usage(root, back);
        self.repeat(root);
        let (mut edits, mut before, mut is_empty) = (Edits::default(), String::new(), root.get("choices").is_some());
        for choice in root.get("choices").into_iter().flat_map(Value::items) {
            is_empty &= self.choice(choice, &mut before, back, &mut edits);
        }
        is_empty &= root.get("choices").is_some_and(|all| all.items().next().is_some());
        if self.length > MOST_HELD || self.choices.len() > MOST_CHOICES {
            self.choices.clear();
            self.is_ended_by_us = true;
            let words = "[Portcullis: calls of tools were too long to be looked at, and were not handed over.]";
            return super::Stream::finish(self, Finish::Broken(words), back);
        }
        let is_told = root.get("usage").is_some_and(Value::is_object);
        if is_empty && !is_told { before } else { before + &edited(&event, edits) }
    }

    fn finish(&mut self, why: Finish<'_>, back: &mut Back<'_>) -> String {
        for choice in self.choices.values_mut() {
            choice.calls.clear();
        }
        let mut out = self.flush(back);
        if let Finish::Broken(words) = why
            && !self.is_over
        {
            self.is_over = true;
            let text = quoted(words);
            out.push_str(&self.piece(0, &format!(r#"{{"role":"assistant","content":{text}}}"#), r#""stop""#));
            out.push_str(Event::new(None, "[DONE]").raw());
        }
        out
    }
}

impl Stream {
    fn repeat(&mut self, root: Value<'_>) {
        if !self.repeated.is_empty() {
            return;
        }
        for name in ["id", "object", "created", "model", "system_fingerprint"] {
            if let Some(value) = root.get(name) {
                // Writing to a string can't fail.
                write!(self.repeated, "\"{name}\":{},", value.raw()).ok();
            }
        }
    }

    /// A piece that this program makes.
    fn piece(&self, choice: u64, delta: &str, finish: &str) -> String {
        let data = format!(
            r#"{{{}"choices":[{{"index":{choice},"delta":{delta},"finish_reason":{finish}}}]}}"#,
            self.repeated
        );
        Event::new(None, &data).raw().to_owned()
    }

    /// Takes a choice of a piece, and says whether nothing is left of it. `before` goes out first.
    fn choice(&mut self, value: Value<'_>, before: &mut String, back: &mut Back<'_>, edits: &mut Edits) -> bool {
        let number = value.get("index").and_then(Value::number).unwrap_or(0);
        let state = self.choices.entry(number).or_default();
        let mut is_empty = true;
        if let Some(message) = value.get("message") {
            // A stream has pieces and no messages; what stands in one was not looked at.
            edits.put(message.span(), "null");
        }
        if let Some(delta) = value.get("delta") {
            for (name, member) in delta.members() {
                match &*name {
                    "content" if member.text().is_some() => {
                        let text = member.text().unwrap_or_default();
                        let out = state.text.get_or_insert_with(|| back.said()).push(&text, back);
                        is_empty &= out.is_empty() && !text.is_empty();
                        if out != text {
                            edits.put(member.span(), quoted(&out));
                        }
                    }
                    "tool_calls" => {
                        self.length += state.take(member);
                        edits.put(member.span(), "[]");
                    }
                    "function_call" => {
                        self.length += state.part(u64::MAX, member, member);
                        edits.put(member.span(), "null");
                    }
                    "role" => is_empty = false,
                    _ if member.raw() == "null" => {}
                    _ => is_empty = false,
                }
            }
        }
        let Some(reason) = value.get("finish_reason").filter(|reason| reason.text().is_some()) else { return is_empty };
        let (released, refused) = (back.told.released, back.told.refused);
        before.push_str(&self.end(number, back));
        let word = reason.text().unwrap_or_default();
        if back.told.refused > refused
            && back.told.released == released
            && matches!(&*word, "tool_calls" | "function_call")
        {
            edits.put(reason.span(), r#""stop""#);
        }
        back.told.finish = Some(word.into_owned());
        false
    }

    /// What was held of a choice: the rest of its text, and its calls as they were ruled about.
    fn end(&mut self, number: u64, back: &mut Back<'_>) -> String {
        let state = self.choices.remove(&number).unwrap_or_default();
        let mut out = String::new();
        if let Some(said) = state.text {
            let rest = said.finish(back);
            if !rest.is_empty() {
                out.push_str(&self.piece(number, &format!(r#"{{"content":{}}}"#, quoted(&rest)), "null"));
            }
        }
        let (mut calls, mut said) = (Vec::new(), Vec::new());
        for (at, call) in state.calls {
            let (name, id) = (quoted(&call.name), call.id.as_deref().map_or("null".to_owned(), quoted));
            match back.rule(call.id.as_deref(), &call.name, &call.input) {
                Outcome::Refused(words) => said.push(words),
                Outcome::Released(input) if at == u64::MAX => {
                    let delta = format!(r#"{{"function_call":{{"name":{name},"arguments":{}}}}}"#, quoted(&input));
                    out.push_str(&self.piece(number, &delta, "null"));
                }
                Outcome::Released(input) => {
                    let at = calls.len();
                    let (kind, member) = if call.is_custom { ("custom", "input") } else { ("function", "arguments") };
                    calls.push(format!(
                        r#"{{"index":{at},"id":{id},"type":"{kind}","{kind}":{{"name":{name},"{member}":{}}}}}"#,
                        quoted(&input)
                    ));
                }
            }
        }
        if !said.is_empty() {
            out.push_str(&self.piece(number, &format!(r#"{{"content":{}}}"#, quoted(&said.join("\n\n"))), "null"));
        }
        if !calls.is_empty() {
            out.push_str(&self.piece(number, &format!(r#"{{"tool_calls":[{}]}}"#, calls.join(",")), "null"));
        }
        out
    }

    fn flush(&mut self, back: &mut Back<'_>) -> String {
        let open: Vec<u64> = self.choices.keys().copied().collect();
        open.into_iter().map(|number| self.end(number, back)).collect()
    }
}

impl Choice {
    /// Takes pieces of calls; gives how long they are.
    fn take(&mut self, calls: Value<'_>) -> usize {
        let mut length = 0;
        for (at, call) in calls.items().enumerate() {
            let number = call.get("index").and_then(Value::number).unwrap_or(at as u64);
            let inner = call.get("function").or_else(|| call.get("custom")).unwrap_or(call);
            length += self.part(number, call, inner);
        }
        length
    }

    fn part(&mut self, number: u64, call: Value<'_>, inner: Value<'_>) -> usize {
        let is_new = !self.calls.contains_key(&number);
        let held = self.calls.entry(number).or_default();
        if let Some(id) = call.text_of("id").filter(|id| !id.is_empty()) {
            held.id = Some(id.into_owned());
        }
        held.is_custom |= call.get("custom").is_some();
        let before = held.name.len() + held.input.len();
        held.name.push_str(&inner.text_of("name").unwrap_or_default());
        held.input.push_str(&inner.text_of("arguments").or_else(|| inner.text_of("input")).unwrap_or_default());
        held.name.len() + held.input.len() - before + if is_new { EACH } else { 0 }
    }
}
