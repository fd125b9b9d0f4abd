//! Private keys of Ethereum and its kin: a number below the order of the curve. Nothing in it proves that it is one, but
//! some numbers can't be one, and some belong to the accounts that every development network opens with.

use super::{Proof, Verdict};
use sha2::{Digest as _, Sha256};

pub(super) const PROOF: Proof = Proof { name: "ethereum-key", judge, complete: None };

/// The order of secp256k1.
const ORDER: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xBA, 0xAE, 0xDC,
    0xE6, 0xAF, 0x48, 0xA0, 0x3B, 0xBF, 0xD2, 0x5E, 0x8C, 0xD0, 0x36, 0x41, 0x41,
];

/// The accounts of Hardhat and Anvil, then those of Ganache: how the SHA-256 of each key begins. Both tools print the
/// keys when they start.
const SHARED: [u64; 20] = [
    0x5989_1c96_881d_fbcf,
    0xbca4_c2c0_761d_850f,
    0x193a_e84c_4c95_67c2,
    0xe25a_680e_ff8b_aac7,
    0x6718_ba89_6616_1cc8,
    0xac29_b373_5d1b_5718,
    0x93e3_72c6_7f72_38fa,
    0x59ad_99d5_6555_7cc0,
    0x2d18_31e8_00ec_18fe,
    0x2506_1aad_2bb0_9178,
    0x433b_2e1d_fcf0_7cc1,
    0xa508_8b88_526d_fdbe,
    0xb314_6d64_2538_d280,
    0x34ec_71e1_4ead_f154,
    0xcf5f_090e_f5ad_175d,
    0x0bf5_8c49_4765_0475,
    0x3407_c189_0d71_9a17,
    0xc065_f5ff_b9bb_9a19,
    0x4a95_cb3b_a84e_c644,
    0x7ebf_8ed1_e0c2_4a0a,
];

fn judge(value: &[u8]) -> Verdict {
    let digits = value.strip_prefix(b"0x").unwrap_or(value);
    let key: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
    match key {
        Some(key)
            if key.len() == 32 && key.iter().any(|byte| *byte != 0) && key[..] < ORDER[..] && !is_shared(&key) =>
        {
            Verdict::Fits
        }
        Some(_) | None => Verdict::Refuted,
    }
}

fn byte(digits: &[u8]) -> Option<u8> {
    let digit = |it: u8| char::from(it).to_digit(16).and_then(|it| u8::try_from(it).ok());
    match digits {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    }
}

fn is_shared(key: &[u8]) -> bool {
    let digest = Sha256::digest(key);
    let start = digest.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    SHARED.contains(&start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_number_below_the_order_of_the_curve() {
        let key = "4c0883a69102937d6231471b5dbb6204fe51296170827936ea5cce4b76994b0";
        assert_eq!(judge(format!("{key}1").as_bytes()), Verdict::Fits);
        assert_eq!(judge(format!("0x{key}1").as_bytes()), Verdict::Fits);
        assert_eq!(judge(key.as_bytes()), Verdict::Refuted);
        assert_eq!(judge("0".repeat(64).as_bytes()), Verdict::Refuted);
        assert_eq!(judge("f".repeat(64).as_bytes()), Verdict::Refuted);
        assert_eq!(judge("g".repeat(64).as_bytes()), Verdict::Refuted);
    }

    #[test]
    fn the_accounts_of_every_development_network_are_no_secret() {
        let first = ["ac0974bec39a17e36ba4a6b4d238ff94", "4bacb478cbed5efcae784d7bf4f2ff80"].concat();
        assert_eq!(judge(first.as_bytes()), Verdict::Refuted);
        assert_eq!(judge(first.replace("ac09", "ac08").as_bytes()), Verdict::Fits);
    }
}
