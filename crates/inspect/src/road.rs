//! The inspection as a stage of the road: every string of an event is looked into, and a secret in it is replaced before
//! anybody decides about the event or writes it down.

use crate::{Hit, Inspection};
use portcullis_event::{Confidence, Coverage, Event, Finding, FindingKind, Inspector, Rest, Skipped};
use serde_json::Value;

/// Replaced from this confidence on. Below it, a false alarm would cost more than the record of a weak suspicion.
const REPLACED_FROM: Confidence = Confidence::Medium;

impl Inspector for Inspection {
    fn inspect(&self, event: Event) -> (Event, Vec<Finding>, Coverage) {
        let Ok(mut value) = serde_json::to_value(&event) else {
            return (event, Vec::new(), skipped("it has no form in which it could be looked into"));
        };
        let mut findings = self.opinions(&value);
        self.walk(&mut value, "", &mut findings);
        if !findings.iter().any(|finding| finding.replaced) {
            return (event, findings, Coverage::default());
        }
        if let Ok(clean) = serde_json::from_value(value) {
            return (clean, findings, Coverage::default());
        }
        // A field that takes certain words only held something that looks like a secret.
        for finding in &mut findings {
            finding.replaced = false;
        }
        (event, findings, skipped("a secret stands where nothing can be put in its place"))
    }
}

fn skipped(why: &str) -> Coverage {
    let skipped = Skipped { field: "what".to_owned(), why: why.to_owned(), rest: Rest::new() };
    Coverage { skipped: vec![skipped], rest: Rest::new() }
}

/// Every string of a value, with the field that it stands in.
fn strings<'v>(value: &'v Value, field: &str, all: &mut Vec<(String, &'v str)>) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) => all.push((field.to_owned(), text)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| strings(item, &format!("{field}[{at}]"), all));
        }
        Value::Object(entries) => entries.iter().for_each(|(name, item)| strings(item, &inner(field, name), all)),
    }
}

/// The name of a field within another.
fn inner(field: &str, name: &str) -> String {
    if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") }
}

impl Inspection {
    /// What the other model says, which is shown all strings at once: what it may be asked is shared among them.
    fn opinions(&self, value: &Value) -> Vec<Finding> {
        let Some(opinion) = self.opinion() else { return Vec::new() };
        let mut all = Vec::new();
        strings(value, "", &mut all);
        let texts: Vec<&str> = all.iter().map(|(_, text)| *text).collect();
        let finding = |(number, hit): (usize, Hit)| Some(hit.finding(&all.get(number)?.0, false));
        opinion.on_the_road(&texts).into_iter().filter_map(finding).collect()
    }

    fn walk(&self, value: &mut Value, field: &str, findings: &mut Vec<Finding>) {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
            Value::String(text) => self.string(text, field, findings),
            Value::Array(items) => {
                for (at, item) in items.iter_mut().enumerate() {
                    self.walk(item, &format!("{field}[{at}]"), findings);
                }
            }
            Value::Object(entries) => {
                for (name, item) in entries.iter_mut() {
                    self.walk(item, &inner(field, name), findings);
                }
            }
        }
    }

    fn string(&self, text: &mut String, field: &str, findings: &mut Vec<Finding>) {
        let hits = self.look_at_one_of_many(text);
        // From the last to the first, so that the places of those before stay where they are.
        for hit in hits.iter().rev() {
            let replaced = hit.kind == FindingKind::Secret
                && hit.confidence >= REPLACED_FROM
                && text.get(hit.span.clone()).is_some();
            if replaced {
                // Letters and dashes only: it has to fit into a path, a host or an argument as well.
                text.replace_range(hit.span.clone(), &format!("redacted-{}", hit.rule));
            }
            findings.push(hit.finding(field, replaced));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kinds;
    use portcullis_event::{Actor, Content, EventId, Note, Timestamp, UserName};

    fn event(text: &str) -> Event {
        let user = UserName::parse("ada").unwrap();
        let id = EventId::from_bytes([7; 16]);
        Event::new(id, Timestamp::from_micros(1), Actor::human(user), Note::new(text))
    }

    fn token() -> String {
        let body = "Qd3Rk9".repeat(5);
        let complete = crate::secret::proof::proof("crc32-base62").and_then(|it| it.complete).unwrap();
        format!("ghp_{body}{}", complete(&body).unwrap())
    }

    #[test]
    fn a_secret_is_gone_before_anybody_decides() {
        let mut event = event(&format!("it is {} now", token()));
        event.content.insert("prompt".to_owned(), Content::Clear(format!("use {}", token())));
        let (clean, findings, coverage) = Inspection::new(Kinds::ALL).inspect(event);
        assert!(coverage.is_complete());
        let text = serde_json::to_string(&clean).unwrap();
        assert!(!text.contains(&token()) && text.contains("it is redacted-github-classic-token now"), "{text}");
        let mut fields: Vec<Option<&str>> = findings.iter().map(|it| it.field.as_deref()).collect();
        fields.sort_unstable();
        assert_eq!(fields, [Some("content.prompt.clear"), Some("what.text")]);
        assert!(findings.iter().all(|it| it.replaced));
    }

    #[test]
    fn what_is_clean_stays_as_it_is() {
        let event = event("nothing to see");
        let (same, findings, coverage) = Inspection::new(Kinds::ALL).inspect(event.clone());
        assert_eq!((same, findings.len(), coverage.is_complete()), (event, 0, true));
    }
}
