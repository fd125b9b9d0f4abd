//! Values that only show the form: `xxxxxxxx`, `1234567890`, `YOUR_TOKEN_HERE`.

/// Words that a generated value does not hold by chance.
const WORDS: [&[u8]; 16] = [
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
];

/// How the UUID begins that documentation shows.
const SHOWN: &[u8] = b"123e4567-e89b";

/// So many of the same byte, or of bytes that follow each other, do not occur by chance. In a long value that holds
/// structure they do: base64 writes four zero bytes as `AAAAAA`.
const RUN: usize = 6;

/// In a long value a run has to be one of so many parts of it.
const PARTS: usize = 16;

/// What speaks against a value that has the form of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// Nothing.
    None,
    /// Somebody ran over the keys: `1234567890abcdef`. Whether it opens something nobody can tell by looking.
    Typed,
    /// It asks to be replaced, or repeats itself: it opens nothing.
    Placeholder,
}

/// What speaks against a value.
pub(crate) fn doubt(value: &[u8]) -> Doubt {
    let (repeats, walks) = runs(value);
    if repeats || has_few_characters(value) || has_word(value) {
        Doubt::Placeholder
    } else if walks || value.windows(SHOWN.len()).any(|window| window.eq_ignore_ascii_case(SHOWN)) {
        Doubt::Typed
    } else {
        Doubt::None
    }
}

fn has_word(value: &[u8]) -> bool {
    WORDS.iter().any(|word| value.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word)))
}

/// Whether a value holds repeats such as `aaaaaa`, and whether it holds rows such as `abcdef`, `AbCdEf`, `987654`.
fn runs(value: &[u8]) -> (bool, bool) {
    let (mut repeats, mut walks) = (false, false);
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
            repeats |= step == 0;
            walks |= step != 0;
        }
    }
    (repeats, walks)
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
        for dummy in ["ghp_xxxxxxxxxxxxxxxxxxxx", "AKIAIOSFODNN7EXAMPLE", "your_api_key", "abababababababab"] {
            assert_eq!(doubt(dummy.as_bytes()), Doubt::Placeholder, "{dummy}");
        }
        for typed in ["sk_12345678", "zyxwvuts", "AbCdEfGhIj", "123e4567-e89b-12d3-a456-426614174000"] {
            assert_eq!(doubt(typed.as_bytes()), Doubt::Typed, "{typed}");
        }
        for real in ["q9Zr3TnW0pLx", "0a1b9c8d7e6f5a4b", "abcdef0192837465", "aoaAAAAAGq9"] {
            assert_eq!(doubt(real.as_bytes()), Doubt::None, "{real}");
        }
    }

    #[test]
    fn a_long_value_may_hold_zeros() {
        let long = format!("{}AAAAAAAA{}", "q9Zr3TnW0pLx".repeat(12), "k4Vd8".repeat(12));
        assert_eq!(doubt(long.as_bytes()), Doubt::None);
        assert_eq!(doubt(&long.as_bytes()[130..]), Doubt::Placeholder);
        assert_eq!(doubt("x".repeat(300).as_bytes()), Doubt::Placeholder);
    }
}
