//! Values that look like secrets and are known to everybody: documentation's samples, sequences, `changeme`. A generated
//! program often carries one, and sometimes goes into service with it.

use super::measure::Measure;
use super::words::Words;

/// Parts of values that ask to be replaced.
#[rustfmt::skip]
static ASKING: Words<64> = Words::new([
    "changeme", "change_me", "change-me", "changeit", "change_it", "changethis", "change-this", "change_this",
    "replaceme", "replace_me", "replace-me", "replace_with", "replace-with", "replace_this", "your_", "your-",
    "yourpassword", "mypassw", "yoursecret", "yourkey", "yourtoken", "yourapi", "your api", "insert_", "insert-", "inserthere",
    "_here", "-here", "placeholder", "todo", "fixme", "to_be_", "tobechanged", "to-be-", "update_me", "updateme",
    "put_your", "enter_your", "set_me", "setme", "fill_me", "fillme", "fill_in", "example", "sample", "dummy",
    "redacted", "notreal", "not-real", "not_real", "fake", "do-not-use", "donotuse", "not-a-real", "xxxx",
    "secret-here", "password-here", "change in prod", "a-very-long", "a_very_long", "thisisasecret", "this-is-a-",
    "this_is_a_", "this is a ",
]);

/// Parts of values that programs are written with until they get a real one. As a password, people do choose them.
#[rustfmt::skip]
static COINED: Words<39> = Words::new([
    "my_secret", "my-secret", "my_super", "my-super", "mysupersecret", "supersecret", "super_secret", "super-secret",
    "secretkey", "secret_key", "secret-key", "some_secret", "some-secret", "somesecret", "very-secret", "verysecret",
    "insecure", "unsafe", "shhhh", "ssshhh", "s3cr3t-key", "dev-secret", "dev_secret", "development-secret",
    "test-secret", "test_secret", "mysecretkey", "my_api_key", "my-api-key", "myapikey", "api_key_", "api-key-",
    "apikey123", "token123", "secret123", "deadbeef", "cafebabe", "keyboard cat", "keyboard-cat",
]);

/// Whole values that documentation has made known, by their hashes: so none of them stands in this file.
#[rustfmt::skip]
const FAMOUS: &[u32] = &[
    // RFC 6749.
    0xfcd1_7dab, 0x8b00_e4c8, 0xb387_7a9b, 0x0b9a_312d, 0xada2_fdd5, 0xd8c5_d369, 0x88e1_5e09, 0x080b_3829,
    // RFC 6750.
    0xc9ce_c95f,
    // RFC 5849.
    0x3e87_0c1c, 0x4ca1_80de, 0x08dc_7824, 0x8743_49c8, 0x262c_7aae, 0x16e2_a740, 0x11fa_cb3a, 0x2fbf_8b5e, 0x9da2_f9e5, 0x686f_2046,
    // RFC 7617.
    0x7d44_300a, 0x0595_bce5, 0x701c_38c9,
    // RFC 7515 and JSON web tokens.
    0xe8fa_ca62,
    // Stripe's documentation.
    0xe972_e9a4, 0x1d14_fe37, 0x6e70_1be4,
    // user:pass, user:password, admin:admin, username:password in base64.
    0xebba_2d36, 0x4ae6_6bcd, 0x6e91_9cea, 0x8d03_0a0e,
    // Kubernetes' documentation.
    0x05be_6403,
];

/// Whether everybody knows the value of a key, a secret or a token.
pub(super) fn is_known(value: &[u8], measure: &Measure) -> bool {
    asks(value) || is_coined(value) || is_sequence(measure) || is_repetition(value) || is_famous(value)
}

fn is_coined(value: &[u8]) -> bool {
    COINED.any(value)
}

/// Whole values that documents, tests and samples put where a password goes. Somebody may have one of them for a
/// password, so they count for nothing only where a sample stands.
#[rustfmt::skip]
const STANDING_IN: &[&str] = &[
    "password", "passwd", "passw0rd", "pass", "pwd", "secret", "secret123", "s3cr3t", "s3cret", "test", "testing",
    "test123", "testpass", "testpassword", "mypass", "mypassword", "mysecret", "foo", "bar", "foobar", "example",
    "demo", "dummy", "guest", "vagrant", "incorrect", "wrong", "invalid", "wrongpass", "wrongpassword",
    "wrong-password", "wrong_password", "badpassword", "bad-password", "not-the-password", "public", "private",
    "changeit", "android", "username", "user", "xxx", "string", "hunter2",
];

/// Whether a value stands for a password in samples.
pub(super) fn stands_in(value: &[u8]) -> bool {
    STANDING_IN.iter().any(|it| value.eq_ignore_ascii_case(it.as_bytes()))
}

/// Whether a value asks to be replaced.
pub(super) fn asks(value: &[u8]) -> bool {
    ASKING.any(value)
}

/// `12345678`, `abcdefgh`, `0123456789abcdef`, `sk-1234567890`.
fn is_sequence(measure: &Measure) -> bool {
    measure.longest_walk >= 8 && measure.longest_walk * 3 >= measure.length
}

/// `aaaaaaaa`, `abcabcabcabc`, `12341234`.
fn is_repetition(value: &[u8]) -> bool {
    value.len() >= 8
        && (1..=value.len() / 3).any(|period| value.iter().zip(value.iter().skip(period)).all(|(a, b)| a == b))
}

fn is_famous(value: &[u8]) -> bool {
    let hash = value.iter().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    FAMOUS.contains(&hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(value: &str) -> bool {
        is_known(value.as_bytes(), &Measure::of(value.as_bytes()))
    }

    #[test]
    fn knows_samples_sequences_and_repetitions() {
        let sample = ["mF_9.", "B5f-4.", "1JqM"].concat();
        for value in [
            "changeme",
            "your-api-key",
            "sk-1234567890",
            "0123456789abcdef",
            "abcabcabcabc",
            "mysupersecretkey",
            &sample,
        ] {
            assert!(known(value), "{value}");
        }
        for value in ["hunter2", "xK9dlq2Pzzv", "correct horse", "a94a8fe5ccb19ba61c4c0873d391e987"] {
            assert!(!known(value), "{value}");
        }
    }
}
