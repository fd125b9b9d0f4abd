//! Where a stream is cut makes no difference, and little of it is held back.

use crate::sessions::{filler, restored, session, session_in_form, value};
use portcullis_inspect::replace::{Restorer, Session, TowardLocal};
use portcullis_testkit::damage::{Damage, Word};
use portcullis_testkit::dice::Dice;
use std::sync::Arc;

/// How many cuttings are compared; `./bench restore` compares a million.
const CUTTINGS: usize = 100_000;
const CUTTINGS_IN_FORM: usize = 20_000;

/// A text with damaged placeholders of the session in it, whole and cut off.
fn text(session: &Arc<Session>, dice: &mut Dice) -> String {
    let mut text = filler(dice, 2);
    for _ in 0..dice.below(3) {
        let (kind, secret) = value(dice);
        let mut word = Word::new(session.placeholder(kind, &secret).unwrap().as_str());
        for _ in 0..dice.below(3) {
            dice.one_of(Damage::ALL).apply(&mut word, dice);
        }
        let (before, inside, after) = word.parts();
        let kept = if dice.once_in(8) { inside.floor_char_boundary(dice.below(inside.len())) } else { inside.len() };
        text.extend([&before, &inside[..kept], &after, &filler(dice, 2)]);
    }
    text
}

fn streamed(session: &Arc<Session>, chunks: &[&str]) -> String {
    let mut restorer = Restorer::new(Arc::clone(session), TowardLocal::promise());
    let mut out = String::new();
    for chunk in chunks {
        out.push_str(restorer.push(chunk).for_local());
        assert!(restorer.held() <= Restorer::MOST_HELD);
    }
    out.push_str(restorer.finish().0.for_local());
    out
}

fn any_cutting_gives_the_same(session: &Arc<Session>, cuttings: usize, seed: u64) {
    let mut dice = Dice::new(seed);
    for _ in 0..cuttings / 30 {
        let text = text(session, &mut dice);
        let whole = restored(session, &text);
        for _ in 0..30 {
            let longest = 1 + dice.below(20);
            assert_eq!(streamed(session, &dice.chunks(&text, longest)), whole, "{text:?}");
        }
    }
}

#[test]
fn any_cutting_of_a_text_with_marked_placeholders_gives_the_same() {
    any_cutting_gives_the_same(&session(1), CUTTINGS, 1);
}

#[test]
fn any_cutting_of_a_text_with_placeholders_in_form_gives_the_same() {
    any_cutting_gives_the_same(&session_in_form(1), CUTTINGS_IN_FORM, 2);
}

#[test]
fn text_without_a_placeholder_is_never_altered() {
    let (session, mut dice) = (session(1), Dice::new(3));
    for _ in 0..50 {
        let (kind, secret) = value(&mut dice);
        session.placeholder(kind, &secret).unwrap();
    }
    for _ in 0..5_000 {
        let text = filler(&mut dice, 12);
        assert_eq!(streamed(&session, &dice.chunks(&text, 9)), text);
    }
}

#[test]
fn nothing_is_held_back_that_can_not_be_a_placeholder() {
    let session = session(1);
    let mut restorer = Restorer::new(Arc::clone(&session), TowardLocal::promise());
    for text in ["Hello, ", "world. ", "let x = 1;", "Zebra crossings", "quiz. ", "\\n", "& more"] {
        assert_eq!(restorer.push(text).for_local(), text);
        assert_eq!(restorer.held(), 0, "{text}");
    }
    assert_eq!(restorer.push("it is a qui").for_local(), "it is a qui");
    assert_eq!(restorer.push("z").for_local(), "");
    assert_eq!(restorer.push(" no").for_local(), "z no");
}
