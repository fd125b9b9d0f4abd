//! Words where a drawn value ought to be. `linkedin_share = "authentication"` has the fourteen letters of a client id,
//! and `datadogKey = datadogSecretKeyOfTeam` is one name for another.

use portcullis_patterns::{Matcher, Step};

/// Whether what was matched behind the word `word` is a name or a word of a language, and no drawn value.
pub(crate) fn is_words(pattern: &Matcher, value: &[u8], word: &[u8]) -> bool {
    if value.iter().any(u8::is_ascii_digit) {
        return draws(pattern) && is_row_of_words(value);
    }
    // Drawn letters change case at every second place, those of `someLongName` at every third or less.
    let few = if value.len() < LONG { value.len() / 4 } else { value.len() * 2 / 5 };
    names_again(value, word) || draws(pattern) && turns(value) < few
}

/// From how many bytes on a drawn value without a digit is so rare that a doubtful one counts as a name.
const LONG: usize = 32;

/// Whether a value is `words-between-dashes-v2`: most of it lies in words of one case.
fn is_row_of_words(value: &[u8]) -> bool {
    let parts = || value.split(|byte| matches!(byte, b'-' | b'_' | b'.'));
    let word = |part: &&[u8]| {
        part.len() > 2 && (part.iter().all(u8::is_ascii_lowercase) || part.iter().all(u8::is_ascii_uppercase))
    };
    let written: usize = parts().filter(word).map(<[u8]>::len).sum();
    parts().filter(word).count() > 2 && written * 3 > value.len() * 2
}

/// Whether the value holds the word again. `carbon-interface` and `carbonInterface` are the same word here.
fn names_again(value: &[u8], word: &[u8]) -> bool {
    let plain = |it: &[u8]| -> Vec<u8> {
        it.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect()
    };
    let (value, word) = (plain(value), plain(word));
    value.windows(word.len().max(1)).any(|it| it == word)
}

/// Whether a pattern asks for nothing but letters and digits in a row, as a generator draws them. A password may be a
/// word, but its rule allows more than letters and digits.
fn draws(pattern: &Matcher) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let Matcher::Steps(steps) = pattern else { return false };
    let [Step::Run { set, .. }] = steps.as_ref() else { return false };
    let holds = |byte: u8| set.get(usize::from(byte >> 6)).is_some_and(|word| word >> (byte & 63) & 1 != 0);
    (0..=u8::MAX).all(|byte| plain(byte) || !holds(byte)) && (b'0'..=b'9').all(holds)
}

/// How often upper and lower case change places. Among drawn letters of both they do at every second place.
fn turns(value: &[u8]) -> usize {
    let turn = |pair: &&[u8]| {
        matches!(pair, [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic()
            && a.is_ascii_lowercase() != b.is_ascii_lowercase())
    };
    value.windows(2).filter(turn).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(pattern: &str, value: &str) -> bool {
        is_words(&Matcher::build("r", pattern).unwrap(), value.as_bytes(), b"carbon-interface")
    }

    #[test]
    fn a_word_of_a_language_is_no_token() {
        assert!(words("[0-9a-z]{12,14}", "authentication"));
        assert!(words("[0-9A-Za-z_-]{20,40}", "PersonalizationServiceName"));
        assert!(words("[0-9A-Za-z]{20}", "INSUFFICIENTRESOURCE"));
        for drawn in ["q3rTnWpLxkvBsMhGdJfYcQaE", "qZrTnWpLxkvBsMhGdJfYcQaE"] {
            assert!(!words("[0-9A-Za-z]{24}", drawn), "{drawn}");
        }
    }

    #[test]
    fn a_name_of_a_program_is_no_token() {
        assert!(words("[0-9A-Za-z_-]{40}", "setAsyncLocalStorageAsyncContextStrategy"));
        assert!(words("[0-9A-Za-z_-]{40}", "fixture-vite-plugin-cloudflare-e2e-valid"));
        assert!(!words("[0-9A-Za-z_-]{40}", "q3Zr-8TnW0pLx_kvBsMhGdJfYcQaE-rtnwpl-abc"));
    }

    #[test]
    fn another_name_for_the_same_is_no_value() {
        assert!(words("[0-9A-Za-z]{21}", "CarbonInterfaceAPIKey"));
        assert!(words("[!-~]{8,40}", "carbon_interface_password"));
        assert!(!words("[0-9A-Za-z_]{28}", "carbon_interface_q3Zr8TnW0pLx"));
    }

    #[test]
    fn a_password_may_be_a_word() {
        assert!(!words("[!-~]{8,40}", "correcthorsebattery"));
        assert!(!words("(?:[a-z]{4} ){3}[a-z]{4}", "abcd efgh qrst wxyz"));
    }
}
