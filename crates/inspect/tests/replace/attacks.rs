//! What somebody would try who wants a value to come back where it should not, or to stop the stream.
//!
//! A page that an agent reads can make the model write anything. It must not get a value restored by guessing, cutting,
//! joining or replaying placeholders, and must not make the gate hold back a stream or burn its time.

use crate::sessions::{hit, restored, session, session_in_form};
use portcullis_event::Severity;
use portcullis_inspect::replace::{JsonRestorer, Kind, Restorer, Session, TowardLocal};
use portcullis_testkit::dice::Dice;
use std::sync::Arc;

const TAG: &str = "23456789BCDFGHJKMNPRSTVWXY";

/// A session with many values, and their placeholders.
fn full(count: usize) -> (Arc<Session>, Vec<String>) {
    let session = session(1);
    let placeholder = |n: usize| session.placeholder(Kind::ALL[n % Kind::ALL.len()], &format!("value {n}")).unwrap();
    let all = (0..count).map(|n| placeholder(n).to_string()).collect();
    (session, all)
}

fn assert_untouched(session: &Arc<Session>, text: &str) {
    assert_eq!(restored(session, text), text);
}

#[test]
fn guessing_restores_nothing() {
    let (session, _) = full(2000);
    let mut dice = Dice::new(1);
    for _ in 0..30_000 {
        let kind = dice.one_of(Kind::ALL).code();
        assert_untouched(&session, &format!("ZQ{kind}{}", dice.word(TAG, 14)));
    }
}

#[test]
fn near_misses_of_known_placeholders_restore_nothing() {
    let (session, all) = full(2000);
    let mut dice = Dice::new(2);
    for _ in 0..30_000 {
        let mut near = dice.one_of(&all).clone();
        let places = [6 + dice.below(7), 13 + dice.below(7)];
        for place in places {
            let old = near[place..=place].to_owned();
            let new = *dice.one_of(&TAG.chars().filter(|c| *c != old.chars().next().unwrap()).collect::<Vec<_>>());
            near.replace_range(place..=place, &new.to_string());
        }
        assert_untouched(&session, &near);
    }
}

#[test]
fn cut_off_placeholders_restore_nothing() {
    let (session, all) = full(50);
    for placeholder in &all {
        for end in 0..placeholder.len() {
            assert_untouched(&session, &placeholder[..end]);
            assert_untouched(&session, &format!("{} and so on", &placeholder[..end]));
            assert_untouched(&session, &placeholder[end + 1..]);
        }
    }
}

#[test]
fn two_placeholders_spliced_restore_nothing() {
    let (session, all) = full(200);
    for pair in all.windows(2) {
        // With one symbol of the other, it is one wrong symbol, and that is repaired.
        for cut in 9..17 {
            assert_untouched(&session, &format!("{}{}", &pair[0][..cut], &pair[1][cut..]));
        }
    }
}

#[test]
fn a_placeholder_inside_another_restores_only_itself() {
    let (session, all) = full(2);
    let nested = format!("{}{}{}", &all[0][..10], all[1], &all[0][10..]);
    assert_eq!(restored(&session, &nested), format!("{}value 1{}", &all[0][..10], &all[0][10..]));
}

#[test]
fn placeholders_of_another_session_restore_nothing() {
    let (session, _) = full(500);
    let other = crate::sessions::session(2);
    for n in 0..500 {
        let replayed = other.placeholder(Kind::Token, &format!("value {n}")).unwrap();
        assert_untouched(&session, replayed.as_str());
    }
}

#[test]
fn the_kind_can_not_be_exchanged() {
    let (session, all) = full(64);
    for placeholder in &all {
        for kind in Kind::ALL {
            let differs =
                kind.code().chars().zip(placeholder[2..6].chars()).filter(|(one, other)| one != other).count();
            if differs > 1 {
                assert_untouched(&session, &format!("ZQ{}{}", kind.code(), &placeholder[6..]));
            }
        }
    }
}

#[test]
fn encoded_placeholders_restore_nothing() {
    let (session, all) = full(20);
    for placeholder in &all {
        // Base64 by hand would need a crate; what it does to a text is that no symbol of it stays in place.
        let shifted: String = placeholder.bytes().map(|it| char::from(it ^ 1)).collect();
        let hex = placeholder.bytes().fold(String::new(), |hex, it| format!("{hex}{it:02x}"));
        let reversed: String = placeholder.chars().rev().collect();
        for text in [shifted, hex, reversed] {
            assert_untouched(&session, &text);
        }
    }
}

#[test]
fn a_forgery_in_lower_case_is_as_worthless_as_in_upper_case() {
    let (session, _) = full(500);
    let other = crate::sessions::session(3);
    for n in 0..500 {
        let forged = other.placeholder(Kind::Token, &format!("value {n}")).unwrap();
        assert_untouched(&session, &forged.as_str().to_lowercase());
    }
}

#[test]
fn nothing_makes_a_stream_hold_back_more_than_it_says() {
    let (session, all) = full(10);
    let endless = [
        "Z",
        "ZQ",
        "ZQTOKN",
        "Z ",
        "Z*",
        "Z\u{200b}",
        "Z\n// ",
        "\\",
        "\\u",
        "\\u00",
        "&",
        "&#",
        "&#0",
        "%",
        "%5",
        "<",
        "<b",
        "Z\\u",
        "Z&#x",
        "Z%E2%80%8",
        " ",
        "\u{200b}",
        "ZQTOKN2222",
        "Z_Q_T_O_K_N_",
        "Z<wbr>",
    ];
    for piece in endless.iter().copied().chain([&all[0][..19]]) {
        let mut restorer = Restorer::new(Arc::clone(&session), TowardLocal::promise());
        let mut json = JsonRestorer::inside_string(Arc::clone(&session), TowardLocal::promise());
        let (mut out, mut out_json) = (String::new(), String::new());
        for _ in 0..2000 {
            out += restorer.push(piece).for_local();
            out_json += json.push(piece).for_local();
            assert!(restorer.held() <= Restorer::MOST_HELD && json.held() <= JsonRestorer::MOST_HELD, "{piece:?}");
        }
        out += restorer.finish().0.for_local();
        out_json += json.finish().0.for_local();
        assert_eq!((out.as_str(), out_json.as_str()), (piece.repeat(2000).as_str(), piece.repeat(2000).as_str()));
    }
}

#[test]
fn megabytes_of_beginnings_pass_through() {
    let (session, all) = full(1000);
    let mut dice = Dice::new(4);
    let text: String = (0..40_000).map(|_| &dice.one_of(&all)[..6 + dice.below(14)]).collect();
    assert!(text.len() > 400_000);
    let out: String = {
        let mut restorer = Restorer::new(Arc::clone(&session), TowardLocal::promise());
        let chunks = dice.chunks(&text, 4000);
        let mut out: String = chunks.iter().map(|chunk| restorer.push(chunk).into_local()).collect();
        out.push_str(restorer.finish().0.for_local());
        out
    };
    assert_eq!(out, text);
}

#[test]
fn a_value_that_looks_like_a_placeholder_is_not_restored_twice() {
    let session = session(1);
    let inner = session.placeholder(Kind::Token, "the real value").unwrap();
    // Somebody makes the text of a placeholder a value: it is one already, and stays what it is.
    let text = format!("token: {inner}");
    let replaced = session.replace(&text, &[hit(7..27, "generic-token", Severity::High)]).unwrap();
    assert_eq!(replaced.text, text);
    // As a value by itself it comes back as it was put in, not as what it stands for.
    let outer = session.placeholder(Kind::Secret, inner.as_str()).unwrap();
    assert_eq!(restored(&session, outer.as_str()), inner.as_str());
}

#[test]
fn placeholders_in_form_can_not_be_made_to_match_text_that_is_no_placeholder() {
    let session = session_in_form(1);
    let mut dice = Dice::new(6);
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let token = |dice: &mut Dice| format!("ghp_{}", dice.word(letters, 36));
    for _ in 0..500 {
        let value = token(&mut dice);
        session.placeholder(Kind::Token, &value).unwrap();
    }
    for _ in 0..10_000 {
        let text = token(&mut dice);
        assert_untouched(&session, &text);
    }
}
