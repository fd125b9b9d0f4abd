//! Private keys as wallets write them (WIF): a byte for the network, 32 bytes of key, and a one if the public key is
//! written short; in base58 with a checksum.

use super::{Proof, Verdict, base58};
use sha2::{Digest as _, Sha256};

pub(super) const PROOF: Proof = Proof { name: "wif", judge, complete: Some(complete) };

/// Bitcoin, its test networks, Litecoin, Dogecoin, Dash.
const NETWORKS: [u8; 5] = [0x80, 0xEF, 0xB0, 0x9E, 0xCC];

fn judge(value: &[u8]) -> Verdict {
    let bytes = base58::checked(value);
    match bytes.as_deref() {
        Some([network, key @ ..])
            if NETWORKS.contains(network) && (key.len() == 32 || matches!(key, [.., 1] if key.len() == 33)) =>
        {
            Verdict::Proven
        }
        Some(_) | None => Verdict::Refuted,
    }
}

/// A key of the main network, made of what stands before it.
#[expect(clippy::unnecessary_wraps, reason = "some proofs can not be completed")]
fn complete(before: &str) -> Option<String> {
    let key = Sha256::digest(before.as_bytes());
    Some(base58::with_checksum([&[0x80], key.as_slice(), &[1]].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proves_a_key_and_nothing_else_in_base58() {
        let key = complete("seed").unwrap();
        assert_eq!((key.len(), judge(key.as_bytes())), (52, Verdict::Proven));
        let long = base58::with_checksum([vec![0x80], vec![7; 32]].concat());
        assert_eq!((long.len(), judge(long.as_bytes())), (51, Verdict::Proven));
        assert_eq!(judge(&key.as_bytes()[..51]), Verdict::Refuted);
        let address = base58::with_checksum([vec![0x00], vec![7; 20]].concat());
        assert_eq!(judge(address.as_bytes()), Verdict::Refuted);
    }
}
