use portcullis_event::Confidence;
use portcullis_inspect::Hit;
use portcullis_inspect::generic::{Context, judge_all};

#[test]
fn a_finding_says_why_and_never_what() {
    let value = "tr0ub4dor&3";
    let text = format!("DB_USER=app\nDB_PASSWORD={value}\n");
    let found = judge_all(text.as_bytes(), &Context::of(Some(".env")));
    let [candidate] = &found[..] else { panic!("{found:?}") };
    assert!(candidate.confidence >= Confidence::Medium, "{candidate:?}");
    assert!(!candidate.why.is_empty() && candidate.why.len() <= 3);
    let hit = Hit::from(candidate.clone());
    assert!(!format!("{hit:?}").contains(value));
    assert_eq!(hit.value.expose(), value);
    assert_eq!(hit.span, 24..35);
}
