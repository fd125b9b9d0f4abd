//! The examples in the rule files, run. Numbers are drawn until their check digits are right, so that nobody's number stands in
//! a file.

use super::finance::card;
use super::rule::{RULES, SOURCES};
use super::{Settings, find, iban, national, rule::Check};
use portcullis_event::Confidence;
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    rule: Vec<Examples>,
}

#[derive(Deserialize)]
struct Examples {
    id: String,
    #[serde(default)]
    forms: Vec<Form>,
    #[serde(default)]
    make: Vec<String>,
    #[serde(default)]
    words: Vec<String>,
    r#match: Vec<String>,
    #[serde(default)]
    no_match: Vec<String>,
}

#[derive(Deserialize)]
struct Form {
    shape: String,
    alone: Option<String>,
}

/// Numbers that are the same in every run.
pub(super) struct Draw(u64);

impl Draw {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn one_of(&mut self, letters: &[u8]) -> char {
        char::from(letters[self.below(letters.len())])
    }

    fn fill(&mut self, pattern: &str) -> String {
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let both = b"0123456789ABCDEFGHJKLMNPRSTUVWXYZ";
        let fill = |c: char| match c {
            '#' => self.one_of(b"0123456789"),
            '@' => self.one_of(letters),
            '%' => self.one_of(both),
            other => other,
        };
        pattern.chars().map(fill).collect()
    }
}

pub(super) fn code_of(written: &str) -> Vec<u8> {
    written.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_uppercase()).collect()
}

/// A number of this form that the check accepts.
fn make(pattern: &str, check: Option<Check>, draw: &mut Draw) -> String {
    for _ in 0..2_000_000 {
        let written = draw.fill(pattern);
        if check.is_none_or(|check| check(&code_of(&written))) {
            return written;
        }
    }
    panic!("no number of the form {pattern} is right");
}

fn made_iban(draw: &mut Draw) -> String {
    loop {
        let body = draw.fill("##################");
        let number = (2..98)
            .map(|check| format!("DE{check:02}{body}"))
            .find(|it| super::digits::mod_97(it.bytes().skip(4).chain(it.bytes().take(4))) == 1);
        if let Some(number) = number {
            assert_eq!(iban::length(b"DE"), Some(number.len()));
            return number;
        }
    }
}

fn made_line(draw: &mut Draw) -> String {
    let checked = |body: String| {
        let right = (b'0'..=b'9').map(|digit| format!("{body}{}", char::from(digit)));
        right.into_iter().find(|it| national::western_europe::travel_document_check(it.as_bytes())).unwrap()
    };
    let (number, birth, expiry) =
        (checked(draw.fill("L%%%%%%##")), checked(draw.fill("85051#")), checked(draw.fill("30121#")));
    format!("{number}D<<{birth}F{expiry}<<<<<<<<<<<<<<<4")
}

/// An example with its places filled, once for each way to make the number; and the number.
fn filled(example: &str, rule: &Examples, check: Option<Check>, draw: &mut Draw) -> Vec<(String, Option<String>)> {
    let text = example.replace("{mail}", "mueller-werke.de").replace("{digits:8}", &draw.fill("4#7#1#0#"));
    let text = text.replace("{test-card}", "4242 ".repeat(4).trim_end());
    if text.contains("{make}") {
        let numbers = rule.make.iter().map(|pattern| make(pattern, check, draw));
        return numbers.map(|number| (text.replace("{make}", &number), Some(number))).collect();
    }
    for (place, number) in [("{iban}", made_iban(draw)), ("{mrz}", made_line(draw))] {
        if text.contains(place) {
            return vec![(text.replace(place, &number), Some(number))];
        }
    }
    vec![(text, None)]
}

fn all() -> Vec<Examples> {
    SOURCES.iter().flat_map(|source| toml::from_str::<File>(source).unwrap().rule).collect()
}

fn check_of(id: &str) -> Option<Check> {
    RULES.iter().find(|rule| rule.id == id).unwrap().check
}

/// What a rule finds in a text, with everything switched on.
fn values(text: &str, id: &str) -> Vec<(String, Confidence)> {
    let mut hits = Vec::new();
    find(text.as_bytes(), &Settings::default().with_least(Confidence::Low).with(id), &mut hits);
    hits.into_iter()
        .filter(|hit| hit.rule.as_str() == id)
        .map(|hit| (hit.value.expose().clone(), hit.confidence))
        .collect()
}

#[test]
fn every_rule_finds_its_examples() {
    let mut draw = Draw::new(1);
    for rule in all() {
        assert!(!rule.r#match.is_empty(), "{}", rule.id);
        for example in &rule.r#match {
            for (text, number) in filled(example, &rule, check_of(&rule.id), &mut draw) {
                let found = values(&text, &rule.id);
                assert!(!found.is_empty(), "{} does not find {text}", rule.id);
                if let Some(number) = number {
                    assert!(
                        found.iter().any(|(value, _)| value.trim_end_matches(')') == number.trim_end_matches(')')),
                        "{} finds {found:?} in {text}",
                        rule.id
                    );
                }
            }
        }
    }
}

#[test]
fn no_rule_finds_what_it_must_not() {
    let mut draw = Draw::new(2);
    for rule in all() {
        for example in &rule.no_match {
            for (text, _) in filled(example, &rule, check_of(&rule.id), &mut draw) {
                assert_eq!(values(&text, &rule.id), [], "{} finds {text}", rule.id);
            }
        }
    }
}

#[test]
fn a_wrong_digit_is_noticed() {
    let mut draw = Draw::new(3);
    for rule in all() {
        let Some(check) = check_of(&rule.id) else { continue };
        for pattern in &rule.make {
            let number = make(pattern, Some(check), &mut draw);
            for (at, old) in number.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
                let digit = char::from(b'0' + (old as u8 - b'0' + 1) % 10);
                let wrong = format!("{}{digit}{}", number.get(..at).unwrap(), number.get(at + 1..).unwrap());
                let text = format!("{}: {wrong}", rule.words.first().unwrap());
                let found = values(&text, &rule.id).iter().any(|(value, _)| *value == wrong);
                assert_eq!(found, check(&code_of(&wrong)), "{} in {text}", rule.id);
            }
        }
    }
}

#[test]
fn a_form_counts_without_a_word_only_if_its_rule_says_so() {
    let mut draw = Draw::new(4);
    for rule in all() {
        for pattern in &rule.make {
            let number = make(pattern, check_of(&rule.id), &mut draw);
            let alone = values(&format!("it is \"{number}\"\n"), &rule.id);
            let allowed = rule
                .forms
                .iter()
                .filter_map(|form| form.alone.as_ref().map(|_| &form.shape))
                .any(|shape| fits(shape, &number));
            assert_eq!(!alone.is_empty(), allowed, "{} in {number}", rule.id);
        }
    }
}

/// Whether a number is written as a shape says.
fn fits(shape: &str, number: &str) -> bool {
    let number = number.trim_end_matches(')');
    if let Some(length) = shape.strip_prefix('*') {
        return number.len() == length.parse::<usize>().unwrap() && number.chars().all(|c| c.is_ascii_alphanumeric());
    }
    let one = |(shape, c): (char, char)| match shape {
        'd' => c.is_ascii_digit(),
        'A' => c.is_ascii_alphabetic(),
        'X' => c.is_ascii_alphanumeric(),
        's' => c == ' ' || c == '-',
        other => other == c,
    };
    shape.chars().count() == number.chars().count() && shape.chars().zip(number.chars()).all(one)
}

#[test]
fn every_word_speaks_for_its_rule() {
    let mut draw = Draw::new(5);
    for rule in all() {
        let Some(pattern) = rule.make.first() else { continue };
        let number = make(pattern, check_of(&rule.id), &mut draw);
        for word in &rule.words {
            let text = format!("\n{word}: {number}\n");
            let sure = RULES.iter().find(|it| it.id == rule.id).unwrap().near;
            let found = values(&text, &rule.id);
            assert!(
                found.iter().any(|(_, confidence)| *confidence >= sure),
                "{} does not listen to {word}: {found:?}",
                rule.id
            );
        }
    }
}

#[test]
fn a_card_for_tests_is_no_card() {
    assert!(!card::is_card(b"4242424242424242"));
    assert_eq!(values("card 4242 4242 4242 4242", "personal-payment-card"), []);
}

#[test]
fn the_rules_have_names_and_pages() {
    for rule in &RULES {
        assert!(portcullis_event::RuleId::parse(rule.id).is_ok() && rule.id.starts_with("personal-"), "{}", rule.id);
        assert!(
            rule.title.chars().next().is_some_and(char::is_alphabetic) && !rule.title.ends_with('.'),
            "{}",
            rule.title
        );
    }
}
