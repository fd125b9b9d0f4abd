//! The seal on a row: an HMAC under a key of the user's state. Whoever has no key can neither write a row that counts, nor change
//! one, nor put the state of one ticket into the row of another.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt;

const DOMAIN: &[u8] = b"portcullis approvals row 1\0";

/// The key of all seals.
pub(crate) struct Key([u8; BLOCK]);

/// What SHA-256 takes at once. HMAC fills a shorter key up with zeros.
const BLOCK: usize = 64;

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Key {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        let mut block = [0; BLOCK];
        block.iter_mut().zip(key).for_each(|(place, byte)| *place = byte);
        Self(block)
    }

    /// The seal of these parts.
    pub(crate) fn seal(&self, parts: &[&[u8]]) -> Vec<u8> {
        self.mac(parts).finalize().into_bytes().to_vec()
    }

    /// Whether these parts were sealed with this key. Compared in constant time.
    pub(crate) fn fits(&self, parts: &[&[u8]], seal: &[u8]) -> bool {
        self.mac(parts).verify_slice(seal).is_ok()
    }

    fn mac(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(&self.0.into());
        mac.update(DOMAIN);
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_fits_its_own_parts_and_key_only() {
        let key = Key::new([1; 32]);
        let seal = key.seal(&[b"ab", b"c"]);
        assert!(key.fits(&[b"ab", b"c"], &seal));
        let others: [&[&[u8]]; 4] = [&[b"a", b"bc"], &[b"abc"], &[b"ab", b"c", b""], &[]];
        assert!(others.iter().all(|parts| !key.fits(parts, &seal)));
        assert!(!Key::new([2; 32]).fits(&[b"ab", b"c"], &seal));
        assert!(!key.fits(&[b"ab", b"c"], &[]) && !key.fits(&[b"ab", b"c"], &[0; 32]));
        assert_eq!(format!("{key:?}"), "[redacted]");
    }
}
