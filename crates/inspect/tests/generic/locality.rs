//! A judgement depends on what is near, and on nothing else; no bytes break it.

use memchr::memmem;
use portcullis_inspect::generic::{Candidate, Context, REACH, TRIGGERS, judge, judge_all};
use proptest::prelude::*;

/// Pieces that texts with credentials are made of, so that random texts reach the depths of the scanners.
fn piece() -> impl Strategy<Value = String> {
    let words = [
        "password",
        "DB_PASSWORD",
        "secret",
        "api_key",
        "token",
        "auth",
        "login(",
        "connect(",
        "--user ",
        "-p",
        "IDENTIFIED BY ",
        "https://",
        "@host/",
        "joe:",
        "Basic ",
        "Bearer ",
        "$2y$10$",
        "\"kty\"",
        "=",
        ":",
        "=>",
        "\"",
        "'",
        "`",
        "\\",
        "\\\"",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "<",
        ">",
        ",",
        ";",
        " ",
        "\n",
        "\t",
        "b1ueMonday7",
        "q8Zv0wKk3mPp7Xx5nNj2cHh9dDg1",
        "name",
        "value",
        "\0",
        "\u{20ac}",
        "is ",
        "new String(",
        "${",
        "%s",
        "<![CDATA[",
        "]]>",
        "PuTTY-User-Key-File",
        "Private-Lines:",
        "INSERT INTO t (a, password) VALUES (",
        "UPDATE t SET a = ",
        " WHERE b = ",
        "chpasswd:\n  list: |\n    ",
        "smbclient ",
        " -U ",
        "%",
        "createUser a SHA ",
        "密码：",
        " as its password",
        "CURLOPT_USERPWD, ",
        "jwt.sign(",
    ];
    prop_oneof![9 => prop::sample::select(words.to_vec()).prop_map(str::to_owned), 1 => "[ -~]{0,12}"]
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::collection::vec(piece(), 0..60).prop_map(|it| it.concat().into_bytes());
    let bytes = prop::collection::vec(any::<u8>(), 0..300);
    prop_oneof![4 => pieces, 1 => bytes]
}

fn shifted(mut found: Vec<Candidate>, by: usize) -> Vec<Candidate> {
    for candidate in &mut found {
        candidate.span = candidate.span.start + by..candidate.span.end + by;
    }
    found
}

proptest! {
    // Each case is judged once for every trigger, the slow way.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_bytes_make_it_panic_and_each_span_lies_in_the_text(text in text(), path in "[a-z./]{0,12}") {
        for candidate in judge_all(&text, &Context::of(Some(&path))) {
            prop_assert!(candidate.span.start < candidate.span.end && candidate.span.end <= text.len());
        }
    }

    #[test]
    fn no_trigger_makes_it_panic_wherever_it_is_said_to_stand(text in text(), start in 0..400_usize, length in 0..20_usize) {
        judge(&text, start..start + length, &Context::of(None), &mut Vec::new());
    }

    #[test]
    fn bytes_beyond_its_reach_change_nothing(text in text(), before in text(), after in text()) {
        let context = Context::of(Some("a.yml"));
        // Between the text and what surrounds it lies more than it can see over.
        let gap = vec![b'.'; REACH];
        let alone = [&gap[..], &text, &gap].concat();
        let surrounded = [&before[..], &gap, &text, &gap, &after].concat();
        let lower = text.to_ascii_lowercase();
        for trigger in TRIGGERS {
            for at in memmem::find_iter(&lower, trigger) {
                let (mut one, mut other) = (Vec::new(), Vec::new());
                let here = gap.len() + at;
                judge(&alone, here..here + trigger.len(), &context, &mut one);
                let there = here + before.len();
                judge(&surrounded, there..there + trigger.len(), &context, &mut other);
                prop_assert_eq!(shifted(one, before.len()), other);
            }
        }
    }
}
