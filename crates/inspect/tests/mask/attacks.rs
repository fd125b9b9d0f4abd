//! Ways around the masking that were tried. In each, what must not survive is looked for in the whole copy.

use crate::copies::{copied, copied_knowing, copy, gathered};
use portcullis_inspect::mask::{Choices, Format, Known};
use portcullis_inspect::{Inspection, Kinds};
use std::sync::Arc;

/// The copy as the command makes it: with the real inspection, and with what the file itself gives away.
fn real(text: &str, format: Format) -> String {
    let finder = Arc::new(Inspection::new(Kinds { injection: false, ..Kinds::ALL }));
    let known = gathered(text.as_bytes(), format);
    let out = copied_knowing(text.as_bytes(), format, &Choices::default(), 1, 1000, finder, known).unwrap().0;
    String::from_utf8(out).unwrap()
}

fn is_gone(text: &str, format: Format, secrets: &[&str]) -> String {
    let out = real(text, format);
    for secret in secrets {
        assert!(text.to_lowercase().contains(&secret.to_lowercase()), "{secret} is not in the text");
        assert!(!out.to_lowercase().contains(&secret.to_lowercase()), "{secret} is in\n{out}");
    }
    out
}

#[test]
fn a_value_of_one_column_does_not_stand_in_another() {
    let text = "id,name,email,notes,owner\n\
        1,Anna Schmidt,anna@firm.org,\"Ms Schmidt (anna@firm.org) called\nagain, ANNA SCHMIDT\",Ben Jones\n\
        2,Ben Jones,ben@firm.org,asked Anna,Anna Schmidt\n";
    let out = is_gone(text, Format::Csv, &["schmidt", "anna", "jones", "ben@", "firm.org"]);
    assert!(out.contains(" called\nagain, ") && out.contains("asked "), "{out}");
    let json = "[{\"name\":\"Anna Schmidt\",\"tags\":[\"vip\",\"Anna Schmidt\"]},{\"by\":{\"Anna Schmidt\":1}}]";
    is_gone(json, Format::Json, &["schmidt"]);
    let sql = "-- for Anna Schmidt\nINSERT INTO p (name, note) VALUES ('Anna Schmidt', 'Schmidt, Anna');\n";
    is_gone(sql, Format::Sql, &["schmidt", "anna"]);
}

#[test]
fn a_value_becomes_the_same_in_its_column_and_in_a_text() {
    let text = "name,notes\nAnna Schmidt,see Anna Schmidt\nBen Jones,nothing\n";
    let out = real(text, Format::Csv);
    let name = out.lines().nth(1).unwrap().split(',').next().unwrap();
    assert!(out.contains(&format!("see {name}")), "{out}");
}

#[test]
fn a_value_of_one_file_does_not_stand_in_another() {
    let known = gathered(b"name,email\nAnna Schmidt,anna@firm.org\nBen Jones,ben@firm.org\n", Format::Csv);
    let finder = Arc::new(Inspection::new(Kinds { injection: false, ..Kinds::ALL }));
    let log = b"2024-05-06 12:00 opened the account of Anna Schmidt\n";
    let (out, _) = copied_knowing(log, Format::Text, &Choices::default(), 1, 7, finder, known).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(out.starts_with("2024-05-06 12:00 opened the account of ") && !out.contains("Schmidt"), "{out}");
}

#[test]
fn documents_in_values_are_looked_into() {
    let text = "id,payload\n1,\"{\"\"name\"\": \"\"Anna Schmidt\"\", \"\"n\"\": {\"\"ssn\"\": 123456789, \"\"x\"\": 1}}\"\n\
        2,\"{\"\"name\"\": \"\"Ben Jones\"\", \"\"deep\"\": \"\"{\\\"\"password\\\"\": \\\"\"hunter2hunter\\\"\"}\"\"}\"\n";
    let out = is_gone(text, Format::Csv, &["schmidt", "123456789", "jones", "hunter2"]);
    assert!(out.contains("\"\"x\"\": 1}}\"\n"), "{out}");
    let sql = "INSERT INTO events (data) VALUES ('{\"user\": {\"last_name\": \"O\\'\\'Hara\"}}'), ('[]');";
    let sql = sql.replace("\\'\\'", "''");
    is_gone(&sql, Format::Sql, &["hara"]);
}

#[test]
fn escapes_do_not_hide_values() {
    let out = is_gone("{\"note\": \"mail anna\\u0040firm.org now\"}", Format::Json, &["anna"]);
    assert!(out.contains("mail ") && out.contains(" now\"}"), "{out}");
    let sql = "INSERT INTO t (a) VALUES (E'mail anna\\'s anna@firm.org'), ($$ben@firm.org$$), ($x$carl@firm.org$x$);";
    is_gone(sql, Format::Sql, &["anna@", "ben@", "carl@"]);
}

#[test]
fn bytes_that_are_text_are_masked_as_text() {
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (anna, name) = (hex("anna@firm.org"), hex("Anna Schmidt"));
    let sql = format!("INSERT INTO `t` (`a`, `name`) VALUES (X'{anna}', 0x{name}), (0xff00fe01, NULL);");
    let out = is_gone(&sql, Format::Sql, &[&anna, &name]);
    assert!(out.contains("0xff00fe01") && out.contains("X'"), "{out}");
}

#[test]
fn what_is_encoded_can_not_be_decoded_any_more() {
    // An e-mail address in base64, in two of the three ways in which its letters can fall.
    let text = "id,blob,more\n1,bWFpbCB0byBhbm5hLnNjaG1pZHRAZmlybS5vcmcgcGxlYXNl,YW5uYS5zY2htaWR0QGZpcm0ub3Jn\n";
    is_gone(text, Format::Csv, &["YW5uYS5zY2htaWR0", "QGZpcm0ub3Jn", "hbm5hLnNjaG1pZHRAZmlybS5vcm"]);
}

#[test]
fn logs_tell_nothing_behind_their_keys() {
    let text = "2024-05-06T12:00:01Z INFO login user=anna77 name=\"Anna Schmidt\" ip=84.12.7.9 status=ok took=35ms\n\
        2024-05-06T12:00:02Z WARN reset?token=a81bc81b-dead-4e5d&mail=anna%40firm.org 200\n\
        {\"level\":\"info\",\"user\":\"anna77\",\"msg\":\"card 4521 9377 6401 8276 declined\"}\n";
    let out = is_gone(text, Format::Text, &["anna", "schmidt", "84.12.7.9", "a81bc81b", "4521 9377"]);
    assert!(out.contains("INFO login user=") && out.contains(" status=ok took=35ms\n") && out.contains(" 200\n"));
    let users: Vec<&str> =
        out.split("user").skip(1).map(|it| it.trim_start_matches(['=', '"', ':']).get(..6).unwrap()).collect();
    assert_eq!(users[0], users[1]);
}

#[test]
fn a_first_line_of_values_is_no_header() {
    for text in ["Anna Schmidt,n/a\nBen Jones,5\n", "Anna Schmidt,12\n"] {
        let out = real(text, Format::Csv);
        assert!(!out.contains("Anna"), "{out}");
    }
}

#[test]
fn names_in_every_script_change() {
    let names =
        ["Nguyễn Thị Hương", "অনিতা দাস", "สมชาย ใจดี", "ანა ბერიძე", "Ğüneş Öz", "王小明", "김민준", "Zoë D’Arcy"];
    let text = names.iter().fold("id,full_name\n".to_owned(), |text, name| text + "1," + name + "\n");
    let out = real(&text, Format::Csv);
    for name in names {
        assert!(name.split(' ').all(|part| !out.contains(part)), "{name} in {out}");
    }
}

#[test]
fn numbers_that_are_cards_are_masked_in_any_column() {
    let out = is_gone("[{\"x\":12},{\"x\":4521937764018276},{\"x\":7},{\"x\":9}]", Format::Json, &["4521937764018276"]);
    assert!(serde_json::from_str::<serde_json::Value>(&out).is_ok() && out.contains("{\"x\":12}"), "{out}");
}

#[test]
fn secrets_do_not_survive_wherever_they_stand() {
    let secret = format!("ghp_{}", "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3z0A")
        .replace("z0A", "z01234")
        .chars()
        .take(40)
        .collect::<String>();
    let password = "Tr0ub4dor&3xyz";
    for (text, format) in [
        (format!("id,comment\n1,use {secret} here\n"), Format::Csv),
        (format!("{{\"a\": {{\"api_key\": \"{secret}\"}}, \"b\": [\"password={password}\"]}}"), Format::Json),
        (format!("-- password: '{password}'\nUPDATE t SET password = '{password}' WHERE id = 1;\n"), Format::Sql),
        (format!("DB_PASSWORD={password}\nTOKEN=\"{secret}\"\n"), Format::Env),
        (format!("db:\n  password: {password}\n  url: postgres://u:{password}@h/d\n"), Format::Yaml),
        (format!("connect password={password} token={secret}\n"), Format::Text),
    ] {
        let out = real(&text, format);
        assert!(!out.contains(&secret) && !out.contains(password), "{out}");
    }
}

#[test]
fn a_copy_can_be_copied_again() {
    let text = "id,name,email,iban,card,notes\n1,Anna Schmidt,anna@firm.org,DE89370400440532013000,4111111111111111,\"a \"\"b\"\"\"\n";
    let once = real(text, Format::Csv);
    let twice = real(&once, Format::Csv);
    assert_ne!(once, twice);
    assert_eq!(once.matches(['"', ',', '\n']).count(), twice.matches(['"', ',', '\n']).count());
    assert_eq!(once, real(text, Format::Csv), "the same key gives the same copy");
}

#[test]
fn rows_in_one_statement_and_brackets_in_strings_are_told_apart() {
    let sql = "INSERT INTO `users` (`id`, `name`, `note`) VALUES (1,'Anna),(2,\\'Ben','x;y'),(3,'Carl; DROP TABLE','-- no comment');\n/* mail anna@firm.org */\n";
    let out = copy(sql, Format::Sql);
    assert_eq!(out.matches("),(").count(), sql.matches("),(").count(), "{out}");
    assert!(!out.contains("Anna") && !out.contains("Carl") && !out.contains("anna@"), "{out}");
}

#[test]
fn memory_does_not_grow_with_the_file() {
    // A masker that held the file would not have written anything before its end.
    let mut text = "id,notes\n".to_owned();
    text.extend((0..20_000).map(|n| format!("{n},some words that say nothing\n")));
    let plan = crate::copies::plan(text.as_bytes(), Format::Csv, &Choices::default()).unwrap();
    let key = portcullis_inspect::mask::MaskKey::new(&portcullis_event::Secret::new([1; 32]));
    let mut masker = portcullis_inspect::mask::Masker::new(plan, key, Arc::new(crate::copies::Finds));
    let (mut out, mut pushed) = (Vec::new(), 0);
    for piece in text.as_bytes().chunks(4096) {
        masker.push(piece, &mut out).unwrap();
        pushed += piece.len();
        assert!(pushed - out.len() < 4096, "what was read is written but for a row");
    }
}

#[test]
fn what_is_known_is_not_shown() {
    let known: Arc<Known> = gathered(b"name\nAnna Schmidt\nBen Jones\n", Format::Csv);
    assert!(!format!("{known:?}").contains("Anna") && !known.is_full());
    let (_, done) = copied(b"name\nAnna Schmidt\n", Format::Csv, &Choices::default(), 1, 9).unwrap();
    assert!(!format!("{done:?}").contains("Anna"));
}
