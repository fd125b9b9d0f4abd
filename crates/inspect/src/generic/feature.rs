//! What the model is told about a shape: a row of small numbers, each with a name for training and words for a report.

use super::form::Form;
use super::lookalike;
use super::measure::Measure;
use super::name::{Family, is_credential_word};
use super::place::{Format, Place};
use super::rarity;
use super::shape::{Operator, Quoting, Shape, Source};
use super::surroundings::Surroundings;
use super::view::View;
use super::words::Words;
use crate::base64_digit::base64_digit;

macro_rules! features {
    ($($name:ident = $words:literal,)*) => {
        /// What the model is told; the names are those of the training data.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub(super) enum Feature { $($name,)* }

        /// The names of the features, in order.
        pub(super) const NAMES: &[&str] = &[$(stringify!($name),)*];

        /// What to say in a report if a feature spoke for a credential.
        pub(super) const WORDS: &[&str] = &[$($words,)*];
    };
}

features! {
    Family = "its name says that it is a credential",
    NameWords = "the form of its name",
    AfterAbout = "its name ends in the word for a credential",
    AfterFine = "its name says where the credential is used",
    AfterHashed = "its name does not speak of a hash",
    AfterOther = "its name ends in the word for a credential",
    BeforeAbout = "its name speaks of the credential itself",
    BeforeOwner = "its name says whose credential it is",
    BeforePublic = "its name does not say public",
    BeforeOther = "the other words of its name",
    NameUpper = "its name is written as settings are",
    NameQuoted = "it is an entry of a table",
    Source = "it stands where a credential does",
    Operator = "the way it is assigned",
    Quoting = "the way it is quoted",
    Argument = "its place among the arguments",
    Wrapped = "what stands around it",
    Tight = "the blank before it",
    Length = "its length",
    Lower = "its small letters",
    Upper = "its capitals",
    Digits = "its digits",
    Symbols = "its special characters",
    Blanks = "it is one word",
    Wide = "its alphabet",
    Distinct = "many different characters",
    Entropy = "its entropy",
    Changes = "it mixes letters, digits and signs",
    Classes = "it mixes kinds of characters",
    LongestRepeat = "no character is repeated for long",
    LongestWalk = "a sequence in it, as in passwords that people choose",
    LongestLetters = "short runs of letters",
    Surprise = "its characters rarely follow each other in code",
    WorstSurprise = "a part of it is rare in code",
    Covered = "little of it is words",
    Words = "the words in it",
    LongestWord = "no long word in it",
    Form = "its form",
    Underscores = "it is not joined by underscores",
    Dashes = "it is not joined by dashes",
    Dots = "it has no dots",
    Slashes = "it has no slashes",
    Common = "it is a well-known password",
    Keyword = "it does not name a credential",
    InName = "it does not repeat its name",
    TestWords = "it does not call itself a test",
    Asks = "it does not ask to be replaced",
    EndsSentence = "it does not end as a sentence does",
    StartsUpper = "how it begins",
    Base64Text = "it hides text in base64",
    UserSame = "it is like its user",
    PlaceFormat = "the kind of file",
    PlaceTest = "the file is no test",
    PlaceExample = "the file is no example",
    PlaceLocale = "the file is no translation",
    PlaceGenerated = "the file is not generated",
    InComment = "it is not in a comment",
    LineBefore = "its place on the line",
    LineBehind = "nothing else follows on the line",
    Opens = "what stands before its name",
    Closes = "what stands behind it",
    AccessWords = "a user, a host or a login near by",
    DisplayWords = "no label or message near by",
    CheckingWords = "nothing is checked or logged on the line",
    LookupWords = "nothing is looked up on the line",
    Quotes = "nothing else is quoted on the line",
    NearWide = "the language around it",
    Lines = "the density of the text around it",
}

/// How many features there are.
pub(super) const COUNT: usize = NAMES.len();

/// What the model is told about one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Features([i16; COUNT]);

/// Everything that is known of a shape.
pub(super) struct Seen<'s> {
    pub(super) view: View<'s>,
    pub(super) shape: &'s Shape,
    pub(super) value: &'s [u8],
    pub(super) measure: &'s Measure,
    pub(super) form: Form,
    pub(super) place: Place,
}

impl Features {
    /// The features of a shape.
    pub(super) fn of(seen: &Seen<'_>) -> Self {
        let mut features = Self([0; COUNT]);
        features.name(seen);
        features.value(seen);
        features.words(seen);
        features.place(seen);
        features
    }

    /// One feature; nothing is asked that is not there.
    pub(super) fn get(&self, feature: usize) -> i16 {
        self.0.get(feature).copied().unwrap_or(0)
    }

    /// All of them, in order.
    pub(super) fn all(&self) -> &[i16] {
        &self.0
    }

    fn set(&mut self, feature: Feature, value: usize) {
        if let Some(place) = self.0.get_mut(feature as usize) {
            *place = i16::try_from(value).unwrap_or(i16::MAX);
        }
    }

    fn name(&mut self, seen: &Seen<'_>) {
        let shape = seen.shape;
        let name = seen.view.slice(shape.name.clone());
        let (family, source) = match shape.source {
            Source::Name(name) => {
                self.set(Feature::NameWords, name.words.into());
                self.set(Feature::AfterAbout, name.after_about.into());
                self.set(Feature::AfterFine, name.after_fine.into());
                self.set(Feature::AfterHashed, name.after_hashed.into());
                self.set(Feature::AfterOther, name.after_other.into());
                self.set(Feature::BeforeAbout, name.before_about.into());
                self.set(Feature::BeforeOwner, name.before_owner.into());
                self.set(Feature::BeforePublic, name.before_public.into());
                self.set(Feature::BeforeOther, name.before_other.into());
                (family_number(name.family), 0)
            }
            Source::Login | Source::Certain => (0, 1),
            Source::Identified => (0, 2),
            Source::Userinfo => (0, 3),
            Source::PasswordFile => (0, 4),
            Source::Bearer => (2, 5),
        };
        self.set(Feature::Family, family);
        self.set(Feature::Source, source);
        let letters = name.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
        let upper = name.iter().filter(|byte| byte.is_ascii_uppercase()).count();
        self.set(Feature::NameUpper, if upper == letters { 2 } else { usize::from(upper > 0) });
        self.set(Feature::NameQuoted, shape.name_is_quoted.into());
        self.set(Feature::Operator, operator_number(shape.operator));
        self.set(Feature::Quoting, quoting_number(shape.literal.quoting));
        self.set(Feature::Argument, shape.argument.into());
        self.set(Feature::Wrapped, shape.is_wrapped.into());
        self.set(Feature::Tight, (seen.view.before(shape.literal.value.start) == b' ').into());
        self.set(Feature::UserSame, usize::from(shape.operator == Operator::Userinfo && ends_with(name, seen.value)));
    }

    fn value(&mut self, seen: &Seen<'_>) {
        let measure = seen.measure;
        let per_hundred = |count: usize| count * 100 / measure.length.max(1);
        self.set(Feature::Length, measure.length);
        self.set(Feature::Lower, per_hundred(measure.lower));
        self.set(Feature::Upper, per_hundred(measure.upper));
        self.set(Feature::Digits, per_hundred(measure.digits));
        self.set(Feature::Symbols, per_hundred(measure.symbols));
        self.set(Feature::Blanks, measure.blanks);
        self.set(Feature::Wide, measure.wide);
        self.set(Feature::Distinct, measure.distinct);
        self.set(Feature::Entropy, measure.entropy);
        self.set(Feature::Changes, measure.changes);
        self.set(Feature::Classes, measure.classes());
        self.set(Feature::LongestRepeat, measure.longest_repeat);
        self.set(Feature::LongestWalk, measure.longest_walk);
        self.set(Feature::LongestLetters, measure.longest_letters);
        self.set(Feature::Surprise, measure.surprise);
        self.set(Feature::WorstSurprise, measure.worst_surprise);
        self.set(Feature::Covered, measure.covered);
        self.set(Feature::Words, measure.words);
        self.set(Feature::LongestWord, measure.longest_word);
        self.set(Feature::Form, seen.form as usize);
    }

    fn words(&mut self, seen: &Seen<'_>) {
        let value = seen.value;
        let count = |mark: u8| value.split(|byte| *byte == mark).count() - 1;
        self.set(Feature::Underscores, count(b'_'));
        self.set(Feature::Dashes, count(b'-'));
        self.set(Feature::Dots, count(b'.'));
        self.set(Feature::Slashes, count(b'/'));
        self.set(Feature::Common, is_common(value).into());
        self.set(Feature::Keyword, credential_words(value));
        self.set(Feature::InName, repeats(value, seen.view.slice(seen.shape.name.clone())));
        self.set(Feature::TestWords, TEST_WORDS.count(&[value]));
        self.set(Feature::Asks, lookalike::asks(value).into());
        self.set(Feature::EndsSentence, value.last().is_some_and(|byte| b".:?!,".contains(byte)).into());
        self.set(
            Feature::StartsUpper,
            value
                .first()
                .map_or(0, |byte| if byte.is_ascii_uppercase() { 2 } else { usize::from(byte.is_ascii_lowercase()) }),
        );
        self.set(Feature::Base64Text, hides_text(value));
    }

    fn place(&mut self, seen: &Seen<'_>) {
        let around = Surroundings::of(seen.view, seen.shape);
        self.set(Feature::PlaceFormat, format_number(seen.place.format));
        self.set(Feature::PlaceTest, seen.place.is_test.into());
        self.set(Feature::PlaceExample, seen.place.is_example.into());
        self.set(Feature::PlaceLocale, seen.place.is_locale.into());
        self.set(Feature::PlaceGenerated, seen.place.is_generated.into());
        self.set(Feature::InComment, around.in_comment.into());
        self.set(Feature::LineBefore, around.before);
        self.set(Feature::LineBehind, around.behind);
        self.set(Feature::Opens, around.opens.into());
        self.set(Feature::Closes, around.closes.into());
        self.set(Feature::AccessWords, around.access_words);
        self.set(Feature::DisplayWords, around.display_words);
        self.set(Feature::CheckingWords, around.checking_words);
        self.set(Feature::LookupWords, around.lookup_words);
        self.set(Feature::Quotes, around.quotes);
        self.set(Feature::NearWide, around.wide);
        self.set(Feature::Lines, around.lines);
    }
}

/// The numbers put what is alike next to each other, so that a tree can part it with one question.
fn family_number(family: Family) -> usize {
    match family {
        Family::Password => 0,
        Family::Secret => 1,
        Family::Token => 2,
        Family::ApiKey => 3,
        Family::Key => 4,
        Family::Salt => 5,
        Family::Credential => 6,
        Family::Auth => 7,
        Family::Session => 8,
        Family::Community => 9,
        Family::PlainKey => 10,
        Family::Mnemonic => 11,
    }
}

fn operator_number(operator: Operator) -> usize {
    match operator {
        Operator::Assign => 0,
        Operator::Colon => 1,
        Operator::Arrow => 2,
        Operator::Pair => 3,
        Operator::Element => 4,
        Operator::Flag => 5,
        Operator::Userinfo => 6,
        Operator::Compare => 7,
        Operator::Call => 8,
        Operator::Comma => 9,
        Operator::Space => 10,
        Operator::Is => 11,
    }
}

fn quoting_number(quoting: Quoting) -> usize {
    match quoting {
        Quoting::Bare => 0,
        Quoting::Double => 1,
        Quoting::Single => 2,
        Quoting::Escaped => 3,
        Quoting::Triple => 4,
        Quoting::Backtick => 5,
    }
}

fn format_number(format: Format) -> usize {
    match format {
        Format::Credentials => 0,
        Format::Settings => 1,
        Format::Script => 2,
        Format::Unknown => 3,
        Format::Data => 4,
        Format::Code => 5,
        Format::Prose => 6,
        Format::Markup => 7,
        Format::Style => 8,
        Format::Lock => 9,
    }
}

#[rustfmt::skip]
static TEST_WORDS: Words<12> = Words::new([
    "test", "foo", "bar", "baz", "demo", "temp", "abc", "invalid", "wrong", "bad", "new", "old",
]);

/// Passwords that everybody knows, without digits at their end.
#[rustfmt::skip]
const COMMON: &[&str] = &[
    "password", "passw0rd", "p@ssword", "p@ssw0rd", "pass", "admin", "administrator", "root", "toor", "guest", "user",
    "test", "secret", "s3cret", "s3cr3t", "qwerty", "qwertz", "azerty", "letmein", "welcome", "monkey", "dragon",
    "master", "login", "abc", "iloveyou", "sunshine", "princess", "football", "baseball", "superman", "batman",
    "shadow", "hunter", "trustno", "starwars", "hello", "freedom", "whatever", "ninja", "mustang", "access", "cheese",
    "postgres", "mysql", "mariadb", "oracle", "tiger", "scott", "sa", "rabbitmq", "redis", "mongo", "elastic", "minio",
    "minioadmin", "tomcat", "wordpress", "grafana", "docker", "vagrant", "ubuntu", "raspberry", "pi", "cisco",
    "ansible", "jenkins", "nexus", "sonar", "asdf", "zxcvbn", "q1w2e3r4", "1qaz2wsx", "pa55word", "alpine", "changeit",
    "manager", "system", "public", "private", "default", "temp", "demo", "example",
];

fn is_common(value: &[u8]) -> bool {
    let trimmed = value.trim_ascii_end();
    let tail = trimmed.iter().rev().take_while(|byte| byte.is_ascii_digit() || b"!@#$.*?".contains(byte)).count();
    let stem = trimmed.get(..trimmed.len() - tail).unwrap_or_default();
    let known = |text: &[u8]| COMMON.iter().any(|it| text.eq_ignore_ascii_case(it.as_bytes()));
    known(stem) || known(trimmed) || !value.is_empty() && stem.is_empty() && (3..=10).contains(&tail)
}

/// How many words of a value name a credential.
fn credential_words(value: &[u8]) -> usize {
    parts(value).filter(|word| word.len() > 2 && is_credential_word(word)).count()
}

/// 2 if a value says no more than its name, 1 if it says some of it, 0 else.
fn repeats(value: &[u8], name: &[u8]) -> usize {
    let mut words = 0;
    let mut repeated = 0;
    for word in parts(value).filter(|word| word.len() > 2) {
        words += 1;
        let folded = word.len() >= 3 && name.windows(word.len()).any(|it| it.eq_ignore_ascii_case(word));
        repeated += usize::from(folded || is_credential_word(word));
    }
    match (words, repeated) {
        (0, _) | (_, 0) => 0,
        _ if words == repeated && !value.iter().any(u8::is_ascii_digit) => 2,
        _ => 1,
    }
}

/// The words of a value: runs of letters, cut before capitals.
fn parts(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value
        .split(|byte| !byte.is_ascii_alphabetic())
        .flat_map(|run| run.chunk_by(|before, byte| !(before.is_ascii_lowercase() && byte.is_ascii_uppercase())))
}

fn ends_with(name: &[u8], value: &[u8]) -> bool {
    name.len().checked_sub(value.len()).and_then(|at| name.get(at..)).is_some_and(|it| it.eq_ignore_ascii_case(value))
}

/// 2 if a value is base64 of text, 1 if it is base64 of bytes, 0 else.
fn hides_text(value: &[u8]) -> usize {
    if value.len() < 8 || !value.len().is_multiple_of(4) || rarity::is_word(value) {
        return 0;
    }
    let mut bits = 0_u32;
    let mut count = 0;
    let mut readable = 0;
    let mut decoded = 0_usize;
    for byte in value.iter().take(64).take_while(|byte| **byte != b'=') {
        let Some(digit) = base64_digit(*byte) else { return 0 };
        bits = bits << 6 | u32::from(digit);
        count += 1;
        if count == 4 {
            let bytes = bits.to_be_bytes();
            readable +=
                bytes.iter().skip(1).filter(|byte| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\n')).count();
            decoded += 3;
            (bits, count) = (0, 0);
        }
    }
    if decoded >= 3 && readable == decoded { 2 } else { 1 }
}
