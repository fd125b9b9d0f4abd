//! Numbers that carry a check of their own: payment cards, bank accounts, numbers that a state gives to people. They stay
//! valid, and two of them never become the same.

use super::shape::reshaped;
use crate::keyed::Keyed;

/// A check that a number carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    /// The last digit, by Luhn's rule: cards, and the numbers of many countries.
    Luhn,
    /// The third and fourth character of an IBAN, modulo 97.
    Iban,
    /// The last digit, by ISO 7064 MOD 11,10: the German tax number.
    Mod11And10,
    /// The last letter, by the remainder modulo 23: the Spanish DNI and NIE.
    Mod23Letter,
    /// The last digit, by weights and modulo 11: the Dutch BSN.
    ElevenProof,
    /// The last digit, by weights and modulo 11: the number of the British health service.
    Nhs,
    /// The last digit, by weights and modulo 10: the Polish PESEL.
    Pesel,
    /// The last two digits, 97 less the remainder modulo 97: the French and the Belgian number.
    Minus97,
    /// The last two digits, each by weights and modulo 11: the Brazilian CPF.
    Cpf,
}

/// Checks of numbers that a state gives to people, those with the fewest numbers that pass by chance first.
const OF_PEOPLE: &[Check] = &[
    Check::Minus97,
    Check::Cpf,
    Check::Mod23Letter,
    Check::Mod11And10,
    Check::ElevenProof,
    Check::Nhs,
    Check::Pesel,
    Check::Luhn,
];

/// Another card number of the same brand, with a valid check digit if it had one.
pub(super) fn card(keyed: &Keyed, text: &str) -> String {
    if !is_card(text) {
        return reshaped(keyed, "card", text);
    }
    remade(keyed, "card", text, &compact(text), Check::Luhn, 1)
}

/// Whether a text is the number of a card, with a valid check digit. One shorter number in ten passes the check by chance.
pub(super) fn is_card(text: &str) -> bool {
    let digits = compact(text);
    (12..=19).contains(&digits.len()) && Check::Luhn.holds(&digits)
}

/// Whether a text is the number of a bank account, with valid check digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() <= 42 && Check::Iban.holds(&compact(text))
}

/// Another bank account of the same country, with valid check digits if it had them.
pub(super) fn account(keyed: &Keyed, text: &str) -> String {
    let compact = compact(text);
    if !Check::Iban.holds(&compact) {
        return reshaped(keyed, "account", text);
    }
    remade(keyed, "account", text, &compact, Check::Iban, 4)
}

/// Another number of a person, with a valid check of the same sort if it had one.
pub(super) fn of_person(keyed: &Keyed, text: &str) -> String {
    let compact = compact(text);
    match OF_PEOPLE.iter().find(|check| check.holds(&compact)) {
        Some(check) => remade(keyed, "person", text, &compact, *check, 0),
        None => reshaped(keyed, "person", text),
    }
}

/// Reshapes what is checked, puts the check in, and puts the separators of `text` back.
fn remade(keyed: &Keyed, domain: &str, text: &str, compact: &str, check: Check, kept: usize) -> String {
    let (prefix, body, tail) = check.parts(compact, kept);
    // What the check leaves over is made into another one until there is a check for it; the last number is the number
    // itself, so an end comes at the latest when all of a cycle was walked.
    let mut made_body = reshaped(keyed, domain, body);
    let mut made = check.with(prefix, &made_body, tail.len());
    for _ in 0..1000 {
        if made.is_some() {
            break;
        }
        made_body = reshaped(keyed, domain, &made_body);
        made = check.with(prefix, &made_body, tail.len());
    }
    let made = made.unwrap_or_else(|| compact.to_owned());
    let mut next = made.chars();
    text.chars().map(|c| if c.is_ascii_alphanumeric() { next.next().unwrap_or(c) } else { c }).collect()
}

fn compact(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

fn digits(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|c| c.to_digit(10)).collect()
}

impl Check {
    /// Whether a text has the length and the characters that the check is for, and passes it.
    fn holds(self, compact: &str) -> bool {
        let (prefix, body, tail) = self.parts(compact, 0);
        self.is_for(compact)
            && self.with(prefix, body, tail.len()).is_some_and(|made| made.eq_ignore_ascii_case(compact))
    }

    fn is_for(self, compact: &str) -> bool {
        let all_digits = compact.bytes().all(|it| it.is_ascii_digit());
        let length = compact.len();
        match self {
            Self::Luhn => all_digits && matches!(length, 9 | 10 | 12..=19),
            Self::Iban => {
                let starts = compact.bytes().take(2).all(|it| it.is_ascii_alphabetic());
                starts && (15..=34).contains(&length) && compact.bytes().skip(2).take(2).all(|it| it.is_ascii_digit())
            }
            Self::Mod11And10 | Self::Pesel | Self::Cpf => all_digits && length == 11,
            Self::Mod23Letter => {
                let (first, last) = (compact.chars().next(), compact.chars().next_back());
                let is_start = first.is_some_and(|c| c.is_ascii_digit() || "XYZxyz".contains(c));
                let middle = compact.get(1..8).is_some_and(|it| it.bytes().all(|it| it.is_ascii_digit()));
                length == 9 && is_start && middle && last.is_some_and(|c| c.is_ascii_alphabetic())
            }
            Self::ElevenProof => all_digits && length == 9,
            Self::Nhs => all_digits && length == 10,
            Self::Minus97 => all_digits && matches!(length, 11 | 15),
        }
    }

    /// What stays, what is reshaped, and what is computed. `kept` characters stay at the start if the check does not say
    /// which.
    fn parts(self, compact: &str, kept: usize) -> (&str, &str, &str) {
        let tail = match self {
            Self::Luhn | Self::Mod11And10 | Self::Mod23Letter | Self::ElevenProof | Self::Nhs | Self::Pesel => 1,
            Self::Minus97 | Self::Cpf => 2,
            Self::Iban => 0,
        };
        let kept = match self {
            Self::Iban => 4,
            // The letter that a foreigner's number begins with.
            Self::Mod23Letter => usize::from(compact.starts_with(|c: char| c.is_ascii_alphabetic())),
            // The first digit says man or woman, or the century.
            Self::Minus97 if compact.len() == 15 => 1,
            Self::Luhn | Self::Mod11And10 | Self::ElevenProof | Self::Nhs | Self::Pesel | Self::Minus97 | Self::Cpf => {
                kept
            }
        };
        let (front, tail) = compact.split_at_checked(compact.len().saturating_sub(tail)).unwrap_or((compact, ""));
        let (prefix, body) = front.split_at_checked(kept).unwrap_or(("", front));
        (prefix, body, tail)
    }

    /// The whole with its check, if there is one for these characters.
    fn with(self, prefix: &str, body: &str, tail: usize) -> Option<String> {
        let front = format!("{prefix}{body}");
        let weighed = |digits: &[u32], weights: &[u32]| {
            digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum::<u32>()
        };
        let one = |digit: u32| char::from_digit(digit, 10).map(|c| format!("{front}{c}"));
        match self {
            Self::Luhn => {
                let doubled = |(place, digit): (usize, &u32)| {
                    if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { *digit }
                };
                let sum: u32 = digits(&front)?.iter().rev().enumerate().map(doubled).sum();
                one((10 - sum % 10) % 10)
            }
            Self::Iban => {
                let country = prefix.get(..2)?;
                let rest = remainder(&format!("{body}{country}00"), 97)?;
                Some(format!("{country}{:02}{body}", 98 - rest))
            }
            Self::Mod11And10 => {
                let product = digits(&front)?.iter().fold(10, |product, digit| {
                    let sum = (digit + product) % 10;
                    (if sum == 0 { 10 } else { sum }) * 2 % 11
                });
                one((11 - product) % 10)
            }
            Self::Mod23Letter => {
                let number = front.to_ascii_uppercase().replace('X', "0").replace('Y', "1").replace('Z', "2");
                let place = usize::try_from(number.parse::<u32>().ok()? % 23).ok()?;
                Some(format!("{front}{}", "TRWAGMYFPDXBNJZSQVHLCKE".chars().nth(place)?))
            }
            Self::ElevenProof => {
                one(weighed(&digits(&front)?, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11).filter(|it| it.len() == 9)
            }
            Self::Nhs => one((11 - weighed(&digits(&front)?, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11),
            Self::Pesel => one((10 - weighed(&digits(&front)?, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10),
            Self::Minus97 => {
                debug_assert_eq!(tail, 2, "the check has two digits");
                Some(format!("{front}{:02}", 97 - remainder(&front, 97)?))
            }
            Self::Cpf => {
                let mut all = digits(&front)?;
                for first_weight in [10, 11] {
                    let weights: Vec<u32> = (2..=first_weight).rev().collect();
                    let rest = weighed(&all, &weights) * 10 % 11 % 10;
                    all.push(rest);
                }
                all.iter().map(|digit| char::from_digit(*digit, 10)).collect()
            }
        }
    }
}

/// The number that letters and digits stand for, with letters as 10 to 35, modulo `by`.
fn remainder(text: &str, by: u32) -> Option<u32> {
    text.chars().try_fold(0, |rest, c| {
        let value = c.to_digit(36)?;
        Some((rest * if value < 10 { 10 } else { 100 } + value) % by)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::Secret;
    use std::collections::BTreeSet;

    fn keyed() -> Keyed {
        Keyed::new(&Secret::new([1; 32]))
    }

    #[test]
    fn cards_stay_valid_and_of_their_brand() {
        for number in ["4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005"] {
            let made = card(&keyed(), number);
            assert!(Check::Luhn.holds(&compact(&made)), "{made}");
            assert_eq!((made.len(), made.get(..1)), (number.len(), number.get(..1)));
            assert_ne!(made, number);
        }
        assert_eq!(card(&keyed(), "4111 1111").len(), 9);
    }

    #[test]
    fn accounts_stay_valid_and_in_their_country() {
        for number in ["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819", "NO9386011117947"] {
            let made = account(&keyed(), number);
            assert!(Check::Iban.holds(&compact(&made)), "{made}");
            assert_eq!(made.get(..2), number.get(..2));
            assert_ne!(made, number);
        }
    }

    #[test]
    fn numbers_of_people_stay_valid_of_their_sort() {
        let examples = [
            (Check::Mod11And10, "86095742719"),
            (Check::Mod23Letter, "12345678Z"),
            (Check::Mod23Letter, "X1234567L"),
            (Check::ElevenProof, "111222333"),
            (Check::Nhs, "943 476 5919"),
            (Check::Pesel, "44051401359"),
            (Check::Cpf, "529.982.247-25"),
        ];
        for (check, number) in examples {
            assert!(check.holds(&compact(number)), "{check:?} {number}");
            let made = of_person(&keyed(), number);
            let sort = OF_PEOPLE.iter().find(|check| check.holds(&compact(number))).unwrap();
            assert!(sort.holds(&compact(&made)), "{check:?} {number} {made}");
            assert_eq!(made.len(), number.len());
            assert_ne!(made, number);
        }
        assert_eq!(of_person(&keyed(), "123-45-6789").len(), 11);
    }

    #[test]
    fn no_two_numbers_become_the_same() {
        for check in [Check::Luhn, Check::ElevenProof, Check::Nhs, Check::Cpf, Check::Minus97] {
            let length = if check == Check::Luhn {
                15
            } else if check == Check::Cpf || check == Check::Minus97 {
                9
            } else {
                8
            };
            let length = if check == Check::Nhs { 9 } else { length };
            let valid = (10_000_u64..11_500).filter_map(|n| check.with("", &format!("{n:0length$}"), 2));
            let valid: Vec<String> = valid.filter(|it| check.holds(it)).collect();
            let kept = usize::from(check == Check::Luhn);
            let made: BTreeSet<String> = valid.iter().map(|it| remade(&keyed(), "t", it, it, check, kept)).collect();
            assert!(valid.len() > 1000);
            assert_eq!(made.len(), valid.len(), "{check:?}");
            assert!(made.iter().all(|it| check.holds(it)), "{check:?}");
        }
    }
}
