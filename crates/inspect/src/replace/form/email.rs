//! E-mail addresses: another name, at a domain that is reserved for examples.

use super::Stream;

/// Whether this looks like one address.
pub(super) fn fits(value: &str) -> bool {
    value.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty()
            && domain.contains('.')
            && !domain.contains('@')
            && [name, domain].iter().all(|part| part.ends_with(|c: char| c.is_ascii_alphanumeric()))
            && value.starts_with(|c: char| c.is_ascii_alphanumeric())
            && !value.contains(|c: char| c.is_ascii_whitespace() || "<>()[],;:\\\"".contains(c))
    })
}

/// Twelve symbols are 56 bits.
pub(super) fn make(stream: &mut Stream<'_>) -> String {
    format!("{}@example.com", stream.word(12))
}
