//! Values that stand in manuals and ship with tools: the account keys of Azure's emulators, the sample of jwt.io, keys
//! of public demonstrations. They have the form of a credential and open nothing that is anybody's own.

/// FNV-1a of each, so that none of them stands here.
const VALUES: [u64; 32] = [
    // The storage emulator and the Cosmos DB emulator of Azure.
    0x3f9d_1c99_6e62_0b67,
    0x9f19_20c6_cd48_4714,
    // Keys of the test account in Stripe's documentation.
    0xddd1_9c48_6d09_5d84,
    0x67e7_33c2_f903_5757,
    0x9cba_2b6f_12fd_10a4,
    // The seed that manuals of one-time passwords are written with.
    0xd1d4_07fe_9b0d_9c34,
    // Signatures of the tokens that jwt.io shows.
    0xbf0a_2628_ec81_cd01,
    0x5884_04f9_5ee9_0ce0,
    0x7513_7172_ec4a_8ffd,
    0x7104_c3e0_a30b_f2a0,
    // Secrets of clients that are installed on any computer: gcloud and the command line of GitHub.
    0xeacf_5f66_b85c_cd0c,
    0x9bff_7ff7_08d8_236c,
    0xe093_8960_7336_8ea7,
    // Keys of Google's samples and demonstrations.
    0xadbd_04e3_fe1b_6d49,
    0x816c_d10f_db11_ead0,
    0x294c_63f8_344d_5df1,
    0x6835_e0f2_8883_2a40,
    0x8288_18f8_3325_7868,
    0x1211_3c2e_6979_f447,
    0x6acb_d824_bd32_bbd4,
    0xc73f_1e61_952e_6987,
    0x515c_b771_a423_8032,
    0xe754_678e_a2b1_4ef1,
    0x29a3_36c7_244f_48dd,
    0xe766_6dbb_286c_6c2e,
    0x08b5_4596_2adc_7d8b,
    0xdb94_22f1_dd33_2dcc,
    0x99b2_7263_46a1_e92a,
    // Passwords in the manual of NuGet.
    0x4155_0317_7a5c_10e1,
    0x1a3e_1c90_ee66_98a0,
    0xdd9b_f14f_ceac_02df,
    // The token in the manual of kubeadm.
    0x4305_022a_e10b_1818,
];

/// How the claims of jwt.io's sample begin: subject 1234567890, name John Doe.
const SAMPLE_CLAIMS: &[u8] = b"eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9l";

/// Whether a value is printed for everybody to read.
pub(crate) fn is_published(value: &[u8]) -> bool {
    let last = value.rsplit(|byte| *byte == b'.').next().unwrap_or(value);
    VALUES.contains(&hash(value)) || VALUES.contains(&hash(last)) || is_sample_token(value)
}

fn is_sample_token(value: &[u8]) -> bool {
    value.starts_with(b"ey") && value.split(|byte| *byte == b'.').nth(1).is_some_and(|it| it.starts_with(SAMPLE_CLAIMS))
}

fn hash(value: &[u8]) -> u64 {
    value.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_key_of_the_storage_emulator() {
        let halves = ["Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6", "IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="];
        assert!(is_published(halves.concat().as_bytes()));
        assert!(!is_published(halves[0].as_bytes()));
    }

    #[test]
    fn knows_the_sample_of_jwt_io_whatever_signs_it() {
        let token = |claims: &str| format!("eyJhbGciOiJIUzI1NiJ9.{claims}.q9Zr3TnW0pLx").into_bytes();
        assert!(is_published(&token(&format!("{}IiwiaWF0Ijox", str::from_utf8(SAMPLE_CLAIMS).unwrap()))));
        assert!(!is_published(&token("eyJzdWIiOiI0OTEzIn0")));
    }
}
