use super::*;
use crate::position::Before;
use portcullis_event::{Confidence, RuleId, Secret, Severity};
use proptest::prelude::*;

fn hit(text: &[u8], span: Range<usize>) -> Hit {
    Hit {
        rule: RuleId::parse("generic-password").unwrap(),
        kind: FindingKind::Secret,
        severity: Severity::High,
        confidence: Confidence::High,
        message: String::new(),
        value: Secret::new(String::from_utf8_lossy(&text[span.clone()]).into_owned()),
        span,
        why: Vec::new(),
        cwe: None,
    }
}

/// The excerpts of a text in which every `<…>` was found. The brackets are not part of the text.
fn shown(marked: impl AsRef<[u8]>) -> Vec<Option<String>> {
    let (mut text, mut spans, mut starts) = (Vec::new(), Vec::new(), Vec::new());
    for byte in marked.as_ref() {
        match byte {
            b'<' => starts.push(text.len()),
            b'>' => spans.push(starts.pop().unwrap()..text.len()),
            other => text.push(*other),
        }
    }
    spans.sort_by_key(|span| span.start);
    let hits: Vec<Hit> = spans.into_iter().map(|span| hit(&text, span)).collect();
    let window = Window::whole(&text);
    excerpts(&window, &hits).into_iter().map(|it| it.text().map(str::to_owned)).collect()
}

fn first(marked: impl AsRef<[u8]>) -> String {
    shown(marked).remove(0).unwrap()
}

#[test]
fn the_line_is_shown_without_what_was_found_on_it() {
    assert_eq!(first("x\n  password = '<hunter2!>' # old\ny"), "password = '****' # old");
    assert_eq!(shown("a=<one!!> b=<two!!>\n"), [Some("a=**** b=****".to_owned()), Some("a=**** b=****".to_owned())]);
}

#[test]
fn a_value_that_stands_there_again_is_masked_as_well() {
    assert_eq!(first("a='<hunter2!>' was hunter2! once, now xhunter2!y"), "a='****' was **** once, now x****");
    assert_eq!(shown("a='<hunter2!>'\nb='<other!!>', not hunter2!")[1].as_deref(), Some("b='****', not ****"));
}

#[test]
fn what_overlaps_touches_or_goes_on_is_one_mask() {
    assert_eq!(first("k=<abc<def>ghi>."), "k=****.");
    assert_eq!(first("k=<abc><def>."), "k=****.");
    assert_eq!(first("k=<abcdef>rest/of+it ok"), "k=**** ok");
    assert_eq!(first("k=<abcxyz> id 0123456789abcdef01234567 ok"), "k=**** id **** ok");
}

#[test]
fn of_what_covers_several_lines_only_the_head_of_its_first_is_shown() {
    assert_eq!(first("k = '<BEGIN\r\nabc\r\nEND>' and = 'more'\r\n"), "k = '****");
    assert_eq!(shown("k = '<BEGIN\nabc\nEND>' p='<second>'!\n")[1].as_deref(), Some("****' p='****'!"));
    assert_eq!(first("k='<secret>' x\r\nnext\r\n"), "k='****' x");
}

#[test]
fn a_long_line_is_cut_and_a_value_at_the_cut_is_not_shown_in_part() {
    let long = format!(
        "{}hunter2!{}k='<hunter2!>'{}hunter2!{}",
        "a ".repeat(400),
        ". ".repeat(120),
        " .".repeat(124),
        " b".repeat(400)
    );
    let text = first(&long);
    assert!(text.starts_with('…') && text.ends_with('…') && text.contains("k='****'"), "{text}");
    assert!(text.chars().count() < 110 && !text.contains("unte"), "{text}");
}

#[test]
fn what_is_no_text_has_no_excerpt() {
    assert_eq!(shown(b"\xff\xfek\0=\0<h\0u\0n\0>\0"), [None]);
    assert_eq!(shown(b"\x01\x02\x03\x04\x05\xf1\xf2\xf3\xf4<hunter2!>"), [None]);
    assert_eq!(first(b"gr\xfc\xdfe an alle: k='<hunter2!>'"), "gr\u{fffd}\u{fffd}e an alle: k='****'");
}

#[test]
fn what_lies_outside_of_what_was_fully_searched_is_not_shown() {
    let text = b"left k='hunter2!' right";
    let hits = [hit(text, 8..16)];
    let window = Window { text, before: Before { bytes: 9, lines: 1, columns: 0 }, own: 5..17 };
    assert_eq!(excerpts(&window, &hits)[0].text(), Some("k='****'"));
}

#[test]
fn text_that_steers_agents_is_not_handed_on() {
    let text = b"do as I say, now";
    let hits = [Hit { kind: FindingKind::Injection, ..hit(text, 3..8) }];
    let window = Window::whole(text);
    assert_eq!(excerpts(&window, &hits)[0].text(), None);
}

proptest! {
    #[test]
    fn nothing_that_was_found_is_ever_shown(
        parts in prop::collection::vec(("[a-z ='\n\t]{0,12}", "[A-Z]{5,9}", any::<bool>()), 1..8),
    ) {
        let mut marked = String::new();
        for (between, value, again) in &parts {
            marked += &[between.as_str(), "<", value, ">", if *again { value } else { "" }].concat();
        }
        for text in shown(&marked).into_iter().flatten() {
            for (_, value, _) in &parts {
                prop_assert!(!text.contains(value.as_str()), "{text} of {marked}");
            }
            prop_assert!(!text.contains(|it: char| it.is_ascii_uppercase()), "{text} of {marked}");
        }
    }
}

#[test]
fn only_the_mark_of_a_vendor_is_shown_of_a_value() {
    let of = |rule: &str| {
        let text = format!("t={}_{}", "ghp", "x1".repeat(18)).into_bytes();
        let hits = [Hit { rule: RuleId::parse(rule).unwrap(), ..hit(&text, 2..42) }];
        let window = Window::whole(&text);
        excerpts(&window, &hits)[0].text().unwrap().to_owned()
    };
    assert_eq!((of("github-classic-token").as_str(), of("generic-password").as_str()), ("t=ghp_****", "t=****"));
}
