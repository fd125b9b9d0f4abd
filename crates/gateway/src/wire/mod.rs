//! The interfaces of models, one file each: what of a request is what, and how a reply comes.
//!
//! Pure: bytes come in, bytes come out. Nothing here knows where they come from. Whatever is not understood passes as it came,
//! with its strings looked at like all others.

mod back;
mod chat;
mod gemini;
mod messages;
mod ollama;
mod responses;
mod said;
mod sealed;

pub use back::{Back, Call, Finish, Ruling, Rulings, Told};

use crate::json::{Document, Edits, Malformed, Value, quoted};
use crate::sse::{Broken, Event, Events};
use portcullis_event::LlmOp;
use std::borrow::Cow;
use std::ops::Range;

/// An interface that models are spoken to by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Api {
    /// Anthropic's Messages.
    Messages,
    /// OpenAI's Chat Completions, which many others speak.
    Chat,
    /// OpenAI's Responses.
    Responses,
    /// Google's generateContent.
    Gemini,
    /// Ollama's own.
    Ollama,
}

/// What a request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The interface.
    pub api: Api,
    /// What is asked.
    pub op: LlmOp,
    /// The model, where the path names it.
    pub model: Option<String>,
    /// Whether the path says that the answer comes as a stream.
    pub streams: bool,
}

/// What a request says, as far as the gate has to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// The model.
    pub model: Option<String>,
    /// Texts that are never changed, because the provider has signed or sealed them: numbers of nodes.
    pub(crate) sealed: Vec<Range<usize>>,
    /// Results of tools.
    pub(crate) results: Vec<ToolResult>,
    /// What the user said: numbers of nodes. A client can put words into a user's mouth.
    pub(crate) said: Vec<Range<usize>>,
    /// What the model is told to go by: numbers of nodes.
    pub(crate) told: Vec<Range<usize>>,
}

/// What came of a call of a tool, as a request tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ToolResult {
    /// What the call is called.
    pub(crate) id: Option<String>,
    /// The tool, and what it was given, if the request tells the call as well.
    pub(crate) called: Option<Called>,
    /// Whether it is told that the call has failed. Not every interface has words for that.
    pub(crate) failed: bool,
    /// The numbers of its nodes.
    pub(crate) nodes: Range<usize>,
}

/// A call, as a request tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Called {
    pub(crate) name: String,
    /// JSON, or the text of a tool that takes one.
    pub(crate) input: Option<String>,
}

impl Called {
    fn new(name: Cow<'_, str>, input: Option<Value<'_>>) -> Self {
        // Arguments come as an object, or as the text of one.
        let input = input.map(|input| input.text().map_or_else(|| input.raw().to_owned(), Cow::into_owned));
        Self { name: name.into_owned(), input }
    }
}

/// A reply that comes as a stream of events.
pub(crate) trait Stream: Send {
    /// Takes the next event; gives what the client is to be sent.
    fn event(&mut self, event: Event, back: &mut Back<'_>) -> String;
    /// The stream has ended, whether or not it came to its end; gives what closes it properly.
    fn finish(&mut self, why: Finish<'_>, back: &mut Back<'_>) -> String;
}

impl Route {
    /// What a request is, by the end of its path; `None` if no model is asked anything.
    pub fn of(path: &str) -> Option<Self> {
        let path = path.split('?').next().unwrap_or_default().trim_end_matches('/');
        if !is_plain(path) {
            return None;
        }
        let route = |api, op| Some(Self { api, op, model: None, streams: false });
        let ends = |end: &str| path.ends_with(end);
        if ends("/v1/messages") {
            return route(Api::Messages, LlmOp::Request);
        }
        if ends("/v1/messages/count_tokens") {
            return route(Api::Messages, LlmOp::CountTokens);
        }
        if ends("/chat/completions") {
            return route(Api::Chat, LlmOp::Request);
        }
        if ends("/responses") || ends("/responses/compact") {
            return route(Api::Responses, LlmOp::Request);
        }
        if ends("/v1/embeddings") || ends("/api/embed") || ends("/api/embeddings") {
            return route(if ends("/v1/embeddings") { Api::Chat } else { Api::Ollama }, LlmOp::Embed);
        }
        if ends("/api/chat") || ends("/api/generate") {
            return route(Api::Ollama, LlmOp::Request);
        }
        gemini::route(path)
    }

    /// Whether a path is one at which models are asked on every server, whoever it is of.
    pub(crate) fn is_usual(path: &str) -> bool {
        const USUAL: [&str; 5] =
            ["/v1/messages", "/v1/chat/completions", "/v1/responses", "/api/chat", "/api/generate"];
        let plain = path.split('?').next().unwrap_or_default();
        USUAL.contains(&plain) || Self::of(path).is_some_and(|route| route.api == Api::Gemini)
    }

    /// What a request says.
    pub fn read(&self, document: &Document<'_>) -> Request {
        let mut request = match self.api {
            Api::Messages => messages::request(document),
            Api::Chat => chat::request(document),
            Api::Responses => responses::request(document),
            Api::Gemini => gemini::request(document),
            Api::Ollama => ollama::request(document),
        };
        if self.model.is_some() {
            request.model.clone_from(&self.model);
        }
        request
    }

    /// A reader of the reply, if it comes as a stream of events.
    pub(crate) fn stream(&self) -> Box<dyn Stream> {
        match self.api {
            Api::Messages => Box::new(messages::Stream::default()),
            Api::Chat => Box::new(chat::Stream::default()),
            Api::Ollama => Box::new(ollama::Stream::default()),
            Api::Responses => Box::new(responses::Stream::default()),
            Api::Gemini => Box::new(gemini::Stream::default()),
        }
    }

    /// A reply that is one document, with values put back and calls ruled about.
    pub(crate) fn whole(&self, document: &Document<'_>, back: &mut Back<'_>) -> String {
        match self.api {
            Api::Messages => messages::whole(document, back),
            Api::Chat => chat::whole(document, back),
            Api::Responses => responses::whole(document, back),
            Api::Gemini => gemini::whole(document, back),
            Api::Ollama => ollama::whole(document, back),
        }
    }
}

/// Whether every server takes a path for the same one.
pub(crate) fn is_plain(path: &str) -> bool {
    path.starts_with('/') && !path.contains("..") && !path.contains("//") && !path.contains(['%', '\\'])
}

/// An event that brings a piece of text, with what is shown of the piece; nothing if that is nothing yet.
fn showing(event: &Event, piece: Value<'_>, shown: &str) -> String {
    if shown == piece.text().unwrap_or_default() {
        return event.raw().to_owned();
    }
    if shown.is_empty() {
        return String::new();
    }
    let mut edits = Edits::default();
    edits.put(piece.span(), quoted(shown));
    edited(event, edits)
}

/// An event with changes in its data.
fn edited(event: &Event, edits: Edits) -> String {
    if edits.is_empty() {
        return event.raw().to_owned();
    }
    // Edits that do not fit are a mistake of ours, and then nothing is handed on.
    let data = event.data().and_then(|data| edits.applied(data));
    data.map(|data| event.with_data(&data).raw().to_owned()).unwrap_or_default()
}

/// A reply on its way back.
pub struct Reply {
    events: Events,
    stream: Box<dyn Stream>,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").finish_non_exhaustive()
    }
}

impl Reply {
    /// One that comes as a stream.
    pub fn new(route: &Route) -> Self {
        let events = if route.api == Api::Ollama { Events::in_lines() } else { Events::default() };
        Self { events, stream: route.stream() }
    }

    /// Takes the next piece; gives what the client is to be sent.
    pub fn push(&mut self, piece: &[u8], back: &mut Back<'_>) -> Result<String, Broken> {
        self.events.push(piece);
        let mut out = String::new();
        while let Some(event) = self.events.take()? {
            out.push_str(&self.stream.event(event, back));
        }
        Ok(out)
    }

    /// The stream has ended; gives what closes it.
    pub fn finish(&mut self, why: Finish<'_>, back: &mut Back<'_>) -> String {
        self.stream.finish(why, back)
    }

    /// A reply that is one document.
    pub fn document(route: &Route, source: &str, back: &mut Back<'_>) -> Result<String, Malformed> {
        Ok(route.whole(&Document::read(source)?, back))
    }
}

/// A refusal of a whole request, in the form in which this interface tells errors.
pub fn refusal(api: Api, status: u16, words: &str) -> String {
    let message = crate::json::quoted(words);
    match api {
        Api::Messages => {
            let kind = match status {
                401 => "authentication_error",
                403 => "permission_error",
                429 => "rate_limit_error",
                _ => "invalid_request_error",
            };
            format!(r#"{{"type":"error","error":{{"type":"{kind}","message":{message}}}}}"#)
        }
        Api::Chat | Api::Responses => {
            let (kind, code) = match status {
                401 => ("invalid_request_error", "invalid_api_key"),
                429 => ("rate_limit_error", "rate_limit_exceeded"),
                _ => ("invalid_request_error", "portcullis"),
            };
            format!(r#"{{"error":{{"message":{message},"type":"{kind}","param":null,"code":"{code}"}}}}"#)
        }
        Api::Gemini => {
            let kind = match status {
                401 => "UNAUTHENTICATED",
                403 => "PERMISSION_DENIED",
                429 => "RESOURCE_EXHAUSTED",
                _ => "INVALID_ARGUMENT",
            };
            format!(r#"{{"error":{{"code":{status},"message":{message},"status":"{kind}"}}}}"#)
        }
        Api::Ollama => format!(r#"{{"error":{message}}}"#),
    }
}
