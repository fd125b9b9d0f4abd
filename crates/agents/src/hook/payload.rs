//! What an agent sends, and what most of them have in common in it.

use super::{Kind, Malformed, Said, Subject, ToolUse};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::fmt;

/// An object that an agent sent.
pub(super) struct Payload<'a>(&'a Map<String, Value>);

/// JSON in which no member stands twice: of two, the agent might mean the one and we judge the other.
pub(super) fn parse(sent: &[u8]) -> Result<Value, Malformed> {
    read(sent).or_else(|error| {
        // Programs write half a character as such; whoever reads it sees a sign for what is missing.
        without_halves(sent).map_or(Err(error), |mended| read(&mended))
    })
}

fn read(sent: &[u8]) -> Result<Value, Malformed> {
    let left = Cell::new(MOST);
    let mut deserializer = serde_json::Deserializer::from_slice(sent);
    let value = Strict(&left).deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| {
        let text = error.to_string();
        if text.starts_with(TWICE) {
            Malformed::Twice
        } else if text.starts_with(MANY) {
            Malformed::Many
        } else {
            Malformed::Json(text)
        }
    })
}

/// So many values are in one at most: each takes far more memory than the bytes that it is written with.
const MOST: u32 = 200_000;

const TWICE: &str = "a member stands twice";
const MANY: &str = "too many values";

/// The same with every escape that is half of a character replaced; `None` if there is none.
fn without_halves(sent: &[u8]) -> Option<Vec<u8>> {
    let unit = |at: usize| -> Option<u32> {
        let digits = sent.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let (mut out, mut at, mut changed) = (sent.to_vec(), 0, false);
    while let Some(byte) = sent.get(at) {
        let length = match (byte, unit(at)) {
            (b'\\', Some(0xd800..=0xdbff)) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => 12,
            (b'\\', Some(0xd800..=0xdfff)) => {
                if let Some(place) = out.get_mut(at + 2..at + 6) {
                    place.copy_from_slice(b"fffd");
                    changed = true;
                }
                6
            }
            (b'\\', _) => 2,
            _ => 1,
        };
        at += length;
    }
    changed.then_some(out)
}

/// Counts what is left to be read.
#[derive(Clone, Copy)]
struct Strict<'c>(&'c Cell<u32>);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let left = self.0.get().checked_sub(1).ok_or_else(|| de::Error::custom(MANY))?;
        self.0.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            all.push(item);
        }
        Ok(all.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            if all.insert(name, entries.next_value_seed(self)?).is_some() {
                return Err(de::Error::custom(TWICE));
            }
        }
        Ok(all.into())
    }
}

impl<'a> Payload<'a> {
    pub(super) fn new(value: &'a Value) -> Result<Self, Malformed> {
        value.as_object().map(Self).ok_or(Malformed::Object)
    }

    /// A member that is text, by the first of these names that is there.
    pub(super) fn text(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.0.get(*name)?.as_str()).map(str::to_owned)
    }

    /// The same, where nothing can be judged without it.
    pub(super) fn needed(&self, name: &'static str) -> Result<String, Malformed> {
        self.0.get(name).and_then(Value::as_str).map(str::to_owned).ok_or(Malformed::Field(name))
    }

    /// A member, by the first of these names that is there.
    pub(super) fn value(&self, names: &[&str]) -> Option<&'a Value> {
        names.iter().find_map(|name| self.0.get(*name))
    }

    /// A member that is an object.
    pub(super) fn object(&self, name: &'static str) -> Result<Payload<'a>, Malformed> {
        self.0.get(name).and_then(Value::as_object).map(Payload).ok_or(Malformed::Field(name))
    }

    /// The first of a list of texts.
    pub(super) fn first(&self, name: &str) -> Option<String> {
        self.0.get(name)?.as_array()?.first()?.as_str().map(str::to_owned)
    }

    /// That the payload is about the event that the hook was registered for, if it says so.
    pub(super) fn about(&self, names: &[&str], registered: &str) -> Result<(), Malformed> {
        match self.text(names) {
            Some(sent) if sent != registered => Err(Malformed::Event { registered: registered.to_owned(), sent }),
            Some(_) | None => Ok(()),
        }
    }

    /// What a tool is given: an object, or the text of one, as some agents send it.
    pub(super) fn input(&self, name: &str) -> Value {
        match self.0.get(name) {
            None | Some(Value::Null) => Value::Object(Map::new()),
            Some(Value::String(text)) => match parse(text.as_bytes()) {
                Ok(value @ Value::Object(_)) => value,
                // Some tools are given nothing but text.
                Ok(_) | Err(_) => Value::String(text.clone()),
            },
            Some(value) => value.clone(),
        }
    }

    /// What most agents send: one shape, with members in `snake_case`.
    pub(super) fn usual(&self, event: &str, kind: Kind) -> Result<Said, Malformed> {
        self.about(&["hook_event_name", "hookEventName"], event)?;
        let subject = match kind {
            Kind::Before | Kind::Permission => Subject::Use(self.tool_use()?),
            Kind::After => Subject::Result(
                self.tool_use()?,
                self.value(&["tool_response", "tool_result", "tool_output"]).cloned().unwrap_or_default(),
            ),
            Kind::Prompt => Subject::Prompt(self.needed("prompt")?),
            Kind::Other => Subject::Nothing,
        };
        Ok(Said {
            session: self.text(&["session_id", "sessionId"]),
            model: self.text(&["model"]),
            cwd: self.text(&["cwd", "working_dir"]),
            subject,
        })
    }

    fn tool_use(&self) -> Result<ToolUse, Malformed> {
        let name = self.needed("tool_name")?;
        let server = self.value(&["mcp_context"]).and_then(|it| it.get("server_name")?.as_str()).map(str::to_owned);
        Ok(ToolUse { input: self.input("tool_input"), id: self.text(&["tool_use_id", "tool_call_id"]), name, server })
    }
}
