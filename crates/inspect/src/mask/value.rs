//! One value becomes another one.

use super::kind::Kind;
use super::number::renumbered;
use super::shape::reshaped;
use super::{code, date, email, name, network, phone, place};
use crate::keyed::Keyed;
use portcullis_event::Secret;
use std::fmt::Write as _;

/// The key that a set of data is masked with. The same key gives the same values in every file; whoever has it can find
/// out, by trying, which value became which.
#[derive(Debug, Clone)]
pub struct MaskKey(Keyed);

impl MaskKey {
    /// A key from 32 random bytes.
    pub fn new(key: &Secret<[u8; 32]>) -> Self {
        Self(Keyed::new(key))
    }

    pub(super) fn keyed(&self) -> &Keyed {
        &self.0
    }
}

/// What has to be known about the place of a value.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place<'a> {
    /// How many characters it may have.
    pub(super) limit: Option<usize>,
    /// Whether no two values may become the same.
    pub(super) is_unique: bool,
    /// Whether it must stay a number.
    pub(super) is_number: bool,
    /// Whether dates that can be read in two ways begin with the day.
    pub(super) day_first: bool,
    /// Whose row it is, if that is known.
    pub(super) subject: Option<&'a str>,
}

/// The value that takes the place of another one. What is empty stays empty, and white space around it stays.
pub(super) fn masked(keyed: &Keyed, kind: Kind, value: &str, at: Place<'_>) -> String {
    let text = value.trim();
    if text.is_empty() {
        return value.to_owned();
    }
    let made = if at.is_number { number(keyed, kind, text, at) } else { other(keyed, kind, text, at) };
    let limit = at.limit.unwrap_or(usize::MAX).max(text.chars().count());
    // What has become too long is made from the letters of the value itself, which keeps its length.
    let made = if made.chars().count() > limit { reshaped(keyed, kind.name(), text) } else { made };
    let start = value.len() - value.trim_start().len();
    let (before, after) = (value.get(..start).unwrap_or_default(), value.get(start + text.len()..).unwrap_or_default());
    format!("{before}{made}{after}")
}

fn other(keyed: &Keyed, kind: Kind, text: &str, at: Place<'_>) -> String {
    match kind {
        // A made-up name may be that of another person too; where that is not allowed, the letters are mixed.
        Kind::Name | Kind::Company if at.is_unique => reshaped(keyed, "name", text),
        Kind::Name | Kind::Company => name::renamed(keyed, text),
        Kind::Email => email::readdressed(keyed, text, at.limit),
        Kind::Phone => phone::redialled(keyed, text, at.is_unique),
        Kind::Date => moved(keyed, text, at).unwrap_or_else(|| reshaped(keyed, "date", text)),
        Kind::Address if at.is_unique => reshaped(keyed, "address", text),
        Kind::Address => place::elsewhere(keyed, text),
        Kind::Postcode => place::postcode(keyed, text),
        Kind::Id => id(keyed, text),
        Kind::NationalId => code::of_person(keyed, text),
        Kind::Card => code::card(keyed, text),
        Kind::Account => code::account(keyed, text),
        Kind::Money => money(keyed, text),
        Kind::Location => location(keyed, text),
        Kind::Machine => network::address(keyed, text),
        Kind::Url => network::page(keyed, text),
        Kind::User if text.contains('@') => email::readdressed(keyed, text, at.limit),
        Kind::User => reshaped(keyed, "user", text),
        Kind::Secret => reshaped(keyed, "secret", text),
        Kind::Text | Kind::Category | Kind::Timestamp | Kind::Number | Kind::Flag | Kind::Keep => text.to_owned(),
    }
}

/// A value that must stay a number.
fn number(keyed: &Keyed, kind: Kind, text: &str, at: Place<'_>) -> String {
    match kind {
        Kind::Location => location(keyed, text),
        Kind::Card if is_number(text) && code::is_card(text) => code::card(keyed, text),
        Kind::Text | Kind::Category | Kind::Timestamp | Kind::Number | Kind::Flag | Kind::Keep => text.to_owned(),
        // Not `id`: the letter of an exponent does not make a code of a number.
        Kind::Id => renumbered(keyed, "id", text),
        Kind::Date => {
            let moved = moved(keyed, text, at).filter(|made| is_number(made) && !made.starts_with('0'));
            moved.unwrap_or_else(|| renumbered(keyed, "date", text))
        }
        Kind::Name
        | Kind::Company
        | Kind::Email
        | Kind::Phone
        | Kind::Address
        | Kind::Postcode
        | Kind::NationalId
        | Kind::Card
        | Kind::Account
        | Kind::Money
        | Kind::Machine
        | Kind::Url
        | Kind::User
        | Kind::Secret => renumbered(keyed, kind.name(), text),
    }
}

/// A date, moved with the other dates of its row, or by itself where it is not known whose it is.
fn moved(keyed: &Keyed, text: &str, at: Place<'_>) -> Option<String> {
    date::moved(keyed, text, at.subject.unwrap_or(text), at.day_first)
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_digit())
}

/// A number, or a code whose leading letters say only what sort of code it is, as in `ORD-2024-0017`.
fn id(keyed: &Keyed, text: &str) -> String {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if is_number(digits.split('.').next().unwrap_or(digits)) {
        return renumbered(keyed, "id", text);
    }
    let prefix = text.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(0);
    let is_code = (2..=5).contains(&prefix)
        && text.get(prefix..).is_some_and(|rest| rest.bytes().filter(u8::is_ascii_digit).count() >= 3);
    let (kept, rest) = text.split_at_checked(if is_code { prefix } else { 0 }).unwrap_or(("", text));
    if is_hexadecimal(rest) {
        return format!("{kept}{}", hexadecimal(keyed, rest));
    }
    format!("{kept}{}", reshaped(keyed, &format!("id {kept}"), rest))
}

/// Digits and letters to f, with hyphens, all in one case: a UUID or a hash.
fn is_hexadecimal(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
    let has = |is: fn(char) -> bool| text.contains(is);
    digits >= 8
        && text.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-')
        && !(has(|c| c.is_ascii_lowercase()) && has(|c| c.is_ascii_uppercase()))
        && has(|c| c.is_ascii_alphabetic())
}

/// The hexadecimal digits of bytes that are no text: other ones, in upper case if there are any.
pub(super) fn bytes(keyed: &Keyed, digits: &str) -> String {
    if digits.bytes().all(|it| it.is_ascii_hexdigit()) {
        hexadecimal(keyed, digits)
    } else {
        reshaped(keyed, "bytes", digits)
    }
}

/// Other digits; in a UUID, version and variant stay. No two become the same.
fn hexadecimal(keyed: &Keyed, text: &str) -> String {
    let is_uuid = text.len() == 36 && text.bytes().filter(|it| *it == b'-').count() == 4;
    let is_upper = text.contains(|c: char| c.is_ascii_uppercase());
    let is_kept = |place: usize, c: char| c == '-' || (is_uuid && (place == 14 || place == 19));
    let digits: Vec<char> =
        text.chars().enumerate().filter(|(place, c)| !is_kept(*place, *c)).map(|(_, c)| c).collect();
    let mut made = String::new();
    let mut before = String::new();
    for block in digits.chunks(30) {
        let block: String = block.iter().collect();
        let value = u128::from_str_radix(&block, 16).unwrap_or(0);
        let size = 1_u128 << (4 * block.len());
        let mixed = super::permutation::permuted(keyed, &[b"hexadecimal", before.as_bytes()], size, value);
        // Writing to a string can't fail.
        write!(made, "{mixed:0width$x}", width = block.len()).ok();
        before = block;
    }
    let mut next = made.chars().map(|c| if is_upper { c.to_ascii_uppercase() } else { c });
    text.chars().enumerate().map(|(place, c)| if is_kept(place, c) { c } else { next.next().unwrap_or(c) }).collect()
}

/// An amount, with its currency and its grouping.
fn money(keyed: &Keyed, text: &str) -> String {
    let is_plain = text.chars().all(|c| c.is_ascii_digit() || "+-.".contains(c)) && text.matches('.').count() <= 1;
    if is_plain {
        renumbered(keyed, "money", text)
    } else {
        leading_digit_kept_from_zero(text, &reshaped(keyed, "money", text))
    }
}

/// Digits of an amount that did not begin with zero do not begin with zero.
fn leading_digit_kept_from_zero(was: &str, made: &str) -> String {
    let first = was.find(|c: char| c.is_ascii_digit());
    let is_zero = |text: &str| first.and_then(|at| text.get(at..)).is_some_and(|it| it.starts_with('0'));
    match first {
        Some(at) if is_zero(made) && !is_zero(was) => {
            let (before, after) = made.split_at_checked(at).unwrap_or((made, ""));
            format!("{before}1{}", after.get(1..).unwrap_or_default())
        }
        Some(_) | None => made.to_owned(),
    }
}

/// A place within the same degree, which is about a hundred kilometres.
fn location(keyed: &Keyed, text: &str) -> String {
    match text.split_once('.') {
        Some((degree, rest)) if !rest.is_empty() => {
            format!("{degree}.{}", reshaped(keyed, &format!("location {degree}"), rest))
        }
        Some(_) | None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keyed(key: u8) -> Keyed {
        Keyed::new(&Secret::new([key; 32]))
    }

    fn made(kind: Kind, value: &str) -> String {
        masked(&keyed(1), kind, value, Place::default())
    }

    #[test]
    fn every_kind_that_is_masked_changes_its_values() {
        let examples = [
            (Kind::Name, "Anna Schmidt"),
            (Kind::Company, "Acme GmbH"),
            (Kind::Email, "anna@firm.org"),
            (Kind::Phone, "+49 30 1234567"),
            (Kind::Date, "1980-02-03"),
            (Kind::Address, "Goethestraße 17"),
            (Kind::Postcode, "SW1A 2AA"),
            (Kind::Id, "ORD-2024-0017"),
            (Kind::NationalId, "123-45-6789"),
            (Kind::Card, "4111111111111111"),
            (Kind::Account, "DE89370400440532013000"),
            (Kind::Money, "1,234.50 €"),
            (Kind::Location, "52.520008"),
            (Kind::Machine, "8.8.8.8"),
            (Kind::Url, "https://firm.org/anna"),
            (Kind::User, "anna77"),
            (Kind::Secret, "$2b$12$abcdefghijklmnopqrstuv"),
        ];
        for (kind, value) in examples {
            assert!(kind.is_masked());
            assert_ne!(made(kind, value), value, "{kind}");
            assert_eq!(made(kind, value), made(kind, value));
            assert_ne!(made(kind, value), masked(&keyed(2), kind, value, Place::default()), "{kind}");
        }
        let kinds: std::collections::BTreeSet<Kind> = examples.iter().map(|(kind, _)| *kind).collect();
        assert!(Kind::ALL.iter().all(|kind| kind.is_masked() == kinds.contains(kind)), "an example is missing");
    }

    #[test]
    fn codes_keep_what_says_which_sort_they_are() {
        let order = made(Kind::Id, "ORD-2024-0017");
        assert!(order.starts_with("ORD-") && order.len() == 13, "{order}");
        let uuid = made(Kind::Id, "0189f7a2-6d1c-7b3e-9c4d-5e6f708192a3");
        assert!(uuid.get(14..15) == Some("7") && uuid.get(19..20) == Some("9") && uuid.len() == 36, "{uuid}");
        let hash = made(Kind::Id, "D41D8CD98F00B204E9800998ECF8427E");
        assert!(
            hash.len() == 32 && hash.bytes().all(|it| it.is_ascii_digit() || (b'A'..=b'F').contains(&it)),
            "{hash}"
        );
        assert!(made(Kind::Money, "1,234.50 €").ends_with(" €"));
        assert!(made(Kind::Location, "52.520008").starts_with("52."));
    }

    #[test]
    fn a_limit_is_kept_whatever_the_kind() {
        for kind in Kind::ALL {
            for value in ["anna@firm.org", "Anna Schmidt", "12", "https://a.b/c", "x"] {
                let at = Place { limit: Some(13), ..Place::default() };
                assert!(masked(&keyed(1), *kind, value, at).chars().count() <= 13, "{kind} {value}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_value_of_any_kind_can_be_masked(value in "\\PC{0,40}", at in 0..Kind::ALL.len(), number in any::<bool>()) {
            let kind = Kind::ALL[at];
            let place = Place { is_unique: number, ..Place::default() };
            let one = masked(&keyed(1), kind, &value, place);
            prop_assert_eq!(&one, &masked(&keyed(1), kind, &value, place));
            prop_assert_eq!(one.trim().is_empty(), value.trim().is_empty());
        }

        #[test]
        fn a_number_of_any_kind_stays_a_number(value in "-?(0|[1-9][0-9]{0,18})(\\.[0-9]{1,6})?", at in 0..Kind::ALL.len()) {
            let place = Place { is_number: true, ..Place::default() };
            let made = masked(&keyed(1), Kind::ALL[at], &value, place);
            prop_assert!(serde_json::from_str::<serde_json::Number>(&made).is_ok(), "{} {}", value, made);
        }
    }
}
