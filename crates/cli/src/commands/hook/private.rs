//! Text that is handed over with a call: put where private text belongs, piece by piece, so that an inspection sees what
//! a person would see and not how JSON writes it.

use portcullis_event::{Content, Event};
use serde_json::Value;

/// So many pieces have a place of their own; what comes after them is one piece.
const MOST: usize = 256;

/// Adds every text in `value` to the event, under `name` and its place in the value.
pub(super) fn add(event: &mut Event, name: &str, value: &Value) {
    let mut left = Vec::new();
    let mut pieces = Pieces { event, more: String::new(), more_name: format!("{name}.more") };
    left.push((name.to_owned(), value));
    while let Some((place, value)) = left.pop() {
        match value {
            Value::String(text) => pieces.add(place, text),
            Value::Array(items) => {
                left.extend(items.iter().enumerate().map(|(at, item)| (format!("{place}[{at}]"), item)));
            }
            Value::Object(entries) => {
                for (member, inner) in entries {
                    // A member's name is text that the agent chose as well.
                    pieces.remember(member);
                    left.push((format!("{place}.{member}"), inner));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    pieces.finish();
}

struct Pieces<'a> {
    event: &'a mut Event,
    more: String,
    more_name: String,
}

impl Pieces<'_> {
    fn add(&mut self, place: String, text: &str) {
        if self.event.content.len() < MOST {
            self.event.content.insert(place, Content::Clear(text.to_owned()));
        } else {
            self.remember(text);
        }
    }

    fn remember(&mut self, text: &str) {
        self.more.push_str(text);
        self.more.push('\n');
    }

    fn finish(self) {
        if !self.more.trim().is_empty() {
            self.event.content.insert(self.more_name, Content::Clear(self.more));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::{Actor, EventId, Note};
    use serde_json::json;
    use std::time::SystemTime;

    fn content(value: &Value) -> Vec<(String, String)> {
        let mut event = Event::new(EventId::fresh(), SystemTime::now().into(), Actor::default(), Note::new("n"));
        add(&mut event, "input", value);
        let text = |content: Content| if let Content::Clear(text) = content { text } else { String::new() };
        event.content.into_iter().map(|(name, content)| (name, text(content))).collect()
    }

    #[test]
    fn every_text_is_there_as_a_person_reads_it() {
        let found = content(&json!({"a": "x\ny", "b": [{"c": "z"}, 1, null]}));
        let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        assert_eq!(found, [pair("input.a", "x\ny"), pair("input.b[0].c", "z"), pair("input.more", "a\nb\nc\n"),]);
    }

    #[test]
    fn nothing_is_lost_where_there_is_very_much() {
        let many: Vec<String> = (0..1000).map(|number| format!("text-{number}")).collect();
        let found = content(&json!(many));
        assert!(found.len() <= MOST + 1);
        let all: String = found.into_iter().map(|(_, text)| text + "\n").collect();
        assert!(many.iter().all(|text| all.lines().any(|line| line == text)));
    }
}
