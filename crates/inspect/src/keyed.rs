//! One-way functions of a key: what they give tells nothing about the key or the input, and nobody without the key can
//! predict it.

use hmac::{Hmac, KeyInit as _, Mac as _};
use portcullis_event::Secret;
use sha2::Sha256;
use std::fmt;

/// A key that values are mixed with. It keeps a state derived from the key, which is wiped on drop.
#[derive(Clone)]
pub(crate) struct Keyed(Hmac<Sha256>);

impl fmt::Debug for Keyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Keyed {
    pub(crate) fn new(key: &Secret<[u8; 32]>) -> Self {
        // HMAC pads a key with zeros to the size of a block. Done here, it can't fail.
        let mut block = [0; 64];
        block.iter_mut().zip(key.expose()).for_each(|(to, from)| *to = *from);
        let block = Secret::new(block);
        Self(Hmac::new(block.expose().into()))
    }

    /// A code for `parts`, which are told apart wherever one ends. Each use has a `domain` of its own, so that what one
    /// use reveals says nothing about another.
    pub(crate) fn code(&self, domain: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in [domain.as_bytes()].iter().chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// The first 128 bits of [`Keyed::code`] as a number.
    pub(crate) fn number(&self, domain: &str, parts: &[&[u8]]) -> u128 {
        let code = self.code(domain, parts);
        code.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_domain_and_each_part_matter() {
        let keyed = |key: u8| Keyed::new(&Secret::new([key; 32]));
        let one = keyed(1).number("a", &[b"bc", b"d"]);
        assert_eq!(one, keyed(1).number("a", &[b"bc", b"d"]));
        let others = [
            keyed(2).number("a", &[b"bc", b"d"]),
            keyed(1).number("ab", &[b"c", b"d"]),
            keyed(1).number("a", &[b"b", b"cd"]),
            keyed(1).number("a", &[b"bcd"]),
        ];
        assert!(others.iter().all(|other| *other != one));
        assert_eq!(format!("{:?}", keyed(1)), "[redacted]");
    }

    #[test]
    fn the_code_is_that_of_the_standard() {
        let mut mac = Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap();
        mac.update(&[0, 0, 0, 0, 0, 0, 0, 1, b'd', 0, 0, 0, 0, 0, 0, 0, 2, b'x', b'y']);
        let expected: [u8; 32] = mac.finalize().into_bytes().into();
        assert_eq!(Keyed::new(&Secret::new([7; 32])).code("d", &[b"xy"]), expected);
    }
}
