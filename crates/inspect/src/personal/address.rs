//! Postal addresses. A postal code leads to the street before it; a British one, which has too few digits, is looked for behind
//! a word. A town alone is no address.

use super::rule::Finder;
use super::search::{Found, Search, number_of};
use portcullis_event::Confidence;
use std::ops::Range;

/// How far before the postal code a street may begin.
const STREET: usize = 96;
/// How far behind a word a British address may end.
const BRITISH: usize = 120;

const STATES: &[u8] =
    b"ALAKAZARCACOCTDEFLGAHIIDILINIAKSKYLAMEMDMAMIMNMSMOMTNENVNHNJNMNYNCNDOHOKORPARISCSDTNTXUTVTVAWAWVWIWYDCPRVIGUAS";

/// What streets end with in English, after a name.
const ENGLISH: &[&str] = &[
    "st",
    "street",
    "ave",
    "avenue",
    "rd",
    "road",
    "blvd",
    "boulevard",
    "dr",
    "drive",
    "ln",
    "lane",
    "ct",
    "court",
    "pl",
    "place",
    "ter",
    "terrace",
    "way",
    "pkwy",
    "parkway",
    "cir",
    "circle",
    "hwy",
    "highway",
    "sq",
    "square",
    "trl",
    "trail",
    "loop",
    "plaza",
    "row",
    "close",
    "crescent",
    "gardens",
    "grove",
    "mews",
    "hill",
];
/// What streets end with in German and Dutch, within the word.
const COMPOUND: &[&str] = &[
    "straße", "strasse", "str.", "weg", "platz", "allee", "gasse", "ring", "damm", "ufer", "chaussee", "steig",
    "stieg", "straat", "laan", "plein", "gracht", "kade", "dijk", "singel", "dreef", "steeg",
];
/// What streets begin with in French, Spanish, Italian and Portuguese.
const ROMANCE: &[&str] = &[
    "rue",
    "avenue",
    "av.",
    "boulevard",
    "bd",
    "place",
    "chemin",
    "impasse",
    "allée",
    "quai",
    "route",
    "cours",
    "square",
    "passage",
    "calle",
    "c/",
    "avenida",
    "avda",
    "avda.",
    "plaza",
    "paseo",
    "carrer",
    "camino",
    "via",
    "viale",
    "piazza",
    "corso",
    "largo",
    "vicolo",
    "strada",
    "rua",
    "travessa",
    "praça",
    "alameda",
    "estrada",
];

/// Looks for an address whose postal code has digits at a place.
pub(super) fn find(search: &mut Search<'_>, at: usize) {
    let digits =
        search.slice(at..(at + 6).min(search.text.len())).iter().take_while(|byte| byte.is_ascii_digit()).count();
    let begins = search.before(at).is_none_or(|byte| byte == b' ' || byte == b'\n' || byte == b'\t' || byte == b',');
    if !begins || !(4..=5).contains(&digits) {
        return;
    }
    let american = if digits == 5 { american(search, at) } else { None };
    let Some(span) = american.or_else(|| european(search, at, digits)) else { return };
    search.offer(
        number_of(Finder::Address),
        span,
        Some(Confidence::Medium),
        Some("street, town and postal code fit together"),
    );
}

/// `742 Evergreen Terrace, Springfield, IL 62704`.
fn american(search: &Search<'_>, at: usize) -> Option<Range<usize>> {
    let state = search.slice(at.checked_sub(3)?..at - 1);
    let known = STATES.as_chunks::<2>().0.iter().any(|it| it == state) && search.before(at) == Some(b' ');
    let set_off = search.before(at - 3).is_some_and(|byte| matches!(byte, b' ' | b','));
    if !known || !set_off || search.byte(at + 5).is_some_and(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let long = search.byte(at + 5) == Some(b'-')
        && search.slice(at + 6..(at + 10).min(search.text.len())).iter().filter(|byte| byte.is_ascii_digit()).count()
            == 4;
    let end = if long { at + 10 } else { at + 5 };
    let before = text_before(search, at - 3);
    let start = english_street(before)?;
    Some(at - 3 - before.len() + start..end)
}

/// The text before a place, in this line and the two before it.
fn text_before<'t>(search: &Search<'t>, at: usize) -> &'t str {
    let text = search.slice(at.saturating_sub(STREET)..at);
    let text = text.utf8_chunks().last().map(|chunk| chunk.valid()).unwrap_or_default();
    let lines = text.rmatch_indices('\n').nth(2).map_or(0, |(at, _)| at + 1);
    text.get(lines..).unwrap_or_default()
}

/// Where a street in the English order begins: a number, words with capitals, and what streets end with.
fn english_street(text: &str) -> Option<usize> {
    let words = words_of(text);
    let (number, first) = words.iter().enumerate().rev().find_map(|(place, (start, word))| {
        let rest = words.get(place + 1..).unwrap_or_default();
        let suffix = rest
            .iter()
            .take(6)
            .position(|(_, word)| ENGLISH.contains(&word.trim_end_matches([',', '.']).to_lowercase().as_str()))?;
        let names = rest.get(..suffix)?;
        let capital =
            |(_, word): &(usize, &str)| word.chars().next().is_some_and(|c| c.is_uppercase() || c.is_ascii_digit());
        (is_house_number(word) && !names.is_empty() && names.iter().all(capital)).then_some((*start, names.len()))
    })?;
    (first <= 5).then_some(number)
}

/// The words of a text and where they begin.
fn words_of(text: &str) -> Vec<(usize, &str)> {
    let mut at = 0;
    let all = text.split([' ', '\n', '\t', '\r']).map(|word| {
        let start = at;
        at += word.len() + 1;
        (start, word)
    });
    all.filter(|(_, word)| !word.is_empty()).collect()
}

/// Up to five digits, and perhaps a letter.
fn is_house_number(word: &str) -> bool {
    let word = word.trim_end_matches(',');
    let digits = word.chars().take_while(char::is_ascii_digit).count();
    let rest = word.get(digits..).unwrap_or_default();
    (1..=5).contains(&digits)
        && (rest.is_empty()
            || (rest.len() == 1 && rest.chars().all(|c| c.is_ascii_alphabetic()))
            || rest.starts_with(['-', '/']))
}

/// `Musterstraße 12, 10115 Berlin`, `12 rue de la Paix, 75002 Paris`, `Kerkstraat 12, 1234 AB Amsterdam`.
fn european(search: &Search<'_>, at: usize, digits: usize) -> Option<Range<usize>> {
    let behind = search.slice(at + digits..(at + digits + 32).min(search.text.len()));
    let behind = behind.utf8_chunks().next()?.valid();
    // The Netherlands have two letters behind four digits.
    let letters =
        behind.get(1..4).is_some_and(|it| it.ends_with(' ') && it.chars().take(2).all(|c| c.is_ascii_uppercase()));
    let dutch = digits == 4 && letters;
    let town_start = if dutch { 4 } else { 1 };
    let town = behind.get(town_start..)?.split(|c: char| !c.is_alphabetic() && c != '-').next()?;
    let capital = town.chars().next().is_some_and(char::is_uppercase) && town.chars().skip(1).any(char::is_lowercase);
    if !behind.starts_with(' ') || !capital {
        return None;
    }
    let before = text_before(search, at);
    let start = european_street(before)?;
    Some(at - before.len() + start..at + digits + town_start + town.len())
}

fn european_street(text: &str) -> Option<usize> {
    let words = words_of(text.trim_end_matches([' ', ',', '\n', '\r', '-']));
    let plain = |word: &str| word.trim_end_matches(',').to_lowercase();
    words.iter().enumerate().rev().find_map(|(place, (start, word))| {
        let word = plain(word);
        let number_behind =
            words.get(place + 1).is_some_and(|(_, next)| is_house_number(next)) && words.len() - place <= 3;
        let compound = COMPOUND.iter().any(|ending| word.ends_with(ending)) && word.chars().count() > 4;
        if compound && number_behind {
            // Names of several words, such as `Alter Markt`, begin with the first capital of the row.
            return Some(*start);
        }
        if !ROMANCE.contains(&word.as_str()) {
            return None;
        }
        let number_before =
            place.checked_sub(1).and_then(|before| words.get(before)).filter(|(_, it)| is_house_number(it));
        let number_last = words.last().filter(|(_, it)| is_house_number(it) && words.len() - place <= 7);
        let named = words.get(place + 1).is_some_and(|(_, next)| next.chars().next().is_some_and(char::is_alphabetic));
        match (number_before, number_last) {
            (Some((start, _)), _) if named => Some(*start),
            (None, Some(_)) if named => Some(*start),
            _ => None,
        }
    })
}

/// Looks for a British postal code behind a word, and takes what stands between as the address.
pub(super) fn find_behind(search: &mut Search<'_>, rule: u16, word: &Range<usize>) {
    let behind = search.slice(word.end..(word.end + BRITISH).min(search.text.len()));
    let Some(code) = british_code(behind) else { return };
    let marks = |byte: &&u8| byte.is_ascii_whitespace() || matches!(byte, b':' | b'=' | b'"' | b'\'' | b'>');
    let skipped = behind.iter().take_while(marks).count();
    let between = behind.get(skipped..code.start).unwrap_or_default();
    let lines = between.iter().filter(|byte| **byte == b'\n').take(5).count();
    // Beside `postcode` the code is the value; elsewhere a house number has to come first.
    let is_code = between.is_empty();
    let is_address = between.iter().any(u8::is_ascii_digit)
        && between.iter().any(u8::is_ascii_uppercase)
        && lines < 5
        && skipped > 0;
    if (is_code && skipped > 0) || is_address {
        let span = word.end + skipped..word.end + code.end;
        search.add(Found { span, rule, confidence: Confidence::Medium, word: Some(word.clone()), why: None });
    }
}

/// One or two letters, a digit, perhaps a digit or a letter, a space, a digit, two letters.
fn british_code(text: &[u8]) -> Option<Range<usize>> {
    let mut starts = (0..text.len()).filter(|at| {
        at.checked_sub(1).and_then(|before| text.get(before)).is_none_or(|byte| !byte.is_ascii_alphanumeric())
    });
    starts.find_map(|start| Some(start..start + british_code_length(text.get(start..)?)?))
}

fn british_code_length(text: &[u8]) -> Option<usize> {
    let letters = text.iter().take(3).take_while(|byte| byte.is_ascii_uppercase()).count();
    let outward = letters + text.get(letters..)?.iter().take(3).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let inward = text.get(outward..outward + 4)?;
    let digit_first = text.get(letters).is_some_and(u8::is_ascii_digit);
    let fits = matches!(inward, [b' ', digit, a, b] if digit.is_ascii_digit() && a.is_ascii_uppercase() && b.is_ascii_uppercase());
    let never = inward.iter().skip(2).any(|byte| b"CIKMOV".contains(byte));
    let ends = text.get(outward + 4).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    ((1..=2).contains(&letters) && digit_first && outward - letters <= 2 && fits && !never && ends)
        .then_some(outward + 4)
}
