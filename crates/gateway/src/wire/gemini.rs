//! Google's generateContent. A stream is a sequence of whole answers, each with the next parts; a call comes whole in one of
//! them.

use super::back::{Back, Finish, Outcome};
use super::said::Said;
use super::{Api, Called, Request, Route, ToolResult, edited, sealed};
use crate::json::{Document, Edits, Value, quoted};
use crate::sse::Event;
use portcullis_event::LlmOp;
use std::collections::{BTreeMap, VecDeque};

/// Members that the provider has signed.
const SEALED: [&str; 2] = ["thoughtSignature", "thought_signature"];

/// More answers at once nobody asks for.
const MOST_CANDIDATES: usize = 256;

/// `…/models/MODEL:streamGenerateContent` and its like.
pub(super) fn route(path: &str) -> Option<Route> {
    let (before, verb) = path.rsplit_once(':')?;
    let (front, model) = before.rsplit_once('/')?;
    if !front.ends_with("models") && !front.ends_with("tunedModels") {
        return None;
    }
    let (op, streams) = match verb {
        "generateContent" => (LlmOp::Request, false),
        "streamGenerateContent" => (LlmOp::Request, true),
        "countTokens" => (LlmOp::CountTokens, false),
        "embedContent" | "batchEmbedContents" => (LlmOp::Embed, false),
        _ => return None,
    };
    Some(Route { api: Api::Gemini, op, model: Some(model.to_owned()), streams })
}

pub(super) fn request(document: &Document<'_>) -> Request {
    let root = document.root();
    let mut request = Request::default();
    sealed::members(root, &SEALED, &mut request.sealed);
    // The code assistant's own form has the request inside of another one.
    let inner = root.get("request").unwrap_or(root);
    request.model = root.text_of("model").map(Into::into);
    let told = inner.get("systemInstruction").or_else(|| inner.get("system_instruction"));
    request.told.extend(told.map(Value::numbers));
    let mut calls = VecDeque::new();
    for content in inner.get("contents").into_iter().flat_map(Value::items) {
        let by_user = content.text_of("role").is_none_or(|role| role == "user");
        let parts = content.get("parts").into_iter().flat_map(Value::items);
        parts.for_each(|inner| part(inner, by_user, &mut calls, &mut request));
    }
    request
}

/// One part of the conversation. Results stand in the order of their calls, and need no name of their own.
fn part(part: Value<'_>, by_user: bool, calls: &mut VecDeque<Called>, request: &mut Request) {
    let either = |one: &str, other: &str| part.get(one).or_else(|| part.get(other));
    if let Some(call) = either("functionCall", "function_call") {
        calls.extend(call.text_of("name").map(|name| Called::new(name, call.get("args"))));
    } else if let Some(response) = either("functionResponse", "function_response")
        && let Some(result) = response.get("response")
    {
        let name = response.text_of("name").unwrap_or_default();
        let place = calls.iter().position(|call| call.name == name);
        let known = place.and_then(|place| calls.remove(place));
        let called = known.unwrap_or_else(|| Called::new(name, None));
        let id = response.text_of("id").map(Into::into);
        let failed = result.get("error").is_some();
        request.results.push(ToolResult { id, called: Some(called), failed, nodes: result.numbers() });
    } else if by_user && let Some(text) = part.get("text") {
        request.said.push(text.numbers());
    }
}

/// A reply that is one document: an answer, or a list of the pieces of one.
pub(super) fn whole(document: &Document<'_>, back: &mut Back<'_>) -> String {
    let mut stream = Stream::default();
    let mut edits = Edits::default();
    let root = document.root();
    if root.is_object() {
        stream.answer(root, true, back, &mut edits);
    } else {
        let answers: Vec<Value<'_>> = root.items().collect();
        let last = answers.len();
        for (number, answer) in answers.into_iter().enumerate() {
            stream.answer(answer, number + 1 == last, back, &mut edits);
        }
    }
    edits.applied(document.source()).unwrap_or_default()
}

/// A reply that comes as a stream.
#[derive(Default)]
pub(super) struct Stream {
    /// The text of each candidate.
    texts: BTreeMap<u64, Said>,
    is_over: bool,
}

impl super::Stream for Stream {
    fn event(&mut self, event: Event, back: &mut Back<'_>) -> String {
        let Some(data) = event.data() else { return event.raw().to_owned() };
        let Ok(document) = Document::read(data) else { return String::new() };
        let mut edits = Edits::default();
        self.answer(document.root(), false, back, &mut edits);
        edited(&event, edits)
    }

    fn finish(&mut self, why: Finish<'_>, back: &mut Back<'_>) -> String {
        let mut out = String::new();
        for (candidate, said) in std::mem::take(&mut self.texts) {
            let rest = said.finish(back);
            if !rest.is_empty() {
                out.push_str(&piece(candidate, &rest, false));
            }
        }
        if let Finish::Broken(words) = why
            && !self.is_over
        {
            self.is_over = true;
            out.push_str(&piece(0, words, true));
        }
        out
    }
}

/// A piece of text as a whole event.
fn piece(candidate: u64, text: &str, is_last: bool) -> String {
    let end = if is_last { r#","finishReason":"STOP""# } else { "" };
    let text = quoted(text);
    let data = format!(
        r#"{{"candidates":[{{"content":{{"role":"model","parts":[{{"text":{text}}}]}},"index":{candidate}{end}}}]}}"#
    );
    Event::new(None, &data).raw().to_owned()
}

impl Stream {
    fn answer(&mut self, root: Value<'_>, is_last: bool, back: &mut Back<'_>, edits: &mut Edits) {
        // The code assistant's own form has the answer inside of another one.
        if let Some(inner) = root.get("response") {
            self.answer(inner, is_last, back, edits);
        }
        if let Some(usage) = root.get("usageMetadata") {
            let number = |name: &str| usage.get(name).and_then(Value::number);
            back.told.tokens_in = number("promptTokenCount").or(back.told.tokens_in);
            back.told.tokens_cached = number("cachedContentTokenCount").or(back.told.tokens_cached);
            // What it has thought is paid for like what it says.
            let out = [number("candidatesTokenCount"), number("thoughtsTokenCount")];
            if out.iter().any(Option::is_some) {
                back.told.tokens_out = Some(out.iter().flatten().fold(0, |sum: u64, it| sum.saturating_add(*it)));
            }
        }
        for candidate in root.get("candidates").into_iter().flat_map(Value::items) {
            let number = candidate.get("index").and_then(Value::number).unwrap_or(0);
            if self.texts.len() > MOST_CANDIDATES {
                edits.put(candidate.span(), "{}");
                continue;
            }
            let finish = candidate.text_of("finishReason");
            self.is_over |= finish.is_some();
            let ends = is_last || finish.is_some();
            if let Some(finish) = finish {
                back.told.finish = Some(finish.into_owned());
            }
            if let Some(parts) = candidate.get("content").and_then(|it| it.get("parts")) {
                self.parts(number, parts, ends, back, edits);
            }
        }
    }

    fn parts(&mut self, candidate: u64, parts: Value<'_>, ends: bool, back: &mut Back<'_>, edits: &mut Edits) {
        let all: Vec<Value<'_>> = parts.items().collect();
        let is_text = |part: &Value<'_>| part.get("text").is_some() && !part.get("thought").is_some_and(Value::is_true);
        let mut rest_goes_first = String::new();
        for (at, part) in all.iter().enumerate() {
            let calls = ["functionCall", "function_call"].map(|name| part.get(name));
            let ends_here = match all.get(at + 1) {
                Some(next) => !is_text(next),
                None => ends,
            };
            if is_text(part) && calls.iter().all(Option::is_none) {
                if let Some(text) = part.get("text") {
                    self.text(candidate, text, ends_here, back, edits);
                }
                continue;
            }
            // A text that came before is over.
            if at == 0 {
                rest_goes_first = self.rest(candidate, back);
            }
            match calls {
                // Which of the two a client would carry out nobody knows.
                [Some(_), Some(_)] => edits.put(part.span(), r#"{"text":""}"#),
                [Some(call), None] | [None, Some(call)] => rule(*part, call, back, edits),
                [None, None] => {}
            }
        }
        if all.is_empty() && ends {
            rest_goes_first = self.rest(candidate, back);
        }
        if !rest_goes_first.is_empty() {
            let comma = if all.is_empty() { "" } else { "," };
            let begin = parts.span().start + 1;
            edits.put(begin..begin, format!(r#"{{"text":{}}}{comma}"#, quoted(&rest_goes_first)));
        }
    }

    fn text(&mut self, candidate: u64, value: Value<'_>, ends: bool, back: &mut Back<'_>, edits: &mut Edits) {
        let text = value.text().unwrap_or_default();
        let said = self.texts.entry(candidate).or_insert_with(|| back.said());
        let mut out = said.push(&text, back);
        if ends {
            out.push_str(&self.rest(candidate, back));
        }
        if out != text {
            edits.put(value.span(), quoted(&out));
        }
    }

    fn rest(&mut self, candidate: u64, back: &mut Back<'_>) -> String {
        self.texts.remove(&candidate).map(|said| said.finish(back)).unwrap_or_default()
    }
}

fn rule(part: Value<'_>, call: Value<'_>, back: &mut Back<'_>, edits: &mut Edits) {
    let (id, name) = (call.text_of("id"), call.text_of("name").unwrap_or_default());
    let arguments = call.get("args");
    match back.rule(id.as_deref(), &name, arguments.map_or("{}", Value::raw)) {
        Outcome::Released(new) => {
            if let Some(arguments) = arguments.filter(|it| it.raw() != new) {
                edits.put(arguments.span(), new);
            }
        }
        Outcome::Refused(words) => edits.put(part.span(), format!(r#"{{"text":{}}}"#, quoted(&words))),
    }
}
