//! What a person is shown of a call: all that the tool is given, with secrets replaced as they are in the record.
//!
//! It comes from the inspected event and never from what the agent sent. What can't be shown whole can't be approved: nobody
//! says yes to the part that they did not see.

use super::private::{Placed, texts_mut};
use portcullis_approvals::Shown;
use portcullis_event::{Content, Event};
use serde_json::Value;
use std::collections::BTreeSet;

/// More than this nobody reads.
const LONGEST: usize = 64 * 1024;

/// What a tool is given, piece by piece; `None` if that can't be shown whole.
pub(super) fn of(input: &Value, placed: &Placed, event: &Event) -> Option<Vec<Shown>> {
    let mut clean = input.clone();
    let (mut number, mut is_whole) = (0, true);
    texts_mut(&mut clean, &mut |text| {
        let place = placed.of(number);
        number += 1;
        match place.and_then(|place| event.content.get(&place)) {
            Some(Content::Clear(inspected)) => text.clone_from(inspected),
            Some(Content::Sealed(_) | Content::Omitted { .. }) | None => is_whole = false,
        }
    });
    let known = names(event, placed);
    let shown: Vec<Shown> = match clean {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| Shown { name: said(name, &known), text: text(value, &known) })
            .collect(),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            vec![Shown { name: "input".to_owned(), text: text(other, &known) }]
        }
    };
    let length: usize = shown.iter().map(|piece| piece.name.len() + piece.text.len()).sum();
    (is_whole && length <= LONGEST).then_some(shown)
}

/// The names of members as they are after the inspection.
fn names(event: &Event, placed: &Placed) -> BTreeSet<String> {
    match event.content.get(&placed.rest()) {
        Some(Content::Clear(rest)) => rest.lines().map(str::to_owned).collect(),
        Some(Content::Sealed(_) | Content::Omitted { .. }) | None => BTreeSet::new(),
    }
}

/// A name, unless the inspection put something else in its place.
fn said(name: String, known: &BTreeSet<String>) -> String {
    if known.contains(&name) { name } else { "[replaced]".to_owned() }
}

fn text(value: Value, known: &BTreeSet<String>) -> String {
    if let Value::String(text) = value { text } else { with_names(value, known).to_string() }
}

fn with_names(value: Value, known: &BTreeSet<String>) -> Value {
    match value {
        Value::Object(members) => {
            members.into_iter().map(|(name, inner)| (said(name, known), with_names(inner, known))).collect()
        }
        Value::Array(items) => items.into_iter().map(|item| with_names(item, known)).collect(),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}
