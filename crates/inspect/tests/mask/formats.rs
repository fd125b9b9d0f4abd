//! Nothing but values changes, and what could be read can still be read.

use crate::copies::{copied, copy, plan};
use portcullis_inspect::mask::{Choices, Format, MaskError};
use proptest::prelude::*;
use serde_json::Value;

fn through(bytes: &[u8], format: Format, piece: usize) -> Result<Vec<u8>, MaskError> {
    copied(bytes, format, &Choices::default(), 1, piece).map(|(out, _)| out)
}

/// The fields of CSV as any reader sees them.
fn parsed(text: &str, delimiter: char) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut characters) = (false, text.chars().peekable());
    while let Some(c) = characters.next() {
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => field.extend(characters.next()),
            '"' => quoted = !quoted,
            '\n' if !quoted => {
                record.push(std::mem::take(&mut field).trim_end_matches('\r').to_owned());
                records.push(std::mem::take(&mut record));
            }
            c if c == delimiter && !quoted => record.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    if !field.is_empty() || !record.is_empty() {
        record.push(field);
        records.push(record);
    }
    records
}

/// The same JSON with every string and number as one of its kind.
fn shape(value: &Value) -> Value {
    match value {
        Value::String(_) => "s".into(),
        Value::Number(_) => 1.into(),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
        Value::Null | Value::Bool(_) => value.clone(),
    }
}

fn any_field() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Z][a-z]{1,8} [A-Z][a-z]{1,8}",
        "[a-z]{1,8}@[a-z]{1,6}\\.(org|com)",
        "[0-9]{1,12}",
        "-?[0-9]{1,5}\\.[0-9]{2}",
        "(19|20)[0-9]{2}-0[1-9]-[12][0-9]",
        "[\\PC\n\"';\\\\,\t]{0,20}",
        Just(String::new()),
    ]
}

const HEADERS: [&str; 8] = ["id", "name", "email", "phone", "birth_date", "notes", "amount", "xyz"];

fn any_table() -> impl Strategy<Value = Vec<Vec<String>>> {
    (1_usize..8).prop_flat_map(|width| {
        prop::collection::vec(prop::collection::vec(any_field(), width), 1..8).prop_map(move |mut rows| {
            rows.insert(0, HEADERS[..width].iter().map(|it| (*it).to_owned()).collect());
            rows
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn csv_keeps_its_structure(rows in any_table(), delimiter in prop::sample::select(vec![',', ';', '\t']), always in any::<bool>(), end in prop::sample::select(vec!["\n", "\r\n"]), piece in 1_usize..50) {
        let quote = |field: &String| {
            let needs = always || field.contains([delimiter, '"', '\n', '\r']);
            if needs { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.clone() }
        };
        let line = |row: &Vec<String>| row.iter().map(quote).collect::<Vec<_>>().join(&delimiter.to_string()) + end;
        let text: String = rows.iter().map(line).collect();
        let out = String::from_utf8(through(text.as_bytes(), Format::Csv, piece).unwrap()).unwrap();
        let (before, after) = (parsed(&text, delimiter), parsed(&out, delimiter));
        prop_assert_eq!(before.len(), after.len());
        for (before, after) in before.iter().zip(&after) {
            prop_assert_eq!(before.len(), after.len(), "{} became {}", text, out);
        }
        prop_assert_eq!(&before[0], &after[0]);
        // The pieces make no difference.
        prop_assert_eq!(through(text.as_bytes(), Format::Csv, 7).unwrap(), out.into_bytes());
    }

    #[test]
    fn json_keeps_its_structure(rows in any_table(), pretty in any::<bool>(), lines in any::<bool>(), piece in 1_usize..50) {
        let (header, rows) = rows.split_first().unwrap();
        let value = |text: &String| serde_json::from_str::<Value>(text).ok().filter(Value::is_number).unwrap_or_else(|| text.clone().into());
        let object = |row: &Vec<String>| -> Value { header.iter().cloned().zip(row.iter().map(value)).collect::<serde_json::Map<_, _>>().into() };
        let objects: Vec<Value> = rows.iter().map(object).collect();
        let text = match (lines, pretty) {
            (true, _) => objects.iter().map(|it| format!("{it}\n")).collect(),
            (false, true) => format!("{:#}", Value::from(objects)),
            (false, false) => Value::from(objects).to_string(),
        };
        let out = String::from_utf8(through(text.as_bytes(), Format::Json, piece).unwrap()).unwrap();
        let read = |text: &str| -> Vec<Value> { serde_json::Deserializer::from_str(text).into_iter().map(|it| it.unwrap()).collect() };
        let shapes = |text: &str| read(text).iter().map(shape).collect::<Vec<_>>();
        prop_assert_eq!(shapes(&text), shapes(&out));
        let white = |text: &str| text.chars().filter(|c| *c == '\n').count();
        prop_assert_eq!(white(&text), white(&out));
    }

    #[test]
    fn sql_keeps_its_structure(rows in any_table(), mysql in any::<bool>(), piece in 1_usize..50) {
        let (header, rows) = rows.split_first().unwrap();
        let literal = |text: &String| match serde_json::from_str::<Value>(text) {
            Ok(Value::Number(_)) => text.clone(),
            _ if text.is_empty() => "NULL".to_owned(),
            _ if mysql => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
            _ => format!("'{}'", text.replace('\'', "''")),
        };
        let tuple = |row: &Vec<String>| format!("({})", row.iter().map(literal).collect::<Vec<_>>().join(", "));
        let head = if mysql { "-- MySQL dump\n" } else { "-- dump\n" };
        let tuples = rows.iter().map(tuple).collect::<Vec<_>>().join(",\n");
        let text = format!("{head}INSERT INTO people ({}) VALUES {tuples};\n-- end\n", header.join(", "));
        let out = String::from_utf8(through(text.as_bytes(), Format::Sql, piece).unwrap()).unwrap();
        // The copy is read as the same statement: it can be copied again, and has the same words around its values.
        let again = through(out.as_bytes(), Format::Sql, 1000);
        prop_assert!(again.is_ok());
        let bare = |text: &str| -> String {
            let (mut out, mut quoted, mut escaped) = (String::new(), false, false);
            for c in text.chars() {
                match c {
                    _ if escaped => escaped = false,
                    '\\' if quoted && mysql => escaped = true,
                    '\'' => quoted = !quoted,
                    c if !quoted && !c.is_ascii_digit() => out.push(c),
                    _ => {}
                }
            }
            out
        };
        prop_assert_eq!(bare(&text), bare(&out));
    }

    #[test]
    fn a_copy_table_keeps_its_lines_and_fields(rows in any_table(), piece in 1_usize..50) {
        let (header, rows) = rows.split_first().unwrap();
        let field = |text: &String| if text.is_empty() { "\\N".to_owned() } else { text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n") };
        let lines: String = rows.iter().map(|row| row.iter().map(field).collect::<Vec<_>>().join("\t") + "\n").collect();
        let text = format!("COPY public.people ({}) FROM stdin;\n{lines}\\.\n\nSELECT 1;\n", header.join(", "));
        let out = String::from_utf8(through(text.as_bytes(), Format::Sql, piece).unwrap()).unwrap();
        let count = |text: &str, c: char| text.chars().filter(|it| *it == c).count();
        prop_assert_eq!((count(&text, '\n'), count(&text, '\t')), (count(&out, '\n'), count(&out, '\t')));
        prop_assert!(out.ends_with("\\.\n\nSELECT 1;\n"));
        let nothing = |text: &str| text.split(['\n', '\t']).filter(|field| *field == "\\N").count();
        prop_assert_eq!(nothing(&text), nothing(&out));
    }

    #[test]
    fn any_bytes_are_copied_or_refused(bytes in any::<Vec<u8>>(), text in "[\\PC\n]{0,200}", piece in 1_usize..30) {
        for format in [Format::Csv, Format::Json, Format::Sql, Format::Env, Format::Yaml, Format::Text] {
            for input in [bytes.as_slice(), text.as_bytes()] {
                if let Ok(out) = through(input, format, piece) {
                    prop_assert_eq!(&through(input, format, 1000).unwrap(), &out);
                    prop_assert!(matches!(format, Format::Json | Format::Sql) || out.is_empty() == input.is_empty());
                }
            }
        }
    }
}

#[test]
fn line_ends_encodings_and_what_is_between_stay() {
    let text = "\u{feff}Name;E-Mail;Ort\r\n\"Müller, Anna\";anna@firm.org;Köln\r\n;;\r\n\r\n";
    let out = copy(text, Format::Csv);
    assert!(out.starts_with("\u{feff}Name;E-Mail;Ort\r\n\"") && out.ends_with("\r\n;;\r\n\r\n"), "{out}");
    let latin: Vec<u8> = text[3..].chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let out = through(&latin, Format::Csv, 5).unwrap();
    assert!(out.starts_with(b"Name;E-Mail;Ort\r\n\"") && !out.contains(&b'?'));
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let out = through(&wide, Format::Csv, 3).unwrap();
    let units: Vec<u16> = out.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    assert!(String::from_utf16(&units).unwrap().starts_with("\u{feff}Name;E-Mail;Ort\r\n\""));
}

#[test]
fn length_limits_of_columns_are_kept() {
    let text = "CREATE TABLE p (email varchar(16), name varchar(10));\nINSERT INTO p VALUES ('anna.s@firm.org', 'Anna Sch');\n";
    let out = copy(text, Format::Sql);
    let values: Vec<&str> = out.split('\'').skip(1).step_by(2).collect();
    assert!(values[0].chars().count() <= 16 && values[1].chars().count() <= 10, "{values:?}");
    assert!(values[0] != "anna.s@firm.org" && values[1] != "Anna Sch");
}

#[test]
fn keys_that_are_values_are_masked_as_values() {
    let out = copy("{\"anna@firm.org\": {\"age\": 7}, \"ben@firm.org\": {\"age\": 8}}", Format::Json);
    assert!(!out.contains("firm.org\"") && out.contains("\"age\": 7"), "{out}");
}

#[test]
fn env_and_yaml_files_keep_their_form() {
    let out = copy("# config\nDB_PASSWORD='hunter2 x'\nSMTP_USER=anna\nPORT=5432\nDEBUG=true\n", Format::Env);
    let lines: Vec<&str> = out.lines().collect();
    assert!(
        lines[1].starts_with("DB_PASSWORD='")
            && lines[1].len() == "DB_PASSWORD='hunter2 x'".len()
            && !lines[1].contains("hunter2")
    );
    assert!(lines[2].starts_with("SMTP_USER=") && lines[2] != "SMTP_USER=anna");
    assert_eq!((lines[0], lines[3], lines[4]), ("# config", "PORT=5432", "DEBUG=true"));
    let out = copy("people:\n  - name: Anna Schmidt # she\n    email: \"anna@firm.org\"\n    size: 3\n", Format::Yaml);
    assert!(
        out.starts_with("people:\n  - name: ")
            && out.contains(" # she\n    email: \"")
            && out.ends_with("\"\n    size: 3\n"),
        "{out}"
    );
    assert!(!out.contains("Schmidt") && !out.contains("firm.org\""));
}

#[test]
fn a_file_that_is_not_what_it_is_said_to_be_is_refused() {
    let refused = |text: &str, format| plan(text.as_bytes(), format, &Choices::default()).is_err();
    assert!(refused("name,email\nAnna,a@b.org\n", Format::Json));
    assert!(refused("INSERT INTO t VALUES ('x", Format::Sql));
    assert!(refused("a,\"b\nc,d\n", Format::Csv));
    assert!(refused("COPY t (a) FROM stdin WITH (FORMAT csv);\nx\n\\.\n", Format::Sql));
}

#[test]
fn formats_are_told_by_name_and_content() {
    for (name, start, format) in [
        ("a.csv", "", Format::Csv),
        ("x/a.JSONL", "", Format::Json),
        ("dump.sql", "", Format::Sql),
        (".env.local", "", Format::Env),
        ("a.yml", "", Format::Yaml),
        ("app.log", "{\"a\":1}", Format::Text),
        ("unknown", " {\"a\": 1}", Format::Json),
        ("unknown", "-- x\nINSERT INTO t", Format::Sql),
        ("unknown", "hello", Format::Text),
    ] {
        assert_eq!(Format::guess(name, start), format, "{name}");
    }
}
/// One number of nine digits in ten passes the check that cards have.
#[test]
fn a_short_number_that_could_be_checked_like_a_card_is_none() {
    let text = r#"[{"xyz":142761972}]"#;
    assert_eq!(
        String::from_utf8(through(text.as_bytes(), Format::Json, 1).unwrap()).unwrap().matches("142761972").count(),
        1
    );
}
