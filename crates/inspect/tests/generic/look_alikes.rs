use super::{found, marked};
use portcullis_event::Severity;
use portcullis_inspect::generic::Rule;

#[test]
fn what_everybody_knows_has_a_rule_of_its_own_that_is_off_by_default() {
    let documented = ["wJalrXUtnFEMI", "/K7MDENG/bPxRfiCY", "EXAMPLEKEY"].concat();
    let cases = [
        ("a.py", r#"api_key = "«sk-1234567890abcdef»""#.to_owned()),
        ("a.py", r#"API_KEY = "«your-api-key-here»""#.to_owned()),
        ("a.py", r#"SECRET_KEY = "«mysupersecretkey»""#.to_owned()),
        ("a.js", "const JWT_SECRET = '«your-256-bit-secret»';".to_owned()),
        ("a.yml", "admin_password: «changeme»\n".to_owned()),
        ("a.rst", "mount -t cifs //host/share /mnt -o username=joe,password=«mypassword»\n".to_owned()),
        ("a.tf", format!("secret_key = \"«{documented}»\"")),
        ("a.py", r#"url = "https://joe:«b1ueMonday7»@git.example.com/x""#.to_owned()),
        ("a.py", r#"url = "redis://joe:«b1ueMonday7»@somehost:6379/0""#.to_owned()),
    ];
    for (path, text) in cases {
        let (text, value) = marked(&text);
        assert_eq!(found(path, &text), [("look-alike-secret", value)], "{text}");
    }
    assert_eq!(Rule::LookAlike.severity(), Severity::Low);
    let on: Vec<Rule> = Rule::ALL.into_iter().filter(|rule| rule.is_on_by_default()).collect();
    assert_eq!(on.len(), Rule::ALL.len() - 1);
}

#[test]
fn a_weak_password_is_a_password_all_the_same() {
    for value in ["123456", "qwerty123", "admin123", "12345678"] {
        let text = format!("db:\n  user: root\n  password: {value}\n");
        assert_eq!(found("config.yml", &text), [("generic-password", value.to_owned())]);
    }
}
