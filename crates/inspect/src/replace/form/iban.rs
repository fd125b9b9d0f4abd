//! Numbers of bank accounts: same country, spacing and classes, and valid check digits.

use super::Stream;

/// Whether this is an IBAN with valid check digits.
pub(super) fn fits(value: &str) -> bool {
    let compact: String = value.chars().filter(|c| *c != ' ').collect();
    (15..=34).contains(&compact.len())
        && !value.starts_with(' ')
        && !value.ends_with(' ')
        && compact.chars().take(2).all(|c| c.is_ascii_uppercase())
        && compact.chars().skip(2).take(2).all(|c| c.is_ascii_digit())
        && compact.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase())
        && remainder(&compact) == Some(1)
}

/// Every digit and letter of the account is another one.
pub(super) fn make(value: &str, stream: &mut Stream<'_>) -> String {
    let compact: String = value.chars().filter(|c| *c != ' ').collect();
    let account: String = compact
        .chars()
        .skip(4)
        .map(|c| if c.is_ascii_digit() { stream.digit() } else { stream.one_of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ") })
        .collect();
    let country: String = compact.chars().take(2).collect();
    let check = remainder(&format!("{country}00{account}")).map_or(0, |rest| 98 - rest);
    let made = format!("{country}{check:02}{account}");
    let mut next = made.chars();
    value.chars().map(|c| if c == ' ' { c } else { next.next().unwrap_or(c) }).collect()
}

/// The number that an IBAN stands for, modulo 97.
fn remainder(compact: &str) -> Option<u32> {
    let (start, account) = compact.split_at_checked(4)?;
    account.chars().chain(start.chars()).try_fold(0, |rest, c| {
        let digit = c.to_digit(36)?;
        Some((if digit < 10 { rest * 10 } else { rest * 100 } + digit) % 97)
    })
}
