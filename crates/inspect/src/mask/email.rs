//! E-mail addresses: a name and a domain of the same shape, below `.example`, which nobody can register. Two addresses
//! never become the same.

use super::shape::reshaped;
use crate::keyed::Keyed;

/// Top-level domain that is reserved for examples.
const RESERVED: &str = "example";
/// A shorter one, reserved for tests.
const SHORT: &str = "test";

/// Another address, of at most `limit` characters if there is a limit that leaves room for one.
pub(super) fn readdressed(keyed: &Keyed, text: &str, limit: Option<usize>) -> String {
    let Some((name, domain)) = text.rsplit_once('@') else { return reshaped(keyed, "email", text) };
    let name = reshaped_in_lower_case(keyed, "email", name);
    let long = format!("{name}@{}", domain_of(keyed, domain));
    let fits = |address: &String| limit.is_none_or(|limit| address.chars().count() <= limit);
    if fits(&long) {
        return long;
    }
    // No room for `.example`: the last label makes way for a short one.
    let stem = domain.rsplit_once('.').map_or("x", |(stem, _)| stem);
    let short = format!("{name}@{}.{SHORT}", reshaped_in_lower_case(keyed, "domain", stem));
    if fits(&short) { short } else { reshaped(keyed, "email", text) }
}

/// A domain below the reserved one. It keeps its own last label as one more, so that no two domains become the same.
pub(super) fn domain_of(keyed: &Keyed, domain: &str) -> String {
    match domain.rsplit_once('.') {
        Some((stem, last)) => format!("{}.{last}.{RESERVED}", reshaped_in_lower_case(keyed, "domain", stem)),
        None => format!("{}.{RESERVED}", reshaped_in_lower_case(keyed, "domain", domain)),
    }
}

/// Case does not tell addresses apart, so it must not tell what they become apart either.
fn reshaped_in_lower_case(keyed: &Keyed, domain: &str, text: &str) -> String {
    let lower = text.to_lowercase();
    let made = reshaped(keyed, domain, &lower);
    if lower.chars().count() != text.chars().count() {
        return made;
    }
    let in_case = |(c, was): (char, char)| if was.is_uppercase() { c.to_uppercase().next().unwrap_or(c) } else { c };
    made.chars().zip(text.chars()).map(in_case).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::Secret;

    fn other(text: &str, limit: Option<usize>) -> String {
        readdressed(&Keyed::new(&Secret::new([1; 32])), text, limit)
    }

    #[test]
    fn an_address_stays_one_at_a_domain_that_nobody_has() {
        let made = other("anna.schmidt+news@mail.firm.org", None);
        assert!(made.ends_with(".org.example") && made.contains('.') && made.contains('+'), "{made}");
        assert!(!made.contains("anna") && !made.contains("firm"), "{made}");
        assert_eq!(other("ANNA.schmidt+news@mail.firm.org", None).to_lowercase(), made);
        assert_ne!(other("a@gmail.com", None), other("a@gmail.de", None));
    }

    #[test]
    fn a_limit_is_kept() {
        assert!(other("anna@firm.org", Some(20)).contains(".test"));
        assert!(other("anna@firm.org", Some(20)).len() <= 20);
        assert_eq!(other("anna@firm.org", Some(13)).len(), 13);
    }
}
