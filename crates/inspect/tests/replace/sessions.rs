//! What the tests beside this one share: sessions, values, hits.

use portcullis_event::{Confidence, FindingKind, RuleId, Secret, Severity};
use portcullis_inspect::Hit;
use portcullis_inspect::replace::{Kind, Session, Style, TowardLocal};
use portcullis_testkit::dice::Dice;
use std::ops::Range;
use std::sync::Arc;

pub(crate) fn session(key: u8) -> Arc<Session> {
    Arc::new(Session::new(&Secret::new([key; 32])))
}

pub(crate) fn session_in_form(key: u8) -> Arc<Session> {
    Arc::new(Session::new(&Secret::new([key; 32])).with_style(Style::InForm))
}

pub(crate) fn hit(span: Range<usize>, rule: &str, severity: Severity) -> Hit {
    Hit {
        rule: RuleId::parse(rule).unwrap(),
        kind: FindingKind::Secret,
        severity,
        confidence: Confidence::High,
        message: String::new(),
        span,
        value: Secret::new(String::new()),
        why: Vec::new(),
        cwe: None,
    }
}

/// A hit for every place where `value` stands in `text`.
pub(crate) fn hits(text: &str, value: &str) -> Vec<Hit> {
    let places = text.match_indices(value).map(|(start, _)| start..start + value.len());
    places.map(|span| hit(span, "generic-password", Severity::High)).collect()
}

pub(crate) fn restored(session: &Arc<Session>, text: &str) -> String {
    session.restore(text, TowardLocal::promise()).0.into_local()
}

/// A value of one of the forms that values have.
pub(crate) fn value(dice: &mut Dice) -> (Kind, String) {
    let word = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    match dice.below(6) {
        0 => (Kind::Token, format!("ghp_{}", dice.word(word, 36))),
        1 => (Kind::Password, format!("p\"w\\d\n{}\t\u{1}é", dice.word(word, 8))),
        2 => (Kind::Email, format!("{}@firm.org", dice.word("abcdefgh", 9))),
        3 => (Kind::Connection, format!("postgres://u:{}@db.internal:5432/app", dice.word(word, 20))),
        4 => (Kind::Name, format!("Ångström {}", dice.word("xyz", 5))),
        _ => {
            let dashes = "-----";
            let body = dice.word(word, 200);
            (Kind::PrivateKey, format!("{dashes}BEGIN PRIVATE KEY{dashes}\n{body}\n{dashes}END PRIVATE KEY{dashes}\n"))
        }
    }
}

/// Text that no value stands in, with what placeholders and damage are made of.
pub(crate) fn filler(dice: &mut Dice, pieces: usize) -> String {
    const PIECES: &[&str] = &[
        "the quick brown fox ",
        "zzz",
        "Zq",
        "ZQTOKN",
        "size of ",
        "\\u00",
        "\\u005a",
        "&#",
        "&#90;",
        "%5",
        "%5A",
        "\\",
        "**",
        "_",
        "`",
        "\n> ",
        "\n    // ",
        "\u{200b}",
        "\u{ad}",
        "é",
        "😀",
        "<b>",
        "<",
        "ＺＱ",
        "{\"a\": \"",
        "\"",
        "ghp_",
        "eyJ",
        "4000 00",
        "0x5a51",
        " ",
    ];
    (0..dice.below(pieces + 1)).map(|_| *dice.one_of(PIECES)).collect()
}
