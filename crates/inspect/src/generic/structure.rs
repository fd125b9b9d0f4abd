//! What its structure alone proves: hashes of passwords, private keys, and user and password in base64.

use super::candidate::{Candidate, Rule};
use super::trigger::Kind;
use super::view::{View, find as position};
use super::{lookalike, template};
use crate::base64_digit::base64_digit;
use portcullis_event::{Confidence, Secret};
use std::ops::Range;

/// A hash, a key or a pair of user and password is at most this long.
const LONGEST: usize = 1200;

/// Finds what a trigger of a structure leads to.
pub(super) fn find(view: View<'_>, trigger: Range<usize>, kind: Kind, out: &mut Vec<Candidate>) {
    let found = match kind {
        Kind::Hash => hash(view, trigger),
        Kind::PrivateKey if view.at(trigger.start) == b'"' => json_key(view, trigger),
        Kind::PrivateKey => putty_key(view, trigger),
        Kind::Scheme => basic(view, trigger),
        Kind::Name
        | Kind::Call
        | Kind::Key
        | Kind::Command
        | Kind::Program
        | Kind::Identified
        | Kind::Url
        | Kind::Connection
        | Kind::PasswordFile => None,
    };
    out.extend(found);
}

fn candidate(view: View<'_>, rule: Rule, span: Range<usize>, confidence: Confidence, why: &'static str) -> Candidate {
    let value = String::from_utf8_lossy(view.slice(span.clone())).into_owned();
    Candidate { rule, span, confidence, score: None, value: Secret::new(value), why: vec![why] }
}

/// `$2y$10$…`, `$6$salt$…`, `{SSHA}…`: a hash in one of the forms of `crypt` and LDAP. It is as good as a password to who
/// can guess, so it counts for less; surest after a user's name, as in `.htpasswd` and `/etc/shadow`.
fn hash(view: View<'_>, trigger: Range<usize>) -> Option<Candidate> {
    let start = trigger.start + usize::from(view.at(trigger.start) == b':');
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || b"$./+={},-".contains(byte);
    let ahead = view.ahead(start, 300);
    let length = ahead.iter().take_while(|byte| part(byte)).count();
    let text = ahead.get(..length)?.trim_ascii_end();
    let text = text.strip_suffix(b".").unwrap_or(text);
    let body = text.rsplit(|byte| matches!(byte, b'$' | b'}')).next()?;
    let least = match text {
        _ if text.starts_with(b"$2") => 53,
        _ if text.starts_with(b"$1$") || text.starts_with(b"$apr1$") => 22,
        _ if text.starts_with(b"$5$") || text.starts_with(b"$y$") => 43,
        _ if text.starts_with(b"$6$") => 86,
        _ if text.first() == Some(&b'{') => 28,
        _ => 27,
    };
    let mixed = body.iter().any(u8::is_ascii_digit) && body.iter().any(u8::is_ascii_uppercase);
    if body.len() < least
        || !mixed
        || lookalike::asks(text)
        || body.windows(6).any(|it| it.iter().all(|byte| Some(byte) == it.first()))
    {
        return None;
    }
    let user = view.line_before(start);
    let after_user = user.last() == Some(&b':')
        && user.len() > 1
        && user.iter().all(|byte| byte.is_ascii_graphic() && !b"\"'(".contains(byte));
    let confidence = if after_user { Confidence::High } else { Confidence::Medium };
    let span = start..start + text.len();
    Some(candidate(view, Rule::PasswordHash, span, confidence, "it has the form of a hashed password"))
}

/// `"kty": "RSA"` with a private `"d"`, or `"kty": "oct"` with its `"k"`.
fn json_key(view: View<'_>, trigger: Range<usize>) -> Option<Candidate> {
    let open = view
        .behind(trigger.start, LONGEST)
        .iter()
        .rposition(|byte| *byte == b'{')
        .map_or(0, |at| trigger.start - trigger.start.min(LONGEST) + at);
    let ahead = view.ahead(trigger.start, LONGEST);
    let end = trigger.start + ahead.iter().position(|byte| *byte == b'}').unwrap_or(ahead.len());
    let object = view.slice(open..end);
    let member = ["\"d\"", "\"k\""].into_iter().find_map(|name| position(object, name.as_bytes()))?;
    let colon = view.skip_blanks(open + member + 3);
    let quote = view.skip_blanks(colon + 1);
    if view.at(colon) != b':' || view.at(quote) != b'"' {
        return None;
    }
    let value = view.ahead(quote + 1, LONGEST);
    let length = value.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')).count();
    let closed = value.get(length) == Some(&b'"');
    let span = quote + 1..quote + 1 + length;
    (closed && length >= 16)
        .then(|| candidate(view, Rule::PrivateKey, span, Confidence::High, "it is the private part of a JSON web key"))
}

/// The private lines of a key of `PuTTY`.
fn putty_key(view: View<'_>, trigger: Range<usize>) -> Option<Candidate> {
    let ahead = view.ahead(trigger.end, LONGEST);
    let at = trigger.end + position(ahead, b"Private-Lines:")?;
    let start = at + view.line_after(at).len() + 1;
    let body = view.ahead(view.skip_line_end(start), LONGEST);
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=\r\n".contains(byte);
    let length = body.iter().take_while(|byte| part(byte)).count();
    // The next line is `Private-MAC`, of which the first word is letters as well.
    let lines = body.get(..length)?.iter().rposition(|byte| *byte == b'\n')?;
    let span = view.skip_line_end(start)..view.skip_line_end(start) + lines;
    (lines >= 40)
        .then(|| candidate(view, Rule::PrivateKey, span, Confidence::High, "it is the private part of a key of PuTTY"))
}

/// `Basic …`: base64 of a user, a colon and a password.
fn basic(view: View<'_>, trigger: Range<usize>) -> Option<Candidate> {
    if !view.says(trigger.start, "basic ") {
        return None;
    }
    let ahead = view.ahead(trigger.end, LONGEST);
    let length = ahead.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+/=-_".contains(byte)).count();
    let text = ahead.get(..length)?;
    if text.len() < 8 {
        return None;
    }
    let decoded = String::from_utf8(decode(text)?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    let readable = decoded.chars().all(|it| !it.is_control());
    if !readable
        || user.is_empty()
        || password.len() < 3
        || template::is_template(password.as_bytes())
        || lookalike::asks(password.as_bytes())
    {
        return None;
    }
    let everybody = user.eq_ignore_ascii_case("user") || user.eq_ignore_ascii_case("username");
    let confidence = if everybody { Confidence::Low } else { Confidence::High };
    let why = vec!["it is base64 of a user, a colon and a password"];
    let span = trigger.end..trigger.end + length;
    Some(Candidate { rule: Rule::BasicCredentials, span, confidence, score: None, value: Secret::new(decoded), why })
}

/// Decodes base64 in either alphabet, padded or not.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let trimmed = text.iter().rposition(|byte| *byte != b'=').map_or(0, |at| at + 1);
    let digits = text.get(..trimmed)?;
    if digits.len() % 4 == 1 || text.len() - trimmed > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    let mut bits = 0_u32;
    let mut count = 0;
    for digit in digits {
        bits = bits << 6 | u32::from(base64_digit(*digit)?);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    Some(bytes)
}
