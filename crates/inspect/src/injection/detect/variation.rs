//! Variation selectors used as bytes. There are 256 of them, they are invisible, and one is allowed behind a character.

use super::script::{is_east_asian, is_emoji};
use super::{Odd, Sign, before, groups, span};
use crate::injection::Tier;
use crate::injection::rule::rule;

/// How far selectors may lie apart to be one text.
const APART: usize = 12;

pub(crate) fn detect(text: &str, odd: &[Odd], signs: &mut Vec<Sign>) {
    let selectors: Vec<Odd> = odd.iter().filter(|odd| value(odd.letter).is_some()).copied().collect();
    for group in groups(&selectors, APART) {
        let wrong = group.iter().filter(|selector| !is_allowed(text, selector)).count();
        let tier = match wrong {
            0 => continue,
            1 | 2 => Tier::Note,
            _ => Tier::Block,
        };
        let why = format!("{wrong} variation selectors where none belongs");
        signs.push(Sign { rule: rule::VARIATION_SELECTORS, tier, span: span(group), shown: read(group), why });
    }
}

/// The byte that a selector is number of.
fn value(letter: char) -> Option<u8> {
    let number = match letter {
        '\u{fe00}'..='\u{fe0f}' => u32::from(letter) - 0xfe00,
        '\u{e0100}'..='\u{e01ef}' => u32::from(letter) - 0xe_0100 + 16,
        _ => return None,
    };
    u8::try_from(number).ok()
}

/// Whether a selector stands behind a character that it may choose a form of.
fn is_allowed(text: &str, selector: &Odd) -> bool {
    let Some(base) = before(text, selector.at) else { return false };
    match selector.letter {
        '\u{fe0e}' | '\u{fe0f}' => {
            matches!(base, '0'..='9' | '#' | '*') || is_emoji(base) && value(base).is_none() || is_east_asian(base)
        }
        '\u{fe00}'..='\u{fe0d}' => !base.is_ascii() && value(base).is_none() && !is_emoji(base) || base == '0',
        _ => is_east_asian(base),
    }
}

/// The text in the bytes, or in pairs of half bytes if there are only sixteen kinds of selectors.
fn read(group: &[Odd]) -> Option<String> {
    let bytes: Vec<u8> = group.iter().filter_map(|selector| value(selector.letter)).collect();
    let readable = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let good = text.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '\n')).count();
        (good >= 3 && good * 10 >= text.chars().count() * 6).then_some(text)
    };
    let (pairs, _) = bytes.as_chunks::<2>();
    let halves: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low & 15).collect();
    // Some encoders count from the second block on.
    let shifted: Vec<u8> = bytes.iter().map(|byte| byte.wrapping_sub(16)).collect();
    readable(&bytes).or_else(|| readable(&halves)).or_else(|| readable(&shifted))
}
