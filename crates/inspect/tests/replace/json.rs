//! Values that come back into JSON keep it JSON.

use crate::sessions::{filler, session, value};
use portcullis_inspect::replace::{JsonRestorer, Session, TowardLocal};
use portcullis_testkit::damage::{Damage, Word};
use portcullis_testkit::dice::Dice;
use serde_json::{Value, json};
use std::sync::Arc;

fn streamed(session: &Arc<Session>, chunks: &[&str]) -> String {
    run(JsonRestorer::document(Arc::clone(session), TowardLocal::promise()), chunks)
}

fn run(mut restorer: JsonRestorer, chunks: &[&str]) -> String {
    let mut out = String::new();
    for chunk in chunks {
        out.push_str(restorer.push(chunk).for_local());
        assert!(restorer.held() <= JsonRestorer::MOST_HELD);
    }
    out.push_str(restorer.finish().0.for_local());
    out
}

/// JSON source in which any character may be spelled as an escape.
fn spelled(text: &str, dice: &mut Dice) -> String {
    let mut in_string = false;
    let mut escaped = false;
    let mut out = String::new();
    for c in text.chars() {
        let plain = in_string && !escaped && c != '"' && c != '\\';
        match c {
            '"' if !escaped => in_string = !in_string,
            _ => {}
        }
        escaped = in_string && !escaped && c == '\\';
        if plain && dice.once_in(6) && u32::from(c) < 0x1_0000 {
            out += &format!("\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// A document with placeholders in it, and the one that has to come out.
fn document(session: &Arc<Session>, dice: &mut Dice, depth: usize) -> (Value, Value) {
    match dice.below(if depth == 0 { 2 } else { 5 }) {
        0 | 1 => string(session, dice),
        2 => {
            let items = (0..dice.below(4)).map(|_| document(session, dice, depth - 1));
            let (one, other): (Vec<_>, Vec<_>) = items.unzip();
            (one.into(), other.into())
        }
        3 => {
            let (one, other) = document(session, dice, depth - 1);
            (json!({"key": one, "n": -1.5e3, "t": true}), json!({"key": other, "n": -1.5e3, "t": true}))
        }
        _ => {
            // A string that is JSON itself.
            let (one, other) = document(session, dice, depth - 1);
            (json!({"k": [one]}).to_string().into(), json!({"k": [other]}).to_string().into())
        }
    }
}

/// A string with placeholders in it, damaged in ways that stay inside of a string.
fn string(session: &Arc<Session>, dice: &mut Dice) -> (Value, Value) {
    let (mut one, mut other) = (String::new(), String::new());
    for _ in 0..dice.below(3) {
        let (kind, secret) = value(dice);
        let mut word = Word::new(session.placeholder(kind, &secret).unwrap().as_str());
        let damage = dice.one_of(Damage::ALL);
        if *damage != Damage::Substituted {
            damage.apply(&mut word, dice);
        }
        let (before, inside, after) = word.parts();
        let around = filler(dice, 2).replace(['z', 'Z', 'Ｚ', '\\', '%', '&'], ".");
        one += &format!(" x{around} {before}{inside}{after}");
        other += &format!(" x{around} {before}{secret}{after}");
    }
    (one.into(), other.into())
}

#[test]
fn what_comes_out_is_the_document_with_its_values() {
    let (session, mut dice) = (session(1), Dice::new(1));
    for round in 0..6000 {
        let (placeholders, values) = document(&session, &mut dice, 3);
        let plain = if dice.once_in(2) { placeholders.to_string() } else { format!("{placeholders:#}") };
        let source = if round % 2 == 0 { plain } else { spelled(&plain, &mut dice) };
        let longest = 1 + dice.below(30);
        let out = streamed(&session, &dice.chunks(&source, longest));
        assert_eq!(serde_json::from_str::<Value>(&out).unwrap(), values, "{source}\n{out}");
    }
}

#[test]
fn any_cutting_gives_the_same() {
    let (session, mut dice) = (session(1), Dice::new(2));
    for _ in 0..1500 {
        let (placeholders, _) = document(&session, &mut dice, 3);
        let mut source = spelled(&placeholders.to_string(), &mut dice);
        // Not everything that is called JSON is.
        if dice.once_in(3) {
            source.insert_str(source.floor_char_boundary(dice.below(source.len())), &filler(&mut dice, 3));
        }
        let whole = streamed(&session, &[&source]);
        for _ in 0..15 {
            let longest = 1 + dice.below(9);
            assert_eq!(streamed(&session, &dice.chunks(&source, longest)), whole, "{source:?}");
        }
    }
}

#[test]
fn a_value_is_escaped_as_often_as_the_place_asks_for() {
    let session = session(1);
    let placeholder = session.placeholder(portcullis_inspect::replace::Kind::Password, "a\"b\nc").unwrap();
    let p = placeholder.as_str();
    let once = r#"a\"b\nc"#;
    let twice = r#"a\\\"b\\nc"#;
    for (source, expected) in [
        (format!(r#"{{"a":"{p}"}}"#), format!(r#"{{"a":"{once}"}}"#)),
        (format!(r#"{{"a":"{{\"b\":\"{p}\"}}"}}"#), format!(r#"{{"a":"{{\"b\":\"{twice}\"}}"}}"#)),
        // Quotes alone make no JSON: this is a line of code.
        (format!(r#"{{"a":"print(\"{p}\")"}}"#), format!(r#"{{"a":"print(\"{once}\")"}}"#)),
        (format!(r#"{{"a":"{{ let x = \"{p}\""}}"#), format!(r#"{{"a":"{{ let x = \"{once}\""}}"#)),
        (
            format!(r#"{{"a":"{{\"b\":1}}\n{{\"b\":\"{p}\"}}"}}"#),
            format!(r#"{{"a":"{{\"b\":1}}\n{{\"b\":\"{twice}\"}}"}}"#),
        ),
        // Outside of a string there is no place for a value.
        (format!(r#"{{"a":{p}}}"#), format!(r#"{{"a":{p}}}"#)),
    ] {
        assert_eq!(streamed(&session, &[&source]), expected);
    }
    let inside = JsonRestorer::inside_string(Arc::clone(&session), TowardLocal::promise());
    assert_eq!(run(inside, &[&format!("x {p}\",\"b\":\"{p}\"")]), format!("x {once}\",\"b\":\"{once}\""));
}

#[test]
fn an_escape_that_never_ends_is_passed_on_as_it_is() {
    let session = session(1);
    for source in [
        "{\"a\":\"\\",
        "{\"a\":\"\\u00",
        "{\"a\":\"{\\\"b\\\":\\\"\\\\u00",
        "\"\\q\\ud83d\\ude00\"",
        "\"\\uZZZZ\"",
        "\\",
        "{\"a\":\"\u{1}\n",
    ] {
        let single: Vec<&str> = source.split_inclusive(|_| true).collect();
        assert_eq!(streamed(&session, &single), source);
    }
}
