//! Placeholders that look like the value that they stand for, for code that checks a value's form: a token keeps its
//! vendor's prefix and its length, an e-mail address stays one, a card number keeps a valid check digit.
//!
//! They are made from a key and from the value, and the way back is the session's table, as with marked ones. A form is
//! used only if it leaves room for what nobody can guess; a telephone number in a reserved range, for example, does not,
//! so it gets a marked placeholder.

mod card;
mod email;
mod iban;
mod jwt;
mod pem;
mod shape;
mod stream;
mod url;
mod uuid;
mod vendor_prefix;

use super::kind::Kind;
use super::symbol::fold;
use crate::keyed::Keyed;
use std::ops::Range;
use stream::Stream;

/// How long a placeholder in form may be. A value that is longer gets a shorter one of the same form, so that a stream
/// never has to be held back for longer than for a marked one.
const LONGEST: usize = 120;

/// A form that a placeholder can keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `anna@firm.org` → another name at `example.com`.
    Email,
    /// The number of a payment card: length, spacing, brand and check digit.
    Card,
    /// The number of a bank account: country, spacing, classes and check digits.
    Iban,
    /// A UUID of the same version.
    Uuid,
    /// Three parts in base64url, of which the first two are JSON.
    Jwt,
    /// Between the lines that begin and end it.
    Pem,
    /// An address with credentials: scheme, port and parts.
    Url,
    /// Any other: a vendor's prefix, separators, and the class of each character.
    Shape,
}

impl Form {
    /// The form of a value, if it has one that can be kept.
    pub(crate) fn of(kind: Kind, value: &str) -> Option<Self> {
        if !value.is_ascii() || value.is_empty() {
            return None;
        }
        match kind {
            Kind::Email => email::fits(value).then_some(Self::Email),
            Kind::Card => card::fits(value).then_some(Self::Card),
            Kind::Account => iban::fits(value).then_some(Self::Iban),
            Kind::PrivateKey => pem::fits(value).then_some(Self::Pem),
            Kind::Phone | Kind::Name | Kind::Address | Kind::NationalId | Kind::Date | Kind::Host => None,
            Kind::Token | Kind::Password | Kind::Connection | Kind::Secret | Kind::User | Kind::Personal => {
                Self::of_secret(value)
            }
        }
    }

    fn of_secret(value: &str) -> Option<Self> {
        match value {
            _ if uuid::fits(value) => Some(Self::Uuid),
            _ if jwt::fits(value) => Some(Self::Jwt),
            _ if pem::fits(value) => Some(Self::Pem),
            _ if url::fits(value) => Some(Self::Url),
            _ if shape::fits(value) => Some(Self::Shape),
            _ => None,
        }
    }

    /// A text of this form that nobody can predict without the key.
    pub(crate) fn surrogate(self, keyed: &Keyed, value: &str, attempt: u32) -> String {
        let mut stream = Stream::new(keyed, value, attempt);
        match self {
            Self::Email => email::make(&mut stream),
            Self::Card => card::make(value, &mut stream),
            Self::Iban => iban::make(value, &mut stream),
            Self::Uuid => uuid::make(value, &mut stream),
            Self::Jwt => jwt::make(&mut stream),
            Self::Pem => pem::make(value, &mut stream),
            Self::Url => url::make(value, &mut stream),
            Self::Shape => shape::make(value, LONGEST, &mut stream),
        }
    }
}

/// From the first to the last letter or digit of a text.
pub(crate) fn core(text: &str) -> Option<Range<usize>> {
    let is_symbol = |c: char| fold(c).is_some();
    let end = text.rfind(is_symbol)?;
    Some(text.find(is_symbol)?..end + text.get(end..)?.chars().next()?.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::Secret;

    fn made(kind: Kind, value: &str) -> Option<String> {
        let form = Form::of(kind, value)?;
        let text = form.surrogate(&Keyed::new(&Secret::new([1; 32])), value, 0);
        assert!(text.len() <= LONGEST.max(value.len().min(LONGEST + 60)), "{text}");
        Some(text)
    }

    #[test]
    fn every_form_is_kept() {
        let random = "A7x".repeat(12);
        let token = made(Kind::Token, &format!("ghp_{random}")).unwrap();
        assert!(token.starts_with("ghp_") && token.len() == 40 && !token.contains(&random));
        let mail = made(Kind::Email, "anna.schmidt@firm.org").unwrap();
        assert!(mail.ends_with("@example.com") && !mail.contains("anna"), "{mail}");
        let card = made(Kind::Card, "4111 1111 1111 1111").unwrap();
        assert!(card.starts_with("4000 00") && card.len() == 19 && card::fits(&card), "{card}");
        let account = made(Kind::Account, "DE89 3704 0044 0532 0130 00").unwrap();
        assert!(account.starts_with("DE") && account.len() == 27 && iban::fits(&account), "{account}");
        let id = made(Kind::Secret, "0189f7a2-6d1c-7b3e-9c4d-5e6f708192a3").unwrap();
        assert!(id.len() == 36 && id.get(14..15) == Some("7") && uuid::fits(&id), "{id}");
        let url = made(Kind::Connection, "postgres://admin:s3cr3tPassw0rd@db.internal:5432/prod").unwrap();
        assert!(url.starts_with("postgres://") && url.contains(".example:5432/") && !url.contains("admin"), "{url}");
    }

    #[test]
    fn keys_and_tokens_of_any_length_stay_short() {
        let begin = concat!("-----BEGIN RSA PRIV", "ATE KEY-----");
        let end = begin.replace("BEGIN", "END");
        let key = made(Kind::PrivateKey, &format!("{begin}\n{}\n{end}\n", "QUJD".repeat(400))).unwrap();
        assert!(key.starts_with(begin) && key.ends_with(&format!("\n{end}\n")) && !key.contains("QUJD"), "{key}");
        assert!(key.len() <= LONGEST);
        let jwt =
            made(Kind::Token, &format!("eyJhbGciOiJIUzI1NiJ9.{}.{}", "eyJh".repeat(90), "x_-9".repeat(20))).unwrap();
        assert!(jwt::fits(&jwt) && jwt.len() <= LONGEST, "{jwt}");
        let long = made(Kind::Secret, &"aB3".repeat(500)).unwrap();
        assert_eq!(long.len(), LONGEST);
    }

    #[test]
    fn what_leaves_no_room_keeps_no_form() {
        assert_eq!(made(Kind::Phone, "+1 202 555 0123"), None);
        assert_eq!(made(Kind::Password, "hunter2"), None);
        assert_eq!(made(Kind::Card, "4111 1111 1111 1112"), None);
        assert_eq!(made(Kind::Password, "pässwörd-that-is-long"), None);
    }
}
