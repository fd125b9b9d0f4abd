//! Replies of each interface, cut at every place.

use crate::samples::{ALL, Said, Sample, cut};
use portcullis_event::Secret;
use portcullis_gateway::wire::{Back, Call, Finish, Reply, Ruling, Rulings};
use portcullis_inspect::replace::{Kind, Session};
use proptest::prelude::*;
use proptest::test_runner::TestRng;
use std::sync::Arc;

/// Values with everything in them that has to be escaped somewhere.
const VALUES: [&str; 3] = ["hunter2-of-old", "p\"a\\s\nsé😀word", "-----BEGIN KEY-----\nabc\n-----END KEY-----\n"];

/// Rules the same about every call, and keeps what it was asked.
struct Rule(Ruling, Vec<Call>);

impl Rulings for Rule {
    fn rule(&mut self, call: &Call) -> Ruling {
        self.1.push(call.clone());
        self.0.clone()
    }
}

fn session() -> (Arc<Session>, Vec<String>) {
    let session = Arc::new(Session::new(&Secret::new([3; 32])));
    let placeholders = VALUES.map(|value| session.placeholder(Kind::Password, value).unwrap().to_string());
    (session, placeholders.to_vec())
}

/// A text with placeholders in it, and the same with values.
fn said(order: &[usize], placeholders: &[String]) -> (Said, Said) {
    let put = |words: &dyn Fn(usize) -> String| {
        let text = order.iter().map(|at| ["a ZQ b ", &words(*at), ", "].concat()).collect::<Vec<_>>().concat();
        Said { command: format!("echo \"{text}\" é\n"), text }
    };
    (put(&|at| placeholders[at % 3].clone()), put(&|at| VALUES[at % 3].to_owned()))
}

fn streamed(sample: &Sample, stream: &str, size: usize, ruling: Ruling) -> (String, Rule, u64) {
    let (session, _) = session();
    let mut rule = Rule(ruling, Vec::new());
    let mut back = Back::new(&session, &mut rule);
    let mut reply = Reply::new(&sample.route());
    let mut out = String::new();
    for piece in stream.as_bytes().chunks(size) {
        out += &reply.push(piece, &mut back).unwrap();
    }
    out += &reply.finish(Finish::Ended, &mut back);
    let told = back.told.clone();
    assert_eq!((told.tokens_in, told.tokens_out), (Some(12), Some(9)), "{}", sample.path);
    assert!(told.finish.is_some(), "{}", sample.path);
    (out, rule, told.restored)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_stream_comes_back_with_values_wherever_it_is_cut(
        order in proptest::collection::vec(0..3_usize, 0..4), size in 1..200_usize, seed in any::<[u8; 32]>()
    ) {
        let (_, placeholders) = session();
        let (sent, expected) = said(&order, &placeholders);
        let mut dice = TestRng::from_seed(proptest::test_runner::RngAlgorithm::ChaCha, &seed);
        for sample in &ALL {
            let stream = (sample.stream)(&sent, &mut |text| cut(text, &mut dice));
            let (out, rule, _) = streamed(sample, &stream, size, Ruling::Restored);
            let (text, calls) = (sample.read_stream)(&out);
            prop_assert_eq!(&text, &expected.text, "{}", sample.path);
            prop_assert_eq!(&calls, &vec![expected.command.clone()], "{}", sample.path);
            prop_assert_eq!(rule.1.len(), 1, "{}", sample.path);
            prop_assert_eq!(&rule.1[0].name, "Bash");
            // What may leave the machine is handed over as the model wrote it.
            let (out, ..) = streamed(sample, &stream, size, Ruling::AsItCame);
            prop_assert_eq!((sample.read_stream)(&out).1, vec![sent.command.clone()], "{}", sample.path);
        }
    }

    #[test]
    fn a_refused_call_is_a_text_and_a_turn_that_ends(size in 1..200_usize, seed in any::<[u8; 32]>()) {
        let (_, placeholders) = session();
        let (sent, expected) = said(&[0], &placeholders);
        let mut dice = TestRng::from_seed(proptest::test_runner::RngAlgorithm::ChaCha, &seed);
        for sample in &ALL {
            let stream = (sample.stream)(&sent, &mut |text| cut(text, &mut dice));
            let words = "Portcullis: \"denied\"\nby line 7";
            let (out, ..) = streamed(sample, &stream, size, Ruling::Refused(words.to_owned()));
            let (text, calls) = (sample.read_stream)(&out);
            prop_assert!(text.starts_with(&expected.text) && text.ends_with(words), "{}: {}", sample.path, text);
            prop_assert!(calls.is_empty(), "{}", sample.path);
            prop_assert!(!out.contains("echo"), "{}", sample.path);
        }
    }
}

#[test]
fn a_document_comes_back_with_values_or_with_words() {
    let (session, placeholders) = session();
    let (sent, expected) = said(&[0, 1, 2], &placeholders);
    for sample in &ALL {
        let source = serde_json::to_string_pretty(&(sample.whole)(&sent)).unwrap();
        for ruling in [Ruling::Restored, Ruling::AsItCame, Ruling::Refused("not \"this\"".to_owned())] {
            let mut rule = Rule(ruling.clone(), Vec::new());
            let mut back = Back::new(&session, &mut rule);
            let out = Reply::document(&sample.route(), &source, &mut back).unwrap();
            let (text, calls) = (sample.read_whole)(&serde_json::from_str(&out).unwrap());
            assert!(text.starts_with(&expected.text), "{}: {text}", sample.path);
            let expected = match ruling {
                Ruling::Restored => vec![expected.command.clone()],
                Ruling::AsItCame => vec![sent.command.clone()],
                Ruling::Refused(words) => {
                    assert!(text.ends_with(&words), "{}: {text}", sample.path);
                    Vec::new()
                }
            };
            assert_eq!(calls, expected, "{}", sample.path);
        }
    }
}

#[test]
fn what_holds_nothing_of_ours_passes_byte_for_byte() {
    let said = Said { text: "nothing of ours 😀".to_owned(), command: "ls -la \"a b\"".to_owned() };
    for sample in &ALL {
        let stream = (sample.stream)(&said, &mut |text| vec![text.to_owned()]);
        let (out, ..) = streamed(sample, &stream, 7, Ruling::Restored);
        // Calls are handed over in one piece, in the words of this gate.
        let before = stream.split("Bash").next().unwrap();
        let before = &before[..before.rfind("data:").or(before.rfind('\n')).unwrap_or(0)];
        let before = before.rfind("\n\n").map_or(before, |end| &before[..end]);
        assert!(out.starts_with(before), "{}: {out}", sample.path);
    }
}

#[test]
fn what_the_provider_signed_is_not_touched() {
    let (_, placeholders) = session();
    let (sent, _) = said(&[0], &placeholders);
    let sample = &ALL[0];
    let stream = (sample.stream)(&sent, &mut |text| vec![text.to_owned()]);
    let (out, ..) = streamed(sample, &stream, 100, Ruling::Restored);
    let thinking = stream.lines().find(|line| line.contains("thinking_delta")).unwrap();
    assert!(out.contains(thinking));
}

#[test]
fn a_stream_that_breaks_off_hands_over_no_half_call() {
    let (_, placeholders) = session();
    let (sent, expected) = said(&[0, 1], &placeholders);
    for sample in &ALL {
        let stream = (sample.stream)(&sent, &mut |text| text.chars().map(String::from).collect());
        for end in (0..stream.len()).step_by(41) {
            let (session, _) = session();
            let mut rule = Rule(Ruling::Restored, Vec::new());
            let mut back = Back::new(&session, &mut rule);
            let mut reply = Reply::new(&sample.route());
            let mut out = reply.push(&stream.as_bytes()[..end], &mut back).unwrap();
            out += &reply.finish(Finish::Broken("[it broke]"), &mut back);
            let handed = out.contains("echo");
            let refused = back.told.released;
            assert_eq!(handed, refused == 1, "{} at {end}", sample.path);
            assert!(
                !placeholders.iter().any(|it| out.replace("thinking_delta\",\"thinking\":", "").contains(it))
                    || sample.path.contains("messages"),
                "{}",
                sample.path
            );
            assert!(expected.text.len() < 1000);
        }
    }
}
