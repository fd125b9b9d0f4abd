//! Addresses with credentials: scheme, port, and the shape of name, password and path stay; the host becomes one that is
//! reserved for examples.

use super::{LONGEST, Stream, shape};

struct Parts<'v> {
    /// Up to and with `://`.
    scheme: &'v str,
    user: &'v str,
    password: &'v str,
    /// With its colon.
    port: &'v str,
    /// Path, query and fragment.
    rest: &'v str,
}

/// Whether this is an address with a name and a password in it.
pub(super) fn fits(value: &str) -> bool {
    parts(value).is_some()
}

fn parts(value: &str) -> Option<Parts<'_>> {
    let (scheme, after) = value.split_at_checked(value.find("://")? + 3)?;
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.:/".contains(c);
    let (authority, rest) = after.split_at_checked(after.find(['/', '?', '#']).unwrap_or(after.len()))?;
    let (credentials, host) = authority.rsplit_once('@')?;
    let (user, password) = credentials.split_once(':')?;
    let port = host.rfind(':').and_then(|colon| host.get(colon..)).unwrap_or_default();
    let is_port = port.chars().skip(1).all(|c| c.is_ascii_digit()) && port.len() <= 6 && port != ":";
    let fits = scheme.len() <= 24
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(is_scheme)
        && is_port
        && !value.contains(|c: char| c.is_ascii_whitespace() || c.is_ascii_control())
        && value.ends_with(|c: char| c.is_ascii_alphanumeric());
    fits.then_some(Parts { scheme, user, password, port, rest })
}

/// How much of each part is kept, so that all of it stays short.
const MOST: usize = 20;

/// The host alone is 56 bits that nobody can guess.
pub(super) fn make(value: &str, stream: &mut Stream<'_>) -> String {
    let Some(Parts { scheme, user, password, port, rest }) = parts(value) else {
        return shape::make(value, LONGEST, stream);
    };
    let user = shape::make(user, MOST, stream);
    let password = shape::make(password, MOST, stream);
    let host = stream.word(12);
    let rest = shape::make(rest, MOST, stream);
    format!("{scheme}{user}:{password}@{host}.example{port}{rest}")
}
