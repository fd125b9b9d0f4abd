//! Values that are out of the question, seen before anything costly is asked.

use super::form::{Form, is_uuid};
use super::measure::Measure;
use super::name::{Family, is_credential_word};
use super::shape::{Operator, Shape, Source};
use super::template;
use super::view::View;

/// A sentence of more words than this is no pass phrase.
const BLANKS: usize = 3;
/// A value of a name that says little has to be this long.
const LONG: usize = 16;

/// How public keys of SSH begin, in base64: the length of a name and the name of a kind of key. Private ones begin with the
/// name of their format.
const PUBLIC: &[&[u8]] = &[b"AAAAB3NzaC1", b"AAAAE2VjZHNhLXNoYTIt", b"AAAAC3NzaC1lZDI1NTE5", b"AAAAGnNrLX"];

/// Whether a value stands for another one, or names something: decided by its bytes alone.
pub(super) fn at_sight(value: &[u8], shape: &Shape) -> bool {
    let least = match shape.source {
        Source::Userinfo | Source::Login | Source::Certain | Source::PasswordFile => 3,
        Source::Name(_) | Source::Identified | Source::Bearer => 4,
    };
    value.len() < least
        || is_binary(value)
        || is_signs(value)
        || value.iter().filter(|byte| matches!(byte, b' ' | b'\t' | b'\n')).count() > BLANKS && !is_phrase(value)
        || value.iter().any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace())
        || (template::is_literal(value) || template::is_method(value)) && shape.operator != Operator::Userinfo
        || template::is_template(value)
        || names_itself(value)
        || PUBLIC.iter().any(|start| value.starts_with(start))
}

/// The words that a wallet is made from: 12 to 24 of them, all small letters.
fn is_phrase(value: &[u8]) -> bool {
    let words = value.split(|byte| *byte == b' ');
    matches!(words.clone().count(), 12 | 15 | 18 | 21 | 24)
        && words.into_iter().all(|it| (3..=8).contains(&it.len()) && it.iter().all(u8::is_ascii_lowercase))
}

/// Bytes written as escapes: the key of a test of a cipher, as a rule.
fn is_binary(value: &[u8]) -> bool {
    value.windows(2).filter(|pair| matches!(pair, [b'\\', b'x' | b'u' | b'0'])).count() >= 3
}

/// Whether a value is nothing but signs, percent-encoded ones among them: the test of what reads URLs.
fn is_signs(value: &[u8]) -> bool {
    let mut rest = value;
    while let Some((first, after)) = rest.split_first() {
        let is_escape = *first == b'%' && after.iter().take(2).filter(|byte| byte.is_ascii_hexdigit()).count() == 2;
        if !is_escape && (first.is_ascii_alphanumeric() || !first.is_ascii()) {
            return false;
        }
        rest = if is_escape { after.get(2..).unwrap_or_default() } else { after };
    }
    value.contains(&b'%')
}

/// Whether a value is made of the words that name credentials, such as `access_token`. One word by itself may be
/// somebody's password, if it is not the word for password.
fn names_itself(value: &[u8]) -> bool {
    if value.iter().any(u8::is_ascii_digit) {
        return false;
    }
    let mut words = value.split(|byte| !byte.is_ascii_alphabetic()).filter(|word| !word.is_empty()).peekable();
    let says = |word: &[u8], names: &[&str]| names.iter().any(|it| word.eq_ignore_ascii_case(it.as_bytes()));
    let plain = ["password", "passwd", "token", "apikey"];
    let named = |word: &[u8]| is_credential_word(word) && (word.len() < value.len() || says(word, &plain));
    words.peek().is_some() && words.all(named)
}

/// Whether two names begin alike and end with the same word for a credential.
fn names_alike(name: &[u8], value: &[u8]) -> bool {
    // Digits between letters are drawn; `v3AuthPass` has one before them.
    let drawn = value.iter().skip(2).any(u8::is_ascii_digit);
    let is_name = !drawn && value.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let begins_alike = name.iter().zip(value).take(2).all(|(a, b)| a.eq_ignore_ascii_case(b));
    is_name && begins_alike && (1..value.len().saturating_sub(3)).any(|at| ends_with_word_of(name, value, at))
}

/// Whether the word of a value that begins at `at` is one for a credential, and a name ends with it too.
fn ends_with_word_of(name: &[u8], value: &[u8], at: usize) -> bool {
    let (before, word) = value.split_at(at);
    let Some(of_name) = name.len().checked_sub(word.len()).and_then(|at| name.get(at..)) else { return false };
    let begins_word = of_name.first().is_some_and(u8::is_ascii_uppercase) || before.ends_with(b"_");
    begins_word && of_name.eq_ignore_ascii_case(word) && is_credential_word(of_name)
}

/// Whether the form of a value, or the weakness of its name, rules it out.
pub(super) fn by_form(view: View<'_>, value: &[u8], shape: &Shape, form: Form, measure: &Measure) -> bool {
    let Source::Name(name) = shape.source else { return false };
    // A list of names, as `("v3AuthPass", "v3PrivPass")`.
    if shape.operator == Operator::Comma && names_alike(view.slice(shape.name.clone()), value) {
        return true;
    }
    let is_opaque = measure.digits > 0
        && value.len() >= LONG
        && !matches!(form, Form::Path | Form::Host | Form::Version | Form::Number)
        && measure.blanks == 0;
    match name.family {
        _ if form == Form::Version && name.family != Family::Password => true,
        _ if name.before_public > 0 && name.family != Family::Password => true,
        Family::Session if value.iter().rev().skip_while(|byte| **byte == b'=').any(|byte| *byte == b'=') => true,
        _ if matches!(form, Form::Url | Form::Email | Form::Pattern | Form::Code) => true,
        Family::PlainKey => !is_opaque || measure.covered >= 70 && !is_uuid(value),
        Family::Session => !is_opaque || shape.operator == Operator::Call,
        Family::Mnemonic => !is_phrase(value),
        Family::Community => measure.blanks > 0 || name.words > 3,
        Family::Salt | Family::Auth => measure.blanks > 0 || matches!(form, Form::JoinedWords | Form::CamelWords),
        Family::Password | Family::Secret | Family::Token | Family::ApiKey | Family::Key | Family::Credential => {
            measure.wide * 2 > value.len()
        }
    }
}
