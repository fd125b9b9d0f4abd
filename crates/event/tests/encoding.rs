//! What the canonical encoding promises, for any record at all.

#![expect(clippy::unwrap_used, reason = "a test stops where it is surprised")]

use portcullis_event::{KINDS, ParseError, Record, canonical};
use portcullis_testkit::records::{any_record, opaque_body, record_with, sample};
use portcullis_testkit::unknown::any_value;
use proptest::prelude::*;
use serde_json::{Map, Value};

/// JSON of the same meaning, as another program might print it: members in another order, white space, escapes.
fn print_differently(value: &Value, turn: usize, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|member| member.0);
            if !members.is_empty() {
                let middle = turn % members.len();
                members.rotate_left(middle);
            }
            out.push_str("{ ");
            for (i, (name, value)) in members.into_iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "\n\t, " });
                print_escaped(name, out);
                out.push_str(" : ");
                print_differently(value, turn / 3 + i, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push_str("[\r\n");
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { " ," });
                print_differently(item, turn / 2 + i, out);
            }
            out.push_str(" ]");
        }
        Value::String(text) => print_escaped(text, out),
        Value::Null | Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
    }
}

/// Every character as an escape, those beyond the first plane as two.
fn print_escaped(text: &str, out: &mut String) {
    let units: Vec<String> = text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
    out.extend(["\"", &units.concat(), "\""]);
}

/// The encoding, by the slow and simple way: a tree whose members are sorted in each object, then printed.
fn encode_by_tree(record: &Record) -> Vec<u8> {
    fn sorted(value: Value) -> Value {
        match value {
            Value::Object(members) => {
                let mut members: Vec<(String, Value)> = members.into_iter().map(|(k, v)| (k, sorted(v))).collect();
                members.sort_by(|a, b| a.0.cmp(&b.0));
                Value::Object(Map::from_iter(members))
            }
            Value::Array(items) => items.into_iter().map(sorted).collect(),
            // Minus zero is written as zero.
            Value::Number(number) if number.as_f64() == Some(0.0) && number.is_f64() => Value::from(0.0),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
        }
    }
    serde_json::to_vec(&sorted(serde_json::to_value(record).unwrap())).unwrap()
}

fn has_space_outside_strings(text: &str) -> bool {
    let (mut inside, mut escaped) = (false, false);
    text.chars().any(|c| {
        let outside = !inside;
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => inside = !inside,
            _ => {}
        }
        outside && c.is_whitespace()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_encoded_reads_back_as_it_was(record in any_record()) {
        let bytes = record.encode().unwrap();
        prop_assert_eq!(Record::decode(&bytes), Ok(record));
    }

    #[test]
    fn the_fast_encoder_writes_what_a_sorted_tree_would(record in any_record()) {
        let (fast, slow) = (record.encode().unwrap(), encode_by_tree(&record));
        prop_assert_eq!(String::from_utf8(fast).unwrap(), String::from_utf8(slow).unwrap());
    }

    #[test]
    fn json_of_the_same_meaning_encodes_to_the_same_bytes(record in any_record(), turn in 0usize..1000) {
        let bytes = record.encode().unwrap();
        let mut other = String::new();
        print_differently(&serde_json::from_slice(&bytes).unwrap(), turn, &mut other);
        prop_assert_eq!(Record::decode(other.as_bytes()).unwrap().encode(), Ok(bytes));
    }

    #[test]
    fn nothing_is_padded(record in any_record()) {
        prop_assert!(!has_space_outside_strings(std::str::from_utf8(&record.encode().unwrap()).unwrap()));
    }

    #[test]
    fn bytes_are_equal_exactly_where_records_are(a in any_record(), b in any_record(), same in any::<bool>()) {
        let b = if same { a.clone() } else { b };
        prop_assert_eq!(a.encode() == b.encode(), a == b);
    }

    #[test]
    fn one_changed_field_changes_the_bytes(a in any_record(), note in ".{0,8}") {
        let mut b = a.clone();
        b.event.place.branch = Some(note);
        prop_assert_eq!(a.encode() == b.encode(), a == b);
    }

    #[test]
    fn a_body_from_a_newer_version_stays_byte_for_byte(record in record_with(opaque_body())) {
        let bytes = record.encode().unwrap();
        let read = Record::decode(&bytes).unwrap();
        prop_assert!(matches!(read.event.what, portcullis_event::Body::Opaque(_)));
        prop_assert_eq!(read.encode(), Ok(bytes));
    }

    #[test]
    fn a_value_of_any_shape_reads_back_as_it_was(value in any_value()) {
        let bytes = canonical::encode(&value).unwrap();
        prop_assert_eq!(canonical::decode::<Value>(&bytes), Ok(value));
    }

    #[test]
    fn any_bytes_are_read_or_refused_and_what_was_read_is_stable(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(record) = Record::decode(&bytes) {
            let once = record.encode().unwrap();
            prop_assert_eq!(Record::decode(&once).unwrap().encode(), Ok(once));
        }
    }

    #[test]
    fn a_damaged_record_is_read_or_refused_and_never_panics(
        kind in prop::sample::select(KINDS), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
    ) {
        let mut bytes = sample(kind).encode().unwrap();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        if let Ok(record) = Record::decode(&bytes) {
            let once = record.encode().unwrap();
            prop_assert_eq!(Record::decode(&once).unwrap().encode(), Ok(once));
        }
    }
}

/// The integers of a JSON value.
fn integers(value: &Value, found: &mut Vec<i128>) {
    match value {
        Value::Object(members) => members.values().for_each(|value| integers(value, found)),
        Value::Array(items) => items.iter().for_each(|value| integers(value, found)),
        Value::Number(number) => found.extend(number.as_i64().map(i128::from).or(number.as_u64().map(i128::from))),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[test]
fn numbers_of_everyday_records_are_kept_by_every_json_reader() {
    for kind in KINDS {
        let (mut found, json) = (Vec::new(), serde_json::to_value(sample(kind)).unwrap());
        integers(&json, &mut found);
        assert!(!found.is_empty() && found.iter().all(|n| n.abs() < 1 << 53), "{kind}");
    }
}

#[test]
fn a_number_that_a_stranger_claims_is_recorded_in_full() {
    let mut record = sample("llm");
    for claimed in [(1 << 53) - 1, 1 << 53, (1 << 53) + 1, u64::MAX] {
        let portcullis_event::Body::Llm(llm) = &mut record.event.what else { panic!("an llm event") };
        llm.tokens_in = Some(claimed);
        let bytes = record.encode().unwrap();
        assert!(String::from_utf8_lossy(&bytes).contains(&format!("\"tokens_in\":{claimed}}}")));
        assert_eq!(Record::decode(&bytes), Ok(record.clone()));
    }
}

#[test]
fn an_unknown_operation_of_a_known_kind_is_kept_whole() {
    for kind in KINDS {
        let bytes = sample(kind).encode().unwrap();
        let mut json: Value = serde_json::from_slice(&bytes).unwrap();
        let what = json["event"]["what"].as_object_mut().unwrap();
        for name in ["op", "step", "by", "text"] {
            if what.contains_key(name) {
                what.insert(name.to_owned(), serde_json::json!({ "of": ["tomorrow"] }));
            }
        }
        let newer = canonical::encode(&json).unwrap();
        let read = Record::decode(&newer).unwrap();
        assert_eq!((read.event.what.kind(), read.encode()), (*kind, Ok(newer)));
    }
}

#[test]
fn an_unknown_field_in_any_object_is_kept_or_refused_but_never_dropped() {
    /// Every way to add one member to one object of `value`.
    fn with_one_more(value: &Value) -> Vec<Value> {
        match value {
            Value::Object(members) => {
                let mut all = vec![];
                let mut more = members.clone();
                more.insert("zz".to_owned(), serde_json::json!({ "new": [1] }));
                all.push(Value::Object(more));
                for (name, inner) in members {
                    all.extend(with_one_more(inner).into_iter().map(|changed| {
                        let mut members = members.clone();
                        members.insert(name.clone(), changed);
                        Value::Object(members)
                    }));
                }
                all
            }
            Value::Array(items) => (0..items.len())
                .flat_map(|i| {
                    with_one_more(&items[i]).into_iter().map(move |changed| {
                        let mut items = items.clone();
                        items[i] = changed;
                        Value::Array(items)
                    })
                })
                .collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![],
        }
    }
    let (mut kept, mut refused) = (0, 0);
    for kind in KINDS {
        let mut record = sample(kind);
        record.findings = vec![
            serde_json::from_value(serde_json::json!({
                "rule": "r", "type": "code", "severity": "low", "confidence": "low", "message": "m",
                "span": { "line": 1, "column": 1, "end_line": 1, "end_column": 2 },
            }))
            .unwrap(),
        ];
        record.decision.obligations = vec![portcullis_event::Obligation::Notify { channel: "c".to_owned() }];
        for newer in with_one_more(&serde_json::to_value(&record).unwrap()) {
            let bytes = canonical::encode(&newer).unwrap();
            match Record::decode(&bytes) {
                Ok(read) => {
                    assert_eq!(read.encode(), Ok(bytes));
                    kept += 1;
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(kept > 150 && refused > 30, "{kept} kept, {refused} refused");
}

#[test]
fn a_name_that_occurs_twice_is_refused_at_every_level() {
    let text = String::from_utf8(sample("tool").encode().unwrap()).unwrap();
    let doubled = |at: &str, more: &str| {
        assert!(text.contains(at), "{at} is not in the sample");
        Record::decode(text.replacen(at, &format!("{more}{at}"), 1).as_bytes())
    };
    for (at, more) in [
        ("\"v\":1", "\"v\":1,"),
        ("\"v\":1", "\"v\":2,"),
        ("\"v\":1", "\"zz\":1,\"zz\":1,"),
        ("\"v\":1", "\"zz\":{\"a\":[{\"b\":1,\"b\":2}]},"),
        ("\"human\":", "\"human\":\"mallory\","),
        ("\"human\":", "\"\\u0068uman\":\"mallory\","),
        ("\"kind\":\"tool\"", "\"kind\":\"note\","),
        ("\"op\":\"call\"", "\"op\":\"list\","),
        ("\"op\":\"call\"", "\"zz\":0,\"zz\":0,"),
        ("\"arguments\":", "\"arguments\":{\"omitted\":{\"fingerprint\":\"\",\"length\":0}},"),
        ("\"verdict\":\"allow\"", "\"verdict\":\"deny\","),
    ] {
        assert!(matches!(doubled(at, more), Err(ParseError::Record(_))), "{more}{at}");
    }
    assert!(doubled("\"v\":1", "\"zz\":1,").is_ok());
}

#[test]
fn what_would_be_written_back_differently_is_refused() {
    let mut record = sample("net");
    record
        .event
        .content
        .insert("body".to_owned(), portcullis_event::Content::Omitted { fingerprint: "f".to_owned(), length: 1 });
    record.decision.obligations = vec![portcullis_event::Obligation::Notify { channel: "c".to_owned() }];
    let text = String::from_utf8(record.encode().unwrap()).unwrap();
    for (from, to) in [
        ("\"human\":\"ada\"", "\"human\":null"),
        ("\"human\":\"ada\"", "\"agents2\":0,\"agents3\":0,\"service\":null"),
        ("\"api.github.com\"", "\"API.GitHub.com\""),
        ("\"/srv/app\"", "\"/srv//app/\""),
        ("\"verdict\":\"allow\"", "\"verdict\":{\"allow\":null}"),
        ("{\"column\":1,\"file\":\"portcullis.toml\",\"line\":3}", "[\"portcullis.toml\",3,1]"),
        ("{\"fingerprint\":\"f\",\"length\":1}", "[\"f\",1]"),
        ("{\"channel\":\"c\",\"do\":\"notify\"}", "[\"notify\",\"c\"]"),
        ("\"id\":\"019aa011", "\"id\":\"019AA011"),
        ("\"v\":1", "\"findings\":[],\"v\":1"),
    ] {
        assert!(text.contains(from), "{from} is not in the sample");
        assert!(Record::decode(text.replacen(from, to, 1).as_bytes()).is_err(), "{to}");
    }
}

#[test]
fn an_unknown_field_that_takes_a_known_name_is_not_written() {
    let mut all = vec![sample("note"); 5];
    all[0].rest.insert("v".to_owned(), 2.into());
    all[1].event.rest.insert("actor".to_owned(), Value::Null);
    all[2].event.actor.rest.insert("human".to_owned(), "mallory".into());
    all[3].decision.rest.insert("verdict".to_owned(), "allow".into());
    let portcullis_event::Body::Note(note) = &mut all[4].event.what else { panic!("a note") };
    note.rest.insert("kind".to_owned(), "file".into());
    for record in all {
        assert!(matches!(record.encode(), Err(ParseError::Record(_))));
    }
}

#[test]
fn trailing_bytes_depth_bombs_and_other_shapes_are_refused() {
    let text = String::from_utf8(sample("note").encode().unwrap()).unwrap();
    let bomb = |depth: usize| {
        text.replacen("\"v\":1", &format!("\"v\":1,\"zz\":{}{}", "[".repeat(depth), "]".repeat(depth)), 1)
    };
    assert!(Record::decode(bomb(canonical::DEEPEST - 1).as_bytes()).is_ok());
    for bad in [
        format!("{text}{text}"),
        format!("{text} x"),
        format!("\u{feff}{text}"),
        bomb(canonical::DEEPEST),
        bomb(1_000_000),
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        text.replacen("\"v\":1", "\"v\":1.0", 1),
        text.replacen("\"v\":1", "\"v\":-1", 1),
        text.replacen("\"v\":1", "\"v\":4294967296", 1),
        text.replacen("\"v\":1", "\"v\":1,\"zz\":1e999", 1),
        text.replacen("\"v\":1", "\"v\":1,\"zz\":\"\\ud800\"", 1),
        text.replacen("\"v\":1", "\"v\":1,\"zz\":NaN", 1),
        text.replacen("\"kind\":\"note\"", "\"kind\":7", 1),
        text.replacen("\"kind\":\"note\",", "", 1),
    ] {
        assert!(Record::decode(bad.as_bytes()).is_err(), "{bad:.200}");
    }
    let mut invalid = text.clone().into_bytes();
    let at = text.find("deployed").unwrap();
    invalid[at] = 0xff;
    assert!(Record::decode(&invalid).is_err());
}
