//! Values that are encrypted, or that check a password without holding it: they open nothing without another key. Each
//! form is as long as it has to be, so that no credential passes for one by its first letters.

use super::form::Form;
use super::name::Family;
use super::shape::{Shape, Source};
use super::view::{View, holds};

/// How encrypted values begin, and how long they are at least.
#[rustfmt::skip]
const FORMS: &[(&[u8], usize)] = &[
    // PostgreSQL's and others' verifiers.
    (b"SCRAM-SHA-1$", 60), (b"SCRAM-SHA-256$", 60), (b"SCRAM-SHA-512$", 60),
    // EJSON; OpenSSL and what is like it; Fernet.
    (b"EJ[1:", 80), (b"U2FsdGVkX1", 40), (b"gAAAAAB", 100),
    // SealedSecrets: a key of 512 bytes behind its length.
    (b"AgA", 300), (b"AgB", 300), (b"AgC", 300), (b"AgD", 300),
    // The key services of AWS and Google; Windows' data protection; PGP without its armour.
    (b"AQICAH", 120), (b"AQECAH", 120), (b"CiQA", 100), (b"01000000d08c9ddf0115d1118c7a00c04fc297eb", 100),
    (b"AQAAANCMnd8BFdERjHoAwE", 100), (b"wcBMA", 300), (b"wcFMA", 300), (b"hQIMA", 300), (b"hQEMA", 300),
    // age in base64.
    (b"YWdlLWVuY3J5cHRpb24ub3Jn", 100),
];

/// So far before a name the name of the object is looked for that it belongs to.
const OWNER: usize = 40;
/// An encrypted value is at least this long, where its name says that it is one.
const LONG: usize = 24;
/// And this long where only the object around says so.
const VERY_LONG: usize = 120;

/// Whether a value opens nothing by itself, by its form or by what it is called.
pub(super) fn opens_nothing(view: View<'_>, shape: &Shape, value: &[u8], form: Form) -> bool {
    let is_drawn = matches!(form, Form::Base64 | Form::Hex) || is_base64(value);
    has_form(value) || is_drawn && (is_called_so(view, shape, value) || is_public_salt(view, shape))
}

fn has_form(value: &[u8]) -> bool {
    FORMS.iter().any(|(start, least)| value.len() >= *least && value.starts_with(start))
}

fn is_base64(value: &[u8]) -> bool {
    value.len() >= 16 && value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-:".contains(byte))
}

/// `password_encrypted`, `password_enc`, `"encrypted": {"token": …}`.
fn is_called_so(view: View<'_>, shape: &Shape, value: &[u8]) -> bool {
    let name = view.slice(shape.name.clone());
    let says = holds(name, "encrypted") || holds(name, "ciphertext") || holds(name, "sealed");
    let ends = [&b"_enc"[..], b"_ENC", b"Enc", b"-enc", b".enc"].iter().any(|it| name.ends_with(it));
    let before = view.behind(shape.name.start, OWNER);
    let around = before.iter().rposition(|byte| *byte == b'{').and_then(|at| before.get(..at)).unwrap_or_default();
    let owned = ["\"encrypted\":", "encrypted:", "'encrypted':"]
        .iter()
        .any(|it| around.trim_ascii_end().ends_with(it.as_bytes()));
    value.len() >= LONG && (says || ends) || value.len() >= VERY_LONG && owned
}

/// A nonce, which everybody may see; a salt beside the hash that it belongs to, or beside how often it was hashed; and
/// the salt of Pulumi, behind which stands what checks a pass phrase.
fn is_public_salt(view: View<'_>, shape: &Shape) -> bool {
    if !matches!(shape.source, Source::Name(name) if name.family == Family::Salt) {
        return false;
    }
    let name = view.slice(shape.name.clone());
    let ends = |word: &str| {
        name.len()
            .checked_sub(word.len())
            .and_then(|at| name.get(at..))
            .is_some_and(|it| it.eq_ignore_ascii_case(word.as_bytes()))
    };
    let near = [view.behind(shape.name.start, OWNER * 2), view.ahead(shape.literal.end, OWNER * 2)];
    let beside = ["iterations", "\"hash\"", "hash:", "hash =", "rounds", "kdf", "scrypt", "argon2"];
    ends("nonce") || ends("encryptionsalt") || near.iter().any(|text| beside.iter().any(|it| holds(text, it)))
}
