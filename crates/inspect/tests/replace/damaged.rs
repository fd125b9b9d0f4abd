//! Placeholders that were damaged on the way come back as their values.

use crate::sessions::{restored, session, session_in_form, value};
use portcullis_inspect::replace::{Session, TowardLocal};
use portcullis_testkit::damage::{Damage, Word};
use portcullis_testkit::dice::Dice;
use std::sync::Arc;

/// Damages a new placeholder and restores it; whether the value came back and everything else stayed.
fn survives(session: &Arc<Session>, damages: &[Damage], dice: &mut Dice) -> bool {
    let (kind, secret) = value(dice);
    let placeholder = session.placeholder(kind, &secret).unwrap();
    let mut word = Word::new(placeholder.as_str());
    for damage in damages {
        damage.apply(&mut word, dice);
    }
    let (before, inside, after) = word.parts();
    let text = format!("size: {before}{inside}{after}. Done.");
    restored(session, &text) == format!("size: {before}{secret}{after}. Done.")
}

#[test]
fn every_kind_of_damage_but_one_is_always_repaired() {
    let (session, mut dice) = (session(1), Dice::new(1));
    for damage in Damage::ALL.iter().filter(|damage| **damage != Damage::Substituted) {
        for _ in 0..50 {
            assert!(survives(&session, &[*damage], &mut dice), "{}", damage.name());
        }
    }
}

#[test]
fn a_substituted_symbol_is_repaired_unless_it_is_the_first() {
    let (session, mut dice) = (session(1), Dice::new(2));
    for place in 0..20 {
        let (kind, secret) = value(&mut dice);
        let mut text = session.placeholder(kind, &secret).unwrap().to_string();
        let other = if text[place..].starts_with('7') { "8" } else { "7" };
        text.replace_range(place..=place, other);
        let expected = if place == 0 { text.clone() } else { secret };
        assert_eq!(restored(&session, &text), expected, "symbol {place}");
    }
}

#[test]
fn of_all_damages_and_pairs_of_them_no_more_than_one_in_two_hundred_is_lost() {
    let (session, mut dice) = (session(1), Dice::new(3));
    let all = Damage::all_and_pairs();
    let (mut whole, mut tries) = (0, 0);
    for damages in &all {
        for _ in 0..4 {
            tries += 1;
            whole += usize::from(survives(&session, damages, &mut dice));
        }
    }
    assert!(tries > 3000 && whole * 1000 >= tries * 995, "{whole} of {tries}");
}

#[test]
fn placeholders_in_form_survive_what_their_form_allows() {
    let (session, mut dice) = (session_in_form(1), Dice::new(4));
    let allowed = [
        Damage::LowerCase,
        Damage::MixedCase,
        Damage::BoldInside,
        Damage::BackticksInside,
        Damage::EscapedUnderscore,
        Damage::ZeroWidth,
        Damage::SoftHyphen,
        Damage::LineWrap,
        Damage::Quotes,
        Damage::UnicodeEscape,
    ];
    let token = format!("ghp_{}", dice.word("ABCDEFGHabcdefgh0123456789", 36));
    let placeholder = session.placeholder(portcullis_inspect::replace::Kind::Token, &token).unwrap();
    assert!(placeholder.as_str().starts_with("ghp_"));
    for damage in allowed {
        for _ in 0..20 {
            let mut word = Word::new(placeholder.as_str());
            damage.apply(&mut word, &mut dice);
            let (before, inside, after) = word.parts();
            let text = format!("{before}{inside}{after}");
            assert_eq!(restored(&session, &text), format!("{before}{token}{after}"), "{}: {text}", damage.name());
        }
    }
}

#[test]
fn the_tally_tells_whole_from_repaired_from_forged() {
    let (session, other) = (session(1), session(2));
    let mine = session.placeholder(portcullis_inspect::replace::Kind::Token, "mine").unwrap().to_string();
    let theirs = other.placeholder(portcullis_inspect::replace::Kind::Token, "theirs").unwrap();
    let lost = crate::sessions::session(1).placeholder(portcullis_inspect::replace::Kind::Token, "lost").unwrap();
    let text = format!("{mine} {} {theirs} {lost}", mine.to_lowercase().replace('k', "**K"));
    let (restored, tally) = session.restore(&text, TowardLocal::promise());
    assert_eq!(restored.for_local(), format!("mine mine {theirs} {lost}"));
    assert_eq!((tally.restored, tally.repaired, tally.forged, tally.unknown), (2, 1, 1, 1));
}
