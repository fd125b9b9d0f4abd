//! Values that are out of the question, seen before anything costly is asked.

use super::form::{Form, is_uuid};
use super::measure::Measure;
use super::name::{Family, is_credential_word};
use super::shape::{Operator, Shape, Source};
use super::template;

/// A sentence of more words than this is no pass phrase.
const BLANKS: usize = 3;
/// A value of a name that says little has to be this long.
const LONG: usize = 16;

/// Whether a value stands for another one, or names something: decided by its bytes alone.
pub(super) fn at_sight(value: &[u8], shape: &Shape) -> bool {
    let least = match shape.source {
        Source::Userinfo | Source::Login | Source::PasswordFile => 3,
        Source::Name(_) | Source::Identified | Source::Bearer => 4,
    };
    value.len() < least
        || value.iter().filter(|byte| matches!(byte, b' ' | b'\t' | b'\n')).count() > BLANKS
        || value.iter().any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace())
        || (template::is_literal(value) || template::is_method(value)) && shape.operator != Operator::Userinfo
        || template::is_template(value)
        || names_itself(value)
}

/// Whether a value is made of the words that name credentials, such as `access_token`. One word by itself may be
/// somebody's password, if it is not the word for password.
fn names_itself(value: &[u8]) -> bool {
    let mut words = value.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    let password = |word: &[u8]| word.eq_ignore_ascii_case(b"password") || word.eq_ignore_ascii_case(b"passwd");
    let token = |word: &[u8]| word.eq_ignore_ascii_case(b"token") || word.eq_ignore_ascii_case(b"apikey");
    words.peek().is_some()
        && words.all(|word| is_credential_word(word) && (word.len() < value.len() || password(word) || token(word)))
}

/// Whether the form of a value, or the weakness of its name, rules it out.
pub(super) fn by_form(value: &[u8], shape: &Shape, form: Form, measure: &Measure) -> bool {
    let Source::Name(name) = shape.source else { return false };
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
        Family::Community => measure.blanks > 0 || name.words > 3,
        Family::Salt | Family::Auth => measure.blanks > 0 || matches!(form, Form::JoinedWords | Form::CamelWords),
        Family::Password | Family::Secret | Family::Token | Family::ApiKey | Family::Key | Family::Credential => {
            measure.wide * 2 > value.len()
        }
    }
}
