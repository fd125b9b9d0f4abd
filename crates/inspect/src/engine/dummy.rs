//! Values that only show the form: `xxxxxxxx`, `1234567890`, `YOUR_TOKEN_HERE`.

/// Words that a generated value does not hold by chance.
const WORDS: [&[u8]; 17] = [
    b"example",
    b"placeholder",
    b"changeme",
    b"change_me",
    b"replace",
    b"redacted",
    b"insert",
    b"your_",
    b"your-",
    b"yourtoken",
    b"yourkey",
    b"secrethere",
    b"tokenhere",
    b"keyhere",
    b"dummy",
    b"notreal",
    // The UUID that documentation shows.
    b"123e4567-e89b",
];

/// So many of the same byte, or of bytes that follow each other, do not occur by chance. In a long value that holds
/// structure they do: base64 writes four zero bytes as `AAAAAA`.
const RUN: usize = 6;

/// In a long value a run has to be one of so many parts of it.
const PARTS: usize = 16;

/// Whether a value only shows the form of one.
pub(crate) fn is_dummy(value: &[u8]) -> bool {
    has_run(value) || has_few_characters(value) || has_word(value)
}

fn has_word(value: &[u8]) -> bool {
    WORDS.iter().any(|word| value.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word)))
}

/// `aaaaaa`, `abcdef`, `AbCdEf`, `987654`.
fn has_run(value: &[u8]) -> bool {
    let longest = RUN.max(value.len() / PARTS);
    let mut run = (0_i16, 1_usize);
    for pair in value.windows(2) {
        let [a, b] = pair else { continue };
        let step = i16::from(b.to_ascii_lowercase()) - i16::from(a.to_ascii_lowercase());
        // `aA` is no repeat: only in a row of letters does case not matter.
        let counts = (step.abs() == 1 || a == b) && a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric();
        run = if counts && step == run.0 { (step, run.1 + 1) } else { (step, if counts { 2 } else { 1 }) };
        // A row of letters or digits is longer by chance than a repeat: `abcdef` is hexadecimal.
        if run.1 >= if step == 0 { longest } else { longest + 2 } {
            return true;
        }
    }
    false
}

fn has_few_characters(value: &[u8]) -> bool {
    let mut seen = [false; 256];
    for byte in value {
        if let Some(seen) = seen.get_mut(usize::from(*byte)) {
            *seen = true;
        }
    }
    let different = seen.iter().filter(|seen| **seen).count();
    value.len() >= 16 && different < 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_people_write_instead_of_a_value() {
        for dummy in [
            "ghp_xxxxxxxxxxxxxxxxxxxx",
            "sk_12345678",
            "AKIAIOSFODNN7EXAMPLE",
            "your_api_key",
            "abababababababab",
            "zyxwvuts",
            "AbCdEfGhIj",
            "123e4567-e89b-12d3-a456-426614174000",
        ] {
            assert!(is_dummy(dummy.as_bytes()), "{dummy}");
        }
        for real in ["q9Zr3TnW0pLx", "0a1b9c8d7e6f5a4b", "abcdef0192837465", "aoaAAAAAGq9"] {
            assert!(!is_dummy(real.as_bytes()), "{real}");
        }
    }

    #[test]
    fn a_long_value_may_hold_zeros() {
        let long = format!("{}AAAAAAAA{}", "q9Zr3TnW0pLx".repeat(12), "k4Vd8".repeat(12));
        assert!(!is_dummy(long.as_bytes()));
        assert!(is_dummy(&long.as_bytes()[130..]) && is_dummy("x".repeat(300).as_bytes()));
    }
}
