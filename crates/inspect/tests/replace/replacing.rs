//! What goes out.

use crate::sessions::{filler, hit, hits, restored, session, session_in_form, value};
use portcullis_event::{Secret, Severity};
use portcullis_inspect::Hit;
use portcullis_inspect::replace::{Kind, Limits, ReplaceError, Replaced, Replacer, Session};
use portcullis_testkit::dice::Dice;
use proptest::prelude::*;
use std::sync::Arc;

#[test]
fn a_value_has_one_placeholder_in_a_session_and_another_one_in_the_next() {
    let (one, two) = (session(1), session(2));
    let text = "a=hunter2 b=hunter2";
    let replaced = one.replace(text, &hits(text, "hunter2")).unwrap();
    let placeholders: Vec<_> = replaced.replacements.iter().map(|it| it.placeholder.clone()).collect();
    assert_eq!(placeholders.len(), 2);
    assert_eq!(placeholders[0], placeholders[1]);
    assert_eq!(replaced.text, format!("a={} b={}", placeholders[0], placeholders[0]));
    assert_eq!((replaced.replacements[1].was.clone(), replaced.replacements[1].kind), (12..19, Kind::Password));
    assert_ne!(two.replace(text, &hits(text, "hunter2")).unwrap().text, replaced.text);
    assert_eq!(session(1).replace(text, &hits(text, "hunter2")).unwrap(), replaced);
}

#[test]
fn overlapping_hits_are_replaced_as_one_and_come_back_as_one() {
    let session = session(1);
    let text = "db: postgres://u:hunter2@h/d.";
    let all = [hit(4..28, "database-url", Severity::Critical), hit(17..24, "generic-password", Severity::High)];
    let replaced = session.replace(text, &all).unwrap();
    assert_eq!(replaced.replacements.len(), 1);
    assert_eq!(replaced.replacements[0].kind, Kind::Connection);
    assert_eq!(replaced.text, format!("db: {}.", replaced.replacements[0].placeholder));
    assert_eq!(restored(&session, &replaced.text), text);
}

#[test]
fn a_placeholder_is_not_replaced_again_whatever_part_of_it_is_hit() {
    let session = session(1);
    let text = "token hunter2 end";
    let once = session.replace(text, &hits(text, "hunter2")).unwrap().text;
    for span in [6..26, 8..26, 12..20, 6..7] {
        let twice = session.replace(&once, &[hit(span, "generic-password", Severity::High)]).unwrap();
        assert_eq!((twice.text.as_str(), twice.replacements.len()), (once.as_str(), 0));
    }
}

#[test]
fn a_hit_around_a_placeholder_takes_its_value_in() {
    let session = session(1);
    let text = "postgres://u:hunter2@h/d";
    let once = session.replace(text, &hits(text, "hunter2")).unwrap().text;
    let all = once.len();
    for span in [0..all, 5..20, 20..all] {
        let again = session.replace(&once, &[hit(span, "database-url", Severity::High)]).unwrap();
        assert_eq!(again.replacements.len(), 1);
        assert_eq!(restored(&session, &again.text), text);
    }
    // The whole of it is the same value as if it had been found whole in the first place.
    let direct = session.placeholder(Kind::Connection, text).unwrap();
    assert_eq!(session.replace(&once, &[hit(0..all, "database-url", Severity::High)]).unwrap().text, direct.as_str());
}

#[test]
fn a_hit_that_does_not_fit_the_text_is_an_error() {
    let session = session(1);
    for span in [0..100, 1..2, 50..60] {
        let error = session.replace("é and more", &[hit(span, "generic-password", Severity::High)]).unwrap_err();
        assert!(matches!(error, ReplaceError::NotInText { .. }));
    }
    assert!(session.is_empty());
}

#[test]
fn a_full_session_refuses_and_says_nothing_of_the_value() {
    let limits = Limits { values: 1, ..Limits::default() };
    let session = Session::new(&Secret::new([1; 32])).with_limits(limits);
    let text = "hunter2 swordfish";
    let error = session.replace(text, &[hits(text, "hunter2"), hits(text, "swordfish")].concat()).unwrap_err();
    assert_eq!(error, ReplaceError::TooManyValues { limit: 1 });
    assert!(!format!("{error} {error:?} {session:?}").contains("swordfish"));
    assert!(!format!("{session:?}").contains("hunter2"));
}

#[test]
fn text_that_looks_like_a_placeholder_stays_as_it_is() {
    let session = session(1);
    let text = "ZQTOKN22222222222222 is not one; hunter2 is a value";
    let replaced = session.replace(text, &hits(text, "hunter2")).unwrap().text;
    assert!(replaced.starts_with("ZQTOKN22222222222222 is not one; ZQPASS"));
    assert_eq!(restored(&session, &replaced), text);
}

#[test]
fn whatever_is_replaced_comes_back_in_either_style() {
    for session in [session(1), session_in_form(1)] {
        let mut dice = Dice::new(5);
        for _ in 0..2000 {
            let (mut text, mut all) = (String::new(), Vec::new());
            for _ in 0..dice.below(4) {
                text += &filler(&mut dice, 3);
                let (_, secret) = value(&mut dice);
                all.push(hit(text.len()..text.len() + secret.len(), "some-secret", Severity::High));
                text += &secret;
            }
            let replaced = session.replace(&text, &all).unwrap();
            assert_eq!(replaced.replacements.len(), all.len());
            assert_eq!(restored(&session, &replaced.text), text);
        }
    }
}

proptest! {
    #[test]
    fn any_text_with_any_hits_comes_back(text in "\\PC{0,60}", cuts in prop::collection::vec((0_usize..60, 0_usize..20), 0..6)) {
        let session = session(1);
        let all: Vec<_> = cuts
            .into_iter()
            .map(|(start, length)| {
                let end = text.floor_char_boundary((start + length).min(text.len()));
                hit(text.floor_char_boundary(start.min(end))..end, "some-secret", Severity::High)
            })
            .collect();
        let replaced = session.replace(&text, &all).unwrap();
        prop_assert_eq!(restored(&session, &replaced.text), text.clone());
        for it in &replaced.replacements {
            prop_assert!(text.get(usize::try_from(it.was.start).unwrap()..usize::try_from(it.was.end).unwrap()).is_some());
        }
    }
}

/// Replaces in a stream: hits become known some time after their last byte came, and are settled at random places.
fn streamed(session: &Arc<Session>, text: &str, all: &[Hit], dice: &mut Dice) -> Replaced {
    let mut replacer = Replacer::new(Arc::clone(session));
    let mut out = Replaced::default();
    let mut add = |part: Replaced| {
        out.text += &part.text;
        out.replacements.extend(part.replacements);
    };
    let mut to_confirm: Vec<&Hit> = all.iter().collect();
    let mut pushed = 0;
    let longest = 1 + dice.below(40);
    for chunk in dice.chunks(text, longest) {
        replacer.push(chunk).unwrap();
        pushed += chunk.len();
        to_confirm.retain(|hit| {
            let is_known = hit.span.end <= pushed;
            if is_known {
                replacer.confirm(hit.span.start as u64..hit.span.end as u64, hit).unwrap();
            }
            !is_known
        });
        let open = to_confirm.iter().map(|hit| hit.span.start).min().unwrap_or(pushed).min(pushed);
        add(replacer.settle(dice.below(open + 1) as u64).unwrap());
    }
    add(replacer.finish().unwrap());
    out
}

#[test]
fn a_stream_is_replaced_as_the_whole_text_is() {
    for session in [session(1), session_in_form(1)] {
        let mut dice = Dice::new(8);
        for _ in 0..1500 {
            let (mut text, mut all) = (String::new(), Vec::new());
            for _ in 0..dice.below(4) {
                text += &filler(&mut dice, 2);
                let (kind, secret) = value(&mut dice);
                if dice.once_in(3) {
                    text += session.placeholder(kind, &secret).unwrap().as_str();
                } else {
                    text += &secret;
                }
            }
            for _ in 0..dice.below(5) {
                let start = text.floor_char_boundary(dice.below(text.len()));
                let end = text.ceil_char_boundary((start + dice.below(60)).min(text.len()));
                let severity = *dice.one_of(&[Severity::Low, Severity::High]);
                all.push(hit(start..end, "some-secret", severity));
            }
            let whole = session.replace(&text, &all).unwrap();
            assert_eq!(streamed(&session, &text, &all, &mut dice), whole, "{text:?}");
        }
    }
}

#[test]
fn a_stream_refuses_a_hit_that_comes_too_late_or_lies_nowhere() {
    let session = session(1);
    let mut replacer = Replacer::new(Arc::clone(&session));
    replacer.push("some text é and more").unwrap();
    let any = hit(0..1, "some-secret", Severity::High);
    assert!(matches!(replacer.confirm(0..100, &any), Err(ReplaceError::NotInText { .. })));
    assert!(matches!(replacer.confirm(11..20, &any), Err(ReplaceError::NotInText { .. })));
    assert_eq!(replacer.settle(5).unwrap().text, "some ");
    assert_eq!(replacer.confirm(4..8, &any), Err(ReplaceError::TooLate { start: 4, released: 5 }));
    assert_eq!(replacer.push(&"x".repeat(Replacer::MOST_HELD)), Err(ReplaceError::HeldTooLong { limit: 1 << 20 }));
}

#[test]
fn a_stream_that_could_not_be_replaced_lets_nothing_go() {
    let limits = Limits { values: 0, ..Limits::default() };
    let session = Arc::new(Session::new(&Secret::new([1; 32])).with_limits(limits));
    let mut replacer = Replacer::new(session);
    replacer.push("a hunter2 b").unwrap();
    replacer.confirm(2..9, &hit(0..0, "generic-password", Severity::High)).unwrap();
    assert_eq!(replacer.settle(11), Err(ReplaceError::TooManyValues { limit: 0 }));
    assert_eq!(replacer.held(), 11);
    assert_eq!(replacer.finish(), Err(ReplaceError::TooManyValues { limit: 0 }));
}
