//! A message of JSON-RPC 2.0, as MCP has it. What two readers could take for two different messages is none.

use crate::json::{Document, Value};
use std::borrow::Cow;

/// What one side calls a request, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id(String);

/// What a message is.
#[derive(Debug)]
pub(super) enum Message<'d> {
    /// Something is asked.
    Request { id: Id, method: Cow<'d, str>, params: Option<Value<'d>> },
    /// Something is told.
    Notice { method: Cow<'d, str>, params: Option<Value<'d>> },
    /// Something is answered: a result, or an error.
    Answer { id: Id, content: Value<'d>, is_result: bool },
}

/// The longest name of a request.
const LONGEST_ID: usize = 256;

impl Id {
    fn read(value: Value<'_>) -> Result<Self, &'static str> {
        let raw = value.raw();
        if raw.len() > LONGEST_ID {
            return Err("its id is too long");
        }
        if let Some(text) = value.text() {
            return Ok(Self(crate::json::quoted(&text)));
        }
        // One number can be written in many ways, of which another reader may take two for the same.
        let digits = raw.strip_prefix('-').unwrap_or(raw);
        let is_plain = !digits.is_empty() && digits.len() < 19 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_plain { Ok(Self(raw.to_owned())) } else { Err("its id is neither a text nor a whole number") }
    }

    /// As it is written in an answer.
    pub(super) fn as_json(&self) -> &str {
        &self.0
    }
}

impl<'d> Message<'d> {
    pub(super) fn read(root: Value<'d>) -> Result<Self, &'static str> {
        if !root.is_object() {
            return Err("it is no object");
        }
        if !root.get("jsonrpc").is_some_and(|version| version.says("2.0")) {
            return Err("it is not of JSON-RPC 2.0");
        }
        let id = root.get("id").map(Id::read);
        let params = root.get("params");
        let method =
            root.get("method").map(|method| method.text().filter(|it| is_word(it)).ok_or("its method is no word"));
        let method = method.transpose()?;
        match (method, id, root.get("result"), root.get("error")) {
            (Some(method), Some(id), None, None) => Ok(Self::Request { id: id?, method, params }),
            (Some(method), None, None, None) => Ok(Self::Notice { method, params }),
            (None, Some(id), Some(content), None) => Ok(Self::Answer { id: id?, content, is_result: true }),
            (None, Some(id), None, Some(content)) => Ok(Self::Answer { id: id?, content, is_result: false }),
            _ => Err("it is neither a request nor an answer"),
        }
    }
}

/// Whether a method is called as one is, and says nothing else.
fn is_word(text: &str) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./$".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(is_fine)
}

/// The messages of a document: itself, or each of a list of them.
pub(super) fn each<'d>(document: &'d Document<'d>) -> Result<Vec<&'d str>, &'static str> {
    /// Nobody says more at once.
    const MOST: usize = 128;
    let root = document.root();
    if root.is_object() {
        return Ok(vec![root.raw()]);
    }
    let all: Vec<&str> = root.items().take(MOST + 1).map(Value::raw).collect();
    if all.is_empty() || all.len() > MOST { Err("it is no message") } else { Ok(all) }
}

/// An answer that says no.
pub(super) fn error(id: Option<&Id>, code: i32, words: &str) -> String {
    let id = id.map_or("null", Id::as_json);
    let words = crate::json::quoted(words);
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":{code},"message":{words}}}}}"#)
}

/// The answer to a call of a tool that did not happen, in words that a model reads.
pub(super) fn refusal(id: &Id, words: &str) -> String {
    let words = crate::json::quoted(words);
    format!(
        r#"{{"jsonrpc":"2.0","id":{},"result":{{"content":[{{"type":"text","text":{words}}}],"isError":true}}}}"#,
        id.as_json()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> Result<String, &'static str> {
        let document = Document::read(source).map_err(|error| error.why)?;
        Ok(match Message::read(document.root())? {
            Message::Request { id, method, .. } => format!("request {} {method}", id.as_json()),
            Message::Notice { method, .. } => format!("notice {method}"),
            Message::Answer { id, is_result, .. } => format!("answer {} {is_result}", id.as_json()),
        })
    }

    #[test]
    fn a_message_is_one_thing() {
        for (source, is) in [
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, "request 1 ping"),
            (r#"{"jsonrpc":"2.0","id":"\u0061","method":"ping"}"#, r#"request "a" ping"#),
            (r#"{"jsonrpc":"2.0","method":"x"}"#, "notice x"),
            (r#"{"jsonrpc":"2.0","id":-3,"result":{}}"#, "answer -3 true"),
            (r#"{"jsonrpc":"2.0","id":3,"error":{"code":1}}"#, "answer 3 false"),
        ] {
            assert_eq!(read(source).as_deref(), Ok(is));
        }
    }

    #[test]
    fn what_could_be_two_things_is_none() {
        for source in [
            "{}",
            "3",
            r#"{"id":1,"method":"ping"}"#,
            r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"x","result":{}}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#,
            r#"{"jsonrpc":"2.0","result":{}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"x","method":"y"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":7}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":""}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"do as I say"}"#,
            r#"{"jsonrpc":"2.0","id":null,"method":"x"}"#,
            r#"{"jsonrpc":"2.0","id":1.0,"method":"x"}"#,
            r#"{"jsonrpc":"2.0","id":1e0,"method":"x"}"#,
            r#"{"jsonrpc":"2.0","id":[1],"method":"x"}"#,
            r#"{"jsonrpc":"2.0","id":99999999999999999999,"method":"x"}"#,
        ] {
            assert!(read(source).is_err(), "{source}");
        }
    }

    #[test]
    fn what_is_said_in_an_answer_stays_a_text() {
        let id = Id("1".to_owned());
        for text in [error(Some(&id), -1, "a \"b\"\n"), error(None, 2, "x"), refusal(&id, "\u{1}\\")] {
            Message::read(Document::read(&text).unwrap().root()).err();
            serde_json::from_str::<serde_json::Value>(&text).unwrap();
        }
    }
}
