//! Text that is handed over with a call: put where private text belongs, piece by piece, so that an inspection sees what
//! a person would see and not how JSON writes it.

use portcullis_event::{Content, Event};
use serde_json::Value;

/// So many pieces have a place of their own; what comes after them is one piece.
const MOST: usize = 256;

/// Where each text of a value was put, for whoever wants to put something else there.
///
/// A place is a number: the names of members are chosen by whoever made the value, and two of them could be made to read as
/// the same place.
#[derive(Debug, Default)]
pub(crate) struct Placed {
    name: &'static str,
    /// How many have a place of their own.
    own: usize,
}

impl Placed {
    /// Adds every text in `value` to the event, in the order in which [`texts`] gives them.
    pub(crate) fn add(event: &mut Event, name: &'static str, value: &Value) -> Self {
        let mut all = Vec::new();
        texts(value, &mut |text, kind| all.push((text, kind)));
        Self::add_texts(event, name, all)
    }

    /// The same for texts that were taken apart already.
    pub(crate) fn add_texts<'t>(
        event: &mut Event,
        name: &'static str,
        texts: impl IntoIterator<Item = (&'t str, Kind)>,
    ) -> Self {
        let (mut placed, mut more) = (Self { name, own: 0 }, String::new());
        for (text, kind) in texts {
            if kind == Kind::Value && placed.own < MOST {
                event.content.insert(placed.place(placed.own), Content::Clear(text.to_owned()));
                placed.own += 1;
            } else {
                more.push_str(text);
                more.push('\n');
            }
        }
        if !more.trim().is_empty() {
            event.content.insert(placed.rest(), Content::Clear(more));
        }
        placed
    }

    /// The place of the text with this number; `None` for what has none of its own.
    pub(crate) fn of(&self, number: usize) -> Option<String> {
        (number < self.own).then(|| self.place(number))
    }

    fn place(&self, number: usize) -> String {
        format!("{}.{number:03}", self.name)
    }

    /// The place of what has none of its own: names of members, and what comes behind very much text.
    pub(super) fn rest(&self) -> String {
        format!("{}.rest", self.name)
    }
}

/// What a text in a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A value, which can be another one.
    Value,
    /// The name of a member, or a number as it is written: looked at, and never changed.
    Fixed,
}

/// Every text in a value, in an order that depends on nothing but the value.
fn texts<'a>(value: &'a Value, tell: &mut impl FnMut(&'a str, Kind)) {
    match value {
        Value::String(text) => tell(text, Kind::Value),
        Value::Array(items) => items.iter().for_each(|item| texts(item, tell)),
        Value::Object(entries) => {
            for (name, inner) in entries {
                tell(name, Kind::Fixed);
                texts(inner, tell);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Every text in a value, in the same order, to be changed. Names of members are passed over.
pub(super) fn texts_mut(value: &mut Value, change: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| texts_mut(item, change)),
        Value::Object(entries) => entries.iter_mut().for_each(|(_, inner)| texts_mut(inner, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
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
        Placed::add(&mut event, "input", value);
        let text = |content: Content| if let Content::Clear(text) = content { text } else { String::new() };
        event.content.into_iter().map(|(name, content)| (name, text(content))).collect()
    }

    #[test]
    fn every_text_is_there_as_a_person_reads_it() {
        let found = content(&json!({"a": "x\ny", "b": [{"c": "z"}, 1, null]}));
        let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        assert_eq!(found, [pair("input.000", "x\ny"), pair("input.001", "z"), pair("input.rest", "a\nb\nc\n")]);
    }

    #[test]
    fn no_member_takes_the_place_of_another() {
        for value in [
            json!({"more": "SEEN"}),
            json!({"rest": "SEEN"}),
            json!({"a.b": "x", "a": {"b": "SEEN"}}),
            json!({"a[0]": "x", "a": ["SEEN"]}),
            json!({"000": "x", "SEEN": 1}),
            json!("SEEN"),
        ] {
            assert!(content(&value).iter().any(|(_, text)| text.contains("SEEN")), "{value}");
        }
    }

    #[test]
    fn nothing_is_lost_where_there_is_very_much() {
        let many: Vec<String> = (0..1000).map(|number| format!("text-{number}")).collect();
        let found = content(&json!(many));
        assert!(found.len() <= MOST + 1);
        let all: String = found.into_iter().map(|(_, text)| text + "\n").collect();
        assert!(many.iter().all(|text| all.lines().any(|line| line == text)));
    }

    #[test]
    fn what_is_changed_is_what_was_placed() {
        let mut value = json!({"b": ["one", {"x": "two"}], "a": "three"});
        let (mut seen, mut changed) = (Vec::new(), Vec::new());
        texts(&value.clone(), &mut |text, kind| {
            if kind == Kind::Value {
                seen.push(text.to_owned());
            }
        });
        texts_mut(&mut value, &mut |text| changed.push(text.clone()));
        assert_eq!(seen, changed);
    }
}
