//! What a column holds, by its name and by what stands in it.

use super::date::{is_date, leading_numbers};
use super::format::json::NAMES;
use super::kind::Kind;
use std::collections::HashSet;
use std::net::IpAddr;

/// How many values of a column are looked at one by one; of those that follow, one in [`LATER`].
const CLOSELY: u64 = 2000;
const LATER: u64 = 64;
/// How many different values are told apart.
const MOST_DIFFERENT: usize = 5000;
/// How long a value may be to be told apart from others.
const SHORT: usize = 200;

/// What stands in a column, counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    /// How many values there are that are not empty.
    values: u64,
    /// How many of them were looked at.
    seen: u64,
    emails: u64,
    phones: u64,
    dates: u64,
    years: u64,
    cards: u64,
    accounts: u64,
    machines: u64,
    uuids: u64,
    urls: u64,
    numbers: u64,
    flags: u64,
    names: u64,
    sentences: u64,
    /// Values of one word with letters and digits, long ones.
    codes: u64,
    with_letters: u64,
    with_digits: u64,
    /// Dates whose first number can't be a month, and whose second can't.
    day_first: u64,
    month_first: u64,
    different: HashSet<u64>,
}

impl Content {
    /// Takes in a value.
    pub(super) fn add(&mut self, value: &str) {
        let value = value.trim();
        if value.is_empty() || value.eq_ignore_ascii_case("null") {
            return;
        }
        self.values += 1;
        if self.values > CLOSELY && !self.values.is_multiple_of(LATER) {
            return;
        }
        self.seen += 1;
        if self.different.len() < MOST_DIFFERENT {
            self.different.insert(hash(value.get(..value.floor_char_boundary(SHORT)).unwrap_or(value)));
        }
        let is = Looks::of(value);
        let count = |counter: &mut u64, yes: bool| *counter += u64::from(yes);
        count(&mut self.emails, is.email);
        count(&mut self.phones, is.phone);
        count(&mut self.dates, is.date);
        count(&mut self.years, is.year);
        count(&mut self.cards, is.card);
        count(&mut self.accounts, is.account);
        count(&mut self.machines, is.machine);
        count(&mut self.uuids, is.uuid);
        count(&mut self.urls, is.url);
        count(&mut self.numbers, is.number);
        count(&mut self.flags, is.flag);
        count(&mut self.names, is.name);
        count(&mut self.sentences, is.sentence);
        count(&mut self.codes, is.code);
        count(&mut self.with_letters, is.with_letters);
        count(&mut self.with_digits, is.with_digits);
        if let Some((first, second)) = leading_numbers(value) {
            self.day_first += u64::from(first > 12 && second <= 12);
            self.month_first += u64::from(second > 12 && first <= 12);
        }
    }

    /// Whether dates that can be read in two ways begin with the day.
    pub(super) fn is_day_first(&self) -> bool {
        self.day_first > self.month_first
    }

    fn share(&self, count: u64) -> u64 {
        count * 100 / self.seen.max(1)
    }

    /// Whether few values stand in many rows.
    fn is_repeated(&self) -> bool {
        let different = self.different.len() as u64;
        different <= 2 || (self.seen >= 20 && different * 5 <= self.seen && different <= 200)
    }

    /// Whether the content does not speak against what the header says.
    pub(super) fn fits(&self, kind: Kind) -> bool {
        let most = |count: u64| self.share(count) >= 50;
        if self.seen == 0 {
            return true;
        }
        // The rows of a small table have numbers that look like yes and no.
        let is_number_of_a_row = kind == Kind::Id && most(self.numbers);
        if most(self.flags) && self.different.len() <= 3 && !is_number_of_a_row {
            return matches!(kind, Kind::Flag | Kind::Keep);
        }
        match kind {
            Kind::Email => most(self.emails),
            Kind::Phone => most(self.phones) || most(self.numbers),
            Kind::Date => most(self.dates) || most(self.years),
            Kind::Machine => most(self.machines),
            Kind::Card => most(self.with_digits) && !most(self.dates),
            Kind::Account | Kind::NationalId | Kind::Postcode => most(self.with_digits) && !most(self.sentences),
            Kind::Name | Kind::Company => {
                let others = [self.numbers, self.urls, self.dates, self.emails, self.machines, self.uuids];
                most(self.with_letters) && !others.into_iter().any(most)
            }
            Kind::Address => !most(self.emails) && !most(self.urls) && !most(self.dates),
            Kind::User => !most(self.sentences) && !most(self.dates),
            Kind::Money => most(self.numbers) || (most(self.with_digits) && !most(self.sentences) && !most(self.dates)),
            Kind::Location | Kind::Number => most(self.numbers),
            Kind::Timestamp => most(self.dates) || most(self.numbers),
            Kind::Id => !most(self.sentences) && !most(self.dates) && !most(self.emails),
            Kind::Url => !most(self.sentences),
            Kind::Category => self.is_repeated() && !most(self.sentences) && !most(self.emails),
            Kind::Flag => most(self.flags),
            Kind::Secret | Kind::Text | Kind::Keep => true,
        }
    }

    /// What the content says by itself.
    fn kind(&self) -> Kind {
        let nearly_all = |count: u64| self.seen > 0 && self.share(count) >= 80;
        let content = [
            (self.flags, Kind::Flag),
            (self.emails, Kind::Email),
            (self.accounts, Kind::Account),
            (self.cards, Kind::Card),
            (self.machines, Kind::Machine),
            (self.uuids, Kind::Id),
            (self.urls, Kind::Url),
            (self.dates, Kind::Timestamp),
            (self.phones, Kind::Phone),
            (self.numbers, Kind::Number),
        ];
        if let Some((_, kind)) = content.into_iter().find(|(count, _)| nearly_all(*count)) {
            return kind;
        }
        // Of a few values nobody can say whether they come again.
        if self.is_repeated() && !(self.seen < 20 && nearly_all(self.names)) {
            return Kind::Category;
        }
        if nearly_all(self.names) {
            return Kind::Name;
        }
        if nearly_all(self.codes) { Kind::Id } else { Kind::Text }
    }
}

/// What was decided about a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What it holds.
    pub kind: Kind,
    /// What that was decided by.
    pub by: By,
    /// Whether dates that can be read in two ways begin with the day.
    pub(super) day_first: bool,
}

/// What decided about a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Somebody said so.
    Choice,
    /// Its name, and its content does not speak against it.
    Name,
    /// Its content.
    Content,
    /// The column whose values these are, too.
    Reference,
}

impl Decision {
    /// Decides by name and content.
    pub(super) fn of(header: &str, content: &Content) -> Self {
        let day_first = content.is_day_first();
        if header.rsplit('.').next() == Some(NAMES) {
            return Self { kind: Kind::Category, by: By::Content, day_first };
        }
        match Kind::of_header(header).filter(|kind| content.fits(*kind)) {
            Some(kind) => Self { kind, by: By::Name, day_first },
            None => Self { kind: content.kind(), by: By::Content, day_first },
        }
    }
}

/// What one value looks like.
struct Looks {
    email: bool,
    phone: bool,
    date: bool,
    year: bool,
    card: bool,
    account: bool,
    machine: bool,
    uuid: bool,
    url: bool,
    number: bool,
    flag: bool,
    name: bool,
    sentence: bool,
    code: bool,
    with_letters: bool,
    with_digits: bool,
}

impl Looks {
    fn of(value: &str) -> Self {
        let digits = value.chars().filter(char::is_ascii_digit).count();
        let letters = value.chars().filter(|c| c.is_alphabetic()).count();
        let words: Vec<&str> = value.split_whitespace().collect();
        let only = |fits: fn(char) -> bool| value.chars().all(fits);
        let is_grouped = value.starts_with('+') || value.contains([' ', '-', '(', '/', '.']);
        let date = is_date(value, true) || is_date(value, false);
        let uuid = value.len() == 36
            && value.bytes().filter(|it| *it == b'-').count() == 4
            && only(|c| c.is_ascii_hexdigit() || c == '-');
        let machine = value.parse::<IpAddr>().is_ok()
            || (value.len() == 17 && value.split([':', '-']).filter(|it| it.len() == 2).count() == 6);
        let number = digits > 0
            && value
                .strip_prefix(['-', '+'])
                .unwrap_or(value)
                .chars()
                .all(|c| c.is_ascii_digit() || ".,eE+-".contains(c))
            && !date;
        Self {
            email: value.split_once('@').is_some_and(|(name, domain)| {
                !name.is_empty()
                    && domain.contains('.')
                    && words.len() == 1
                    && !value.contains("://")
                    && !domain.contains('@')
            }),
            phone: (7..=15).contains(&digits)
                && is_grouped
                && only(|c| c.is_ascii_digit() || "+()-./ x".contains(c))
                && !date
                && !machine
                && !is_decimal(value),
            date,
            year: digits == 4 && value.len() == 4 && (value.starts_with("19") || value.starts_with("20")),
            card: (13..=19).contains(&digits)
                && only(|c| c.is_ascii_digit() || c == ' ' || c == '-')
                && super::code::is_card(value),
            account: super::code::is_account(value),
            machine,
            uuid,
            url: value.starts_with("http://") || value.starts_with("https://") || value.starts_with("www."),
            number,
            flag: ["true", "false", "yes", "no", "t", "f", "y", "n", "0", "1"]
                .iter()
                .any(|it| value.eq_ignore_ascii_case(it)),
            name: (2..=4).contains(&words.len())
                && digits == 0
                && value.len() <= 60
                && words.iter().all(|word| is_part_of_a_name(word)),
            sentence: words.len() >= 5 && letters > digits,
            code: words.len() == 1
                && value.len() >= 6
                && digits > 0
                && only(|c| c.is_ascii_alphanumeric() || "-_./#".contains(c)),
            with_letters: letters > 0,
            with_digits: digits > 0,
        }
    }
}

fn is_decimal(value: &str) -> bool {
    value.split('.').count() == 2 && value.chars().all(|c| c.is_ascii_digit() || ".-".contains(c))
}

/// A word with a capital, or in a script without capitals.
fn is_part_of_a_name(word: &str) -> bool {
    let first = word.chars().next();
    let is_capital = first.is_some_and(|c| c.is_uppercase() || (c.is_alphabetic() && !c.is_lowercase()));
    let particle = ["von", "van", "de", "der", "den", "da", "di", "del", "la", "bin", "al"].contains(&word);
    (is_capital || particle) && word.chars().all(|c| c.is_alphabetic() || "-'’.".contains(c))
}

/// Tells values apart, no more.
fn hash(value: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(header: &str, values: &[&str]) -> (Kind, By) {
        let mut content = Content::default();
        for _ in 0..(40 / values.len().max(1)) {
            for value in values {
                content.add(value);
            }
        }
        let Decision { kind, by, .. } = Decision::of(header, &content);
        (kind, by)
    }

    #[test]
    fn name_and_content_decide_together() {
        assert_eq!(decided("email", &["a@b.org", "c@d.org", "", "NULL"]), (Kind::Email, By::Name));
        assert_eq!(decided("email", &["true", "false"]), (Kind::Flag, By::Content));
        assert_eq!(decided("id", &["1", "2"]), (Kind::Id, By::Name));
        assert_eq!(decided("contact", &["a@b.org", "c@d.org"]), (Kind::Email, By::Content));
        assert_eq!(decided("born", &["1950-01-02", "2001-12-31"]), (Kind::Date, By::Name));
        assert_eq!(decided("phone", &["+1 212 555 0100", "(030) 1234567"]), (Kind::Phone, By::Name));
        assert_eq!(decided("column 4", &["4111111111111111", "5555555555554444"]), (Kind::Card, By::Content));
        assert_eq!(decided("column 5", &["DE89 3704 0044 0532 0130 00"]), (Kind::Account, By::Content));
        assert_eq!(decided("x", &["10.0.0.1", "8.8.8.8"]), (Kind::Machine, By::Content));
        assert_eq!(decided("status", &["open", "closed", "open"]), (Kind::Category, By::Name));
        assert_eq!(decided("whatever", &["7", "12", "3.5", "99"]), (Kind::Number, By::Content));
        assert_eq!(decided("date", &["2024-05-06", "2024-05-07"]), (Kind::Timestamp, By::Name));
        assert_eq!(decided("nothing", &[]), (Kind::Category, By::Content));
    }

    #[test]
    fn names_are_known_by_their_look() {
        let names: Vec<String> =
            (0..40).map(|n| format!("Anna{} Schmidt", "abcdefghij".repeat(1 + n % 4).get(..n % 9).unwrap())).collect();
        let names: Vec<String> =
            names.iter().enumerate().map(|(n, it)| format!("{it}{}", "xyzwvutsrq".get(..n % 10).unwrap())).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(decided("column 2", &names).0, Kind::Name);
    }
}
