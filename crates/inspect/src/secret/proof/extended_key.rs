//! Extended keys (BIP-32): four bytes that name the network and the sort, a path, a chain code and a key; in base58 with
//! a checksum.

use super::{Proof, Verdict, base58};
use sha2::{Digest as _, Sha256};

pub(super) const PROOF: Proof = Proof { name: "bip32", judge, complete: Some(complete) };

/// Length without the checksum.
const LENGTH: usize = 78;

/// Where the key stands. A private one begins with a zero, a public one with two or three.
const KEY: usize = 45;

fn judge(value: &[u8]) -> Verdict {
    let bytes = base58::checked(value).filter(|bytes| bytes.len() == LENGTH);
    match bytes.as_ref().and_then(|bytes| bytes.get(KEY)) {
        Some(0 | 2 | 3) => Verdict::Proven,
        Some(_) | None => Verdict::Refuted,
    }
}

/// A key of the sort that the last four letters name, made of what stands before it.
fn complete(before: &str) -> Option<String> {
    let (network, first) = match before.get(before.len().checked_sub(4)?..)? {
        "xprv" => (0x0488_ADE4_u32, 0),
        "tprv" => (0x0435_8394, 0),
        "zprv" => (0x04B2_430C, 0),
        "xpub" => (0x0488_B21E, 2),
        _ => return None,
    };
    let (chain, key) = (Sha256::digest(before), Sha256::digest(Sha256::digest(before)));
    let path = [0; 9];
    let bytes = [&network.to_be_bytes()[..], &path, chain.as_slice(), &[first], key.as_slice()].concat();
    base58::with_checksum(bytes).get(4..).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proves_private_and_public_keys() {
        for sort in ["xprv", "tprv", "zprv", "xpub"] {
            let key = format!("{sort}{}", complete(sort).unwrap());
            assert_eq!((key.len(), judge(key.as_bytes())), (111, Verdict::Proven), "{sort}");
            assert_eq!(judge(key.replace("prv", "prw").replace("pub", "puc").as_bytes()), Verdict::Refuted);
        }
        assert_eq!(judge(base58::with_checksum(vec![4; 78]).as_bytes()), Verdict::Refuted);
    }
}
