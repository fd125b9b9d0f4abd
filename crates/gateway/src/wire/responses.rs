//! OpenAI's Responses.
//!
//! Each item of a reply is told many times: as it begins, in pieces, whole, and once more with all others at the very end. All
//! of these have to say the same, so what became of a call is kept until the reply is over.

use super::back::{Back, Finish, Outcome};
use super::said::Said;
use super::{Request, ToolResult, edited, sealed, showing};
use crate::json::{Document, Edits, Value, quoted};
use crate::sse::Event;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// Members that the provider has sealed.
const SEALED: [&str; 1] = ["encrypted_content"];

/// So much of the calls of one reply is held at most, of what became of them as well.
const MOST_HELD: usize = 16 << 20;

/// What an event or a text is held with, beside its letters.
const EACH: usize = 256;

pub(super) fn request(document: &Document<'_>) -> Request {
    let root = document.root();
    let mut request = Request { model: root.text_of("model").map(Into::into), ..Request::default() };
    sealed::members(root, &SEALED, &mut request.sealed);
    let input = root.get("input");
    request.said.extend(input.filter(|input| input.text().is_some()).map(Value::numbers));
    request.told.extend(root.get("instructions").map(Value::numbers));
    let mut calls = HashMap::new();
    for item in input.into_iter().flat_map(Value::items) {
        let kind = item.text_of("type").unwrap_or_default();
        let id = item.text_of("call_id");
        if kind.ends_with("_output")
            && let Some(output) = item.get("output")
        {
            let called = id.as_ref().and_then(|id| calls.get(id)).cloned();
            let failed = item.text_of("status").as_deref() == Some("failed");
            request.results.push(ToolResult { id: id.map(Cow::into_owned), called, failed, nodes: output.numbers() });
        } else if let (Some(id), Some(name)) = (id, item.text_of("name")) {
            let input = item.get("arguments").or_else(|| item.get("input"));
            calls.insert(id, super::Called::new(name, input));
        } else if let (Some(role), Some(content)) = (item.text_of("role"), item.get("content")) {
            match &*role {
                "user" => request.said.push(content.numbers()),
                "system" | "developer" => request.told.push(content.numbers()),
                _ => {}
            }
        }
    }
    request
}

/// A reply that is one document.
pub(super) fn whole(document: &Document<'_>, back: &mut Back<'_>) -> String {
    let mut edits = Edits::default();
    response(document.root(), &BTreeMap::new(), back, &mut edits);
    edits.applied(document.source()).unwrap_or_default()
}

/// A whole response, in which the calls of `known` were ruled about already: by their number, what takes their place.
fn response(response: Value<'_>, known: &BTreeMap<u64, String>, back: &mut Back<'_>, edits: &mut Edits) {
    if let Some(usage) = response.get("usage") {
        let number = |name: &str| usage.get(name).and_then(Value::number);
        back.told.tokens_in = number("input_tokens").or(back.told.tokens_in);
        back.told.tokens_out = number("output_tokens").or(back.told.tokens_out);
        let cached = usage.get("input_tokens_details").and_then(|it| it.get("cached_tokens")).and_then(Value::number);
        back.told.tokens_cached = cached.or(back.told.tokens_cached);
    }
    if let Some(status) = response.text_of("status") {
        back.told.finish = Some(status.into_owned());
    }
    for (number, item) in response.get("output").into_iter().flat_map(Value::items).enumerate() {
        match known.get(&(number as u64)) {
            Some(ruled) => edits.put(item.span(), ruled.clone()),
            None => edits.put(item.span(), settled(item, back)),
        }
    }
    if let Some(text) = response.get("output_text") {
        back.edit_text(text, edits);
    }
}

/// An item as the client gets it.
fn settled(item: Value<'_>, back: &mut Back<'_>) -> String {
    if let Some(call) = Called::of(item) {
        return call.settled(item, back);
    }
    let mut edits = Edits::default();
    if item.text_of("type").as_deref() == Some("message") {
        for part in item.get("content").into_iter().flat_map(Value::items) {
            if let Some(text) = part.get("text") {
                back.edit_text(text, &mut edits);
            }
        }
    }
    // INVARIANT: places are those of the document; an item is edited as a document of its own.
    within(item, edits)
}

/// An item with edits whose places are those of its document.
fn within(item: Value<'_>, edits: Edits) -> String {
    edits.moved(item.span().start).applied(item.raw()).unwrap_or_default()
}

/// Where the arguments of a call stand, by the kind of the call.
struct Called<'d> {
    name: String,
    /// None if it comes without, as it may when it begins.
    input: Option<Value<'d>>,
    is_text: bool,
}

impl<'d> Called<'d> {
    /// A call that the agent is to carry out; `None` for what the provider does by itself, and for all else.
    fn of(item: Value<'d>) -> Option<Self> {
        let own = |name: &str| name.to_owned();
        let told = || item.text_of("name").unwrap_or_default().into_owned();
        let (name, member, is_text) = match &*item.text_of("type")? {
            "function_call" => (told(), "arguments", true),
            "custom_tool_call" => (told(), "input", true),
            "local_shell_call" | "shell_call" => (own("local_shell"), "action", false),
            "apply_patch_call" => (own("apply_patch"), "operation", false),
            "computer_call" => (own("computer"), "action", false),
            _ => return None,
        };
        Some(Self { name, input: item.get(member), is_text })
    }

    /// Its arguments as they are written; nothing if it has none.
    fn raw(&self) -> &'d str {
        self.input.map_or("\"\"", Value::raw)
    }

    fn settled(&self, item: Value<'_>, back: &mut Back<'_>) -> String {
        let text = || self.input.and_then(Value::text).unwrap_or_default().into_owned();
        let input = if self.is_text { text() } else { self.raw().to_owned() };
        let id = item.text_of("call_id");
        match back.rule(id.as_deref(), &self.name, &input) {
            Outcome::Released(new) if new == input => item.raw().to_owned(),
            Outcome::Released(new) => {
                let mut edits = Edits::default();
                if let Some(input) = self.input {
                    edits.put(input.span(), if self.is_text { quoted(&new) } else { new });
                }
                within(item, edits)
            }
            Outcome::Refused(words) => message(&item.text_of("id").unwrap_or_default(), &words),
        }
    }
}

/// A message that takes the place of a call.
fn message(id: &str, words: &str) -> String {
    let id = quoted(&format!("msg_{}", id.trim_start_matches("fc_").trim_start_matches("ctc_")));
    let text = quoted(words);
    format!(
        r#"{{"type":"message","id":{id},"status":"completed","role":"assistant","content":[{{"type":"output_text","annotations":[],"text":{text}}}]}}"#
    )
}

/// A call of which not everything has come.
#[derive(Default)]
struct Held {
    /// Everything that was told about it so far.
    events: Vec<Event>,
}

/// A reply that comes as a stream.
#[derive(Default)]
pub(super) struct Stream {
    /// Texts that are not over, by the numbers of their item and part.
    texts: BTreeMap<(u64, u64), Said>,
    held: BTreeMap<u64, Held>,
    /// What became of calls.
    ruled: BTreeMap<u64, String>,
    /// How long all of that is.
    length: usize,
    /// The response as it was told first.
    id: Option<String>,
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
        if data == "[DONE]" {
            return event.raw().to_owned();
        }
        let Ok(document) = Document::read(data) else { return String::new() };
        let root = document.root();
        let kind = root.text_of("type").unwrap_or_default();
        let item = root.get("output_index").and_then(Value::number);
        match (&*kind, item) {
            ("response.output_item.added", number)
                if root.get("item").is_some_and(|item| Called::of(item).is_some()) =>
            {
                self.hold(number.unwrap_or(u64::MAX), event.clone(), back)
            }
            ("response.output_item.done", Some(number)) => self.item(number, root, &event, back),
            ("response.output_item.done", None) => self.item(u64::MAX, root, &event, back),
            (_, Some(number)) if self.held.contains_key(&number) => self.hold(number, event.clone(), back),
            ("response.output_text.delta", Some(number)) => self.text(number, root, &event, back),
            ("response.output_text.done", Some(number)) => {
                let rest = self.rest(number, root, back);
                rest + &changed(&event, root.get("text"), back)
            }
            ("response.content_part.done", Some(_)) => {
                changed(&event, root.get("part").and_then(|part| part.get("text")), back)
            }
            ("response.completed" | "response.incomplete" | "response.failed" | "response.done", _) => {
                self.is_over = true;
                let mut edits = Edits::default();
                if let Some(inner) = root.get("response") {
                    response(inner, &self.ruled, back, &mut edits);
                }
                edited(&event, edits)
            }
            // Arguments of a call that did not begin, or is over: they would be added to one that was ruled about.
            (
                "response.function_call_arguments.delta"
                | "response.function_call_arguments.done"
                | "response.custom_tool_call_input.delta"
                | "response.custom_tool_call_input.done",
                _,
            ) => String::new(),
            _ => self.other(root, &event),
        }
    }

    fn finish(&mut self, why: Finish<'_>, back: &mut Back<'_>) -> String {
        for (_, said) in std::mem::take(&mut self.texts) {
            drop(said.finish(back));
        }
        self.held.clear();
        let Finish::Broken(words) = why else { return String::new() };
        if self.is_over {
            return String::new();
        }
        self.is_over = true;
        let item = message("portcullis", words);
        let number = self.ruled.keys().next_back().map_or(0, |last| last.saturating_add(1));
        let id = quoted(self.id.as_deref().unwrap_or("resp_portcullis"));
        let completed = format!(
            r#"{{"type":"response.completed","response":{{"id":{id},"object":"response","status":"completed","output":[{item}],"usage":null}}}}"#
        );
        told_as_message(number, &item, words) + Event::new(Some("response.completed"), &completed).raw()
    }
}

impl Stream {
    /// An event that tells of nothing new. A call in it was not looked at, so it is not handed over.
    fn other(&mut self, root: Value<'_>, event: &Event) -> String {
        if root.get("item").is_some_and(|item| Called::of(item).is_some()) {
            return String::new();
        }
        let mut edits = Edits::default();
        if let Some(response) = root.get("response") {
            if self.id.is_none() {
                self.id = response.text_of("id").map(Into::into);
            }
            if let Some(output) = response.get("output").filter(|output| output.items().next().is_some()) {
                edits.put(output.span(), "[]");
            }
        }
        edited(event, edits)
    }

    /// Counts what is held; if it is too much, ends the reply.
    fn keeps(&mut self, length: usize, back: &mut Back<'_>) -> Option<String> {
        self.length += length + EACH;
        if self.length <= MOST_HELD {
            return None;
        }
        let words = "[Portcullis: calls of tools were too long to be looked at, and were not handed over.]";
        let out = super::Stream::finish(self, Finish::Broken(words), back);
        self.is_ended_by_us = true;
        Some(out)
    }

    fn hold(&mut self, number: u64, event: Event, back: &mut Back<'_>) -> String {
        if let Some(ended) = self.keeps(event.raw().len(), back) {
            return ended;
        }
        self.held.entry(number).or_default().events.push(event);
        String::new()
    }

    /// An item is whole: a call is ruled about, and everything that was held of it goes out, or words in its place.
    fn item(&mut self, number: u64, root: Value<'_>, event: &Event, back: &mut Back<'_>) -> String {
        let held = self.held.remove(&number).unwrap_or_default();
        let Some(item) = root.get("item") else { return event.raw().to_owned() };
        let refused = back.told.refused;
        let ruled = settled(item, back);
        if Called::of(item).is_none() {
            let mut edits = Edits::default();
            edits.put(item.span(), ruled);
            return edited(event, edits);
        }
        if number != u64::MAX {
            if let Some(ended) = self.keeps(ruled.len(), back) {
                return ended;
            }
            self.ruled.insert(number, ruled.clone());
        }
        if back.told.refused > refused {
            let text = Document::read(&ruled).ok().and_then(|it| words_of(it.root())).unwrap_or_default();
            return told_as_message(number, &ruled, &text);
        }
        let mut out = released(&held.events, &ruled);
        let mut edits = Edits::default();
        edits.put(item.span(), ruled);
        out.push_str(&edited(event, edits));
        out
    }

    fn text(&mut self, number: u64, root: Value<'_>, event: &Event, back: &mut Back<'_>) -> String {
        let Some(delta) = root.get("delta") else { return event.raw().to_owned() };
        let part = root.get("content_index").and_then(Value::number).unwrap_or(0);
        if !self.texts.contains_key(&(number, part))
            && let Some(ended) = self.keeps(EACH, back)
        {
            return ended;
        }
        let said = self.texts.entry((number, part)).or_insert_with(|| back.said());
        let shown = said.push(&delta.text().unwrap_or_default(), back);
        showing(event, delta, &shown)
    }

    /// What was held back of a text that is over.
    fn rest(&mut self, number: u64, root: Value<'_>, back: &mut Back<'_>) -> String {
        let part = root.get("content_index").and_then(Value::number).unwrap_or(0);
        let Some(said) = self.texts.remove(&(number, part)) else { return String::new() };
        let rest = said.finish(back);
        if rest.is_empty() {
            return String::new();
        }
        let id = root.get("item_id").map_or("null", Value::raw);
        let data = format!(
            r#"{{"type":"response.output_text.delta","item_id":{id},"output_index":{number},"content_index":{part},"delta":{}}}"#,
            quoted(&rest)
        );
        Event::new(Some("response.output_text.delta"), &data).raw().to_owned()
    }
}

/// The text of the first part of a message.
fn words_of(item: Value<'_>) -> Option<String> {
    Some(item.get("content")?.items().next()?.text_of("text")?.into_owned())
}

/// What was held of a call that is handed over: its beginning, its arguments in one piece, and that they are whole.
fn released(held: &[Event], ruled: &str) -> String {
    let Ok(item) = Document::read(ruled) else { return String::new() };
    let input = Called::of(item.root()).map(|call| call.raw().to_owned()).unwrap_or_default();
    let mut out = String::new();
    let mut is_told = false;
    for event in held {
        let Some(Ok(document)) = event.data().map(Document::read) else { continue };
        let root = document.root();
        let kind = root.text_of("type").unwrap_or_default();
        let name = match &*kind {
            it if it.rsplit('.').next() == Some("delta") => "delta",
            "response.function_call_arguments.done" => "arguments",
            "response.custom_tool_call_input.done" => "input",
            _ => {
                out.push_str(event.raw());
                continue;
            }
        };
        if name == "delta" && std::mem::replace(&mut is_told, true) {
            continue;
        }
        let mut edits = Edits::default();
        if let Some(value) = root.get(name) {
            edits.put(value.span(), input.clone());
        }
        out.push_str(&edited(event, edits));
    }
    out
}

/// A message, told as the provider tells one.
fn told_as_message(number: u64, item: &str, words: &str) -> String {
    let number = if number == u64::MAX { 0 } else { number };
    let document = Document::read(item).ok();
    let id = document.as_ref().and_then(|it| it.root().text_of("id")).unwrap_or_default();
    let (id, text) = (quoted(&id), quoted(words));
    let empty = format!(r#"{{"type":"message","id":{id},"status":"in_progress","role":"assistant","content":[]}}"#);
    let place = format!(r#""item_id":{id},"output_index":{number},"content_index":0"#);
    let part = |text: &str| format!(r#"{{"type":"output_text","annotations":[],"text":{text}}}"#);
    let events = [
        ("response.output_item.added", format!(r#""output_index":{number},"item":{empty}"#)),
        ("response.content_part.added", format!(r#"{place},"part":{}"#, part("\"\""))),
        ("response.output_text.delta", format!(r#"{place},"delta":{text}"#)),
        ("response.output_text.done", format!(r#"{place},"text":{text}"#)),
        ("response.content_part.done", format!(r#"{place},"part":{}"#, part(&text))),
        ("response.output_item.done", format!(r#""output_index":{number},"item":{item}"#)),
    ];
    let event = |(name, rest): (&str, String)| {
        Event::new(Some(name), &format!(r#"{{"type":"{name}",{rest}}}"#)).raw().to_owned()
    };
    events.map(event).concat()
}

/// An event with values put back into one of its texts.
fn changed(event: &Event, text: Option<Value<'_>>, back: &mut Back<'_>) -> String {
    let mut edits = Edits::default();
    if let Some(text) = text {
        back.edit_text(text, &mut edits);
    }
    edited(event, edits)
}
