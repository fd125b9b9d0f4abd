//! Whether somebody thought a value up, or a program drew it.

use super::measure::Measure;

/// Nobody can tell of a shorter value.
const SHORT: usize = 10;

/// So much of the letters lies in words where somebody thought them up, in percent. By chance some of any letters do.
const WORDS: usize = 50;

/// And so rarely follow its characters each other, in twelfths of a bit per character: drawn ones reach 75 and more.
const SURPRISE: usize = 65;

/// Whether a value is too short to tell, reads as words, or runs over the keys. `s3cr3t` is a word too.
pub(super) fn is_typed(value: &[u8]) -> bool {
    let measure = Measure::of(value);
    if value.len() < SHORT || measure.longest_walk * 2 >= value.len() {
        return true;
    }
    let is_number = value.iter().all(u8::is_ascii_hexdigit) && measure.digits > 0;
    !is_number && measure.digits * 2 < value.len() && (reads(&measure) || reads(&Measure::of(&spelled(value))))
}

/// Whether a value reads as words.
fn reads(measure: &Measure) -> bool {
    measure.covered >= WORDS && measure.surprise <= SURPRISE
}

/// The value with letters where digits and signs stand for some.
fn spelled(value: &[u8]) -> Vec<u8> {
    let letter = |byte: &u8| match byte {
        b'0' => b'o',
        b'1' | b'!' => b'i',
        b'3' => b'e',
        b'4' | b'@' => b'a',
        b'5' | b'$' => b's',
        b'7' => b't',
        other => other.to_ascii_lowercase(),
    };
    value.iter().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_think_up_is_told_from_what_is_drawn() {
        for typed in
            ["hunter2", "s00pers3cret", "correct horse", "Summer2024!", "1234567890", "learnboost", "p@ssw0rd1!"]
        {
            assert!(is_typed(typed.as_bytes()), "{typed}");
        }
        for drawn in [
            "3e2813b7ba0b4006840c3825860b86ed",
            "HW9bB6oYWJywz6mAN_KyIBXlof15Pk",
            "qX7vLw2PzRk9",
            "DmbslfLvqsjdlxwq",
            "9775a026f1ca7d1c6c5af9d94d9595a4",
        ] {
            assert!(!is_typed(drawn.as_bytes()), "{drawn}");
        }
    }
}
