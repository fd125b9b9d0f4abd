//! How somebody would get a credential past the search, or the search to its knees.

use super::{found, marked};

#[test]
fn odd_quotes_escapes_and_spacing_do_not_hide_a_password() {
    for (path, text) in [
        ("a.py", "password   =   '«b1ueMonday7»'"),
        ("a.py", "password=\\\n    '«b1ueMonday7»'"),
        ("a.py", "password = (\n    '«b1ueMonday7»'\n)"),
        ("a.py", "password = r'''«b1ueMonday7»'''"),
        ("a.js", "password = `«b1ueMonday7»`"),
        ("a.js", r#"x = "{\"password\":\"«b1ueMonday7»\"}""#),
        ("a.js", r#"x = "{\\\"password\\\":\\\"«b1ueMonday7»\\\"}""#),
        ("a.java", r#"new String("«b1ueMonday7»"), password"#),
        ("a.go", r#"password := []byte("«b1ueMonday7»")"#),
        ("a.yml", "PassWord: «b1ueMonday7»\n"),
        ("a.yml", "? x\n: y\npassword:    '«b1ueMonday7»'   # mine\n"),
        ("a.xml", "<Password>\n  <![CDATA[«b1ueMonday7»]]>\n</Password>"),
    ] {
        let (text, value) = marked(text);
        let values: Vec<String> = found(path, &text).into_iter().map(|(_, value)| value).collect();
        // A name behind its value is a sentence, not an assignment.
        let expected = if text.starts_with("new") { vec![] } else { vec![value] };
        assert_eq!(values, expected, "{text}");
    }
}

#[test]
fn a_password_put_together_from_parts_is_found_by_its_first() {
    let found = found("a.py", r#"password = "b1ueMon" + "day7""#);
    assert_eq!(found, [("generic-password", "b1ueMon".to_owned())]);
}

#[test]
fn several_triggers_of_one_assignment_give_one_finding() {
    let text = "client_secret_token_password_key = 'q8Zv0wKk3mPp7Xx5'\n";
    assert_eq!(found("a.py", text).len(), 1, "{:?}", found("a.py", text));
}

#[test]
fn triggers_without_end_take_bounded_time_and_memory() {
    for piece in [
        "password=",
        "password='",
        "password=(",
        "key=\"",
        "pass:\\",
        "a://b:",
        "Basic ",
        "$2a$10",
        "login(",
        "<password ",
    ] {
        let text = piece.repeat(20_000 / piece.len());
        let found = found("a.txt", &text);
        assert!(found.len() < text.len() / 8, "{piece}: {}", found.len());
    }
}

#[test]
fn a_line_without_end_is_no_obstacle() {
    let filler = "x = 1; ".repeat(3_000);
    let text = format!("{filler}password = 'b1ueMonday7'; {filler}");
    assert_eq!(found("a.js", &text), [("generic-password", "b1ueMonday7".to_owned())]);
}

#[test]
fn a_value_longer_than_anybody_writes_is_let_go() {
    let text = format!("password = '{}'", "aB3$".repeat(2000));
    assert_eq!(found("a.py", &text), []);
}
