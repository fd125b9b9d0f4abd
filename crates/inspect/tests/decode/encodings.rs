//! What was encoded is found, and leads back to where it was written.

use crate::encoders::{ENCODERS, json, quoted_printable, utf16};
use crate::seen::{all, found, texts};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_inspect::decode::Limits;
use proptest::prelude::*;

/// Long enough for every encoding, and not a word of any.
const TOKEN: &str = "tok_4f9Zq8Lm2XcV7bN1";

#[test]
fn finds_a_token_in_every_encoding_and_knows_where_it_was_written() {
    for (name, encode) in ENCODERS {
        let encoded = encode(TOKEN.as_bytes());
        for (before, after) in [("", ""), ("key = \"", "\"\nnext"), ("x ", " y")] {
            let text = format!("{before}{encoded}{after}");
            let (span, how) = found(text.as_bytes(), TOKEN).unwrap_or_else(|| panic!("{name}: {text}"));
            assert_eq!(how, name, "{text}");
            assert_eq!(text[span], encoded, "{name}");
        }
    }
}

#[test]
fn says_what_name_a_value_has() {
    let text = format!("data:\n  DB_PASSWORD: {}\n  other: 1\n", STANDARD.encode(TOKEN));
    assert_eq!(texts(text.as_bytes()), [format!("  DB_PASSWORD: {TOKEN}")]);
}

#[test]
fn a_quotation_mark_around_what_holds_some_opens_nothing() {
    let inside = format!(r#"{{"password":"{TOKEN}"}}"#);
    let text = format!("CONFIG = decode(\"{}\")\n", STANDARD.encode(&inside));
    assert_eq!(texts(text.as_bytes()), [format!("CONFIG = decode({inside})")]);
    // What is open goes on.
    let text = format!("CONFIG = decode(\"{}, x\")\n", STANDARD.encode(&inside));
    assert_eq!(texts(text.as_bytes()), [format!("CONFIG = decode(\"{inside}, x\")")]);
}

#[test]
fn only_what_was_decoded_is_new() {
    let text = format!("DB_PASSWORD: {}", STANDARD.encode(TOKEN));
    let mut answers = Vec::new();
    portcullis_inspect::decode::layers(text.as_bytes(), &Limits::default(), &mut |layer| {
        answers.push((layer.is_new(&(0..13)), layer.is_new(&(13..14)), layer.is_new(&(0..layer.bytes().len()))));
    });
    assert_eq!(answers, [(false, true, true)]);
}

#[test]
fn unwraps_json_in_json_in_json() {
    let innermost = format!(r#"{{"password":"{TOKEN}"}}"#);
    let text = format!(r#"{{"log":{}}}"#, json(&format!(r#"{{"body":{}}}"#, json(&innermost))));
    let (seen, _) = all(text.as_bytes(), &Limits::default());
    let layer = seen.iter().find(|seen| seen.text.contains(&innermost)).unwrap();
    assert_eq!(layer.how, "string escapes > string escapes");
    assert_eq!(&text[layer.find(TOKEN).unwrap()], TOKEN);
}

#[test]
fn unwraps_different_encodings_in_one_another() {
    let hex: String = TOKEN.bytes().map(|byte| format!("{byte:02x}")).collect();
    let base64 = STANDARD.encode(format!("token={hex};"));
    let text = format!("GET /?q={}", base64.replace('=', "%3D").replace('Z', "%5A"));
    let (span, how) = found(text.as_bytes(), TOKEN).unwrap();
    assert_eq!(how, "percent-encoding > base64 > hex");
    assert!(text[span.clone()].len() > TOKEN.len() * 2 && span.start > 8, "{span:?}");
}

#[test]
fn stops_at_the_depth_that_was_asked_for_and_says_so() {
    let mut text = format!("secret is {TOKEN} .");
    for _ in 0..4 {
        text = format!("data {} .", STANDARD.encode(&text));
    }
    let depth = |text_depth| all(text.as_bytes(), &Limits { text_depth, ..Limits::default() });
    assert!(depth(4).0.iter().any(|seen| seen.text.contains(TOKEN)));
    let (seen, skipped) = depth(3);
    assert!(!seen.iter().any(|seen| seen.text.contains(TOKEN)));
    assert_eq!(
        skipped.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["base64 > base64 > base64: it is nested too deeply"]
    );
}

#[test]
fn reads_mail() {
    let text = format!(
        "Content-Transfer-Encoding: quoted-printable\n\n{}",
        quoted_printable(&format!("Sehr geehrte Damen und Herren, das Passwort für a=b lautet {TOKEN} und gilt."))
    );
    assert!(!text.contains(TOKEN), "the line breaks within the token");
    let (_, how) = found(text.as_bytes(), TOKEN).unwrap();
    assert_eq!(how, "quoted-printable");
}

#[test]
fn reads_utf16_with_and_without_a_mark() {
    for (low_first, mark, how) in [(true, [0xff, 0xfe], "UTF-16LE"), (false, [0xfe, 0xff], "UTF-16BE")] {
        let plain = utf16(&format!("password = {TOKEN}\r\n"), low_first);
        let marked = [mark.to_vec(), utf16(&format!("größe 中文 {TOKEN}"), low_first)].concat();
        assert_eq!(found(&plain, TOKEN), Some((22..22 + 2 * TOKEN.len(), how.to_owned())));
        assert_eq!(found(&marked, TOKEN), Some((20..20 + 2 * TOKEN.len(), how.to_owned())));
    }
}

#[test]
fn reads_wide_strings_in_a_program() {
    let noise: Vec<u8> = (0..400_u32).map(|it| (it.wrapping_mul(2_654_435_761) >> 13) as u8 | 0x80).collect();
    let program = [&noise[..], &utf16(TOKEN, true), &noise[..]].concat();
    assert_eq!(found(&program, TOKEN).unwrap().1, "UTF-16LE");
}

#[test]
fn reads_a_command_for_powershell() {
    let script = format!("$password = '{TOKEN}'; Connect-Server -Password $password");
    let text = format!("powershell -EncodedCommand {}", STANDARD.encode(utf16(&script, true)));
    assert_eq!(found(text.as_bytes(), TOKEN).unwrap().1, "base64 > UTF-16LE");
}

#[test]
fn puts_strings_together() {
    let (left, right) = TOKEN.split_at(9);
    for text in [
        format!("x = \"{left}\" + \"{right}\";"),
        format!("x = '{left}' . '{right}';"),
        format!("x = \"{left}\"\n    \"{right}\";"),
        format!("x = \"{left}\" +\n    \"{right}\";"),
        format!("x = \"{left}\" \\\n    \"{right}\""),
        format!("x = \"{left}\" & _\n \"{right}\"").replace(" _\n", "\n"),
        format!("x = \"{left}\"\"{right}\""),
        format!("x = \"tok_\" + \"{}\" + \"{right}\"", left.strip_prefix("tok_").unwrap()),
    ] {
        let (span, how) = found(text.as_bytes(), TOKEN).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(how, "joined strings");
        assert_eq!((text[span.clone()].starts_with("tok_"), text[span].ends_with(right)), (true, true), "{text}");
    }
}

#[test]
fn leaves_sentences_that_were_broken_at_a_space_alone() {
    for text in
        ["printk(\"one two \"\n\t\"three\");", "f(\"a\\n\"\n  \"b\")", "[\"ab\", \"cd\"]", "x = \"a\" if y else \"b\""]
    {
        assert_eq!(texts(text.as_bytes()), [""; 0], "{text}");
    }
}

#[test]
fn reads_letters_moved_by_thirteen_only_on_demand() {
    let text = "cnffjbeq = uhagre2";
    assert_eq!(texts(text.as_bytes()), [""; 0]);
    let (seen, _) = all(text.as_bytes(), &Limits { rot13: true, ..Limits::default() });
    assert_eq!(seen.iter().map(|seen| seen.text.as_str()).collect::<Vec<_>>(), ["password = hunter2"]);
}

#[test]
fn ordinary_text_holds_nothing() {
    let text = r#"
        static const struct file_operations kernel_file_operations_table = { .owner = THIS_MODULE };
        printf("%-20s %5d %08lx\n", getElementByIdFromDocumentRoot, a->b, c & d && e);
        commit 3f786850e387550fdab836ed7e6dc881de23001b
        sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
        "integrity": "sha512-uGhlMoDFGp8Rgqv1VrVXTKBzTA8GmkpDjJ4ZT2nKxnEQ0mMqGq0ooF9y1BrfWFZAb0u3D+VdgFz8+EBU5XjEzw=="
        https://packages.example/path/to/some/very/long/file/name/index.html
        3f2504e0-4f89-11d3-9a0c-0305e82c3301 0x1234 0xdeadbeef 0x00, 0x01
    "#;
    assert_eq!(texts(text.as_bytes()), [""; 0]);
}

#[test]
fn finds_text_between_other_bytes_of_a_run() {
    let bytes = [&[0xff, 0x00, 0x9c, 0x81, 0x02][..], TOKEN.as_bytes(), &[0x00, 0xfe, 0xff, 0x80]].concat();
    let text = STANDARD.encode(&bytes);
    let (span, _) = found(text.as_bytes(), TOKEN).unwrap();
    assert_eq!(span, 6..34);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_encoded_once_or_twice_comes_back(
        first in 0..ENCODERS.len(), second in 0..ENCODERS.len(), payload in "[A-Za-z0-9_]{20,120}", before in "[a-z:]{0,5}[ \n\"]", after in "[ \n\"][a-z ]{0,5}",
    ) {
        let once = format!("{before}{}{after}", ENCODERS[first].1(payload.as_bytes()));
        let (span, _) = found(once.as_bytes(), &payload).unwrap();
        prop_assert!(span.start >= before.len() && span.end <= once.len() - after.len());
        let twice = format!("{before}{}{after}", ENCODERS[second].1(once.as_bytes()));
        let (seen, _) = all(twice.as_bytes(), &Limits::default());
        let spans: Vec<_> = seen.iter().filter_map(|seen| seen.find(&payload)).collect();
        prop_assert!(!spans.is_empty(), "{}", twice);
        prop_assert!(spans.iter().all(|span| span.end <= twice.len() - after.len()));
    }

    #[test]
    fn random_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let (seen, _) = all(&bytes, &Limits::default());
        for seen in seen {
            prop_assert!(seen.spans.iter().all(|span| span.start <= span.end && span.end <= bytes.len()));
        }
    }

    #[test]
    fn random_escapes_do_no_harm(text in "(\\\\u[0d]?|\\\\x4|\\\\\"|%4|&#x?|=3D|=\n|\" \\+ \"|0x41, |QUJD|[a-fA-F0-9+/= \\\\\"&%;{}]){0,80}") {
        let (seen, _) = all(text.as_bytes(), &Limits { rot13: true, ..Limits::default() });
        for seen in seen {
            prop_assert!(seen.spans.iter().all(|span| span.start <= span.end && span.end <= text.len()));
        }
    }
}
