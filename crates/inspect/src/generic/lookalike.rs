//! Values that look like secrets and are known to everybody: documentation's samples, sequences, `changeme`. A generated
//! program often carries one, and sometimes goes into service with it.

use super::measure::Measure;
use super::view::holds;

/// Parts of values that ask to be replaced.
const ASKING: &[&str] = &[
    "changeme", "change_me", "change-me", "changeit", "change_it", "changethis", "change-this", "change_this", "replaceme", "replace_me", "replace-me",
    "replace_with", "replace-with", "replace_this", "your_", "your-", "yourpassword", "yoursecret", "yourkey", "yourtoken", "yourapi", "your api",
    "insert_", "insert-", "inserthere", "_here", "-here", "placeholder", "todo", "fixme", "to_be_", "tobechanged", "to-be-", "update_me", "updateme",
    "put_your", "enter_your", "set_me", "setme", "fill_me", "fillme", "fill_in", "my_secret", "my-secret", "my_super", "my-super", "mysupersecret",
    "supersecret", "super_secret", "super-secret", "secretkey", "secret_key", "secret-key", "some_secret", "some-secret", "somesecret", "very-secret", "verysecret",
    "example", "sample", "dummy", "redacted", "notreal", "not-real", "not_real", "fake", "do-not-use", "donotuse", "not-a-real", "insecure", "unsafe",
    "xxxx", "secret-here", "password-here", "keyboard cat", "keyboard-cat", "shhhh", "ssshhh", "s3cr3t-key", "change in prod", "dev-secret", "dev_secret",
    "development-secret", "test-secret", "test_secret", "mysecretkey", "my_api_key", "my-api-key", "myapikey", "api_key_", "api-key-", "apikey123", "token123",
    "secret123", "deadbeef", "cafebabe", "a-very-long", "a_very_long", "thisisasecret", "this-is-a-", "this_is_a_", "this is a ",
];

/// Whole values that samples of documentation have made known; compared by a hash, so that none stands here.
const FAMOUS: &[u32] = &[];

/// Whether everybody knows a value.
pub(super) fn is_known(value: &[u8], measure: &Measure) -> bool {
    asks(value) || is_sequence(measure) || is_repetition(value) || is_famous(value)
}

/// Whether a value asks to be replaced.
pub(super) fn asks(value: &[u8]) -> bool {
    ASKING.iter().any(|it| holds(value, it))
}

/// `12345678`, `abcdefgh`, `0123456789abcdef`, `sk-1234567890`.
fn is_sequence(measure: &Measure) -> bool {
    measure.longest_walk >= 8 && measure.longest_walk * 3 >= measure.length
}

/// `aaaaaaaa`, `abcabcabcabc`, `12341234`.
fn is_repetition(value: &[u8]) -> bool {
    value.len() >= 8 && (1..=value.len() / 3).any(|period| value.iter().zip(value.iter().skip(period)).all(|(a, b)| a == b))
}

fn is_famous(value: &[u8]) -> bool {
    let hash = value.iter().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    FAMOUS.contains(&hash)
}
