//! Ollama's own interface: a document, or one in each line. Calls come whole.

use super::back::{Back, Finish, Outcome};
use super::said::Said;
use super::{Called, Request, ToolResult, edited};
use crate::json::{Document, Edits, Value, quoted};
use crate::sse::Event;
use std::collections::VecDeque;

pub(super) fn request(document: &Document<'_>) -> Request {
    let root = document.root();
    let mut request = Request { model: root.text_of("model").map(Into::into), ..Request::default() };
    request.said.extend(root.get("prompt").map(Value::numbers));
    request.told.extend(root.get("system").map(Value::numbers));
    let mut calls = VecDeque::new();
    for message in root.get("messages").into_iter().flat_map(Value::items) {
        for call in message.get("tool_calls").into_iter().flat_map(Value::items) {
            let inner = call.get("function").unwrap_or(call);
            calls.extend(inner.text_of("name").map(|name| Called::new(name, inner.get("arguments"))));
        }
        let role = message.text_of("role").unwrap_or_default();
        let Some(content) = message.get("content") else { continue };
        if role == "tool" {
            request.results.push(result(message, content, &mut calls));
        } else if role == "user" {
            request.said.push(content.numbers());
        } else if role == "system" {
            request.told.push(content.numbers());
        }
    }
    request
}

/// A result. It stands behind its call in the same order; older clients do not even say its tool.
fn result(message: Value<'_>, content: Value<'_>, calls: &mut VecDeque<Called>) -> ToolResult {
    let name = message.text_of("tool_name").or_else(|| message.text_of("name"));
    let place = calls.iter().position(|call| name.as_ref().is_none_or(|name| call.name == **name));
    let known = place.and_then(|place| calls.remove(place));
    let called = known.or_else(|| name.map(|name| Called::new(name, None)));
    ToolResult { id: message.text_of("tool_call_id").map(Into::into), called, failed: false, nodes: content.numbers() }
}

/// A reply that is one document.
pub(super) fn whole(document: &Document<'_>, back: &mut Back<'_>) -> String {
    let mut edits = Edits::default();
    Stream::default().line(document.root(), true, back, &mut edits);
    edits.applied(document.source()).unwrap_or_default()
}

/// A reply of many lines.
#[derive(Default)]
pub(super) struct Stream {
    text: Option<Said>,
    is_over: bool,
}

impl super::Stream for Stream {
    fn event(&mut self, event: Event, back: &mut Back<'_>) -> String {
        let Some(data) = event.data() else { return event.raw().to_owned() };
        let Ok(document) = Document::read(data) else { return String::new() };
        let mut edits = Edits::default();
        self.line(document.root(), false, back, &mut edits);
        edited(&event, edits)
    }

    fn finish(&mut self, why: Finish<'_>, back: &mut Back<'_>) -> String {
        let rest = self.rest(back);
        match why {
            Finish::Broken(words) if !self.is_over => {
                let text = quoted(&(rest + words));
                format!(
                    "{{\"message\":{{\"role\":\"assistant\",\"content\":{text}}},\"done\":true,\"done_reason\":\"stop\"}}\n"
                )
            }
            Finish::Broken(_) | Finish::Ended => String::new(),
        }
    }
}

impl Stream {
    fn line(&mut self, root: Value<'_>, is_last: bool, back: &mut Back<'_>, edits: &mut Edits) {
        let number = |name: &str| root.get(name).and_then(Value::number);
        back.told.tokens_in = number("prompt_eval_count").or(back.told.tokens_in);
        back.told.tokens_out = number("eval_count").or(back.told.tokens_out);
        let ends = is_last || root.get("done").is_some_and(Value::is_true);
        self.is_over |= ends;
        let message = root.get("message");
        let mut said = String::new();
        if let Some(calls) = message.and_then(|it| it.get("tool_calls")).filter(|it| it.items().next().is_some()) {
            let mut kept = Vec::new();
            for call in calls.items() {
                let function = call.get("function").unwrap_or(call);
                let arguments = function.get("arguments");
                let name = function.text_of("name").unwrap_or_default();
                match back.rule(call.text_of("id").as_deref(), &name, arguments.map_or("{}", Value::raw)) {
                    Outcome::Refused(words) => said.push_str(&words),
                    Outcome::Released(new) => {
                        let mut inner = Edits::default();
                        if let Some(arguments) = arguments.filter(|it| it.raw() != new) {
                            inner.put(arguments.span(), new);
                        }
                        kept.push(inner.moved(call.span().start).applied(call.raw()).unwrap_or_default());
                    }
                }
            }
            edits.put(calls.span(), format!("[{}]", kept.join(",")));
        }
        let value = message.and_then(|it| it.get("content")).or_else(|| root.get("response"));
        if let Some(value) = value {
            let text = value.text().unwrap_or_default();
            let mut out = self.text.get_or_insert_with(|| back.said()).push(&text, back);
            if ends || !said.is_empty() {
                out.push_str(&self.rest(back));
            }
            out.push_str(&said);
            if out != text {
                edits.put(value.span(), quoted(&out));
            }
        }
        if let Some(reason) = root.text_of("done_reason") {
            back.told.finish = Some(reason.into_owned());
        }
    }

    fn rest(&mut self, back: &mut Back<'_>) -> String {
        self.text.take().map(|said| said.finish(back)).unwrap_or_default()
    }
}
