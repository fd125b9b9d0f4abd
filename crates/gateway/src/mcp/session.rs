//! One client and one server: what each says, and what the other is told of it.

use super::lines::Line;
use super::message::{self, Id, Message, error, refusal};
use super::offers::{self, PROMPTS, Standings, TOOLS, is_plain};
use super::pieces::Pieces;
use super::road::{Call, Fate, Road, Standing};
use crate::json::{Document, Edits, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Requests of one side that wait for their answer.
const MOST_WAITING: usize = 10_000;

/// Questions of a client that make nothing happen, and whose answer is looked into.
const ASKED_FREELY: [&str; 9] = [
    "initialize",
    "ping",
    "tools/list",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
    "resources/unsubscribe",
    "logging/setLevel",
    "server/discover",
];

/// Questions of a server that make nothing happen.
const ASKED_BACK_FREELY: [&str; 2] = ["ping", "roots/list"];

/// What is to be said to both, one message each.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Out {
    /// To the server.
    pub to_server: Vec<String>,
    /// To the client.
    pub to_client: Vec<String>,
}

/// What was asked under an id.
#[derive(Debug)]
struct Waiting {
    method: String,
    /// The tool that was called, if one was.
    tool: Option<String>,
}

/// A client and a server, and what they have said to each other.
#[derive(Debug)]
pub struct Session {
    road: Arc<dyn Road>,
    asked: BTreeMap<Id, Waiting>,
    asked_back: BTreeMap<Id, Waiting>,
    tools: Standings,
    prompts: Standings,
}

impl Session {
    /// Neither has said anything yet.
    pub fn new(road: Arc<dyn Road>) -> Self {
        Self {
            road,
            asked: BTreeMap::new(),
            asked_back: BTreeMap::new(),
            tools: Standings::new(),
            prompts: Standings::new(),
        }
    }

    /// Takes what the client says.
    pub fn client(&mut self, text: &str) -> Out {
        let mut out = Out::default();
        let read = Document::read(text).map_err(|error| error.to_string());
        let messages = read.as_ref().map_err(Clone::clone).and_then(|it| message::each(it).map_err(str::to_owned));
        match messages {
            Ok(all) => all.into_iter().for_each(|one| self.one_of_client(one, &mut out)),
            Err(why) => self.turn_down(None, -32700, &why, &mut out),
        }
        out
    }

    /// Takes what the server says.
    pub fn server(&mut self, text: &str) -> Out {
        let mut out = Out::default();
        let read = Document::read(text).map_err(|error| error.to_string());
        let messages = read.as_ref().map_err(Clone::clone).and_then(|it| message::each(it).map_err(str::to_owned));
        match messages {
            Ok(all) => all.into_iter().for_each(|one| self.one_of_server(one, &mut out)),
            Err(why) => self.road.refused(&format!("what the server said can't be read: {why}")),
        }
        out
    }

    /// Takes a line of one side.
    pub fn take(&mut self, line: Line, by_client: bool) -> Out {
        match (line, by_client) {
            (Line::Text(text), true) => self.client(&text),
            (Line::Text(text), false) => self.server(&text),
            (Line::Unreadable(why), by_client) => self.unreadable(by_client, why),
        }
    }

    /// Takes note of something that can't even be read.
    fn unreadable(&mut self, by_client: bool, why: &str) -> Out {
        let mut out = Out::default();
        if by_client {
            self.turn_down(None, -32700, why, &mut out);
        } else {
            self.road.refused(&format!("what the server said can't be read: {why}"));
        }
        out
    }

    /// A request that the server never hears of.
    fn turn_down(&self, id: Option<&Id>, code: i32, why: &str, out: &mut Out) {
        self.road.refused(&format!("what the client said was not handed on: {why}"));
        out.to_client.push(error(id, code, &format!("Portcullis: this was not handed on: {why}")));
    }

    fn one_of_client(&mut self, text: &str, out: &mut Out) {
        let Ok(document) = Document::read(text) else { return };
        match Message::read(document.root()) {
            Err(why) => self.turn_down(None, -32600, why, out),
            Ok(Message::Request { id, method, params }) => {
                if self.asked.contains_key(&id) {
                    self.turn_down(Some(&id), -32600, "its id is that of a request which waits for its answer", out);
                } else if self.asked.len() >= MOST_WAITING {
                    self.turn_down(Some(&id), -32603, "too many requests wait for their answers", out);
                } else {
                    self.request(text, id, &method, params, out);
                }
            }
            Ok(Message::Notice { method, params }) => {
                if method == "notifications/cancelled" {
                    self.cancelled(params);
                }
                out.to_server.push(text.to_owned());
            }
            Ok(Message::Answer { id, .. }) => {
                let Some(of) = self.asked_back.remove(&id) else {
                    return self.road.refused("the client answered what nobody had asked");
                };
                if ASKED_BACK_FREELY.contains(&of.method.as_str()) {
                    return out.to_server.push(text.to_owned());
                }
                let pieces = Pieces::of(&document, None);
                let fate = self.road.leaves(&of.method, &pieces.all);
                match edited(&document, &pieces, fate) {
                    Ok(text) => out.to_server.push(text),
                    Err(words) => out.to_server.push(error(Some(&id), -32603, &words)),
                }
            }
        }
    }

    fn request(&mut self, text: &str, id: Id, method: &str, params: Option<Value<'_>>, out: &mut Out) {
        let mut waiting = Waiting { method: method.to_owned(), tool: None };
        if method == "tools/call" {
            match self.tool_call(&id, params) {
                Ok(tool) => waiting.tool = Some(tool),
                Err(words) => return out.to_client.push(refusal(&id, &words)),
            }
        } else if !ASKED_FREELY.contains(&method)
            && let Err(words) = self.other_call(&id, method, params)
        {
            return out.to_client.push(error(Some(&id), -32603, &words));
        }
        self.asked.insert(id, waiting);
        out.to_server.push(text.to_owned());
    }

    /// A call of a tool that may happen; else the words for whoever called.
    fn tool_call(&self, id: &Id, params: Option<Value<'_>>) -> Result<String, String> {
        let name = params.and_then(|params| params.text_of("name")).filter(|name| is_plain(name));
        let Some(name) = name else {
            self.road.refused("a call that names no tool");
            return Err("Portcullis: this call was not handed on: it names no tool".to_owned());
        };
        match self.tools.get(&*name) {
            Some(Standing::Approved) => {}
            Some(Standing::Blocked(words)) => {
                self.road.refused(&format!("a call of `{name}`, which is blocked"));
                return Err(words.clone());
            }
            None => {
                self.road.refused(&format!("a call of `{name}`, which was not offered"));
                return Err(format!("Portcullis: this server has not offered `{name}`: ask it for its tools first"));
            }
        }
        let input = params.and_then(|params| params.get("arguments")).map_or("{}", Value::raw);
        self.road.call(&Call { name: &name, is_tool: true, input, id: id.as_json() })?;
        Ok(name.into_owned())
    }

    fn other_call(&self, id: &Id, method: &str, params: Option<Value<'_>>) -> Result<(), String> {
        if method == "prompts/get"
            && let Some(name) = params.and_then(|params| params.text_of("name"))
            && let Some(Standing::Blocked(words)) = self.prompts.get(&*name)
        {
            return Err(words.clone());
        }
        let input = params.map_or("{}", Value::raw);
        self.road.call(&Call { name: method, is_tool: false, input, id: id.as_json() })
    }

    /// An answer that comes yet is to nothing that anybody waits for.
    fn cancelled(&mut self, params: Option<Value<'_>>) {
        let Some(id) = params.and_then(|params| params.get("requestId")) else { return };
        let id = id.text().map_or_else(|| id.raw().to_owned(), |text| crate::json::quoted(&text));
        self.asked.retain(|waiting, _| waiting.as_json() != id);
    }

    fn one_of_server(&mut self, text: &str, out: &mut Out) {
        let Ok(document) = Document::read(text) else { return };
        match Message::read(document.root()) {
            Err(why) => self.road.refused(&format!("what the server said can't be read: {why}")),
            Ok(Message::Request { id, method, .. }) => {
                if self.asked_back.contains_key(&id) || self.asked_back.len() >= MOST_WAITING {
                    self.road.refused("the server asks under an id that waits, or very much at once");
                    return out.to_server.push(error(Some(&id), -32600, "Portcullis: this was not handed on"));
                }
                let pieces = Pieces::of(&document, None);
                let is_free = ASKED_BACK_FREELY.contains(&&*method);
                let fate = if is_free { Fate::AsItIs } else { self.road.asks(&method, &pieces.all) };
                match edited(&document, &pieces, fate) {
                    Ok(text) => {
                        self.asked_back.insert(id, Waiting { method: method.into_owned(), tool: None });
                        out.to_client.push(text);
                    }
                    Err(words) => out.to_server.push(error(Some(&id), -32603, &words)),
                }
            }
            Ok(Message::Notice { method, .. }) => {
                let pieces = Pieces::of(&document, None);
                let fate = self.road.came(&method, &pieces.all);
                // Nobody waits for it, so nothing has to stand in its place.
                out.to_client.extend(edited(&document, &pieces, fate));
            }
            Ok(Message::Answer { id, content, is_result }) => {
                let Some(of) = self.asked.remove(&id) else {
                    return self.road.refused("the server answered what nobody had asked");
                };
                out.to_client.push(self.answer(&document, &id, &of, content, is_result));
            }
        }
    }

    /// What a client is told of an answer.
    fn answer(
        &mut self,
        document: &Document<'_>,
        id: &Id,
        of: &Waiting,
        content: Value<'_>,
        is_result: bool,
    ) -> String {
        let (mut edits, mut hole) = (Edits::default(), None);
        match of.method.as_str() {
            "tools/list" if is_result => {
                offers::look(TOOLS, content, &*self.road, &mut self.tools, &mut edits);
                hole = content.get("tools").map(Value::span);
            }
            "prompts/list" if is_result => {
                offers::look(PROMPTS, content, &*self.road, &mut self.prompts, &mut edits);
                hole = content.get("prompts").map(Value::span);
            }
            "initialize" if is_result => {
                offers::instructions(document, content, &*self.road, &mut edits);
                hole = content.get("instructions").map(Value::span);
            }
            _ => {}
        }
        let pieces = Pieces::of(document, hole.as_ref());
        let fate = self.road.came(of.tool.as_deref().unwrap_or(&of.method), &pieces.all);
        let done = pieces.edit(fate, &mut edits).and_then(|()| {
            edits.applied(document.source()).ok_or_else(|| "Portcullis: this answer can't be handed on".to_owned())
        });
        match done {
            Ok(text) => text,
            Err(words) if of.tool.is_some() => refusal(id, &words),
            Err(words) => error(Some(id), -32603, &words),
        }
    }
}

/// What a client calls itself, if this is how it begins.
pub fn client_of(text: &str) -> Option<String> {
    let document = Document::read(text).ok()?;
    let info = document.root().get("params")?.get("clientInfo")?;
    info.text_of("name").map(String::from)
}

/// The answer to whatever a client says to a server that is not used.
pub fn declined(text: &str, words: &str) -> Option<String> {
    let document = Document::read(text).ok()?;
    match Message::read(document.root()).ok()? {
        Message::Request { id, .. } => Some(error(Some(&id), -32603, words)),
        Message::Notice { .. } | Message::Answer { .. } => None,
    }
}

/// A message with what became of its texts.
fn edited(document: &Document<'_>, pieces: &Pieces, fate: Fate) -> Result<String, String> {
    let mut edits = Edits::default();
    pieces.edit(fate, &mut edits)?;
    edits.applied(document.source()).ok_or_else(|| "Portcullis: this can't be handed on".to_owned())
}
