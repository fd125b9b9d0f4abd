//! Data about people: numbers that states, banks and clinics issue, addresses, telephone numbers, names, days of birth.
//!
//! Most of it is data: a rule in `rules/personal` says how a number is written, which words speak for it, how private it is.
//! Code says what data can't: whether check digits are right, and how to read an address. A number counts only if its check
//! digits are right, or something near it says what it is, or both; how much of that there was is its confidence.

mod address;
mod birth_date;
mod context;
mod coordinates;
mod diagnosis;
mod digits;
mod documents;
mod email;
#[cfg(test)]
mod examples;
mod finance;
mod form;
mod iban;
mod look;
mod mrz;
mod name;
mod national;
mod network;
mod phone;
mod rule;
mod search;
mod settings;
mod signature;

pub use rule::Rule;
pub use settings::Settings;

use crate::Hit;
use context::{token_at, words_at};
use look::Sign;
use portcullis_event::DataClass;
use rule::{Finder, RULES};
use search::{Search, rule_of};

/// How far from a place one has to look, at most, to know whether it is a hit.
pub const REACH: usize = 512;

/// All rules, as reports and pages name them.
pub fn rules() -> &'static [Rule] {
    &RULES
}

/// How private the data is that a rule finds, if it is one of ours.
pub fn data_class(rule: &str) -> Option<DataClass> {
    RULES.iter().find(|it| it.id == rule).map(|rule| rule.data)
}

/// Finds data about people in a text.
pub fn find(text: &[u8], settings: &Settings, out: &mut Vec<Hit>) {
    let mut search = Search::new(text, settings);
    look::signs(text, &mut |at, sign| match sign {
        Sign::Digits => digits(&mut search, at),
        Sign::Word => word(&mut search, at),
    });
    email::find(&mut search);
    network::find(&mut search);
    search.finish(out);
}

fn digits(search: &mut Search<'_>, at: usize) {
    form::find(search, at);
    phone::find(search, at);
    birth_date::find(search, at);
    coordinates::find(search, at);
    address::find(search, at);
    mrz::find(search, at);
}

/// A word may begin at the place or one before it.
fn word(search: &mut Search<'_>, at: usize) {
    for at in [at.checked_sub(1), Some(at)].into_iter().flatten() {
        let Some(token) = token_at(search.text, at) else { continue };
        let mut seen = Vec::new();
        words_at(search.text, &token, &mut |it| seen.extend(it.trigger.then_some(it)));
        for it in seen {
            for rule in it.rules {
                behind_word(search, *rule, &it.span);
            }
        }
    }
}

fn behind_word(search: &mut Search<'_>, rule: u16, word: &std::ops::Range<usize>) {
    match rule_of(rule).map(|rule| rule.finder) {
        Some(Finder::Form) => form::find_behind(search, word.end),
        Some(Finder::Name) => name::find_behind(search, rule, word),
        Some(Finder::Bic) => finance::bic::find_behind(search, rule, word),
        Some(Finder::Diagnosis) => diagnosis::find_behind(search, rule, word),
        Some(Finder::Address) => address::find_behind(search, rule, word),
        // The others are led to by their digits.
        Some(
            Finder::Email
            | Finder::Phone
            | Finder::Iban
            | Finder::Mrz
            | Finder::BirthDate
            | Finder::Coordinates
            | Finder::IpAddress
            | Finder::MacAddress,
        )
        | None => {}
    }
}
