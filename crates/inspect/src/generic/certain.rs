//! Where nothing but a password stands, what the model thinks of its words does not matter: people choose words, and
//! join them by a dash, a dot or a line. Such a value is told all the same, if no program could have meant it.

use super::form::Form;
use super::lookalike;
use super::name::{Family, Name, is_credential_word};
use super::place::{Format, Place};
use super::shape::{Operator, Quoting, Shape, Source};
use super::template;
use super::view::{View, holds};
use portcullis_event::Confidence;

/// Words that programs are written with, of which one makes a joined value a name of something.
#[rustfmt::skip]
const OF_PROGRAMS: &[&str] = &[
    "user", "users", "name", "login", "logon", "form", "field", "input", "label", "text", "error", "message", "auth",
    "admin", "config", "default", "value", "file", "path", "service", "app", "api", "server", "client", "host", "test",
    "tests", "demo", "example", "your", "some", "this", "that", "new", "old", "change", "reset", "required", "require",
    "invalid", "type", "mode", "store", "param", "params", "env", "var", "vault", "data", "system", "root", "common",
    "settings", "validation", "policy", "hash", "plain", "none", "basic", "create", "always", "never", "prompt", "ask",
    "managed", "generated", "random", "auto", "from", "for", "not", "the", "and", "any", "all", "page", "view", "model",
    "module", "account", "email", "mail", "database", "kubernetes", "operator", "cluster", "http", "https", "www",
    "org", "com", "net", "io", "html", "json", "xml", "yaml", "string", "object", "array", "null", "get", "set", "has",
    "is", "are", "with", "placeholder", "hint", "title", "length", "min", "max", "expired", "match", "confirm",
    "wrong", "bad", "missing", "encrypted", "encrypt", "hashed", "sha", "aes", "rsa", "native", "cleartext", "clear",
    "pam", "ldap", "kerberos", "local", "session", "cookie", "header", "bearer", "access", "refresh", "public",
    "private", "scram", "md", "trust", "peer", "ident", "cert", "sample", "dummy", "foo", "bar", "enter", "must",
    "should", "use", "using", "used", "read", "write", "only", "command", "option", "argument", "interactive", "spring",
    "org", "security", "system", "standard", "strong", "weak", "simple", "keychain", "keyring", "on", "off", "one",
    "my", "first", "last", "state", "status", "info", "request", "response", "event", "action", "submit", "button",
];

/// The least that a value at such a place is worth; none if it is no such place, or says nothing of its own.
pub(super) fn least(view: View<'_>, shape: &Shape, value: &[u8], form: Form, place: Place) -> Option<Confidence> {
    if place.is_locale
        || place.is_generated
        || lookalike::stands_in(value)
        || template::is_literal(value)
        || value.iter().all(u8::is_ascii_digit)
    {
        return None;
    }
    let telling = if place.is_test || place.is_example || matches!(place.format, Format::Prose | Format::Markup) {
        Confidence::Low
    } else {
        Confidence::Medium
    };
    match shape.source {
        Source::Certain => is_free(value, form).then_some(telling),
        Source::Name(name) if names_only_a_password(view, shape, name) && is_free(value, form) && !is_meant(value) => {
            Some(telling)
        }
        Source::Name(name) if is_set(shape, name, place, value) && is_chosen(value) => Some(Confidence::Low),
        Source::Name(name) if is_sent(view, shape, name, value, form) => Some(Confidence::Low),
        Source::Name(name) if is_told(shape, name) && is_free(value, form) => Some(Confidence::Low),
        Source::Name(_)
        | Source::Login
        | Source::Identified
        | Source::Userinfo
        | Source::Bearer
        | Source::PasswordFile => None,
    }
}

/// Whether a value has no form that a program reads.
fn is_free(value: &[u8], form: Form) -> bool {
    let is_free = match form {
        Form::Url | Form::Email | Form::Path | Form::Version | Form::Pattern | Form::Code | Form::Number => false,
        Form::Other
        | Form::Hex
        | Form::Uuid
        | Form::JoinedWords
        | Form::CamelWords
        | Form::Word
        | Form::Sentence
        | Form::Base64
        | Form::Host => true,
    };
    is_free && value.len() >= 4 && !(value.len() > 1 && value.starts_with(b"$"))
}

/// Names that programs and servers read their one password by.
#[rustfmt::skip]
const ONLY: &[&str] = &[
    "requirepass", "masterauth", "keypassword", "storepassword", "keypass", "storepass", "keystorepass",
    "truststorepass", "keystorepassword", "truststorepassword", "-storepass", "-keypass", "rocommunity", "rwcommunity",
];

/// Whether a name is one that means a password and nothing about one, by the program that reads it.
fn names_only_a_password(view: View<'_>, shape: &Shape, name: Name) -> bool {
    let text = view.slice(shape.name.clone());
    let is_bare_key = text.eq_ignore_ascii_case(b"psk")
        && shape.operator == Operator::Space
        && shape.literal.quoting == Quoting::Double
        && view.line_before(shape.name.start).trim_ascii_end().ends_with(b":");
    let given = matches!(shape.operator, Operator::Space | Operator::Flag | Operator::Assign | Operator::Colon);
    let only = ONLY.iter().any(|it| text.eq_ignore_ascii_case(it.as_bytes()));
    is_bare_key || only && given && matches!(name.family, Family::Password | Family::Community | Family::Key)
}

/// Whether a session's number is sent in a header for cookies.
fn is_sent(view: View<'_>, shape: &Shape, name: Name, value: &[u8], form: Form) -> bool {
    let header = view.line_before(shape.name.start);
    let is_header = ["cookie: ", "cookie:", "cookie\": \""].iter().any(|it| holds(header, it));
    let drawn = matches!(form, Form::Hex | Form::Base64) || value.starts_with(b"s%3A");
    name.family == Family::Session && shape.operator == Operator::Assign && is_header && drawn && value.len() >= 26
}

/// Whether a sentence says what a password is; that the value is no word was seen where it was read.
fn is_told(shape: &Shape, name: Name) -> bool {
    shape.operator == Operator::Is && name.family == Family::Password && name.words == 1
}

/// Whether a value is plainly given to a password in settings.
fn is_set(shape: &Shape, name: Name, place: Place, value: &[u8]) -> bool {
    let is_settings = match place.format {
        Format::Settings | Format::Credentials | Format::Script | Format::Data => true,
        Format::Markup => shape.operator == Operator::Pair,
        Format::Code => is_title(value),
        Format::Unknown | Format::Prose | Format::Style | Format::Lock => false,
    };
    let assigns = match shape.operator {
        Operator::Assign | Operator::Colon | Operator::Element | Operator::Space | Operator::Flag | Operator::Pair => {
            true
        }
        Operator::Arrow | Operator::Compare | Operator::Call | Operator::Comma => place.format == Format::Code,
        Operator::Userinfo | Operator::Is => false,
    };
    let about = name.after_about
        + name.after_hashed
        + name.after_other
        + name.before_about
        + name.before_public
        + name.before_other.saturating_sub(1);
    is_settings
        && assigns
        && about == 0
        && name.family == Family::Password
        && !place.is_test
        && (!place.is_example || place.format == Format::Data)
}

/// Whether a value is words that somebody joined, and none of them belongs to a program. Words with dots between them
/// are the path of a member, unless one begins with a capital.
fn is_chosen(value: &[u8]) -> bool {
    let letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte >= 0x80;
    let mut words = 0;
    for word in value.split(|byte| b"._-".contains(byte)) {
        let letters = word.iter().filter(|byte| letter(byte)).count();
        if letters + word.iter().filter(|byte| byte.is_ascii_digit()).count() < word.len()
            || letters < 2 && !word.iter().all(u8::is_ascii_digit)
        {
            return false;
        }
        words += usize::from(letters >= 3);
    }
    let dotted = value.contains(&b'.');
    let shows = value.iter().any(u8::is_ascii_uppercase) && value.iter().any(u8::is_ascii_lowercase);
    let shouts = !value.iter().any(u8::is_ascii_lowercase);
    words >= 2 && value.len() >= 8 && !shouts && (!dotted || shows) && !is_meant(value)
}

/// Whether each word of a value begins with a capital: `Fass.Bier`, as hardly any name in a program does.
fn is_title(value: &[u8]) -> bool {
    let mut words = value.split(|byte| b"._-".contains(byte)).filter(|word| !word.iter().all(u8::is_ascii_digit));
    words.all(|word| {
        word.first().is_some_and(u8::is_ascii_uppercase) && word.iter().skip(1).all(|byte| !byte.is_ascii_uppercase())
    })
}

/// Whether a value holds a word of programs, or one for a credential.
fn is_meant(value: &[u8]) -> bool {
    value.split(|byte| !(byte.is_ascii_alphabetic() || *byte >= 0x80)).any(|word| {
        !word.is_empty()
            && (is_credential_word(word) || OF_PROGRAMS.iter().any(|it| word.eq_ignore_ascii_case(it.as_bytes())))
    })
}
